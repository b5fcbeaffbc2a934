import { Gpu } from "../../src/gpu/device.ts";
import { GpuError } from "../../src/gpu/errors.ts";

/** Something that goes wrong at the n-th call of one method. */
export interface Fault {
  readonly kind: "allocation" | "lost before" | "lost after" | "mapping" | "lost while mapping";
  readonly at: number;
}

/** A GPU with a fault put in; what was done before it is real. */
export class FaultyGpu extends Gpu {
  readonly #fault: Fault;
  #calls = 0;
  struck = false;

  constructor(device: GPUDevice, fault: Fault, owned: boolean) {
    super(device, device.adapterInfo, owned);
    this.#fault = fault;
  }

  #strikes(...kinds: Fault["kind"][]): boolean {
    if (!kinds.includes(this.#fault.kind) || this.#calls++ !== this.#fault.at) return false;
    this.struck = true;
    return true;
  }

  override buffer(label: string, size: number, usage: number): GPUBuffer {
    if (this.#strikes("allocation")) throw new GpuError("out-of-memory", this.name, `${label}: no room`);
    return super.buffer(label, size, usage);
  }

  override submit(commands: GPUCommandEncoder): void {
    if (this.#strikes("lost before")) this.device.destroy();
    super.submit(commands);
    if (this.#strikes("lost after")) this.device.destroy();
  }

  override async read(buffer: GPUBuffer, size: number): Promise<ArrayBuffer> {
    if (this.#strikes("mapping")) throw new GpuError("map", this.name, `reading ${buffer.label} back failed`);
    const bytes = super.read(buffer, size);
    if (this.#strikes("lost while mapping")) this.device.destroy();
    return bytes;
  }
}

const KINDS: readonly Fault["kind"][] = ["allocation", "lost before", "lost after", "mapping", "lost while mapping"];

/**
 * Fifty faults that strike a run of five batches, of one submission and at least one readback each; the first makes all
 * buffers.
 */
export const FAULTS: readonly Fault[] = KINDS.flatMap((kind) =>
  Array.from({ length: 10 }, (_, i) => ({ kind, at: kind === "allocation" ? 2 * i : Math.floor(i / 2) })),
);
