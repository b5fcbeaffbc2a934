import { setBit } from "../../model/mask.ts";
import { Refusal, require } from "../refusal.ts";
import { type Functional, lowerBound, NOTHING, type Objective, type OrbitBox } from "./functional.ts";
import type { OrbitMap } from "./orbit-map.ts";
import { OP, type ProofStream } from "./orbit-proof.ts";
import { rootBox, sideOf } from "./ranges.ts";

/**
 * The roots of the trees of one period (docs/proof.md#cycles): all orbits with |w_t,i| ≤ 1 at all points, of each the
 * rotation whose lead unit is largest at the first one; then for each coordinate those whose largest one is at the
 * first point, there 1, then −1, in homogeneous coordinates.
 */
export function orbitRoots(map: OrbitMap, period: number, lead: number): OrbitBox[] {
  const far = rootBox(map, period, 0);
  const sides = Array.from({ length: map.dim }, (_, i) => [sideOf(far, i, 1), sideOf(far, i, -1)]);
  return [{ ...rootBox(map, period, 1), lead }, ...sides.flat()];
}

/** Whether unit n has one sign in a box. */
export function isDecided({ low, high }: OrbitBox, n: number): boolean {
  return low[n]! >= 0 || high[n]! <= 0;
}

/** Whether a box is empty for having the ends of a range crossed. */
function isCrossed({ low, high }: OrbitBox): boolean {
  return low.some((l, n) => l > high[n]!);
}

/** The word of a box all of whose signs are decided, as a mask of the block system. */
export function wordOfBox({ low }: OrbitBox): Uint32Array {
  const mask = new Uint32Array(Math.max(1, Math.ceil(low.length / 32)));
  low.forEach((l, n) => {
    if (l >= 0) setBit(mask, n);
  });
  return mask;
}

/** The parts of a box with s_n ≤ 0 and with s_n ≥ 0. */
export function partsOf(box: OrbitBox, n: number): [OrbitBox, OrbitBox] {
  const below = { ...box, low: box.low.slice(), high: box.high.slice() };
  const above = { ...box, low: box.low.slice(), high: box.high.slice() };
  below.high[n] = Math.min(below.high[n]!, 0);
  above.low[n] = Math.max(above.low[n]!, 0);
  return [below, above];
}

/** How many numbers a functional has: λ, slopes, μ, π, in this order. */
export function functionalLength({ dim: R, count: N, parallels }: OrbitMap, period: number): number {
  return period * (R + N + 1 + parallels.pairs.length);
}

/** The parts of a functional in one list. */
function functionalOf({ dim: R, count: N }: OrbitMap, period: number, numbers: Float64Array): Functional {
  const [k, all] = [period, numbers];
  return {
    lambda: all.subarray(0, k * R),
    slopes: all.subarray(k * R, k * (R + N)),
    mu: all.subarray(k * (R + N), k * (R + N + 1)),
    pi: all.subarray(k * (R + N + 1)),
  };
}

/**
 * Walks the trees of one period: whether their leaves cover all orbits, and each is empty or its word is listed. Throws
 * a Refusal.
 * @param listed of a mask of the block system
 */
export function walkOrbits(
  map: OrbitMap,
  period: number,
  lead: number,
  stream: ProofStream,
  listed: (word: Uint32Array) => boolean,
): void {
  const { parallels, count: N } = map;
  const units = period * N;
  const nextUnit = (): number => {
    const n = stream.next("units");
    require(Number.isInteger(n) && n >= 0 && n < units, "a unit is named that is not there");
    return n;
  };
  const bound = (box: OrbitBox, objective: Objective): number => {
    const numbers = stream.take("functionals", functionalLength(map, period));
    if (isCrossed(box)) return Number.POSITIVE_INFINITY;
    return lowerBound(map, box, functionalOf(map, period, numbers), objective);
  };
  for (const root of orbitRoots(map, period, lead)) {
    const stack = [root];
    for (let box = stack.pop(); box !== undefined; box = stack.pop()) {
      parallels.propagate(box.low, box.high, N);
      const op = stream.next("ops");
      if (op === OP.empty) require(bound(box, NOTHING) > 0, "a node is not shown to hold no orbit");
      else if (op === OP.crossed) require(isCrossed(box), "a node has no crossed range");
      else if (op === OP.word) {
        const decided = box;
        require(box.low.every((_, n) => isDecided(decided, n)), "a word has a sign that is not decided");
        require(listed(wordOfBox(box)), "a word holds an orbit that is not listed");
      } else if (op === OP.split) stack.push(...partsOf(box, nextUnit()).reverse());
      else if (op === OP.above || op === OP.below) {
        const n = nextUnit();
        const value = stream.next("values");
        const sign = op === OP.above ? 1 : -1;
        const shown = bound(box, { of: "unit", index: n, sign }) >= sign * value;
        require(shown && Number.isFinite(value), "a bound is not shown by its functional");
        if (sign > 0) box.low[n] = Math.max(box.low[n]!, value);
        else box.high[n] = Math.min(box.high[n]!, value);
        stack.push(box);
      } else throw new Refusal("an op is unknown");
    }
  }
}
