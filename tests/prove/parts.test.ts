import { describe, expect, it } from "vitest";
import { halvePart, halvingsBefore, wholeBranch } from "../../src/prove/parts.ts";

interface Leaf {
  readonly lo: readonly number[];
  readonly hi: readonly number[];
  /** Halvings just before it in preorder. */
  readonly before: readonly number[];
}

const replaced = (corner: readonly number[], n: number, x: number): number[] =>
  corner.map((each, k) => (k === n ? x : each));

/** The parts of a box in preorder, by recursion. */
function leavesOf(lo: number[], hi: number[], [n, ...rest]: readonly number[], before: number[] = []): Leaf[] {
  if (n === undefined) return [{ lo, hi, before }];
  const middle = 0.5 * (lo[n]! + hi[n]!);
  return [
    ...leavesOf(lo, replaced(hi, n, middle), rest, [...before, n]),
    ...leavesOf(replaced(lo, n, middle), hi, rest),
  ];
}

describe("parts of a halved box", () => {
  it.each([[[]], [[1]], [[0, 1]], [[2, 0, 1]], [[1, 1, 2]]])(
    "halved in %j: are those of a recursion, in preorder",
    (halvings) => {
      const lo = [-1, 0, 0.25];
      const hi = [1, 3, 0.5];
      const R = lo.length;
      const corners = new Float64Array(8 * 2 * R);
      corners.set([...lo, ...hi]);
      let parts = 1;
      for (const n of halvings) {
        for (let part = parts - 1; part >= 0; part--) halvePart(corners, R, part, n);
        parts *= 2;
      }
      const leaves = Array.from({ length: parts }, (_, part): Leaf => {
        const at = part * 2 * R;
        const count = halvingsBefore(part, halvings.length);
        return {
          lo: [...corners.subarray(at, at + R)],
          hi: [...corners.subarray(at + R, at + 2 * R)],
          before: halvings.slice(halvings.length - count),
        };
      });
      expect(leaves).toEqual(leavesOf(lo, hi, halvings));
    },
  );

  it("the branch that is all of a root has the root as its only part", () => {
    const branch = wholeBranch({ lo: Float64Array.of(1, 2), hi: Float64Array.of(3, 4) });
    expect(branch).toMatchObject({ halvings: [], known: [undefined], next: 0, share: 1 });
    expect([...branch.corners]).toEqual([1, 2, 3, 4]);
  });
});
