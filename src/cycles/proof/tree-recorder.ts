import { type Functional, lowerBound, type Objective, type OrbitBox } from "../../check/orbits/functional.ts";
import type { OrbitMap } from "../../check/orbits/orbit-map.ts";
import { OP } from "../../check/orbits/orbit-proof.ts";
import { wordOfBox } from "../../check/orbits/orbit-walk.ts";
import { Unproved } from "../../prove/unproved.ts";
import type { Recorder } from "../orbits/recorder.ts";

/** What the bounds of a proof leave for rounding, next to what its checkers do: these sum in other orders. */
const UNIT = 4 * 2 ** -53;
/** Bits of multipliers, next to the largest one, that are tried first: short numbers make small files. */
const SHORT = [10, 14, 18, 22, 28] as const;
/** A bound of a range may lose so much of the range for short numbers. */
const LOSS = 2 ** -7;

/** The trees of one period as they are written (docs/proof.md#cycles). */
export class TreeRecorder implements Recorder {
  lead = -1;
  /** Nodes that are cut or ended. */
  nodes = 0;
  readonly ops: number[] = [];
  readonly units: number[] = [];
  readonly values: number[] = [];
  readonly functionals: Float64Array[] = [];
  readonly #map: OrbitMap;
  readonly #listed: (word: Uint32Array) => boolean;

  /** @param listed as in `walkOrbits` */
  constructor(map: OrbitMap, listed: (word: Uint32Array) => boolean) {
    this.#map = map;
    this.#listed = listed;
  }

  bound(box: OrbitBox, functional: Functional, objective: Objective): number {
    const whole = lowerBound(this.#map, box, functional, objective, UNIT);
    for (const bits of SHORT) {
      const short = rounded(functional, bits);
      const bound = lowerBound(this.#map, box, short, objective, UNIT);
      const does = objective.of === "nothing" ? bound > 0 : whole - bound <= LOSS * widthOf(box, objective);
      if (!does) continue;
      for (const key of ["lambda", "slopes", "mu", "pi"] as const) functional[key].set(short[key]);
      return bound;
    }
    return whole;
  }

  leads(unit: number): void {
    this.lead = unit;
  }

  narrowed({ index, sign }: Objective, bound: number, functional: Functional): void {
    this.ops.push(sign > 0 ? OP.above : OP.below);
    this.units.push(index);
    this.values.push(sign * bound);
    this.#write(functional);
  }

  empty(functional: Functional): void {
    this.nodes++;
    this.ops.push(OP.empty);
    this.#write(functional);
  }

  crossed(): void {
    this.nodes++;
    this.ops.push(OP.crossed);
  }

  word(box: OrbitBox): void {
    this.nodes++;
    if (!this.#listed(wordOfBox(box))) throw new Unproved("a word holds an orbit that is not listed");
    this.ops.push(OP.word);
  }

  split(n: number): void {
    this.nodes++;
    this.ops.push(OP.split);
    this.units.push(n);
  }

  #write({ lambda, slopes, mu, pi }: Functional): void {
    this.functionals.push(Float64Array.of(...lambda, ...slopes, ...mu, ...pi));
  }
}

function widthOf({ low, high }: OrbitBox, { index }: Objective): number {
  return high[index]! - low[index]!;
}

/** A functional with numbers of so many bits next to the largest λ and slope. */
function rounded({ lambda, slopes, mu, pi }: Functional, bits: number): Functional {
  let most = 0;
  for (const part of [lambda, slopes, mu, pi]) for (const x of part) most = Math.max(most, Math.abs(x));
  const step = most > 0 && Number.isFinite(most) ? 2 ** (Math.floor(Math.log2(most)) + 1 - bits) : 1;
  const round = (part: Float64Array): Float64Array => part.map((x) => Math.round(x / step) * step);
  return { lambda: round(lambda), slopes: round(slopes), mu: round(mu), pi: round(pi) };
}
