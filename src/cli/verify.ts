import { plural } from "../base/words.ts";
import { printable } from "../formats/read/printable.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import type { Style } from "../formats/write/write-text.ts";
import type { ParseOptions } from "../model/parse.ts";
import type { VerifyReport } from "../verify/report.ts";
import { verifyResult } from "../verify/verify.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { resultsOfModels } from "./result-pairs.ts";
import { makeLog, openSink } from "./terminal.ts";

export interface VerifyOptions extends ReadOptions {
  readonly input?: ParseOptions["input"];
  readonly format?: "text" | "json";
  readonly maxSeconds?: number;
}

/** Problems of one result that the text form shows. */
const MAX_SHOWN = 20;

/**
 * `stillpoint verify MODEL RESULT`: 0 if every result in RESULT holds for its model in MODEL, 1 if one is refused, 3 if
 * none is and there was no time to check all.
 * With several models, a result belongs to the model whose digest it names. Throws FileError and ModelError.
 */
export async function verify(modelPath: string, resultPath: string, options: VerifyOptions): Promise<ExitCode> {
  const { maxSeconds = Number.POSITIVE_INFINITY } = options;
  const deadline = performance.now() + 1000 * maxSeconds;
  const results = await resultsOfModels(modelPath, resultPath, options, makeLog({}).warn);
  const sink = await openSink(undefined);
  const reports: Report[] = [];
  let stopped: string | undefined;
  const whyStop = () => {
    if (performance.now() >= deadline) stopped = "the time budget ended";
    return stopped;
  };
  for (const { model, value, label: result } of results) {
    const report = { result, ...(await verifyResult(model, value, whyStop)) };
    reports.push(report);
    if (options.format !== "json") await sink.write(reportText(report, sink.style));
  }
  if (options.format === "json") await sink.writeData(`${prettyJson(reports.length === 1 ? reports[0] : reports)}\n`);
  else await sink.write(closingText(reports, sink.style));
  await sink.close();
  if (!reports.every(({ ok }) => ok)) return EXIT.error;
  return stopped === undefined ? EXIT.complete : EXIT.incomplete;
}

type Report = VerifyReport & { readonly result: string };

/** One result: what was checked of it, or what is wrong. */
export function reportText({ result, ok, problems, checked, unchecked }: Report, style: Style): string {
  const cut = unchecked.some(({ path }) => path.includes("[0…"));
  const verdict = ok ? verdictText(checked, cut) : `refused, ${plural(problems.length, "problem")}`;
  const lines = problems.slice(0, MAX_SHOWN).map(({ path, message }) => `  ${printable(`${path}: ${message}`)}`);
  if (problems.length > MAX_SHOWN)
    lines.push(`  and ${problems.length - MAX_SHOWN} more (--format json lists them all)`);
  return `${style.bold(printable(result))}: ${verdict}\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** What all results came to, if there are several, and what could not be checked of any: each reason once. */
export function closingText(reports: readonly Report[], style: Style): string {
  const lines: string[] = [];
  const places = new Map<string, Map<string, number>>();
  for (const { unchecked } of reports) {
    const here = new Set(unchecked.map(({ path, reason }) => JSON.stringify([reason, path])));
    for (const each of here) {
      const [reason, path] = JSON.parse(each) as [string, string];
      const paths = places.get(reason) ?? new Map<string, number>();
      places.set(reason, paths.set(path, (paths.get(path) ?? 0) + 1));
    }
  }
  for (const [reason, paths] of places) {
    const named = [...paths].slice(0, MAX_SHOWN).map(([path, results]) => {
      const of = results < reports.length ? ` (in ${results} of ${plural(reports.length, "result")})` : "";
      return `${printable(path)}${of}`;
    });
    const more = paths.size > MAX_SHOWN ? ` and ${paths.size - MAX_SHOWN} more` : "";
    lines.push(style.dim(`  not checked: ${named.join(", ")}${more}: ${printable(reason)}`));
  }
  if (reports.length !== 1) lines.push(totalText(reports, style));
  return lines.map((line) => `${line}\n`).join("");
}

function totalText(reports: readonly Report[], style: Style): string {
  const good = reports.filter(({ ok }) => ok);
  const refused = reports.length - good.length;
  const sum = (count: (checked: Checked) => number): number =>
    good.reduce((total, { checked }) => total + count(checked), 0);
  const checked = {
    fixedPoints: sum((each) => each.fixedPoints),
    continua: sum((each) => each.continua),
    virtualFixedPoints: sum((each) => each.virtualFixedPoints),
    ...(good.some(({ checked }) => checked.cycles !== undefined) ? { cycles: sum((each) => each.cycles ?? 0) } : {}),
  };
  const text = `${plural(reports.length, "result")}, ${good.length} right in all that was checked, ${refused} refused: ${checkedText(checked)} checked exactly`;
  return refused === 0 ? style.green(text) : style.red(text);
}

type Checked = VerifyReport["checked"];

function checkedText({ fixedPoints, continua, virtualFixedPoints, cycles }: Checked): string {
  return [
    ...(cycles === undefined || fixedPoints > 0 ? [plural(fixedPoints, "fixed point")] : []),
    ...(cycles === undefined ? [] : [plural(cycles, "cycle")]),
    ...(continua > 0 ? [plural(continua, "continuum", "continua")] : []),
    ...(virtualFixedPoints > 0 ? [plural(virtualFixedPoints, "virtual fixed point")] : []),
  ].join(", ");
}

/** @param cut whether there was no time for any point of a list that has some. */
function verdictText(checked: Checked, cut: boolean): string {
  const all = checked.fixedPoints + checked.continua + checked.virtualFixedPoints + (checked.cycles ?? 0);
  const what = checked.cycles === undefined ? "fixed point" : "cycle";
  if (all === 0 && cut) return `no ${what} was checked; nothing that was checked is wrong`;
  if (all === 0) return `no ${what} to check; nothing else that was checked is wrong`;
  return `${checkedText(checked)} checked exactly, ${all === 1 ? "it holds" : "all hold"}`;
}
