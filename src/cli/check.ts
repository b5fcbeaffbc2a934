import { plural } from "../base/words.ts";
import type { CheckReport } from "../check/check.ts";
import { checkProofFile } from "../check/read-proof.ts";
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
 * its model, 1 if not. Throws FileError and ModelError.
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
  return report.accepted ? EXIT.complete : EXIT.error;
}

function reportText(proof: string, report: CheckReport, style: Style): string {
  const name = style.bold(printable(proof));
  if (!report.accepted) return `${name}: ${style.red("refused")}: ${printable(report.because)}\n`;
  const parts = [
    plural(report.points, "fixed point"),
    ...(report.continua > 0 ? [plural(report.continua, "continuum", "continua")] : []),
  ];
  return `${name}: ${style.green("accepted")}: ${parts.join(" and ")}, and proved that there are no others\n`;
}
