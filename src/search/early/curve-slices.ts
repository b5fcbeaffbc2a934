import { type SentSystem, unpackSystem } from "../../model/transfer.ts";
import type { Limited } from "../../stages/helpers.ts";
import { type CurveEnd, CurveFollower, type CurvePoint } from "./curve.ts";
import { type CurveTable, curveTable } from "./curve-table.ts";

/** A part of a curve to follow: what a thread takes at once. */
export interface CurveSlice {
  readonly from: CurvePoint;
  /** Edges between two fresh inverses, if not the usual number. */
  readonly between?: number | undefined;
}

/** Where a slice ended, and the regions of the zeros on it. */
export interface FollowedSlice {
  readonly end: CurveEnd;
  readonly point: CurvePoint;
  /** One mask after the other. */
  readonly masks: Uint32Array;
  /** For each mask whether t changed its sign there; else the curve only came near to zero at a hyperplane. */
  readonly crossed: Uint8Array;
  readonly edges: number;
}

/** A slice as a worker receives it (the job "curves"). */
export interface CurvePayload extends SentSystem, Limited {
  readonly slice: CurveSlice;
}

/** The most edges of a slice, in bounded steps: so a slice does not depend on who follows it. */
const STEPS_IN_SLICE = 64;
const MOST_EDGES_IN_STEP = 256;
/** Products of a step: some milliseconds. */
const PRODUCTS_IN_STEP = 2 ** 21;

/** The approximate number of products of one edge. */
export function productsOfEdge({ dim: R, count: D }: CurveTable): number {
  return D * R + 4 * R * R;
}

/** A slice that is being followed. */
export class SliceTask {
  readonly #follower: CurveFollower;
  readonly #between: number | undefined;
  readonly #edgesInStep: number;
  readonly #before: number;
  readonly #masks: number[] = [];
  readonly #crossed: number[] = [];
  #point: CurvePoint;
  #end: CurveEnd = "further";
  #steps = 0;

  constructor(follower: CurveFollower, { from, between }: CurveSlice) {
    this.#follower = follower;
    this.#between = between;
    this.#edgesInStep = Math.min(MOST_EDGES_IN_STEP, Math.ceil(PRODUCTS_IN_STEP / productsOfEdge(follower.table)));
    this.#before = follower.edges;
    this.#point = from;
  }

  /** Follows some edges. @returns whether there is more to do. */
  advance(): boolean {
    const onZero = (mask: Uint32Array, changesSign: boolean) => {
      for (const word of mask) this.#masks.push(word);
      this.#crossed.push(changesSign ? 1 : 0);
    };
    const { end, point } = this.#follower.follow(
      this.#point,
      this.#edgesInStep,
      onZero,
      this.#between,
      this.#steps > 0,
    );
    this.#end = end;
    this.#point = point;
    return end === "further" && ++this.#steps < STEPS_IN_SLICE;
  }

  /** What has been done so far. */
  get followed(): FollowedSlice {
    return {
      end: this.#end,
      point: this.#point,
      masks: Uint32Array.from(this.#masks),
      crossed: Uint8Array.from(this.#crossed),
      edges: this.#follower.edges - this.#before,
    };
  }
}

/** The worker's side of curves: keeps the table of the last key. */
export class CurveWorker {
  #key: number | undefined;
  #follower: CurveFollower | undefined;

  run({ key, system, slice, endsAt = Number.POSITIVE_INFINITY }: CurvePayload): FollowedSlice {
    if (key !== this.#key || this.#follower === undefined) {
      this.#follower = new CurveFollower(curveTable(unpackSystem(system)));
      this.#key = key;
    }
    const task = new SliceTask(this.#follower, slice);
    while (task.advance() && Date.now() < endsAt);
    return task.followed;
  }
}
