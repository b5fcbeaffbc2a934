import { expect, it } from "vitest";
import { scratchBySize } from "../../src/cpu/scratch.ts";

it("keeps what few sizes in turn need, and not that of many", () => {
  let made = 0;
  const scratch = scratchBySize((n) => {
    made++;
    return new Float64Array(n);
  });
  for (let round = 0; round < 10; round++) for (const n of [8, 10]) expect(scratch(n).length).toBe(n);
  expect(made).toBe(2);
  const first = scratch(8);
  for (let n = 20; n < 40; n++) scratch(n);
  expect(scratch(8)).not.toBe(first);
});
