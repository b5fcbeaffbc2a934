import type { VirtualFixedPoint } from "../base/result.ts";
import { hasInterior, indices } from "../exact/region.ts";
import type { Finalizer } from "../finalize/finalizer.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { linearise } from "../stability/stability.ts";

/** Collects the candidates that lie outside their own region, for regions shown to have an interior. */
export class VirtualCollector {
  readonly #system: PiecewiseLinearSystem;
  readonly #finalizer: Finalizer;
  readonly #found: VirtualFixedPoint[] = [];
  /** How many virtual fixed points lie past the largest float64. */
  beyond = 0;

  constructor(system: PiecewiseLinearSystem, finalizer: Finalizer) {
    this.#system = system;
    this.#finalizer = finalizer;
  }

  readonly visit = (mask: Uint32Array, perturbed: boolean): void => {
    if (perturbed && !hasInterior(this.#finalizer.exactRegions.hyperplanes, mask)) return;
    const z = this.#finalizer.virtualCandidate(mask);
    if (z === undefined) return;
    if (!z.every(Number.isFinite)) {
      this.beyond++;
      return;
    }
    const region = indices(mask);
    const { eigenvalues } = linearise(this.#system, { active: region, ties: [] });
    this.#found.push({ z, region, eigenvalues });
  };

  readonly restarted = (): void => {
    this.#found.length = 0;
    this.beyond = 0;
  };

  report(): VirtualFixedPoint[] {
    return this.#found.sort((a, b) => compareLists(a.region, b.region));
  }
}

/** Lexicographic order of lists of numbers. */
export function compareLists(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
