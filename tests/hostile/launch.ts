import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
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

export interface Circumstances {
  /** Milliseconds until a SIGINT. */
  readonly interruptAfter?: number;
  readonly stdin?: string | AsyncIterable<string>;
  /** A program and its arguments in the place of Node. Its memory is asked for while it runs, so nearly to its end. */
  readonly runtime?: readonly [string, ...string[]] | undefined;
}

/** How often the memory of another runtime is asked for, in milliseconds. */
const ASKED_EVERY = 5;

/** Runs a script of the command line, in Node if nothing else is said, and measures it. */
export function launch(
  script: string,
  args: readonly string[],
  { interruptAfter, stdin, runtime }: Circumstances = {},
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const [program, ...given] = runtime ?? [process.execPath, `--import=${PROBE}`];
    const child = spawn(program, [...given, script, ...args], { stdio: ["pipe", "pipe", "pipe", "pipe"] });
    const ask = runtime && setInterval(() => (peak = peakOf(child.pid) ?? peak), ASKED_EVERY);
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
      clearInterval(ask);
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

/** In kB, as text; undefined for a process that is gone. */
function peakOf(pid: number | undefined): string | undefined {
  try {
    return /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
