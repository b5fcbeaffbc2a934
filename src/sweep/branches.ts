import type { Steps } from "../base/steps.ts";
import { compareVectors } from "../exact/affine.ts";
import { compare, fitFloat64, ofNumber, type Rational, toNumber } from "../exact/rational.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { linearise } from "../stability/stability.ts";
import {
  type ContinuumPart,
  type ExactPlace,
  placeKey,
  placeOn,
  type Segment,
  type SweepCollector,
} from "./collector.ts";
import type { Branch, BranchPiece, Sweep, SweepEvent, SweepEventKind, SweepSample } from "./result.ts";

/** A place where segments end, and the segments that end there. */
interface Joint {
  readonly place: ExactPlace;
  readonly before: Segment[];
  readonly after: Segment[];
}

export interface Assembled {
  /** The answer, as far as float64 numbers can write it. */
  readonly answer: Pick<Sweep, "branches" | "events" | "continua"> & { readonly samples: SweepSample[] };
  /** The rest: branches that somewhere pass the largest float64, and points off all branches that lie beyond it. */
  readonly beyond: { readonly branches: number; readonly points: number };
  /** What there was no time for: pieces without a class, and samples that are not in the table. */
  readonly left: { readonly pieces: number; readonly samples: number };
}

/**
 * Joins the segments found into branches, names what happens where they end, and tabulates the answer.
 *
 * A branch that passes the largest float64 is left out, and so are the events that only such branches take part in. The
 * samples list the points of such a branch that are in range, and the kinds of events count the branch.
 * In steps of a segment, an event or a sample.
 * @param origin the system at s = 0 (its Jacobians are those of all s). @param values the samples, ascending.
 * @param isLate whether the time is over: then no more pieces are classified, and no more samples tabulated.
 */
export function* assembling(
  collector: SweepCollector,
  origin: PiecewiseLinearSystem,
  values: readonly number[],
  isLate: () => boolean,
): Steps<Assembled> {
  const { segments, points, tips, continua } = collector.finish();
  const joints = joinEnds(segments);
  const left = { pieces: 0, samples: 0 };
  const pieces = new Map<Segment, BranchPiece>();
  for (const segment of segments) {
    const late = isLate();
    if (late) left.pieces++;
    pieces.set(segment, describe(segment, late ? undefined : origin));
    yield;
  }
  const passes = (joint: Joint): boolean =>
    joint.before.length === 1 && joint.after.length === 1 && !collector.onContinuum(joint.place);

  const all: Segment[][] = [];
  for (const segment of segments) {
    if (passes(startOf(segment, joints))) continue;
    const chain = [segment];
    for (let joint = endOf(segment, joints); passes(joint); joint = endOf(chain.at(-1)!, joints))
      chain.push(joint.after[0]!);
    all.push(chain);
  }
  const chains = all
    .filter((chain) => chain.every(isInRange))
    .sort(
      (a, b) =>
        compare(a[0]!.from, b[0]!.from) ||
        compareVectors(endsOf(a[0]!).start, endsOf(b[0]!).start) ||
        compareVectors(endsOf(a[0]!).end, endsOf(b[0]!).end),
    );
  const branchOf = new Map(chains.flatMap((chain, index) => chain.map((segment) => [segment, index])));
  const isListed = ({ before, after }: Joint): boolean => [...before, ...after].some((each) => branchOf.has(each));
  const lonely = points.filter(fitFloat64);

  const inside = ({ place }: Joint): boolean =>
    compare(place[0]!, collector.low) > 0 && compare(place[0]!, collector.high) < 0;
  const happenings: Joint[] = [...joints.values()]
    .filter((joint) => inside(joint) && isListed(joint))
    .concat(lonely.map((place) => ({ place, before: [], after: [] })))
    .sort((a, b) => compareVectors(a.place, b.place));
  const eventAt = new Map(happenings.map(({ place }, index) => [placeKey(place), index]));
  const events: SweepEvent[] = [];
  for (const joint of happenings) {
    const kind = inside(joint) ? kindOf(joint, passes(joint)) : "edge";
    const branches = (list: readonly Segment[]): number[] =>
      list.flatMap((segment) => branchOf.get(segment) ?? []).sort((a, b) => a - b);
    events.push({
      s: toNumber(joint.place[0]!),
      kind,
      z: joint.place.slice(1).map(toNumber),
      hyperplanes: collector.signs(joint.place).ties,
      before: branches(joint.before),
      after: branches(joint.after),
      ...(kind === "crossing"
        ? { stability: [pieces.get(joint.before[0]!)!.stability, pieces.get(joint.after[0]!)!.stability] as const }
        : {}),
    });
    yield;
  }
  const eventOf = (name: string): number | null => eventAt.get(name) ?? null;
  const samples: SweepSample[] = [];
  for (const s of values) {
    if (isLate()) break;
    const found = placesAt(ofNumber(s), segments, [...points, ...tips]).filter(
      ({ place }) => fitFloat64(place) && !collector.onContinuum(place),
    );
    samples.push({
      s,
      points: found.map(({ place, within }) => ({
        z: place.slice(1).map(toNumber),
        stability: within ? pieces.get(within)!.stability : linearise(origin, collector.signs(place)).stability,
      })),
      continua: continua.filter((part) => isOpenAt(part, ofNumber(s))).length,
    });
    yield;
  }
  left.samples = values.length - samples.length;
  const answer = {
    branches: chains.map(
      (chain): Branch => ({
        pieces: chain.map((segment) => pieces.get(segment)!),
        birth: eventOf(endsOf(chain[0]!).startKey),
        death: eventOf(endsOf(chain.at(-1)!).endKey),
      }),
    ),
    events,
    continua: continua.map(({ piece, dimension, from, to }) => ({
      dimension,
      from: toNumber(from),
      to: toNumber(to),
      ...collector.signsOf(piece),
    })),
    samples,
  };
  return { answer, beyond: { branches: all.length - chains.length, points: points.length - lonely.length }, left };
}

