import type { Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import type { Checkpoints } from "../sweep/checkpoints.ts";
import type { CycleSweep, Sweep } from "../sweep/result.ts";

/**
 * The largest coordinate that is drawn, about 2.6e120. Pictures compute with squares and products of coordinates and
 * weights, which do not overflow up to this size.
 */
const FARTHEST = 2 ** 400;

/** An answer as a picture can show it, and a note if coordinates were moved. */
export interface Reached<T> {
  readonly shown: T;
  readonly note: string;
}

/** Moves coordinates past `FARTHEST` to `FARTHEST`, and counts the states that were moved, for the note. */
class Clamp {
  #moved = 0;

  readonly vector = (z: readonly number[]): readonly number[] => {
    if (z.every((x) => Math.abs(x) <= FARTHEST)) return z;
    this.#moved++;
    return z.map((x) => Math.min(FARTHEST, Math.max(-FARTHEST, x)));
  };

  get note(): string {
    return this.#moved === 0 ? "" : `; ${plural(this.#moved, "place")} past ${FARTHEST.toPrecision(2)} drawn there`;
  }
}

/** A result whose fixed points and continua can be drawn. */
export function reachedResult(result: Result): Reached<Result> {
  const clamp = new Clamp();
  const shown = clampedResult(result, clamp);
  return { shown, note: clamp.note };
}

function clampedResult(result: Result, { vector }: Clamp): Result {
  return {
    ...result,
    fixedPoints: result.fixedPoints.map((point) => ({ ...point, z: vector(point.z) })),
    continua: result.continua.map((each) => ({ ...each, point: vector(each.point), basis: each.basis.map(vector) })),
  };
}

/** A sweep whose branches and events can be drawn. */
export function reachedSweep(sweep: Sweep): Reached<Sweep> {
  const clamp = new Clamp();
  const { vector } = clamp;
  const shown: Sweep = {
    ...sweep,
    branches: sweep.branches.map((branch) => ({
      ...branch,
      pieces: branch.pieces.map((piece) => ({ ...piece, zFrom: vector(piece.zFrom), zTo: vector(piece.zTo) })),
    })),
    events: sweep.events.map((event) => ({ ...event, z: vector(event.z) })),
    ...(sweep.cycles === undefined ? {} : { cycles: sweep.cycles.map((each) => clampedCycles(each, clamp)) }),
  };
  return { shown, note: clamp.note };
}

function clampedCycles(cycles: CycleSweep, { vector }: Clamp): CycleSweep {
  return {
    ...cycles,
    branches: cycles.branches.map((branch) => ({
      ...branch,
      pieces: branch.pieces.map((piece) => ({
        ...piece,
        pointsFrom: piece.pointsFrom.map(vector),
        pointsTo: piece.pointsTo.map(vector),
      })),
    })),
    events: cycles.events.map((event) => ({ ...event, points: event.points.map(vector) })),
  };
}

/** Checkpoints whose fixed points can be drawn. */
export function reachedCheckpoints(checkpoints: Checkpoints): Reached<Checkpoints> {
  const clamp = new Clamp();
  const shown = { ...checkpoints, checkpoints: checkpoints.checkpoints.map((each) => clampedResult(each, clamp)) };
  return { shown, note: clamp.note };
}
