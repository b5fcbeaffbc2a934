import type { Steps } from "../base/steps.ts";
import { compareVectors } from "../exact/affine.ts";
import { compare, fitFloat64, ofNumber, type Rational, toNumber } from "../exact/rational.ts";
import type { LinearisationReport } from "../stability/stability.ts";
import {
  type ContinuumPart,
  type ExactPlace,
  placeKey,
  placeOn,
  type Segment,
  type SweepCollector,
  type SweepParts,
} from "./collector.ts";
import type { Identity } from "./identity.ts";
import type { Branch, BranchPiece, Sweep, SweepEvent, SweepEventKind, SweepSample } from "./result.ts";

/** A place where segments end, and the segments that end there. */
interface Joint {
  readonly place: ExactPlace;
  readonly before: Segment[];
  readonly after: Segment[];
  /** As of `Identity`. */
  readonly rounds: number;
}

/** A piece of a branch but for its class. */
export type PieceSpan = Pick<BranchPiece, "from" | "to" | "zFrom" | "zTo" | "active" | "ties">;

/** A branch whose pieces have a class of type C. */
export interface BranchOf<C> extends Omit<Branch, "pieces"> {
  readonly pieces: readonly (PieceSpan & C)[];
}

/** What was found, joined to branches. */
export interface Assembled<C> {
  /** The answer, as far as float64 numbers can write it. */
  readonly answer: Pick<Sweep, "continua"> & {
    readonly branches: readonly BranchOf<C>[];
    readonly events: readonly SweepEvent[];
    readonly samples: SweepSample[];
  };
  /** The rest: branches that somewhere pass the largest float64, and points off all branches that lie beyond it. */
  readonly beyond: { readonly branches: number; readonly points: number };
  /** What there was no time for: pieces without a class, and samples that are not in the table. */
  readonly left: { readonly pieces: number; readonly samples: number };
}

/** A class, at least. */
type Classed = Pick<LinearisationReport, "eigenvalues" | "stability">;

/**
 * Joins the segments found into branches, names what happens where they end, and tabulates the answer.
 *
 * A branch that passes the largest float64 is left out, and so are the events that only such branches take part in. The
 * samples list the points of such a branch that are in range, and the kinds of events count the branch.
 * In steps of a segment, an event or a sample.
 * @param values the samples, ascending.
 * @param isLate whether the time is over: then no more pieces are classified, and no more samples tabulated.
 */
export function assembling<C extends Classed>(
  collector: SweepCollector,
  identity: Identity<C>,
  values: readonly number[],
  isLate: () => boolean,
): Steps<Assembled<C | typeof UNCLASSIFIED>> {
  return new Assembly(collector, identity, isLate).all(values);
}

class Assembly<C extends Classed> {
  readonly #collector: SweepCollector;
  readonly #identity: Identity<C>;
  readonly #isLate: () => boolean;
  readonly #parts: SweepParts;
  /** Worked out once: rationals in lowest terms are costly, and each end is asked for many times. */
  readonly #ends = new Map<Segment, Ends>();
  readonly #joints: ReadonlyMap<string, Joint>;
  readonly #pieces = new Map<Segment, PieceSpan & (C | typeof UNCLASSIFIED)>();
  readonly #left = { pieces: 0, samples: 0 };

  constructor(collector: SweepCollector, identity: Identity<C>, isLate: () => boolean) {
    this.#collector = collector;
    this.#identity = identity;
    this.#isLate = isLate;
    this.#parts = identity.distinct(collector.finish());
    this.#joints = this.#joinEnds();
  }

