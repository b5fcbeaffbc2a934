import type { RunOptions } from "../protocol.ts";
import { byId } from "./dom.ts";

/** What the form "Options" says. */
export function runOptions(): RunOptions {
  const seconds = byId("seconds", HTMLInputElement).valueAsNumber;
  const threads = byId("threads", HTMLInputElement).valueAsNumber;
  return {
    method: byId("method", HTMLSelectElement).value as RunOptions["method"],
    backend: byId("backend", HTMLSelectElement).value as RunOptions["backend"],
    threads: Number.isInteger(threads) && threads > 0 ? threads : 1,
    ...(seconds > 0 ? { maxSeconds: seconds } : {}),
  };
}

/** All threads but one, which is for the page itself. */
export function defaultThreads(cores: number | undefined): number {
  return Math.max(1, (cores ?? 2) - 1);
}
