import type { Box, ErrorBounds, OpenBox } from "../roots/problem.ts";
import { cut, type Level, openBoxOf } from "./level.ts";
import { type Clues, cluesOf } from "./outlook.ts";

/** Open boxes of which each has the same clues, made when they are asked for. */
export interface Parts {
  readonly count: number;
  readonly clues: Clues;
  /** Corners and numbers that tell these parts from others of the same search. */
  readonly name: readonly (Float64Array | Int32Array)[];
  /** @param index from 0 to `count` − 1. */
  part(index: number): OpenBox;
}

/** An open box as the only one of its kind. */
export function alone(box: OpenBox): Parts {
  return { count: 1, clues: cluesOf(box), name: [box.lo, box.hi], part: () => box };
}

/**
 * A box that was done and halved. Its parts share what they have in common, and most are never made: to copy the state
 * of each takes several times as long as to do the box.
 */
export class SplitBox implements Parts {
  readonly clues: Clues;
  readonly #box: OpenBox;
  readonly #numbers: Int32Array;
  readonly #halved: Pick<Level, "halved" | "halvings">;

  /** @param level of the box: copied. @param pieces of all units: copied. @param done boxes in which all was found. */
  constructor(level: Level, pieces: Int32Array, errors: ErrorBounds, done: readonly Box[]) {
    const { halvings, halved, undecided, count, ownNearness } = level;
    this.#box = {
      ...openBoxOf(level, undecided.slice(0, count), pieces.slice(), errors, done.slice()),
      share: level.share / 2 ** halvings,
      nearness: ownNearness,
      stale: level.stale + halvings,
    };
    this.#halved = { halved: halved.slice(0, halvings), halvings };
    this.#numbers = level.parts.slice(0, level.children);
    this.clues = cluesOf(this.#box);
  }

  get count(): number {
    return this.#numbers.length;
  }

  get name(): readonly (Float64Array | Int32Array)[] {
    return [this.#box.lo, this.#box.hi, this.#numbers];
  }

  part(index: number): OpenBox {
    const corners = { lo: this.#box.lo.slice(), hi: this.#box.hi.slice() };
    cut(corners, this.#halved, this.#numbers[index]!);
    return { ...this.#box, ...corners, done: touching(this.#box.done, corners) };
  }
}

/** Those of some boxes that have a point in common with another box. */
export function touching(boxes: readonly Box[], { lo, hi }: Box): Box[] {
  return boxes.filter((box) => box.lo.every((x, i) => x <= hi[i]! && box.hi[i]! >= lo[i]!));
}