  *all(values: readonly number[]): Steps<Assembled<C | typeof UNCLASSIFIED>> {
    const { points, continua } = this.#parts;
    const all = this.#chains();
    for (const chain of all) yield* this.#describing(chain);
    const chains = all
      .filter((chain) => chain.every((segment) => this.#isInRange(segment)))
      .sort((a, b) => this.#compareChains(a, b));
    const branchOf = new Map(chains.flatMap((chain, index) => chain.map((segment) => [segment, index] as const)));
    const lonely = points.filter(fitFloat64);
    const happenings = this.#happenings(branchOf, lonely);
    const events: SweepEvent[] = [];
    for (const joint of happenings) {
      events.push(this.#event(joint, branchOf));
      yield;
    }
    const eventAt = new Map(happenings.map(({ place }, index) => [placeKey(place), index]));
    const samples: SweepSample[] = [];
    for (const s of values) {
      if (this.#isLate()) break;
      samples.push(this.#sample(s));
      yield;
    }
    this.#left.samples = values.length - samples.length;
    const answer = {
      branches: chains.map((chain) => ({
        pieces: chain.map((segment) => this.#pieces.get(segment)!),
        birth: eventAt.get(this.#endsOf(chain[0]!).startKey) ?? null,
        death: eventAt.get(this.#endsOf(chain.at(-1)!).endKey) ?? null,
      })),
      events,
      continua: continua.map(({ piece, dimension, from, to }) => ({
        dimension,
        from: toNumber(from),
        to: toNumber(to),
        ...this.#collector.signsOf(piece),
      })),
      samples,
    };
    const beyond = { branches: all.length - chains.length, points: points.length - lonely.length };
    return { answer, beyond, left: this.#left };
  }

  #joinEnds(): Map<string, Joint> {
    const joints = new Map<string, Joint>();
    const jointAt = (place: ExactPlace, name: string): Joint => {
      let joint = joints.get(name);
      if (joint === undefined) {
        joint = { place, before: [], after: [], rounds: this.#identity.rounds(place) };
        joints.set(name, joint);
      }
      return joint;
    };
    for (const segment of this.#parts.segments) {
      const { start, end, startKey, endKey } = this.#endsOf(segment);
      jointAt(start, startKey).after.push(segment);
      jointAt(end, endKey).before.push(segment);
    }
    return joints;
  }

  #endsOf(segment: Segment): Ends {
    let ends = this.#ends.get(segment);
    if (ends === undefined) {
      const start = this.#identity.canonical(placeOn(segment.line, segment.from));
      const end = this.#identity.canonical(placeOn(segment.line, segment.to));
      ends = { start, end, startKey: placeKey(start), endKey: placeKey(end) };
      this.#ends.set(segment, ends);
    }
    return ends;
  }

  #passes(joint: Joint): boolean {
    const { before, after, rounds, place } = joint;
    return before.length === 1 && after.length === 1 && rounds === 1 && !this.#collector.onContinuum(place);
  }

  /** The segments of each branch, in order. */
  #chains(): Segment[][] {
    const startOf = (segment: Segment) => this.#joints.get(this.#endsOf(segment).startKey)!;
    const endOf = (segment: Segment) => this.#joints.get(this.#endsOf(segment).endKey)!;
    const all: Segment[][] = [];
    for (const segment of this.#parts.segments) {
      if (this.#passes(startOf(segment))) continue;
      const chain = [segment];
      for (let joint = endOf(segment); this.#passes(joint); joint = endOf(chain.at(-1)!)) chain.push(joint.after[0]!);
      all.push(chain);
    }
    return all;
  }

  #compareChains(a: readonly Segment[], b: readonly Segment[]): number {
    const [first, second] = [this.#endsOf(a[0]!), this.#endsOf(b[0]!)];
    return (
      compare(a[0]!.from, b[0]!.from) ||
      compareVectors(first.start, second.start) ||
      compareVectors(first.end, second.end)
    );
  }

  *#describing(chain: readonly Segment[]): Steps<void> {
    let before: Segment | undefined;
    for (const segment of chain) {
      const late = this.#isLate();
      if (late) this.#left.pieces++;
      // each piece begins at the very point at which the one before it ends
      const turned =
        before === undefined ? segment : this.#identity.beginningAt(segment, placeOn(before.line, before.to));
      this.#pieces.set(segment, { ...spanOf(turned), ...(late ? UNCLASSIFIED : this.#identity.classify(turned)) });
      before = turned;
      yield;
    }
  }

  /** Whether both ends of a segment, and so all points between them, can be written as float64 numbers. */
  #isInRange(segment: Segment): boolean {
    const { start, end } = this.#endsOf(segment);
    return fitFloat64(start) && fitFloat64(end);
  }

  #isInside({ place }: Joint): boolean {
    return compare(place[0]!, this.#collector.low) > 0 && compare(place[0]!, this.#collector.high) < 0;
  }

  /** Where something happens, ascending. @param branchOf segments of the branches that are listed. */
  #happenings(branchOf: ReadonlyMap<Segment, number>, lonely: readonly ExactPlace[]): Joint[] {
    const isListed = ({ before, after }: Joint): boolean => [...before, ...after].some((each) => branchOf.has(each));
    return [...this.#joints.values()]
      .filter((joint) => this.#isInside(joint) && isListed(joint))
      .concat(lonely.map((place) => ({ place, before: [], after: [], rounds: 1 })))
      .sort((a, b) => compareVectors(a.place, b.place));
  }

  #event(joint: Joint, branchOf: ReadonlyMap<Segment, number>): SweepEvent {
    const { place, before, after } = joint;
    const kind = this.#isInside(joint) ? kindOf(joint, this.#passes(joint)) : "edge";
    const branches = (list: readonly Segment[]): number[] =>
      list.flatMap((segment) => branchOf.get(segment) ?? []).sort((a, b) => a - b);
    const stability = (segment: Segment) => this.#pieces.get(segment)!.stability;
    return {
      s: toNumber(place[0]!),
      kind,
      z: place.slice(1).map(toNumber),
      hyperplanes: this.#collector.signs(place).ties,
      before: branches(before),
      after: branches(after),
      ...(kind === "crossing" ? { stability: [stability(before[0]!), stability(after[0]!)] as const } : {}),
    };
  }

  #sample(s: number): SweepSample {
    const exact = ofNumber(s);
    const found = this.#placesAt(exact).filter(({ place }) => fitFloat64(place) && !this.#collector.onContinuum(place));
    return {
      s,
      points: found.map(({ place, within }) => ({
        z: place.slice(1).map(toNumber),
        stability: (within ? this.#pieces.get(within)! : this.#identity.classify(this.#collector.signs(place)))
          .stability,
      })),
      continua: this.#parts.continua.filter((part) => isOpenAt(part, exact)).length,
    };
  }

  /** What there is at one s, in lexicographic order, each with the segment that it is inside of, if there is one. */
  #placesAt(s: Rational): { place: ExactPlace; within: Segment | undefined }[] {
    const { segments, points, tips } = this.#parts;
    const found = new Map<string, { place: ExactPlace; within: Segment | undefined }>();
    for (const segment of segments) {
      const afterStart = compare(s, segment.from);
      const beforeEnd = compare(segment.to, s);
      if (afterStart < 0 || beforeEnd < 0) continue;
      const place = this.#identity.canonical(placeOn(segment.line, s));
      if (this.#identity.rounds(place) > 1) continue;
      found.set(placeKey(place), { place, within: afterStart > 0 && beforeEnd > 0 ? segment : undefined });
    }
    for (const place of [...points, ...tips])
      if (compare(place[0]!, s) === 0) found.set(placeKey(place), { place, within: undefined });
    return [...found.values()].sort((a, b) => compareVectors(a.place, b.place));
  }
}

/** Whether a continuum has more than one point at s. */
function isOpenAt({ from, to, tips }: ContinuumPart, s: Rational): boolean {
  return compare(s, from) >= 0 && compare(s, to) <= 0 && !tips.some((tip) => compare(tip[0]!, s) === 0);
}

/** The two ends of a segment, and their names. */
interface Ends {
  readonly start: ExactPlace;
  readonly end: ExactPlace;
  readonly startKey: string;
  readonly endKey: string;
}

function kindOf({ before, after, rounds }: Joint, passes: boolean): SweepEventKind {
  if (passes) return "crossing";
  if (rounds > 1) return rounds === 2 ? "flip" : "multiplication";
  const counts = [before.length, after.length].sort((a, b) => a - b).join();
  if (counts === "0,0") return "isolated";
  if (counts === "0,2") return "fold";
  return counts === "0,1" ? "end" : "junction";
}

const UNCLASSIFIED = { eigenvalues: [], stability: "undetermined" } as const;

function spanOf({ from, to, line, active, ties }: Segment): PieceSpan {
  return {
    from: toNumber(from),
    to: toNumber(to),
    zFrom: placeOn(line, from).slice(1).map(toNumber),
    zTo: placeOn(line, to).slice(1).map(toNumber),
    active,
    ties,
  };
}
