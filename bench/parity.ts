/**
 * The parity suite on whatever adapter there is: `parity [--short] [--json FILE] [--markdown FILE] [MODEL.json…]`. The
 * corpus and the models given are solved on the adapter and on the CPU; the answers must be the same bytes. Exit codes:
 * 0 all passed, 1 something failed, 4 no adapter.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { isSoftware } from "../src/gpu/device.ts";
import { isStillpointError } from "../src/model/errors.ts";
import { answersOnCpu } from "../tests/parity/answers.ts";
import { type ParityReport, runParity } from "../tests/parity/portable.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean", default: false },
    json: { type: "string" },
    markdown: { type: "string" },
  },
});

function markdown(report: ParityReport, different: readonly string[], software: boolean): string {
  const { runtime, adapter, passed, failed, answers, buffersLeft } = report;
  const total = Object.keys(answers).length;
  return [
    `# The parity suite on ${adapter}`,
    "",
    `${runtime}${software ? "; a software adapter" : ""}${values.short ? "; the short suite" : ""}.`,
    "",
    "| what | result |",
    "| --- | --- |",
    `| parity bodies passed | ${passed} of ${passed + failed.length} |`,
    `| models with the CPU's answer, byte for byte | ${total - different.length} of ${total} |`,
    `| buffers left on the device | ${buffersLeft} |`,
    "",
    ...[...failed, ...different.map((name) => `answers differ: ${name}`)].map((line) => `- ${line}`),
  ].join("\n");
}

try {
  const models = positionals.map((file) => JSON.parse(readFileSync(file, "utf8")));
  const report = await runParity(models, {}, (line) => console.error(line), values.short);
  const expected = await answersOnCpu(models);
  const different = Object.keys(report.answers).filter((name) => report.answers[name] !== expected[name]);
  const software = isSoftware({ description: report.adapter } as GPUAdapterInfo);
  const text = markdown(report, different, software);
  console.log(text);
  if (values.markdown !== undefined) writeFileSync(values.markdown, `${text}\n`);
  if (values.json !== undefined) {
    const { answers, ...rest } = report;
    const summary = { ...rest, software, short: values.short, models: Object.keys(answers).length, different };
    writeFileSync(values.json, `${JSON.stringify(summary, null, 2)}\n`);
  }
  if (report.failed.length + different.length + report.buffersLeft > 0) process.exitCode = 1;
} catch (error) {
  if (!isStillpointError(error)) throw error;
  console.error(`parity: ${error.message}`);
  process.exitCode = error.code === "NO_GPU" ? 4 : 1;
}
