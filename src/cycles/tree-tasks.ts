import type { Steps } from "../base/steps.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type OrbitProblem, orbitRoots, type Roots } from "./boxes/maps.ts";
import type { Done } from "./task-queue.ts";
import { type PackedWords, WordList } from "./word-list.ts";

/** What a tree hands over. */
export interface TreeEvents {
  /** A word of the period, over the hyperplanes of the map: one mask for each step; the masks are used again. */
  emit(masks: readonly Uint32Array[]): void;
}

/**
 * Where a tree that is done depth first has come to: for each level above the next node the child that is taken, and
 * the first child after it that is not to be done here. Empty for a whole tree.
 */
export type TreePath = Int32Array;

/** A search for the words of several periods in one problem, depth first. */
export interface Tree {
  /** Parts of the set of first points that were looked at. */
  readonly work: number;
  /** Share of the set that is settled, since the last start: sums of all time would round by what was done before. */
  readonly settled: number;
  readonly counts: Readonly<Record<string, number>>;
  /** Parts that were given up, for each period; none if absent. */
  readonly givenUp?: Float64Array;
  /**
   * Starts with the problem's first points, and goes to the next node of a path, if it is given: what is met on the way
   * there is counted and handed over again.
   */
  start(periods: readonly number[], path?: TreePath): void;
  /**
   * Looks at about `budget` more parts.
   * @returns true when none is left.
   */
  step(budget: number): boolean;
  /** What is left after `step`. */
  readonly rest: TreePath;
}

/** A kind of trees. */
export interface TreeKind {
  /** What a part is called, in the plural. */
  readonly parts: "boxes" | "polytopes";
  /**
   * @param most the largest period. @param constantBits as in `Roots`. @param isShort whether the tree is to be left
   *   before what takes long to prepare would pay.
   */
  make(
    system: PiecewiseLinearSystem,
    problem: OrbitProblem,
    most: number,
    events: TreeEvents,
    constantBits: Uint32Array,
    isShort: boolean,
  ): Tree;
  /** How much further each round reaches than the one before. */
  readonly roundGrowth: number;
  /** Parts of one task. */
  readonly partsOfTask: number;
  /** A search that is limited to so many parts is short. */
  readonly partsOfShort: number;
  /** Parts of one task until the work is divided among shares, and how many tasks each share is given. */
  readonly partsToDivide: number;
  readonly tasksOfShare: number;
}

/** A part of a tree that is still to be done. */
export interface TreeTask {
  /** The tree's place among the problems of all of space. */
  readonly problem: number;
  readonly path: TreePath;
}

/** What the tasks of one tree for each problem share. */
export interface TreeRound {
  /** Ascending. */
  readonly periods: readonly number[];
  /** Parts to do of a task, before what is left of it is given back. */
  readonly budget: number;
  /** As in `TreeKind.make`. */
  readonly isShort: boolean;
}

/** What was done of a task. */
export interface TreeDone extends Done<TreeTask> {
  readonly words: PackedWords;
  readonly parts: number;
  readonly settled: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly givenUp: Float64Array | undefined;
}

/** Parts between two looks at the clock. */
const PARTS_AT_ONCE = 32;

/** Does tasks of the trees of one map. */
export class TreeTasks {
  readonly roots: Roots;
  readonly #system: PiecewiseLinearSystem;
  readonly #kind: TreeKind;
  #shape = "";
  /** Of rounds of this shape. */
  readonly #trees: Tree[] = [];
  #emit: (masks: readonly Uint32Array[]) => void = () => {};

  constructor(system: PiecewiseLinearSystem, kind: TreeKind) {
    this.#system = system;
    this.#kind = kind;
    this.roots = orbitRoots(system);
  }

  /** Does a task of a round, up to its budget or until it is late. */
  *doing(round: TreeRound, { problem, path }: TreeTask, isLate: () => boolean): Steps<TreeDone> {
    const { periods, budget } = round;
    const tree = this.#tree(problem, round);
    const words = new WordList();
    const { constantBits } = this.roots;
    const emit = (masks: readonly Uint32Array[]) => {
      for (const mask of masks) for (let w = 0; w < mask.length; w++) mask[w]! |= constantBits[w]!;
      words.add(masks);
    };
    const isWhole = path.length === 0;
    let before = stateOf(tree);
    this.#emit = isWhole ? emit : () => {};
    tree.start(periods, path);
    this.#emit = emit;
    before = isWhole ? { ...before, settled: 0 } : stateOf(tree);
    let ended = false;
    const end = before.work + budget;
    while (!ended && !isLate() && tree.work < end) {
      ended = tree.step(Math.min(PARTS_AT_ONCE, end - tree.work));
      yield;
    }
    const counts: Record<string, number> = {};
    for (const [name, count] of Object.entries(tree.counts)) counts[name] = count - before.counts[name]!;
    return {
      words: words.packed,
      parts: tree.work - before.work,
      settled: tree.settled - before.settled,
      counts,
      givenUp: tree.givenUp?.map((count, k) => count - before.givenUp![k]!),
      ...(ended ? {} : { rest: { problem, path: tree.rest } }),
    };
  }

  #tree(problem: number, { periods, isShort }: TreeRound): Tree {
    const shape = `${periods.join()} ${isShort}`;
    if (shape !== this.#shape) {
      this.#shape = shape;
      this.#trees.length = 0;
    }
    this.#trees[problem] ??= this.#kind.make(
      this.#system,
      this.roots.problems[problem]!,
      periods[periods.length - 1]!,
      { emit: (masks) => this.#emit(masks) },
      this.roots.constantBits,
      isShort,
    );
    return this.#trees[problem];
  }
}

function stateOf({ work, settled, counts, givenUp }: Tree) {
  return { work, settled, counts: { ...counts }, givenUp: givenUp?.slice() };
}

/** At most so many tasks that together are one, with the largest subtrees apart. */
export function splitTask({ problem, path }: TreeTask, most: number): TreeTask[] {
  const own = path.slice();
  const tasks: TreeTask[] = [{ problem, path: own }];
  for (let n = 0; n < own.length; n += 2) {
    while (own[n + 1]! > own[n]! + 1 && tasks.length < most) {
      const last = --own[n + 1]!;
      const other = own.slice(0, n + 2);
      other[n] = last;
      other[n + 1] = last + 1;
      tasks.push({ problem, path: other });
    }
  }
  return tasks;
}
