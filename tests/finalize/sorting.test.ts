import { expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { sorting } from "../../src/finalize/sorting.ts";
import { Random } from "../support/random.ts";

it.each([0, 1, 2, 2047, 2048, 2049, 9000])("%i numbers are sorted in steps, and equal ones keep their order", (n) => {
  const random = Random.of(6, `sorting ${n}`);
  const keys = Array.from({ length: n }, () => Math.floor(50 * random.unit()));
  const numbers = Uint32Array.from(keys, (_, i) => i);
  const expected = [...numbers].sort((a, b) => keys[a]! - keys[b]! || a - b);
  let steps = 0;
  const work = sorting(numbers, (a, b) => keys[a]! - keys[b]!);
  while (!work.next().done) steps++;
  expect([...numbers]).toEqual(expected);
  expect(steps).toBeGreaterThanOrEqual(Math.floor(n / 2048));
  // sorted numbers stay as they are
  allOf(sorting(numbers, (a, b) => keys[a]! - keys[b]!));
  expect([...numbers]).toEqual(expected);
});
