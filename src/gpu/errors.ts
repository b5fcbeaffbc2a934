import { StillpointError } from "../model/errors.ts";

/**
 * Kinds of failure of a GPU. After `lost` and `out-of-memory` a fresh device may work; the other kinds are defects of a
 * driver or of Stillpoint.
 */
export type GpuFailure = "lost" | "out-of-memory" | "validation" | "internal" | "shader" | "map" | "untrusted";

/** The GPU failed while it was used. `cause` holds the message of the driver. */
export class GpuError extends StillpointError {
  readonly failure: GpuFailure;
  /** Name of the adapter. */
  readonly adapter: string;

  constructor(failure: GpuFailure, adapter: string, message: string, options?: ErrorOptions) {
    super("GPU_FAILED", `${message} (adapter: ${adapter})`, options);
    this.name = "GpuError";
    this.failure = failure;
    this.adapter = adapter;
  }
}
