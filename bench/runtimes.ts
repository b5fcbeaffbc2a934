import { spawn } from "node:child_process";
import { ROOT } from "./host.ts";
import type { Task, TaskResults } from "./tasks.ts";

/**
 * Something that performs tasks, each in a process or page of its own, so that none finds memory or code as another
 * left it.
 */
export interface BenchRuntime {
  /** Beside what the runtime says of itself. */
  readonly versions: Readonly<Record<string, string>>;
  /** @throws Error when the task fails, or takes more than `seconds`. */
  perform<T extends Task>(task: T, seconds: number): Promise<TaskResults[T["kind"]]>;
  close(): Promise<void>;
}

/** Runs child.ts with a command that takes a script and its arguments. */
export function processRuntime(command: readonly string[], versions: Readonly<Record<string, string>>): BenchRuntime {
  return {
    versions,
    perform: async <T extends Task>(task: T, seconds: number) =>
      JSON.parse(
        await lastLine([...command, "bench/child.ts", JSON.stringify(task)], seconds),
      ) as TaskResults[T["kind"]],
    close: async () => {},
  };
}

/** The last line that a command writes. @throws Error with its last words when it fails or takes too long. */
export function lastLine([file, ...args]: readonly string[], seconds: number, input?: string): Promise<string> {
  const child = spawn(file!, args, {
    cwd: ROOT,
    stdio: ["pipe", "pipe", "pipe"],
    timeout: 1000 * seconds,
    killSignal: "SIGKILL",
  });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const line = output.trim().split("\n").at(-1);
      if (code === 0 && line) resolve(line);
      else {
        const end = signal === null ? `code ${code}` : `${signal}, after at most ${seconds} s`;
        reject(new Error(`${file} ended with ${end}: ${errors.trim().slice(-600)}`));
      }
    });
  });
}
