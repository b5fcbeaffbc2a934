import type { AffineSet } from "../../exact/affine.ts";
import { equals, type Rational } from "../../exact/rational.ts";
import { blockSystem } from "../../model/block.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { Claim } from "../claim.ts";
import { require } from "../refusal.ts";
import { Regions } from "../regions.ts";
import type { ClaimedContinuum, ClaimedCycle, CyclesClaim } from "./cycles-claim.ts";

/**
 * The words of one period k in exact arithmetic, as regions of the block system: which hold an orbit with F^k(z_0) =
 * z_0 that is no rotation of a listed one and whose minimal period is k.
 */
export class OrbitRegions {
  readonly period: number;
  readonly #regions: Regions;
  readonly #known = new Map<string, boolean>();

  /** Certifies what a claim lists of one period, with all rotations. Throws a Refusal. */
  constructor(system: PiecewiseLinearSystem, period: number, claim: CyclesClaim) {
    this.period = period;
    this.#regions = new Regions(blockSystem(system, period));
    const { latentDim: R, hyperplanes: N } = system;
    const own = claim.continua.filter((continuum) => continuum.period === period);
    this.#regions.list({
      sha256: claim.sha256,
      points: claim.cycles.filter((cycle) => cycle.period === period).map((cycle) => orbitOf(cycle, R, N)),
      continua: continuaOf(own, R, N),
    });
    // were the minimal period smaller, two rotations would be equal
    for (const { z } of this.#regions.points) {
      for (let r = 1; r < period; r++) this.#regions.listImage(rotated(z, r * R));
    }
    for (const { directions, inner } of this.#regions.pieces) {
      const hull = { point: inner.z, basis: directions };
      require(!this.#repeats(hull), "the orbits of a listed continuum have a smaller period");
    }
  }

  /**
   * Whether all orbits in the closed regions of a word have a smaller period or are listed. @param mask bit t·N + j.
   */
  listed(mask: Uint32Array): boolean {
    const name = mask.join();
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const hull = this.#regions.hull(mask);
    const verdict = hull === undefined || this.#repeats(hull) || this.#regions.listed(mask);
    this.#known.set(name, verdict);
    return verdict;
  }

  /** Whether all orbits of a set repeat after a smaller number of steps that divides k. */
  #repeats({ point, basis }: AffineSet): boolean {
    const R = point.length / this.period;
    const isSame = (vector: readonly Rational[], d: number) =>
      vector.every((x, at) => equals(x, vector[(at + d * R) % vector.length]!));
    for (let d = 1; d < this.period; d++) {
      if (this.period % d === 0 && [point, ...basis].every((vector) => isSame(vector, d))) return true;
    }
    return false;
  }
}

/** The orbit of a cycle from its first point on, as a point of the block system. */
function orbitOf({ points }: ClaimedCycle, R: number, N: number): Claim["points"][number] {
  for (const { z } of points) require(z.length === R, "a point of a cycle has another dimension than the model");
  const indices = (key: "active" | "ties") =>
    blockIndices(
      points.map((point) => point[key]),
      N,
    );
  return { z: points.flatMap(({ z }) => z), active: indices("active"), ties: indices("ties") };
}

/** Listed continua, then their rotations but for words that are there already: a rotation may be the same set. */
function continuaOf(continua: readonly ClaimedContinuum[], R: number, N: number): Claim["continua"][number][] {
  const listed = continua.map(({ dimension, basis, words }) => ({
    dimension,
    basis,
    regions: words.map((word) => blockIndices(word, N)),
  }));
  const nameOf = (region: readonly number[]) => [...new Set(region)].sort((a, b) => a - b).join();
  const known = new Set(listed.flatMap(({ regions }) => regions.map(nameOf)));
  const images = continua.flatMap(({ period, dimension, basis, words }) => {
    for (const row of basis) require(row.length === period * R, "a basis has another dimension than the model");
    const regions: number[][] = [];
    for (let r = 1; r < period; r++) {
      for (const word of words) {
        const region = blockIndices(rotated(word, r), N);
        if (known.has(nameOf(region))) continue;
        known.add(nameOf(region));
        regions.push(region);
      }
    }
    return [{ dimension, regions }];
  });
  return [...listed, ...images];
}

/** Hyperplane j at point t as hyperplane t·N + j of the block system. Throws a Refusal. */
function blockIndices(lists: readonly (readonly number[])[], N: number): number[] {
  return lists.flatMap((list, t) =>
    list.map((j) => {
      require(j < N, "a hyperplane is named that is not there");
      return t * N + j;
    }),
  );
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)];
}
