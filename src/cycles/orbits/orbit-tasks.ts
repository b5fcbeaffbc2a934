import type { Steps } from "../../base/steps.ts";
import type { OrbitMap } from "../../check/orbits/orbit-map.ts";
import type { PiecewiseLinearSystem } from "../../model/system.ts";
import { ComposedWords } from "../composed.ts";
import type { Done } from "../task-queue.ts";
import { type PackedWords, WordList } from "../word-list.ts";
import { Branching } from "./branching.ts";
import type { OpenNode, Tally } from "./nodes.ts";
import { scaledMap } from "./scaled-map.ts";

/** A part of the tree of one period that is still to be done, as data that can be cloned. */
export interface OrbitTask {
  /** Open nodes, the next one last; without them it is the root τ = 1, of which nothing is done. */
  readonly nodes?: readonly OpenNode[];
  /** As in `Branching.begin`. */
  readonly signs?: Int8Array | undefined;
}

/** What the tasks of one period share. */
export interface OrbitRound {
  readonly period: number;
  /** Nodes and pivots of a task, before what is left of it is given back. */
  readonly nodes: number;
  readonly pivots: number;
}

/** What was done of a task. */
export interface OrbitDone extends Done<OrbitTask> {
  readonly words: PackedWords;
  readonly tally: Tally;
  readonly settled: number;
}

/** Does tasks of the trees of one map. */
export class OrbitTasks {
  readonly #map: OrbitMap;
  readonly #words: ComposedWords;
  #period = 0;
  /** Of this period. */
  #branching: Branching | undefined;
  #list = new WordList();

  constructor(system: PiecewiseLinearSystem) {
    this.#map = scaledMap(system);
    this.#words = new ComposedWords(system);
  }

  /** The tasks that are the whole tree of a period. */
  whole(period: number): OrbitTask[] {
    const others = { nodes: this.#of(period).others() };
    return this.#map.fit ? [{}, others] : [others];
  }

  /** Does a task up to its budget or until it is late. */
  *doing({ period, nodes, pivots }: OrbitRound, task: OrbitTask, isLate: () => boolean): Steps<OrbitDone> {
    const branching = this.#of(period);
    const { tally } = branching;
    const before = { ...tally };
    this.#list = new WordList();
    let settled = 0;
    const done = (rest?: OrbitTask): OrbitDone => {
      const own = { ...tally };
      for (const name of Object.keys(own) as (keyof Tally)[]) own[name] -= before[name];
      return { words: this.#list.packed, tally: own, settled, ...(rest === undefined ? {} : { rest }) };
    };
    branching.begin(task.signs);
    let { signs } = task;
    // visits narrow the ranges of a box, and the task may be begun again
    const open = (task.nodes ?? []).map(copyOf);
    if (task.nodes === undefined) {
      const root = yield* unlessLate(branching.firstRoot(), isLate);
      if (root === undefined) return done(task);
      if (root.value === undefined) settled += branching.shareOfRoot;
      else {
        ({ signs } = root.value);
        open.push(root.value.node);
        branching.begin(signs);
      }
    }
    for (;;) {
      const node = open.at(-1);
      if (node === undefined) return done();
      const isSpent = tally.nodes - before.nodes >= nodes || tally.pivots - before.pivots >= pivots;
      if (isSpent || isLate()) return done({ nodes: open, signs });
      const children = yield* unlessLate(branching.visiting(node), isLate);
      if (children === undefined) return done({ nodes: open, signs });
      open.pop();
      if (children.value.length === 0) settled += node.share;
      open.push(...children.value);
      yield;
    }
  }

  #of(period: number): Branching {
    if (period !== this.#period || this.#branching === undefined) {
      this.#period = period;
      this.#branching = new Branching(
        this.#map,
        period,
        (word) => this.#list.add(word),
        (word) => this.#words.deciding(word),
      );
    }
    return this.#branching;
  }
}

function copyOf({ box, share }: OpenNode): OpenNode {
  return { box: { ...box, low: box.low.slice(), high: box.high.slice() }, share };
}

/** Takes steps until they are done or it is late: then undefined. */
function* unlessLate<T>(steps: Steps<T>, isLate: () => boolean): Steps<{ readonly value: T } | undefined> {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return { value };
    yield;
    if (isLate()) return undefined;
  }
}

/** At most so many tasks that together are one: the outermost nodes, which may be the largest, apart. */
export function splitOrbitTask(task: OrbitTask, most: number): OrbitTask[] {
  const { nodes = [], signs } = task;
  const apart = Math.min(nodes.length, most) - 1;
  if (apart < 1) return [task];
  const tasks: OrbitTask[] = [{ nodes: nodes.slice(apart), signs }];
  for (let n = 0; n < apart; n++) tasks.push({ nodes: [nodes[n]!], signs });
  return tasks;
}
