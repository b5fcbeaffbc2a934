import type { Steps } from "../base/steps.ts";
import { affineContains, clearDenominators } from "../exact/affine.ts";
import { key, type Rational, rational, ZERO } from "../exact/rational.ts";
import { indices } from "../exact/region.ts";
import type { ExactContinuum } from "../finalize/continua.ts";
import type { ExactCandidate } from "../finalize/exact-region.ts";
import { Finalizer } from "../finalize/finalizer.ts";
import type { CertifiedPoint } from "../finalize/point-table.ts";
import { blockSystem } from "../model/block.ts";
import { setBit } from "../model/mask.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type RunControl, Turns, takeSteps } from "../stages/run.ts";
import { maskOfWord, maskWords, splitIndices, wordOfMask } from "./block.ts";
import { ComposedWords, comparePoints, type OrbitPoint, samePoint, type WordDecision } from "./composed.ts";
import { primitiveLength, rotationKey, type Word, type WordSink } from "./word.ts";

/** A cycle, decided exactly. */
export interface CertifiedCycle {
  /** The minimal period: the number of its points. */
  readonly period: number;
  /** In the order of the orbit, from the lexicographically least point. */
  readonly points: readonly OrbitPoint[];
}

/** A continuum of cycles as a continuum of fixed points of the block system of its period. */
export interface CycleContinuum {
  readonly period: number;
  readonly continuum: ExactContinuum;
}

/** What is certified of one period. */
export interface PeriodAnswer {
  readonly period: number;
  /** In ascending order of their first points. */
  readonly cycles: readonly CertifiedCycle[];
  readonly continua: readonly CycleContinuum[];
  /** Cycles and continua whose coordinates are past the largest float64. */
  readonly outOfRange: { readonly cycles: number; readonly continua: number };
  /** The number of pieces of continua that there was no time to join. */
  readonly undescribed: number;
}

/** What the finish did with the words. */
export interface FinishCounts {
  readonly words: number;
  readonly singularWords: number;
}

/** Words that were given up, and why. */
export interface UndecidedWords {
  readonly words: number;
  readonly because: string;
}

/**
 * The one finish for all methods that find words (docs/design.md#cycles): a word's linear system is solved exactly, its
 * orbit kept iff each point lies in its closed region, and cycles told apart exactly, by their least point, with their
 * minimal period. Words with a singular matrix are decided as singular regions of the block system.
 */
export class CycleFinish implements WordSink {
  readonly #system: PiecewiseLinearSystem;
  readonly #composed: ComposedWords;
  readonly #onFound: ((cycle: CertifiedCycle) => void) | undefined;
  readonly #describing: ((cycle: CertifiedCycle) => Steps<void>) | undefined;
  readonly #onWord: ((word: Word) => void) | undefined;
  #queue: Word[] = [];
  /** Why words in the queue were not decided when they came. */
  #stopped: string | undefined;
  /** Words that were decided or queued, whatever their first point. */
  readonly #seen = new Set<string>();
  /** Words of which repetitions came, and what was decided of them. */
  readonly #repeated = new Map<string, WordDecision["kind"]>();
  readonly #cycles = new Map<string, CertifiedCycle>();
  readonly #blocks = new Map<number, Finalizer>();
  readonly #undecided = new Map<number, UndecidedWords>();
  #words = 0;
  #singular = 0;

  constructor(
    system: PiecewiseLinearSystem,
    hooks: {
      /** Called with each cycle when it is certified. */
      readonly onFound?: ((cycle: CertifiedCycle) => void) | undefined;
      /** Steps to take when a cycle is certified, before the next word is decided. */
      readonly describing?: ((cycle: CertifiedCycle) => Steps<void>) | undefined;
      /** Called with each word that holds a new cycle or a piece of a continuum. */
      readonly onWord?: ((word: Word) => void) | undefined;
    } = {},
  ) {
    this.#system = system;
    this.#composed = new ComposedWords(system);
    this.#onFound = hooks.onFound;
    this.#describing = hooks.describing;
    this.#onWord = hooks.onWord;
  }

  get composed(): ComposedWords {
    return this.#composed;
  }

  get found(): number {
    return this.#cycles.size;
  }

