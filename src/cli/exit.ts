import type { StillpointError } from "../model/errors.ts";

/** Exit codes of every command (docs/design.md#exit-codes). */
export const EXIT = { complete: 0, error: 1, usage: 2, incomplete: 3, noGpu: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(error: StillpointError): ExitCode {
  if (error.code === "INVALID_OPTION") return EXIT.usage;
  return error.code === "NO_GPU" ? EXIT.noGpu : EXIT.error;
}

const GRAVEST_FIRST: readonly ExitCode[] = [EXIT.usage, EXIT.noGpu, EXIT.error, EXIT.incomplete];

/** The exit code of a batch: the gravest of the codes of its models. */
export function gravest(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return GRAVEST_FIRST.find((code) => seen.has(code)) ?? EXIT.complete;
}
