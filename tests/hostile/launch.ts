import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";

export interface Measured {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
  /** Of all threads; 0 if it was killed. */
  readonly cpuSeconds: number;
  /** The most memory that the process had at any time, in MB; 0 if it was killed. */
  readonly megabytes: number;
  /** From the signal to the end, if one was sent. */
  readonly secondsAfterSignal: number | undefined;
}

/**
 * Writes the peak of a process's memory and its CPU time to its descriptor 3 as it ends. On Linux `maxRSS` begins with
 * the memory of the process that forked it, so /proc is asked where it is there.
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
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };
if (isMainThread) process.on("exit", () => { try { writeSync(3, peak() + " " + cpu()); } catch {} });
`)}`;

export interface Circumstances {
  /** Milliseconds until a SIGINT. */
  readonly interruptAfter?: number;
  readonly stdin?: string | AsyncIterable<string>;
  /**
   * A program and its arguments in the place of Node. What it takes is asked for while it runs, so nearly to its end.
   */
  readonly runtime?: readonly [string, ...string[]] | undefined;
}

/** How often it is asked what another runtime takes, in milliseconds. */
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
    const ask = runtime && setInterval(() => (used = usageOf(child.pid) ?? used), ASKED_EVERY);
    let stdout = "";
    let stderr = "";
    let used = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdio[3]!.on("data", (chunk: Buffer) => {
      used += chunk;
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
      const [kilobytes, cpuSeconds] = used.split(" ").map(Number);
      resolve({
        code,
        stdout,
        stderr,
        seconds: (ended - started) / 1000,
        cpuSeconds: cpuSeconds ?? 0,
        megabytes: (kilobytes ?? 0) / 1024,
        secondsAfterSignal: signalled === undefined ? undefined : (ended - signalled) / 1000,
      });
    });
  });
}

/** The peak of a process's memory in kB and its CPU time in seconds, on Linux; undefined for one that is gone. */
function usageOf(pid: number | undefined): string | undefined {
  try {
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    // fields 14 and 15, in hundredths of a second, behind the name of the program, which may hold spaces
    const [user, system] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)!.split(" ").slice(11, 13);
    return peak && `${peak} ${(Number(user) + Number(system)) / 100}`;
  } catch {
    return undefined;
  }
}
