import { expect, it } from "vitest";
import { budgetTable } from "../../bench/budget-report.ts";

it("lists the latest first, and counts those that were too late", () => {
  const table = budgetTable(
    [
      { name: "early", wall: 0.5, code: 0, complete: true, points: 3, method: "regions" },
      { name: "killed", wall: 62, code: null },
      { name: "in time", wall: 2.9, code: 3, complete: false, points: 0, method: "search" },
    ],
    2,
    2,
    { before: 1, after: 2 },
  );
  const rows = table.split("\n").slice(4);
  expect(table).toContain("3 models with 2 s each, load 1.0 before and 2.0 after: 1 more than 1 s late.");
  expect(rows).toEqual([
    "| killed | 62.00 | 60.00 | had to be ended | - | - |",
    "| in time | 2.90 | 0.90 | exit 3 | 0 | search |",
  ]);
});
