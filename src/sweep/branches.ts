import { linearise } from "../analysis/stability.ts";
import { compareVectors } from "../exact/affine.ts";
import { compare, fitFloat64, ofNumber, type Rational, toNumber } from "../exact/rational.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
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

interface Assembled {
  /** The answer, as far as float64 numbers can write it. */
  readonly answer: Pick<Sweep, "branches" | "events" | "continua"> & { readonly samples: SweepSample[] };
  /** The rest: branches that somewhere pass the largest float64, and points off all branches that lie beyond it. */
  readonly beyond: { readonly branches: number; readonly points: number };
}

/**
 * Joins the segments found into branches, names what happens where they end, and tabulates the answer.
 *
 * A branch that passes the largest float64 is left out, and so are the events that only such branches take part in. The
 * samples list the points of such a branch that are in range, and the kinds of events count the branch.
 * @param origin the system at s = 0 (its Jacobians are those of all s). @param values the samples, ascending.
 */
export function assemble(
  collector: SweepCollector,
  origin: PiecewiseLinearSystem,
  values: readonly number[],
): Assembled {
  const { segments, points, tips, continua } = collector.finish();
  const joints = joinEnds(segments);
  const pieces = new Map(segments.map((segment) => [segment, describe(segment, origin)]));
  const passes = (joint: Joint): boolean =>
    joint.before.length === 1 && joint.after.length === 1 && !collector.onContinuum(joint.place);

  const all: Segment[][] = [];
  for (const segment of segments) {
    if (passes(startOf(segment, joints))) continue;
    const chain = [segment];
    for (let joint = endOf(segment, joints); passes(joint); joint = endOf(chain.at(-1)!, joints))
      chain.push(joint.after[0]);
    all.push(chain);
  }
  const chains = all
    .filter((chain) => chain.every(isInRange))
    .sort(
      (a, b) =>
        compare(a[0].from, b[0].from) ||
        compareVectors(startPlace(a[0]), startPlace(b[0])) ||
        compareVectors(placeOn(a[0].line, a[0].to), placeOn(b[0].line, b[0].to)),
    );
  const branchOf = new Map(chains.flatMap((chain, index) => chain.map((segment) => [segment, index])));
  const isListed = ({ before, after }: Joint): boolean => [...before, ...after].some((each) => branchOf.has(each));
  const lonely = points.filter(fitFloat64);

  const inside = ({ place }: Joint): boolean =>
    compare(place[0], collector.low) > 0 && compare(place[0], collector.high) < 0;
  const happenings: Joint[] = [...joints.values()]
    .filter((joint) => inside(joint) && isListed(joint))
    .concat(lonely.map((place) => ({ place, before: [], after: [] })))
    .sort((a, b) => compareVectors(a.place, b.place));
  const eventAt = new Map(happenings.map(({ place }, index) => [placeKey(place), index]));
  const events = happenings.map((joint): SweepEvent => {
    const kind = inside(joint) ? kindOf(joint, passes(joint)) : "edge";
    const branches = (list: readonly Segment[]): number[] =>
      list.flatMap((segment) => branchOf.get(segment) ?? []).sort((a, b) => a - b);
    return {
      s: toNumber(joint.place[0]),
      kind,
      z: joint.place.slice(1).map(toNumber),
      hyperplanes: collector.signs(joint.place).ties,
      before: branches(joint.before),
      after: branches(joint.after),
      ...(kind === "crossing"
        ? { stability: [pieces.get(joint.before[0])!.stability, pieces.get(joint.after[0])!.stability] as const }
        : {}),
    };
  });
  const eventOf = (segment: Segment, s: Rational): number | null =>
    eventAt.get(placeKey(placeOn(segment.line, s))) ?? null;
  const answer = {
    branches: chains.map(
      (chain): Branch => ({
        pieces: chain.map((segment) => pieces.get(segment)!),
        birth: eventOf(chain[0], chain[0].from),
        death: eventOf(chain.at(-1)!, chain.at(-1)!.to),
      }),
    ),
    events,
    continua: continua.map(({ piece, dimension, from, to }) => ({
      dimension,
      from: toNumber(from),
      to: toNumber(to),
      ...collector.signsOf(piece),
    })),
    samples: values.map((s): SweepSample => {
      const found = placesAt(ofNumber(s), segments, [...points, ...tips]).filter(
        ({ place }) => fitFloat64(place) && !collector.onContinuum(place),
      );
      return {
        s,
        points: found.map(({ place, within }) => ({
          z: place.slice(1).map(toNumber),
          stability: within ? pieces.get(within)!.stability : linearise(origin, collector.signs(place)).stability,
        })),
        continua: continua.filter((part) => isOpenAt(part, ofNumber(s))).length,
      };
    }),
  };
  return { answer, beyond: { branches: all.length - chains.length, points: points.length - lonely.length } };
}

/** Whether both ends of a segment, and so all points between them, can be written as float64 numbers. */
function isInRange({ line, from, to }: Segment): boolean {
  return [from, to].every((s) => fitFloat64(placeOn(line, s)));
}

/** Whether a continuum has more than one point at s. */
function isOpenAt({ from, to, tips }: ContinuumPart, s: Rational): boolean {
  return compare(s, from) >= 0 && compare(s, to) <= 0 && !tips.some((tip) => compare(tip[0], s) === 0);
}

function joinEnds(segments: readonly Segment[]): Map<string, Joint> {
  const joints = new Map<string, Joint>();
  const jointAt = (segment: Segment, s: Rational): Joint => {
    const place = placeOn(segment.line, s);
    const name = placeKey(place);
    let joint = joints.get(name);
    if (joint === undefined) {
      joint = { place, before: [], after: [] };
      joints.set(name, joint);
    }
    return joint;
  };
  for (const segment of segments) {
    jointAt(segment, segment.from).after.push(segment);
    jointAt(segment, segment.to).before.push(segment);
  }
  return joints;
}

function startPlace(segment: Segment): Rational[] {
  return placeOn(segment.line, segment.from);
}

function startOf(segment: Segment, joints: ReadonlyMap<string, Joint>): Joint {
  return joints.get(placeKey(startPlace(segment)))!;
}

function endOf(segment: Segment, joints: ReadonlyMap<string, Joint>): Joint {
  return joints.get(placeKey(placeOn(segment.line, segment.to)))!;
}

function kindOf({ before, after }: Joint, passes: boolean): SweepEventKind {
  if (passes) return "crossing";
  const counts = [before.length, after.length].sort((a, b) => a - b).join();
  if (counts === "0,0") return "isolated";
  if (counts === "0,2") return "fold";
  return counts === "0,1" ? "end" : "junction";
}

function describe(segment: Segment, origin: PiecewiseLinearSystem): BranchPiece {
  const z = (s: Rational): number[] => placeOn(segment.line, s).slice(1).map(toNumber);
  const { active, ties } = segment;
  return {
    from: toNumber(segment.from),
    to: toNumber(segment.to),
    zFrom: z(segment.from),
    zTo: z(segment.to),
    active,
    ties,
    ...linearise(origin, { active, ties }),
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
  for (const place of points) if (compare(place[0], s) === 0) found.set(placeKey(place), { place, within: undefined });
  return [...found.values()].sort((a, b) => compareVectors(a.place, b.place));
}
