import fc from "fast-check";
import { expect, it } from "vitest";
import { Column } from "../../src/base/column.ts";

it("a column holds what was set, whatever the order of the rows, and zeros elsewhere", () => {
  const row = fc.oneof(fc.nat(20), fc.nat(9000), fc.constantFrom(7, 8, 63, 64, 511, 512, 4095, 4096, 8191, 8192));
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.tuple(row, fc.double({ noNaN: true })), { minLength: 1, maxLength: 20 }),
      (width, entries) => {
        const column = new Column(width, (length) => new Float64Array(length));
        const known = new Map<number, number[]>();
        for (const [at, x] of entries) {
          const numbers = Array.from({ length: width }, (_, k) => x + k);
          column.setRow(at, numbers);
          known.set(at, numbers);
        }
        const last = Math.max(...known.keys());
        column.set(last, width - 1, -1);
        known.get(last)![width - 1] = -1;
        for (const [at, numbers] of known) expect(column.row(at)).toEqual(numbers);
        for (const at of [0, last >> 1, Math.max(0, last - 1)])
          if (!known.has(at)) expect(column.row(at)).toEqual(new Array(width).fill(0));
      },
    ),
    { seed: 4, numRuns: 60 },
  );
});
