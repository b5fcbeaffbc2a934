import type { Log } from "./terminal.ts";

/** The first signal ends the run with the results so far, the second ends the process. */
export function stopOnSignal(stop: AbortController, log: Log): () => void {
  const onSignal = (): void => {
    if (stop.signal.aborted) process.exit(130);
    log.warn("stopping; once more to quit at once");
    stop.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return () => {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  };
}
