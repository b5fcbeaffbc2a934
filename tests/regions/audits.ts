import { CpuBackend } from "../../src/cpu/backend.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { type RegionsControl, runRegions } from "../../src/regions/run.ts";
import type { StageBackend, StageOutput } from "../../src/stages/backend.ts";
import { arrangementOf } from "./arrangements.ts";

/** Runs that are audited, and stages with faults, for tests of audits. */

export const HASH = "0123456789abcdef";

export interface AuditOptions {
  readonly auditEvery?: number;
  readonly sha256?: string;
  readonly range?: { readonly from: bigint; readonly to: bigint };
}

/** A run with every subset audited, unless it says otherwise. */
export async function audited(
  system: PiecewiseLinearSystem,
  backend: StageBackend,
  options: AuditOptions = {},
  control: RegionsControl = {},
) {
  const finalizer = new Finalizer(system);
  const { counts } = await runRegions(system, finalizer, control, backend, {
    expand: "owned",
    sha256: HASH,
    auditEvery: 1,
    ...options,
  });
  return { counts, points: finalizer.finish().fixedPoints.length };
}

/** The CPU's stages with a fault in what they give back, or in the masks that they show. */
export class Faulty extends CpuBackend {
  readonly #output: (output: StageOutput) => StageOutput;
  readonly #mask: (mask: Uint32Array | "dependent" | undefined) => Uint32Array | "dependent" | undefined;
  readonly #size: number;

  constructor(
    fault: {
      output?: (output: StageOutput) => StageOutput;
      mask?: (mask: Uint32Array | "dependent" | undefined) => Uint32Array | "dependent" | undefined;
      size?: number;
    } = {},
  ) {
    super();
    this.#output = fault.output ?? ((output) => output);
    this.#mask = fault.mask ?? ((mask) => mask);
    this.#size = fault.size ?? super.batchSize([]);
  }

  override batchSize(): number {
    return this.#size;
  }

  override runNow(...args: Parameters<CpuBackend["runNow"]>): StageOutput {
    return this.#output(super.runNow(...args));
  }

  override maskOf(...args: Parameters<CpuBackend["maskOf"]>) {
    return this.#mask(super.maskOf(...args));
  }
}

/** A small system with fixed points. */
export const withPoints = (): PiecewiseLinearSystem => {
  for (let seed = 1; ; seed++) {
    const system = arrangementOf("generic", 9, 2, seed);
    const finalizer = new Finalizer(system);
    for (let mask = 0; mask < 512; mask++) finalizer.add(Uint32Array.of(mask), false);
    if (finalizer.finish().fixedPoints.length > 0) return system;
  }
};

/** Stages whose candidates are lost. */
export const lose = ({ candidates, ...output }: StageOutput): StageOutput => ({
  ...output,
  candidates: { ...candidates, count: 0 },
});
