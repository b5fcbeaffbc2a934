import { expect, it } from "vitest";
import { inSum } from "../../src/run/progress-sum.ts";
import type { Progress } from "../../src/stages/run.ts";

it("searches side by side tell what all have done, also where one ends before it tells anything", () => {
  const told: Progress[] = [];
  const sum = inSum(4, (progress) => told.push(progress));
  const first = sum.of(0);
  first({ phase: "search", fraction: 0.5, done: 10, fixedPoints: 1 });
  sum.of(1)({ phase: "search", fraction: 1, done: 5, fixedPoints: 2 });
  sum.end(1);
  sum.end(2);
  sum.end(3);
  first({ phase: "search", fraction: 1, done: 20, fixedPoints: 3 });
  expect(told).toEqual([
    { phase: "search", fraction: 0.125, done: 10, fixedPoints: 1 },
    { phase: "search", fraction: 0.375, done: 15, fixedPoints: 3 },
    { phase: "search", fraction: 1, done: 25, fixedPoints: 5 },
  ]);
});
