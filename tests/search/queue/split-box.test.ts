import { describe, expect, it } from "vitest";
import { parseValue } from "../../../src/model/parse.ts";
import { SearchPlan } from "../../../src/search/queue/plan.ts";
import { touching } from "../../../src/search/queue/split-box.ts";
import { emptyTally } from "../../../src/search/queue/tally.ts";
import type { Box, OpenBox } from "../../../src/search/roots/problem.ts";
import { randomModel } from "../../cli/models.ts";

const plain = randomModel(7, 40, 4);
const model = { ...plain, V: plain.V.map((row) => row.map((x) => 20 * x)) };
const plan = SearchPlan.of(parseValue(model, { name: "m" }).system);

const boxOf = (lo: number[], hi: number[]): Box => ({ lo: Float64Array.from(lo), hi: Float64Array.from(hi) });

/** A box without the pieces of undecided units, which have no meaning. */
function decided(box: OpenBox): OpenBox {
  return { ...box, pieces: box.pieces.map((piece, j) => (box.undecided.includes(j) ? 0 : piece)) };
}

describe("a box that is split", () => {
  const finds = { emit: () => {}, leaf: () => {} };

  it("leaves the same boxes as a search that stops after one", () => {
    const [tally, others] = [emptyTally(), emptyTally()];
    const search = plan.search(0, finds, tally);
    const other = plan.search(0, finds, others);
    search.start(plan.roots[0]!.box, 1);
    const queue = search.takeOpen();
    const far = boxOf([9e9, 9e9, 9e9, 9e9], [1e10, 1e10, 1e10, 1e10]);
    queue[0] = { ...queue[0]!, done: [far] };
    let split = 0;
    for (let box = queue.shift(); box !== undefined && split < 100; box = queue.shift()) {
      const parts = search.split(box);
      other.resume(box);
      const open: OpenBox[] = other.step(1) ? [] : other.takeOpen().reverse();
      const made = Array.from({ length: parts?.count ?? 0 }, (_, i) => parts!.part(i));
      expect(made.map(decided)).toEqual(open.map(decided));
      expect(search.open).toBe(0);
      if (parts !== undefined) split++;
      queue.push(...open);
    }
    expect(split).toBeGreaterThan(20);
    expect(tally).toEqual(others);
  });

  it("is told of boxes near it alone", () => {
    const [near, edge, far] = [boxOf([0, 0], [1, 1]), boxOf([2, 0], [3, 1]), boxOf([2.5, 0], [3, 1])];
    expect(touching([near, edge, far], boxOf([0.5, 0.5], [2, 2]))).toEqual([near, edge]);
  });
});
