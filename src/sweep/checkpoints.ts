import type { ComplexPair, FixedPoint, Result } from "../base/result.ts";
import { share } from "../base/words.ts";
import { OptionError } from "../model/errors.ts";

/** A fixed point followed over consecutive checkpoints. */
export interface Track {
  /** The first checkpoint that has it. */
  readonly first: number;
  /** The index of the point among the fixed points of checkpoints first, first + 1, … */
  readonly points: readonly number[];
}

/** The fixed points that persist, appear and vanish from one checkpoint to the next, as indices into their lists. */
export interface CheckpointStep {
  readonly persist: readonly (readonly [number, number])[];
  readonly appear: readonly number[];
  readonly vanish: readonly number[];
}

/** The fixed points of a training run, checkpoint by checkpoint, and which points persist. */
export interface Checkpoints {
  readonly schema: "stillpoint/checkpoints@1";
  /** The results, in order. */
  readonly checkpoints: readonly Result[];
  readonly tracks: readonly Track[];
  /** One fewer than there are checkpoints. */
  readonly steps: readonly CheckpointStep[];
  readonly rule: string;
  /** Whether every checkpoint is here and every list is proved complete. The matching is by rule and proves nothing. */
  readonly complete: boolean;
  readonly incompleteBecause?: string;
}

const RULE =
  "a point persists as the one that is nearest to it, and it nearest to that one, among points of the same index (the sign of " +
  "det(I − J)), where distance is |Δz| over the root-mean-square distance of all points from their mean, plus the share of hyperplanes whose sign differs";

/**
 * Which fixed points persist, appear and vanish from checkpoint to checkpoint of a training run.
 *
 * Two checkpoints are two different models, so a rule decides identity: p persists as q iff each is the other's nearest
 * among the points of the same index. Points of different index are never the same, since det(I − J) has changed its
 * sign between them, which in a generic family happens only at a fold.
 * @param checkpoints their results, in order, of models with the same latent dimension and hyperplanes.
 * @param wanted the number of checkpoints, those that were not solved included.
 * @throws OptionError where models differ in latent dimension or hyperplanes.
 */
export function compareCheckpoints(checkpoints: readonly Result[], wanted = checkpoints.length): Checkpoints {
  checkShapes(checkpoints);
  const cut = checkpoints.filter(({ complete }) => !complete).length;
  const missing = wanted - checkpoints.length;
  const gaps = [
    ...(missing > 0 ? [`${share(missing, wanted, "checkpoint")} not solved`] : []),
    ...(cut > 0 ? [`${share(cut, checkpoints.length, "list")} not complete`] : []),
  ];
  const steps = checkpoints.slice(1).map((next, k) => compareTwo(checkpoints[k]!, next));
  const tracks: { first: number; points: number[] }[] = [];
  let open = new Map<number, { first: number; points: number[] }>();
  checkpoints.forEach(({ fixedPoints }, k) => {
    const persisted = new Map(k === 0 ? [] : steps[k - 1]!.persist.map(([from, to]) => [to, open.get(from)!]));
    open = new Map(
      fixedPoints.map((_, i) => {
        let track = persisted.get(i);
        if (track === undefined) {
          track = { first: k, points: [] };
          tracks.push(track);
        }
        track.points.push(i);
        return [i, track];
      }),
    );
  });
  return {
    schema: "stillpoint/checkpoints@1",
    checkpoints,
    tracks,
    steps,
    rule: RULE,
    complete: gaps.length === 0,
    ...(gaps.length === 0 ? {} : { incompleteBecause: gaps.join("; ") }),
  };
}

function checkShapes(checkpoints: readonly Result[]): void {
  for (const { model } of checkpoints) {
    const first = checkpoints[0]!.model;
    if (model.latentDim === first.latentDim && model.hyperplanes === first.hyperplanes) continue;
    throw new OptionError(
      "checkpoints",
      `must have the latent dimension ${first.latentDim} and the ${first.hyperplanes} hyperplanes of the first`,
      `${model.name}: ${model.latentDim} and ${model.hyperplanes}`,
      "Give checkpoints of one network.",
    );
  }
}

function compareTwo(before: Result, after: Result): CheckpointStep {
  const a = before.fixedPoints;
  const b = after.fixedPoints;
  const spread = spreadOf([...a, ...b]);
  const hyperplanes = before.model.hyperplanes;
  const costs = a.map((p) => b.map((q) => cost(p, q, spread, hyperplanes)));
  const forth = a.map((_, i) => cheapest(b.length, (j) => costs[i]![j]!));
  const back = b.map((_, j) => cheapest(a.length, (i) => costs[i]![j]!));
  const persist = forth.flatMap((j, i) => (j >= 0 && back[j] === i ? [[i, j] as const] : []));
  const kept = { before: new Set(persist.map(([i]) => i)), after: new Set(persist.map(([, j]) => j)) };
  return {
    persist,
    appear: [...b.keys()].filter((j) => !kept.after.has(j)),
    vanish: [...a.keys()].filter((i) => !kept.before.has(i)),
  };
}

function cost(p: FixedPoint, q: FixedPoint, spread: number, hyperplanes: number): number {
  if (indexOf(p) * indexOf(q) < 0) return Number.POSITIVE_INFINITY;
  return Math.sqrt(squaredDistance(p.z, q.z)) / spread + differingSigns(p, q) / Math.max(1, hyperplanes);
}

/**
 * The sign of det(I − J) in discrete time, of det(−J) in continuous time: −1 for an odd number of real eigenvalues
 * beyond the boundary; 0 at ties.
 */
function indexOf(point: FixedPoint): -1 | 0 | 1 {
  if (point.ties.length > 0 || point.eigenvalues.length === 0) return 0;
  const boundary = point.spectralAbscissa === undefined ? 1 : 0;
  const beyond = point.eigenvalues.filter(([re, im]: ComplexPair) => im === 0 && re > boundary).length;
  return beyond % 2 === 0 ? 1 : -1;
}

function cheapest(count: number, of: (i: number) => number): number {
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < count; i++) {
    if (of(i) >= least) continue;
    least = of(i);
    best = i;
  }
  return best;
}

function spreadOf(points: readonly FixedPoint[]): number {
  const R = points[0]?.z.length ?? 0;
  const mean = Array.from({ length: R }, (_, k) => points.reduce((sum, { z }) => sum + z[k]!, 0) / points.length);
  const square = points.reduce((sum, { z }) => sum + squaredDistance(z, mean), 0) / Math.max(1, points.length);
  return square > 0 ? Math.sqrt(square) : 1;
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0);
}

function differingSigns(p: FixedPoint, q: FixedPoint): number {
  const on = new Set(p.active);
  const shared = q.active.filter((j) => on.has(j)).length;
  return p.active.length + q.active.length - 2 * shared;
}
