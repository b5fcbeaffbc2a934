import { allOf } from "../base/steps.ts";
import { maskWords, splitIndices } from "../cycles/block.ts";
import { ComposedWords } from "../cycles/composed.ts";
import { linearisingCycle } from "../cycles/describe.ts";
import type { CycleLinearisation } from "../cycles/result.ts";
import { type AffineSet, compareVectors } from "../exact/affine.ts";
import type { Rational } from "../exact/rational.ts";
import { bit, setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import {
  type ContinuumPart,
  type ExactPlace,
  type ExactSigns,
  placeKey,
  placeOn,
  type Segment,
  type SweepParts,
} from "./collector.ts";
import type { Identity } from "./identity.ts";

/**
 * Cycles of one period k as zeros (s, z_0, …, z_{k−1}) of the block system: those that differ only in the point at
 * which they begin are one cycle, and those that go round a shorter cycle are none (docs/design.md#sweeps-of-cycles).
 */
export class CycleIdentity implements Identity<CycleLinearisation> {
  readonly #origin: PiecewiseLinearSystem;
  readonly #composed: ComposedWords;
  readonly #R: number;
  readonly #N: number;
  readonly #period: number;

  /** @param origin the system of one step at s = 0. */
  constructor(origin: PiecewiseLinearSystem, period: number) {
    this.#origin = origin;
    this.#composed = new ComposedWords(origin);
    this.#R = origin.latentDim;
    this.#N = origin.hyperplanes;
    this.#period = period;
  }

  distinct({ segments, points, tips, continua }: SweepParts): SweepParts {
    const own = (vectors: readonly ExactPlace[]) =>
      !this.#divisors.some((d) => vectors.every((v) => this.#repeats(v, d)));
    const places = (list: readonly ExactPlace[]) =>
      firsts(
        list.filter((place) => own([place])).map((place) => this.canonical(place)),
        placeKey,
      );
    return {
      segments: firsts(
        segments.filter(({ line }) => own([line.point, ...line.basis])).map((each) => this.#canonicalSegment(each)),
        (segment) => endsOf(segment).map(placeKey).join("|"),
      ),
      points: places(points),
      tips: places(tips),
      continua: firsts(
        continua.filter(({ piece: { hull } }) => own([hull.point, ...hull.basis])),
        (part) => this.#nameOf(part),
      ),
    };
  }

  canonical(place: ExactPlace): ExactPlace {
    return least(
      this.#turns.map((t) => this.#turned(place, t)),
      compareVectors,
    );
  }

  rounds(place: ExactPlace): number {
    return this.#period / (this.#divisors.find((d) => this.#repeats(place, d)) ?? this.#period);
  }

  beginningAt(segment: Segment, place: ExactPlace): Segment {
    const key = placeKey(place);
    const all = this.#turns.map((t) => this.#turnedSegment(segment, t));
    return all.find((turned) => placeKey(endsOf(turned)[0]) === key) ?? segment;
  }

  classify(signs: ExactSigns): CycleLinearisation {
    const active = splitIndices(signs.active, this.#N, this.#period);
    const ties = splitIndices(signs.ties, this.#N, this.#period);
    const masks = active.map((list, t) => ({ positive: this.#mask(list), ties: this.#mask(ties[t]!) }));
    return allOf(linearisingCycle(this.#origin, this.#composed, masks));
  }

  /** The same region with the orbit begun t points later, for each t. @param mask over the block system. */
  rotations(mask: Uint32Array): Uint32Array[] {
    return this.#turns.map((t) => this.#turnedMask(mask, t));
  }

  /** As `rotations`, of signs. */
  rotationsOfSigns(signs: ExactSigns): ExactSigns[] {
    return this.#turns.map((t) => this.#turnedSigns(signs, t));
  }

  get #turns(): number[] {
    return Array.from({ length: this.#period }, (_, t) => t);
  }

  /** Divisors of the period below it, ascending. */
  get #divisors(): number[] {
    return this.#turns.filter((d) => d > 0 && this.#period % d === 0);
  }

  /** Whether z_t = z_{t+d} for all t. @param vector (s, z_0, …). */
  #repeats(vector: readonly Rational[], d: number): boolean {
    const turned = this.#turned(vector, d);
    return compareVectors(vector, turned) === 0;
  }

  #turned(vector: readonly Rational[], t: number): Rational[] {
    const cut = 1 + t * this.#R;
    return [vector[0]!, ...vector.slice(cut), ...vector.slice(1, cut)];
  }

  #turnedSigns({ active, ties }: ExactSigns, t: number): ExactSigns {
    const all = this.#N * this.#period;
    const turn = (list: readonly number[]) => list.map((at) => (at - t * this.#N + all) % all).sort((a, b) => a - b);
    return { active: turn(active), ties: turn(ties) };
  }

  /** Of a mask, all bits past the hyperplanes of the block system left out. */
  #turnedMask(mask: Uint32Array, t: number): Uint32Array {
    const all = this.#N * this.#period;
    const turned = new Uint32Array(maskWords(all));
    for (let at = 0; at < all; at++) if (bit(mask, at)) setBit(turned, (at - t * this.#N + all) % all);
    return turned;
  }

  #turnedSegment(segment: Segment, t: number): Segment {
    // s stays the first coordinate, so the line stays in canonical form
    const line: AffineSet = {
      point: this.#turned(segment.line.point, t),
      basis: segment.line.basis.map((row) => this.#turned(row, t)),
    };
    return { from: segment.from, to: segment.to, line, ...this.#turnedSigns(segment, t) };
  }

  #canonicalSegment(segment: Segment): Segment {
    return least(
      this.#turns.map((t) => this.#turnedSegment(segment, t)),
      (a, b) => {
        const [first, second] = [endsOf(a), endsOf(b)];
        return compareVectors(first[0], second[0]) || compareVectors(first[1], second[1]);
      },
    );
  }

  /** The signs of a piece name it, so the least of its rotations names all of them. */
  #nameOf({ piece: { positive, negative }, from, to }: ContinuumPart): string {
    const names = this.#turns.map((t) => `${this.#turnedMask(positive, t)};${this.#turnedMask(negative, t)}`);
    return `${least(names, (a, b) => (a < b ? -1 : a > b ? 1 : 0))};${placeKey([from, to])}`;
  }

  #mask(list: readonly number[]): Uint32Array {
    const mask = new Uint32Array(maskWords(this.#N));
    for (const j of list) setBit(mask, j);
    return mask;
  }
}

function endsOf({ line, from, to }: Segment): [Rational[], Rational[]] {
  return [placeOn(line, from), placeOn(line, to)];
}

function least<T>(items: readonly T[], compareTwo: (a: T, b: T) => number): T {
  return items.reduce((best, each) => (compareTwo(each, best) < 0 ? each : best));
}

/** The first item of each name. */
function firsts<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  const named = new Map<string, T>();
  for (const item of items) {
    const name = nameOf(item);
    if (!named.has(name)) named.set(name, item);
  }
  return [...named.values()];
}
