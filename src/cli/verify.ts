import { type VerifyReport, verifyResult } from "../analysis/verify/verify.ts";
import { readJson } from "../io/json.ts";
import { printable } from "../io/printable.ts";
import type { ReadOptions } from "../io/read.ts";
import { prettyJson } from "../io/write-json.ts";
import type { Style } from "../io/write-text.ts";
import { FileError } from "../model/errors.ts";
import { type ParseOptions, parseModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { readBytes, readSource, resolveSources } from "./sources.ts";
import { openSink } from "./terminal.ts";

export interface VerifyOptions extends ReadOptions {
  readonly input?: ParseOptions["input"];
  readonly format?: "text" | "json";
}

/** Problems of one result that the text form shows. */
const MAX_SHOWN = 20;

/**
 * `stillpoint verify MODEL RESULT`: 0 if every result in RESULT holds for its model in MODEL, 1 if one is refused.
 * With several models, a result belongs to the model whose digest it names. Throws FileError and ModelError.
 */
export async function verify(modelPath: string, resultPath: string, options: VerifyOptions): Promise<ExitCode> {
  const models: Model[] = [];
  for (const source of await resolveSources([modelPath])) {
    if ("error" in source) throw source.error;
    for (const raw of await readSource(source, options)) {
      if ("error" in raw) throw raw.error;
      models.push(await parseModel(raw.value, { name: raw.name, input: options.input }));
    }
  }
  const results = readJson(await readBytes(resultPath), resultPath, "result");
  const sink = await openSink(undefined);
  const reports: (VerifyReport & { readonly result: string })[] = [];
  for (const raw of results) {
    if ("error" in raw) throw raw.error;
    if (isFailure(raw.value)) {
      throw new FileError(
        resultPath,
        `${raw.name} is an error and not a result`,
        "Verify the models that were solved.",
      );
    }
    const model = models.find(({ sha256 }) => sha256 === digestOf(raw.value)) ?? models[0]!;
    const report = { result: results.length > 1 ? raw.name : resultPath, ...(await verifyResult(model, raw.value)) };
    reports.push(report);
    if (options.format !== "json") await sink.write(reportText(report, sink.style));
  }
  if (options.format === "json") await sink.writeData(`${prettyJson(reports.length === 1 ? reports[0] : reports)}\n`);
  await sink.close();
  return reports.every(({ ok }) => ok) ? EXIT.complete : EXIT.error;
}

function isFailure(value: unknown): boolean {
  return isRecord(value) && value.schema === "stillpoint/error@1";
}

function digestOf(value: unknown): unknown {
  return isRecord(value) && isRecord(value.model) ? value.model.sha256 : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function reportText(
  { result, ok, problems, checked, unchecked }: VerifyReport & { result: string },
  style: Style,
): string {
  const counts = [
    [checked.fixedPoints, "fixed point"],
    [checked.continua, "continuum", "continua"],
    [checked.virtualFixedPoints, "virtual fixed point"],
  ] as const;
  const parts = counts
    .filter(([count], k) => k === 0 || count > 0)
    .map(([count, one, many = `${one}s`]) => `${count} ${count === 1 ? one : many}`);
  const verdict = ok ? `${parts.join(", ")} checked exactly, all hold` : `refused, ${problems.length} problems`;
  const lines = problems.slice(0, MAX_SHOWN).map(({ path, message }) => `  ${printable(`${path}: ${message}`)}`);
  if (problems.length > MAX_SHOWN)
    lines.push(`  and ${problems.length - MAX_SHOWN} more (--format json lists them all)`);
  const byReason = new Map<string, string[]>();
  for (const { path, reason } of unchecked) byReason.set(reason, [...(byReason.get(reason) ?? []), path]);
  for (const [reason, places] of byReason) {
    const named = places.slice(0, MAX_SHOWN);
    const more = places.length > MAX_SHOWN ? ` and ${places.length - MAX_SHOWN} more` : "";
    lines.push(style.dim(`  not checked: ${printable(`${named.join(", ")}${more}: ${reason}`)}`));
  }
  return `${style.bold(printable(result))}: ${verdict}\n${lines.map((line) => `${line}\n`).join("")}`;
}
