import { type ErrorCode, StillpointError } from "../model/errors.ts";

/** From the pool to a worker. */
export interface JobRequest {
  readonly id: number;
  readonly job: string;
  readonly payload: unknown;
}

/** A worker's first message: it has loaded all code. */
export const READY = "ready";

/** From a worker to the pool. */
export type JobReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: PlainError };

/** An error as plain data. */
export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** The part of a worker that the pool uses, for all kinds of workers. */
export interface WorkerPort {
  /** Resolves when the worker takes requests; never if the worker dies before. */
  readonly ready: Promise<void>;
  /** @param transfer buffers that are handed over instead of copied */
  post(request: JobRequest, transfer?: readonly ArrayBuffer[]): void;
  onReply(handler: (reply: JobReply) => void): void;
  /** Called when the worker can't go on: it threw outside a job, or could not be loaded. */
  onDeath(handler: (reason: string) => void): void;
  terminate(): Promise<void>;
}

export function plainError(error: unknown): PlainError {
  const code = error instanceof StillpointError ? error.code : "INTERNAL";
  return { code, message: error instanceof Error ? error.message : String(error) };
}

export function errorReply(id: number, error: unknown): JobReply {
  return { id, error: plainError(error) };
}
