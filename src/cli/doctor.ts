import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runtimeName } from "../base/runtime.ts";
import { VERSION } from "../base/version.ts";
import { printable } from "../formats/read/printable.ts";
import { prettyJson } from "../formats/write/write-json.ts";
import type { Style } from "../formats/write/write-text.ts";
import type { GpuReport } from "../gpu/diagnose.ts";
import { EXIT, type ExitCode } from "./exit.ts";
import { openSink } from "./terminal.ts";

export interface DoctorOptions {
  readonly format?: "text" | "json";
}

export interface DoctorReport extends GpuReport {
  readonly version: string;
  readonly runtime: string;
  /** Other runtimes with WebGPU on the search path. */
  readonly others: readonly string[];
  /** The backend that `--backend auto` chooses for long runs. */
  readonly auto: "cpu" | "webgpu";
}

const OTHER_RUNTIMES = ["deno", "chromium", "google-chrome", "chrome"] as const;

/**
 * `stillpoint doctor`: lists the backends of this machine. The exit code is 0 unless an adapter fails its self-test.
 */
export async function doctor(options: DoctorOptions): Promise<ExitCode> {
  const { diagnoseGpus } = await import("../gpu/diagnose.ts");
  const gpus = await diagnoseGpus();
  const usable = gpus.adapters.some(({ software, selfTest }) => !software && selfTest === "passed");
  const report: DoctorReport = {
    version: VERSION,
    runtime: runtimeName(),
    others: OTHER_RUNTIMES.filter(isOnPath),
    auto: usable ? "webgpu" : "cpu",
    ...gpus,
  };
  const sink = await openSink(undefined);
  if (options.format === "json") await sink.writeData(`${prettyJson(report)}\n`);
  else await sink.write(doctorText(report, sink.style));
  await sink.close();
  return gpus.adapters.every(({ selfTest }) => selfTest === "passed") ? EXIT.complete : EXIT.error;
}

function isOnPath(name: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function doctorText(report: DoctorReport, style: Style): string {
  const { version, runtime, others, missing, adapters, auto } = report;
  const lines = [
    `${style.bold(`Stillpoint ${version}`)} on ${printable(runtime)}`,
    `other runtimes with WebGPU: ${others.length > 0 ? others.join(", ") : "none found"}`,
  ];
  if (missing !== undefined) lines.push(style.yellow(`no GPU: ${printable(missing)}`));
  for (const { name, software, selfTest, limits, features } of adapters) {
    lines.push("", style.bold(`adapter ${printable(name)}`));
    if (software) lines.push(style.yellow("  a software adapter: it computes on the CPU, right but no faster"));
    const verdict = selfTest === "passed" ? style.green("passed") : style.red(printable(selfTest));
    lines.push(`  self-test of its arithmetic: ${verdict}`);
    for (const [limit, value] of Object.entries(limits)) lines.push(`  ${style.dim(limit)} ${value}`);
    lines.push(`  ${style.dim("features")} ${features.length > 0 ? features.map(printable).join(", ") : "none"}`);
  }
  const choice = auto === "webgpu" ? "the GPU for long runs, the CPU for short ones" : "the CPU";
  lines.push("", `--backend auto takes ${choice}.`);
  return `${lines.join("\n")}\n`;
}
