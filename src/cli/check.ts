import { plural } from "../base/words.ts";
import { type CheckReport, checkProofFile } from "../check/read-proof.ts";
import { periodsText } from "../cycles/gaps.ts";
import { printable } from "../formats/read/printable.ts";
import type { ReadOptions } from "../formats/read/read.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import type { Style } from "../formats/write/write-text.ts";
import { FileError } from "../model/errors.ts";
import type { ParseOptions } from "../model/parse.ts";
import { readBytes } from "./bytes.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { resultsOfModels } from "./result-pairs.ts";
import { makeLog, openSink } from "./terminal.ts";

export interface CheckOptions extends ReadOptions {
  readonly input?: ParseOptions["input"];
  readonly format?: "text" | "json";
}

/**
 * `stillpoint check MODEL RESULT PROOF`: 0 if the proof shows that the one result in RESULT lists all fixed points of
 * its model, or all cycles of the periods that it calls complete; 3 if it shows that of some of these periods only; 1
 * if not. Throws FileError and ModelError.
 */
export async function check(
  modelPath: string,
  resultPath: string,
  proofPath: string,
  options: CheckOptions,
): Promise<ExitCode> {
  const onWait = makeLog({}).warn;
  const results = await resultsOfModels(modelPath, resultPath, options, onWait);
  if (results.length !== 1) {
    throw new FileError(resultPath, `holds ${plural(results.length, "result")}`, "A proof is of one: give that alone.");
  }
  const { model, value } = results[0]!;
  const report = checkProofFile(model, value, await readBytes(proofPath, proofPath, { onWait }), proofPath);
  const sink = await openSink(undefined);
  if (options.format === "json") await sink.writeData(`${prettyJson({ proof: proofPath, ...report })}\n`);
  else await sink.write(reportText(proofPath, report, sink.style));
  await sink.close();
  if (!report.accepted) return EXIT.error;
  return "unproved" in report && report.unproved.length > 0 ? EXIT.incomplete : EXIT.complete;
}

function reportText(proof: string, report: CheckReport, style: Style): string {
  const name = style.bold(printable(proof));
  if (!report.accepted) return `${name}: ${style.red("refused")}: ${printable(report.because)}\n`;
  const isCycles = "periods" in report;
  const parts = [
    isCycles ? plural(report.cycles, "cycle") : plural(report.points, "fixed point"),
    ...(report.continua > 0 ? [plural(report.continua, "continuum", "continua")] : []),
  ];
  const which = isCycles ? ` of ${periodsText(report.periods)}` : "";
  const accepted = `${name}: ${style.green("accepted")}: ${parts.join(" and ")}, and proved that there are no others${which}\n`;
  if (!isCycles || report.unproved.length === 0) return accepted;
  return `${accepted}${style.yellow(`The proof says nothing of ${periodsText(report.unproved)}.`)}\n`;
}
