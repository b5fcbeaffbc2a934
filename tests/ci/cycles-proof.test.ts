import { readFileSync } from "node:fs";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import type { ProofFile } from "../../src/check/check.ts";
import { checkCyclesProof } from "../../src/check/orbits/check-cycles.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { proveCycles } from "../../src/cycles/proof/prove-cycles.ts";
import { npy } from "../../src/formats/write/npy.ts";
import { findCycles } from "../../src/index.ts";
import { parseValue } from "../../src/model/parse.ts";
import { CYCLE_MUTATIONS, falsifiedCycles, mapsToProve, mutatedCycles } from "../support/cycle-proofs.ts";
import { PythonChecker } from "../support/python-checker.ts";
import { Random } from "../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

function bytesOf({ header, arrays }: ProofFile): Uint8Array {
  const text = new TextEncoder().encode(header);
  const list = (name: string) => Array.from(arrays.get(name)!.data);
  const [ops, units, values, functionals] = ["ops", "units", "values", "functionals"].map(list) as [
    number[],
    number[],
    number[],
    number[],
  ];
  return zipSync({
    "header.npy": npy("|u1", [text.length], text),
    "ops.npy": npy("|u1", [ops.length], Uint8Array.from(ops)),
    "units.npy": npy("<u4", [units.length], Uint32Array.from(units)),
    "values.npy": npy("<f8", [values.length], Float64Array.from(values)),
    "functionals.npy": npy("<f8", [functionals.length], Float64Array.from(functionals)),
  });
}

describe("python/stillpoint/check_cycles_proof.py", () => {
  it("has at most 400 lines", async () => {
    const { file } = await PythonChecker.of("check_cycles_proof");
    expect(readFileSync(file, "utf8").split("\n").length - 1).toBeLessThanOrEqual(400);
  });

  it("and checker B agree on proofs of cycles, on falsified results and on mutated proofs", {
    timeout: 600_000,
  }, async () => {
    const random = Random.of(4, "agree");
    const checker = await PythonChecker.of("check_cycles_proof");
    const cases: { readonly what: string; readonly mine: number }[] = [];
    for (const { name, raw, maxPeriod } of mapsToProve(FULL ? 300 : 25)) {
      const model = parseValue(raw, { name });
      const result = await findCycles(model, { maxPeriod });
      const proof = readProof((await proveCycles(model, result)).proof!, name);
      const modelFile = await checker.write(JSON.stringify(raw));
      const resultFile = await checker.write(JSON.stringify(result));
      const add = async (what: string, claim: unknown, claimFile: string, altered: ProofFile): Promise<void> => {
        const report = checkCyclesProof(model, claim, altered);
        cases.push({ what: `${name} ${what}`, mine: report.accepted ? (report.unproved.length > 0 ? 3 : 0) : 1 });
        checker.add(modelFile, claimFile, await checker.write(bytesOf(altered)));
      };
      await add("as it is", result, resultFile, proof);
      for (const { what, result: lacking } of falsifiedCycles(result).slice(0, 3)) {
        await add(`without ${what}`, lacking, await checker.write(JSON.stringify(lacking)), proof);
      }
      for (const kind of Object.keys(CYCLE_MUTATIONS)) {
        await add(kind, result, resultFile, mutatedCycles(proof, CYCLE_MUTATIONS[kind]!, random));
      }
      const left = result.periods[0]!.period;
      const periods = result.periods.map((each) => (each.period === left ? { ...each, complete: false } : each));
      const open = { ...result, periods };
      await add("with a period that is not complete", open, await checker.write(JSON.stringify(open)), proof);
      if (maxPeriod > 1) {
        const made = await proveCycles(model, open);
        const partial = readProof(made.proof!, name);
        await add("of some of the periods", result, resultFile, partial);
      }
    }
    const theirs = await checker.verdicts();
    expect(theirs).toHaveLength(cases.length);
    const apart = cases.flatMap(({ what, mine }, i) =>
      theirs[i]!.code === mine ? [] : [`${what}: ${mine} here, there ${theirs[i]!.code} ${theirs[i]!.said}`],
    );
    expect(apart).toEqual([]);
    for (const code of [0, 1, 3]) expect(cases.filter(({ mine }) => mine === code).length).toBeGreaterThan(10);
  });
});
