import { StillpointError } from "../model/errors.ts";

/** What a GPU did wrong. `lost` and `out-of-memory` may pass with a fresh device; the others are defects of a driver or of ours. */
export type GpuFailure = "lost" | "out-of-memory" | "validation" | "internal" | "shader" | "map" | "untrusted";

/** The GPU failed while it was used; `cause` holds what the driver said. */
export class GpuError extends StillpointError {
  readonly failure: GpuFailure;
  /** Name of the adapter. */
  readonly adapter: string;

  constructor(failure: GpuFailure, adapter: string, message: string, options?: ErrorOptions) {
    super("GPU_FAILED", `${message} (adapter: ${adapter})`, options);
    this.failure = failure;
    this.adapter = adapter;
  }
}
