import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { BOXES } from "../../src/cycles/boxes/search.ts";
import { POLYTOPES } from "../../src/cycles/polytopes/search.ts";
import { splitTask, type TreeDone, type TreeTask, TreeTasks } from "../../src/cycles/tree-tasks.ts";
import { rotationKey } from "../../src/cycles/word.ts";
import { unpackWords } from "../../src/cycles/word-list.ts";
import { Random } from "../support/random.ts";
import { mapOf, randomMap } from "./systems.ts";

/** Trees of more parts are left alone. */
const MOST_PARTS = 3000;

/**
 * All that is done of a task, in pieces of `budget` parts that are split into up to `most`. Pieces go to two sets of
 * trees in turn, so that most are begun anew.
 */
function inPieces(sets: readonly TreeTasks[], task: TreeTask, budget: number, most: number) {
  const periods = [1, 2, 3, 4];
  const words = new Set<string>();
  const counts: Record<string, number> = {};
  const givenUp = new Float64Array(5);
  const settled = { parts: 0, share: 0 };
  let pieces = 0;
  const queue = [task];
  for (let next = queue.pop(); next !== undefined && settled.parts < MOST_PARTS; next = queue.pop()) {
    const done: TreeDone = allOf(sets[pieces % 2]!.doing({ periods, budget, isShort: false }, next, () => false));
    for (const word of unpackWords(done.words)) words.add(rotationKey(word));
    for (const [name, count] of Object.entries(done.counts)) counts[name] = (counts[name] ?? 0) + count;
    done.givenUp?.forEach((count, k) => {
      givenUp[k]! += count;
    });
    settled.share += done.settled;
    settled.parts += done.parts;
    pieces++;
    if (done.rest !== undefined) queue.push(...splitTask(done.rest, most));
  }
  return { words: [...words].sort(), counts, givenUp: [...givenUp], settled, pieces };
}

describe.each([BOXES, POLYTOPES])("a tree of $parts in pieces", (kind) => {
  it("has the words, counts and boxes given up of the whole tree, wherever it is cut", () => {
    const random = Random.of(3, "pieces");
    let cuts = 0;
    for (let n = 0; n < 8; n++) {
      const system = randomMap(random, random.integer(2, 3), random.integer(2, 4));
      const sets = [new TreeTasks(system, kind), new TreeTasks(system, kind)];
      for (let problem = 0; problem < sets[0]!.roots.problems.length; problem++) {
        const task = { problem, path: new Int32Array(0) };
        const whole = inPieces(sets, task, MOST_PARTS, 1);
        if (whole.settled.parts >= MOST_PARTS) continue;
        for (const [budget, most] of [
          [8, 1],
          [20, 8],
          [90, 3],
        ] as const) {
          const { pieces, settled, ...parts } = inPieces(sets, task, budget, most);
          expect(parts).toEqual({ words: whole.words, counts: whole.counts, givenUp: whole.givenUp });
          expect(settled.share).toBeCloseTo(whole.settled.share, 9);
          cuts += pieces - 1;
        }
      }
    }
    expect(cuts).toBeGreaterThan(40);
  });

  it("lacks what a piece that is left out has", () => {
    // the full tent map
    const tent = mapOf([[2]], [[1]], [[-4]], [0.5], [0]);
    const tasks = new TreeTasks(tent, kind);
    const round = { periods: [1, 2, 3, 4, 5, 6, 7, 8], budget: 8, isShort: false };
    const done = allOf(tasks.doing(round, { problem: 0, path: new Int32Array(0) }, () => false));
    const parts = splitTask(done.rest!, 8);
    expect(parts.length).toBeGreaterThan(1);
    const wordsOf = (some: readonly TreeTask[]) => {
      const words = new Set<string>();
      for (const task of some) {
        const result = allOf(tasks.doing({ ...round, budget: 1e6 }, task, () => false));
        expect(result.rest).toBeUndefined();
        for (const word of unpackWords(result.words)) words.add(rotationKey(word));
      }
      return words.size;
    };
    const all = wordsOf([done.rest!]);
    expect(wordsOf(parts)).toBe(all);
    expect(Math.min(...parts.map((_, n) => wordsOf(parts.filter((__, i) => i !== n))))).toBeLessThan(all);
  });
});
