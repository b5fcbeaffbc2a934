import { expect, it } from "vitest";
import { onClosedWalks } from "../../../src/cycles/cells/closed-walks.ts";
import { Random } from "../../support/random.ts";

it("finds the cells that can reach themselves", () => {
  const random = Random.of(1, "closed walks");
  let on = 0;
  let off = 0;
  for (let round = 0; round < 200; round++) {
    const R = random.integer(1, 3);
    const n = random.integer(1, R === 3 ? 3 : 5);
    const cells = Array.from({ length: n ** R }, (_, cell) => cell).filter(() => random.unit() < 0.7);
    const first = new Int32Array(cells.length * R);
    const last = new Int32Array(cells.length * R);
    for (let at = 0; at < first.length; at++) {
      first[at] = random.integer(0, n - 1);
      last[at] = random.integer(first[at]!, Math.min(n - 1, first[at]! + 1));
    }
    const found = onClosedWalks({ dim: R, count: n, cells: Int32Array.from(cells), first, last });
    // the transitive closure
    const leads = cells.map((_, v) =>
      cells.map((cell) =>
        Array.from({ length: R }, (_, i) => Math.floor(cell / n ** i) % n).every(
          (index, i) => index >= first[v * R + i]! && index <= last[v * R + i]!,
        ),
      ),
    );
    for (let k = 0; k < cells.length; k++) {
      for (let v = 0; v < cells.length; v++) {
        if (leads[v]![k]) for (let w = 0; w < cells.length; w++) leads[v]![w] ||= leads[k]![w]!;
      }
    }
    for (let v = 0; v < cells.length; v++) {
      expect(found[v] === 1, `round ${round}, cell ${v}`).toBe(leads[v]![v]);
      if (found[v] === 1) on++;
      else off++;
    }
  }
  expect(Math.min(on, off)).toBeGreaterThan(300);
});