  get counts(): FinishCounts {
    return { words: this.#words, singularWords: this.#singular };
  }

  /** The words of one period that were given up. */
  undecided(period: number): UndecidedWords | undefined {
    const own = this.#undecided.get(period);
    const block = this.#blocks.get(period)?.undecided;
    if (block === undefined) return own;
    return { words: block.regions + (own?.words ?? 0), because: block.because };
  }

  add(word: Word): void {
    const key = rotationKey(word);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#queue.push(word.map((mask) => mask.slice()));
  }

  /** Words that there is no time for stay in the queue: `conclude` may have a little more. */
  async settle(control: Pick<RunControl, "signal" | "deadline">): Promise<void> {
    const turns = new Turns();
    const queue = this.#queue;
    this.#queue = [];
    for (const [at, word] of queue.entries()) {
      const taken = await takeSteps(this.#deciding(word), control, turns);
      if (!("stopped" in taken)) continue;
      this.#stopped ??= taken.stopped;
      this.#queue = [...queue.slice(at), ...this.#queue];
      return;
    }
    // singular words were handed on to the block systems
    for (const block of this.#blocks.values()) await block.settle(control);
  }

  #giveUp(): void {
    for (const { length } of this.#queue.splice(0)) {
      const before = this.#undecided.get(length)?.words ?? 0;
      this.#undecided.set(length, { words: before + 1, because: this.#stopped ?? "the time budget ended" });
    }
  }

  *#deciding(word: Word): Steps<void> {
    const decision = (yield* this.#isAsItsPart(word)) ? undefined : yield* this.#composed.deciding(word);
    this.#words++;
    if (decision === undefined) return;
    if (decision.kind === "singular") {
      this.#singular++;
      const block = this.#block(word.length);
      for (let t = 0; t < word.length; t++) block.add(maskOfWord(rotated(word, t), this.#system.hyperplanes), false);
    } else if (decision.kind === "orbit") yield* this.#keeping(decision.points, word);
  }

  /** Whether a word is the repetition of another and has its solution alone: then that of the other one is kept. */
  *#isAsItsPart(word: Word): Steps<boolean> {
    const length = primitiveLength(word);
    if (length === word.length) return false;
    const part = word.slice(0, length);
    const key = rotationKey(part);
    let kind = this.#repeated.get(key);
    if (kind === undefined) {
      const decision = yield* this.#composed.deciding(part);
      kind = decision.kind;
      this.#repeated.set(key, kind);
      if (decision.kind === "orbit") yield* this.#keeping(decision.points, word);
    }
    return kind !== "singular" && (yield* this.#composed.isRegularRepeated(part, word.length / length));
  }

  /** Keeps the cycle that an orbit goes through, if it is new. */
  *#keeping(orbit: readonly OrbitPoint[], word?: Word): Steps<void> {
    const cycle = cycleOf(orbit);
    const key = exactKey(cycle.points[0]!.exact);
    if (this.#cycles.has(key)) return;
    this.#cycles.set(key, cycle);
    if (word !== undefined) this.#onWord?.(word);
    if (inRange(cycle)) this.#onFound?.(cycle);
    if (this.#describing !== undefined) yield* this.#describing(cycle);
  }

  #block(period: number): Finalizer {
    const known = this.#blocks.get(period);
    if (known !== undefined) return known;
    const onWord = this.#onWord;
    const onRegion = onWord && ((mask: Uint32Array) => onWord(wordOfMask(mask, this.#system.hyperplanes, period)));
    const block = new Finalizer(blockSystem(this.#system, period), { onRegion });
    this.#blocks.set(period, block);
    return block;
  }

  /** Decides the words that there is time for, and gives up the others. */
  async end(control: Pick<RunControl, "signal" | "deadline">): Promise<void> {
    await this.settle(control);
    this.#giveUp();
  }

  /** The answer to one period from the words that there is time for. */
  async conclude(period: number, control: Pick<RunControl, "signal" | "deadline">): Promise<PeriodAnswer> {
    await this.end(control);
    const singular = await this.#blocks.get(period)?.conclude(control);
    for (const point of singular?.fixedPoints ?? []) {
      const taken = await takeSteps(this.#keepingPoint(point, period), control);
      if (!("stopped" in taken)) continue;
      const before = this.#undecided.get(period)?.words ?? 0;
      this.#undecided.set(period, { words: before + 1, because: taken.stopped });
    }
    const all = (singular?.continua ?? []).map((continuum) => ({ period, continuum }));
    const own = all.filter(({ continuum }) => !hasSmallerPeriod(continuum, period));
    const alone = [...this.#cycles.values()].filter(
      (cycle) => cycle.period === period && !this.#blocks.get(period)?.isOnContinuum(exactOrbit(cycle)),
    );
    const listed = alone.filter(inRange);
    return {
      period,
      cycles: listed.sort((a, b) => comparePoints(a.points[0]!, b.points[0]!)),
      continua: firstsOfRotations(own, period, this.#system.latentDim),
      outOfRange: { cycles: alone.length - listed.length, continua: singular?.outOfRange.continua ?? 0 },
      undescribed: singular?.undescribed ?? 0,
    };
  }

  /** The orbit of a fixed point of the block system whose regions all have singular matrices. */
  *#keepingPoint(point: CertifiedPoint, period: number): Steps<void> {
    const { latentDim: R, hyperplanes: N } = this.#system;
    const active = splitIndices(point.active, N, period);
    const word = active.map((list) => {
      const mask = new Uint32Array(maskWords(N));
      for (const j of list) setBit(mask, j);
      return mask;
    });
    const { denominator, origin } = clearDenominators({ point: point.exact.slice(0, R), basis: [] });
    const points = yield* this.#composed.following(word, { numerators: origin, denominator });
    // the signs are those of the point, so it lies in the closed regions
    if (points !== undefined) yield* this.#keeping(points);
  }
}

/** The cycle of an orbit with F^k(z_0) = z_0: one round of the minimal period, from the least point. */
function cycleOf(orbit: readonly OrbitPoint[]): CertifiedCycle {
  const k = orbit.length;
  let period = k;
  for (let d = 1; d < k; d++) {
    if (k % d === 0 && samePoint(orbit[0]!.exact, orbit[d]!.exact)) {
      period = d;
      break;
    }
  }
  let least = 0;
  for (let t = 1; t < period; t++) if (comparePoints(orbit[t]!, orbit[least]!) < 0) least = t;
  return { period, points: Array.from({ length: period }, (_, t) => orbit[(least + t) % period]!) };
}

function inRange({ points }: CertifiedCycle): boolean {
  return points.every(({ z }) => z.every(Number.isFinite));
}

/** A text that two points share iff they are equal. */
function exactKey({ numerators, denominator }: ExactCandidate): string {
  return numerators.map((n) => key(rational(n, denominator))).join();
}

/** The points of a cycle one after the other, as a point of the block system. */
function exactOrbit({ points }: CertifiedCycle): Rational[] {
  return points.flatMap(({ exact: { numerators, denominator } }) => numerators.map((n) => rational(n, denominator)));
}

function rotated<T>(items: readonly T[], by: number): T[] {
  return [...items.slice(by), ...items.slice(0, by)];
}

/** Whether all points of a continuum have F^d(z) = z for a smaller d: then it belongs to that period. */
function hasSmallerPeriod({ point, basis }: ExactContinuum, period: number): boolean {
  const R = point.length / period;
  const repeats = (vector: readonly Rational[], d: number) =>
    vector.every((x, at) => {
      const other = vector[(at + d * R) % vector.length]!;
      return x.n === other.n && x.d === other.d;
    });
  for (let d = 1; d < period; d++)
    if (period % d === 0 && [point, ...basis].every((vector) => repeats(vector, d))) return true;
  return false;
}

/** One continuum of each set that is the same but for the point at which its orbits begin. */
function firstsOfRotations(continua: readonly CycleContinuum[], period: number, R: number): CycleContinuum[] {
  const firsts: CycleContinuum[] = [];
  for (const each of continua) {
    const { dimension, point } = each.continuum;
    const isKnown = firsts.some(({ continuum }) => {
      if (continuum.dimension !== dimension) return false;
      // two continua of one period with a point in common and one dimension may still have different hulls
      for (let t = 1; t < period; t++) {
        const turned = rotated(point, t * R);
        const directions = { point: point.map(() => ZERO), basis: continuum.basis };
        const isParallel = each.continuum.basis.every((row) => affineContains(directions, rotated(row, t * R)));
        if (isParallel && continuum.contains(turned)) return true;
      }
      return false;
    });
    if (!isKnown) firsts.push(each);
  }
  return firsts;
}

/** The hyperplanes through a point, and those on whose positive side it is. */
export function signsOf({ signs }: OrbitPoint): { active: number[]; ties: number[] } {
  return { active: indices(signs.positive), ties: indices(signs.ties) };
}