/** Whether both ends of a segment, and so all points between them, can be written as float64 numbers. */
function isInRange(segment: Segment): boolean {
  const { start, end } = endsOf(segment);
  return fitFloat64(start) && fitFloat64(end);
}

/** Whether a continuum has more than one point at s. */
function isOpenAt({ from, to, tips }: ContinuumPart, s: Rational): boolean {
  return compare(s, from) >= 0 && compare(s, to) <= 0 && !tips.some((tip) => compare(tip[0]!, s) === 0);
}

function joinEnds(segments: readonly Segment[]): Map<string, Joint> {
  const joints = new Map<string, Joint>();
  const jointAt = (place: ExactPlace, name: string): Joint => {
    let joint = joints.get(name);
    if (joint === undefined) {
      joint = { place, before: [], after: [] };
      joints.set(name, joint);
    }
    return joint;
  };
  for (const segment of segments) {
    const { start, end, startKey, endKey } = endsOf(segment);
    jointAt(start, startKey).after.push(segment);
    jointAt(end, endKey).before.push(segment);
  }
  return joints;
}

/** The two ends of a segment, and their names. */
interface Ends {
  readonly start: ExactPlace;
  readonly end: ExactPlace;
  readonly startKey: string;
  readonly endKey: string;
}

const known = new WeakMap<Segment, Ends>();

/** Worked out once: rationals in lowest terms are costly, and each end is asked for many times. */
function endsOf(segment: Segment): Ends {
  let ends = known.get(segment);
  if (ends === undefined) {
    const start = placeOn(segment.line, segment.from);
    const end = placeOn(segment.line, segment.to);
    ends = { start, end, startKey: placeKey(start), endKey: placeKey(end) };
    known.set(segment, ends);
  }
  return ends;
}

function startOf(segment: Segment, joints: ReadonlyMap<string, Joint>): Joint {
  return joints.get(endsOf(segment).startKey)!;
}

function endOf(segment: Segment, joints: ReadonlyMap<string, Joint>): Joint {
  return joints.get(endsOf(segment).endKey)!;
}

function kindOf({ before, after }: Joint, passes: boolean): SweepEventKind {
  if (passes) return "crossing";
  const counts = [before.length, after.length].sort((a, b) => a - b).join();
  if (counts === "0,0") return "isolated";
  if (counts === "0,2") return "fold";
  return counts === "0,1" ? "end" : "junction";
}

const UNCLASSIFIED = { eigenvalues: [], stability: "undetermined" } as const;

/** @param origin the system at s = 0; undefined where there is no time for eigenvalues. */
function describe(segment: Segment, origin: PiecewiseLinearSystem | undefined): BranchPiece {
  const { active, ties } = segment;
  const { start, end } = endsOf(segment);
  return {
    from: toNumber(segment.from),
    to: toNumber(segment.to),
    zFrom: start.slice(1).map(toNumber),
    zTo: end.slice(1).map(toNumber),
    active,
    ties,
    ...(origin === undefined ? UNCLASSIFIED : linearise(origin, { active, ties })),
  };
}

/**
 * The distinct fixed points at one s, in lexicographic order, each with the segment that it is inside of, if there is
 * one.
 */
function placesAt(
  s: Rational,
  segments: readonly Segment[],
  points: readonly ExactPlace[],
): { place: ExactPlace; within: Segment | undefined }[] {
  const found = new Map<string, { place: ExactPlace; within: Segment | undefined }>();
  for (const segment of segments) {
    const afterStart = compare(s, segment.from);
    const beforeEnd = compare(segment.to, s);
    if (afterStart < 0 || beforeEnd < 0) continue;
    const place = placeOn(segment.line, s);
    found.set(placeKey(place), { place, within: afterStart > 0 && beforeEnd > 0 ? segment : undefined });
  }
  for (const place of points) if (compare(place[0]!, s) === 0) found.set(placeKey(place), { place, within: undefined });
  return [...found.values()].sort((a, b) => compareVectors(a.place, b.place));
}
