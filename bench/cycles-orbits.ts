import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { searchOrbits } from "../src/cycles/orbits/search-orbits.ts";
import { parseModel } from "../src/model/parse.ts";

/**
 * Nodes, linear programs, words and seconds of the search for words by linear programs, by model and period:
 * `npx tsx bench/cycles-orbits.ts K MODEL.json…`.
 */
const [periods, ...files] = process.argv.slice(2);
for (const file of files) {
  const { system } = await parseModel(JSON.parse(readFileSync(file, "utf8")));
  const line: string[] = [];
  const all = process.cpuUsage();
  for (let k = 1; k <= Number(periods); k++) {
    const cpu = process.cpuUsage();
    const sink = { add: () => {}, settle: async () => {}, found: 0 };
    const deadline = performance.now() + Number(process.env.SECONDS ?? 30) * 1000;
    const { complete, counts } = await searchOrbits(system, k, sink, { deadline });
    const seconds = (process.cpuUsage(cpu).user / 1e6).toFixed(2);
    line.push(
      `k=${k}${complete ? "" : "!"} ${counts.nodes}n ${counts.programs}lp ${counts.pivots}p ${counts.words}w ${counts.unproved}u ${seconds}s`,
    );
    if (!complete) break;
  }
  const total = (process.cpuUsage(all).user / 1e6).toFixed(2);
  console.log(
    `${basename(file, ".json")} R=${system.latentDim} N=${system.hyperplanes} ${total}s | ${line.join(" | ")}`,
  );
}
