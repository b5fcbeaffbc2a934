import { spawn } from "node:child_process";
import { Readable } from "node:stream";

export interface Measured {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** The most memory that the process had at any time, in MB; 0 if it was killed. */
  readonly megabytes: number;
  /** From the signal to the end, if one was sent. */
  readonly secondsAfterSignal: number | undefined;
}

/**
 * Writes the peak of a process's memory to its descriptor 3 as it ends. On Linux `maxRSS` begins with the memory of the
 * process that forked it, so /proc is asked where it is there.
 */
const PROBE = `data:text/javascript,${encodeURIComponent(`
import { isMainThread } from "node:worker_threads";
import { readFileSync, writeSync } from "node:fs";
const peak = () => {
  try {
    return /VmHWM:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1];
  } catch {
    return process.resourceUsage().maxRSS;
  }
};
if (isMainThread) process.on("exit", () => { try { writeSync(3, String(peak())); } catch {} });
`)}`;

/** Runs a script of the command line in Node and measures it. @param interruptAfter milliseconds until a SIGINT */
export function launch(
  script: string,
  args: readonly string[],
  { interruptAfter, stdin }: { readonly interruptAfter?: number; readonly stdin?: string | AsyncIterable<string> } = {},
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [`--import=${PROBE}`, script, ...args], {
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let peak = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdio[3]!.on("data", (chunk: Buffer) => {
      peak += chunk;
    });
    child.stdin.on("error", () => {});
    if (typeof stdin === "object") Readable.from(stdin).pipe(child.stdin);
    else child.stdin.end(stdin ?? "");
    let signalled: number | undefined;
    const timer =
      interruptAfter === undefined
        ? undefined
        : setTimeout(() => {
            signalled = performance.now();
            child.kill("SIGINT");
          }, interruptAfter);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      const ended = performance.now();
      resolve({
        code,
        stdout,
        stderr,
        seconds: (ended - started) / 1000,
        megabytes: Number(peak) / 1024,
        secondsAfterSignal: signalled === undefined ? undefined : (ended - signalled) / 1000,
      });
    });
  });
}
