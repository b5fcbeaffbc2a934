import type { Result } from "../result.ts";
import type { Checkpoints } from "../sweep/checkpoints.ts";
import type { Sweep } from "../sweep/result.ts";
import { plural } from "../words.ts";

/** Pictures compute with squares and products of coordinates and weights: up to this (about 2.6e120) none of them overflows. */
const FARTHEST = 2 ** 400;

/** What a picture shows of an answer, and a note if that is not the answer itself. */
export interface Reached<T> {
  readonly shown: T;
  readonly note: string;
}

/** Coordinates past `FARTHEST` are drawn there, and the note says of how many points. */
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
  };
  return { shown, note: clamp.note };
}

/** Checkpoints whose fixed points can be drawn. */
export function reachedCheckpoints(checkpoints: Checkpoints): Reached<Checkpoints> {
  const clamp = new Clamp();
  const shown = { ...checkpoints, checkpoints: checkpoints.checkpoints.map((each) => clampedResult(each, clamp)) };
  return { shown, note: clamp.note };
}
