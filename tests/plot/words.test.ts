import { expect, it } from "vitest";
import { drawMarks } from "../../src/plot/words.ts";
import { Random } from "../support/random.ts";

it("marks under later ones are counted, however many lie on one spot", () => {
  const random = Random.of(4, "marks");
  for (const spread of [0.001, 3, 30, 300]) {
    const marks = Array.from({ length: 150 }, () => ({
      stability: "stable" as const,
      at: [spread * random.unit(), spread * random.unit()] as const,
    }));
    const near = (a: readonly [number, number], b: readonly [number, number]) =>
      Math.hypot(a[0] - b[0], a[1] - b[1]) < 2.5;
    const expected = marks.filter(({ at }, i) => marks.slice(i + 1).some((later) => near(at, later.at))).length;
    expect(drawMarks(marks).notes).toEqual(
      expected === 0 ? [] : [`${expected} mark${expected === 1 ? "" : "s"} under others.`],
    );
  }
});
