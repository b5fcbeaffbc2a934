import { writeBits } from "../../exact/region.ts";
import { negate } from "../../model/dyadic.ts";
import { isStillpointError } from "../../model/errors.ts";
import { bit } from "../../model/mask.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../model/system.ts";
import type { StageBackend } from "../../stages/backend.ts";
import type { CandidateSink, RunControl } from "../../stages/run.ts";
import type { Leaf } from "../roots/problem.ts";
import { foldExactly, rowsOf, searchSystem } from "../roots/search-system.ts";

/** The outcome of the leaves of a search. */
export interface LeafOutcome {
  /** Regions of the leaves' arrangements that were visited. */
  readonly regions: number;
  /** Leaves that were not finished. */
  readonly left: number;
}

/** The leaves of a search, each once: neighbouring boxes often end in the same leaf. */
export class LeafSet {
  readonly #leaves = new Map<string, Leaf>();

  add(leaf: Leaf): void {
    this.#leaves.set(`${leaf.hyperplanes.join()};${leaf.mask.join()}`, leaf);
  }

  clear(): void {
    this.#leaves.clear();
  }

  /**
   * Solves all leaves by the regions method in one batch (docs/design.md#leaves). A leaf is the system with the decided
   * hyperplanes folded in, over all of space: its candidates outside the box are candidates of the system too, or no
   * fixed points.
   */
  async solve(
    system: PiecewiseLinearSystem,
    sink: CandidateSink,
    control: Pick<RunControl, "signal" | "deadline">,
    backend: () => Promise<StageBackend> = async () => new (await import("../../cpu/backend.ts")).CpuBackend(),
  ): Promise<LeafOutcome> {
    const leaves = [...this.#leaves.values()];
    if (leaves.length === 0) return { regions: 0, left: 0 };
    const jobs = leaves.map((leaf) => ({ system: leafSystem(system, leaf), sink: throughLeaf(leaf, sink) }));
    const { signal, deadline } = control;
    // most searches end without a leaf
    const { runRegionsOfMany } = await import("../../regions/run.ts");
    let regions = 0;
    let left = 0;
    for (const outcome of await runRegionsOfMany(jobs, { signal, deadline }, await backend(), "owned")) {
      if (isStillpointError(outcome)) throw outcome;
      regions += outcome.counts.masks ?? 0;
      if (!outcome.complete) left++;
    }
    return { regions, left };
  }
}

/** The system of a leaf: G with the decided hyperplanes folded in. Its hyperplanes are those of the leaf, in order. */
function leafSystem(system: PiecewiseLinearSystem, { hyperplanes, mask }: Leaf): PiecewiseLinearSystem {
  const R = system.latentDim;
  const { A, b } = foldExactly(searchSystem(system), (j) => bit(mask, j) === 1, new Set(hyperplanes));
  return {
    latentDim: R,
    hyperplanes: hyperplanes.length,
    time: system.time,
    M: ExactArray.ofDyadics(A),
    g: ExactArray.ofDyadics(b.map(negate)),
    U: Float64Array.from({ length: hyperplanes.length * R }, (_, at) => {
      return system.U[hyperplanes[Math.floor(at / R)]! * R + (at % R)]!;
    }),
    V: rowsOf(system.V, R, hyperplanes),
    h: rowsOf(system.h, 1, hyperplanes),
  };
}

/** A sink for a leaf's candidates that hands them on as masks of the original system. */
function throughLeaf({ hyperplanes, mask }: Leaf, sink: CandidateSink): CandidateSink {
  const full = mask.slice();
  return {
    get found() {
      return sink.found;
    },
    add(small, regular) {
      writeBits(full, hyperplanes, small);
      sink.add(full, regular);
    },
    async settle(control) {
      await sink.settle?.(control);
    },
  };
}
