import { describe, expect, it } from "vitest";
import { findCycles } from "../../src/api/find.ts";
import { blockSystem } from "../../src/model/block.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { linearise } from "../../src/stability/stability.ts";
import { Random } from "../support/random.ts";

/** Random maps with numbers so simple that cycles touch hyperplanes. */
function simpleMap(seed: number) {
  const random = Random.of(seed, "simple map");
  const R = random.integer(1, 2);
  const N = random.integer(1, 3);
  const draw = (rows: number, columns: number) =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => random.integer(-3, 3) / 2));
  return { kind: "shPLRNN", A: draw(R, R), W1: draw(R, N), W2: draw(N, R), h1: draw(1, R)[0]!, h2: draw(1, N)[0]! };
}

describe("the class of a cycle", () => {
  it("is that of the fixed point of the block system, whose multipliers are its k-th roots", async () => {
    let tied = 0;
    let smooth = 0;
    for (let seed = 0; seed < 90; seed++) {
      const raw = simpleMap(seed);
      const { system } = await parseValue(raw);
      const result = await findCycles(raw as ModelInput, { maxPeriod: 3 });
      for (const { period, points, stability, directions, eigenvalues, linearisations } of result.cycles) {
        const block = blockSystem(system, period);
        const at = (list: (point: (typeof points)[number]) => readonly number[]) =>
          points.flatMap((point, t) => list(point).map((j) => t * system.hyperplanes + j));
        const report = linearise(block, { active: at(({ active }) => active), ties: at(({ ties }) => ties) });
        const touches = points.some(({ ties }) => ties.length > 0);
        if (touches) tied++;
        else smooth++;
        // the block system has more dimensions, so fewer of its ties are decided
        if (report.stability !== "undetermined")
          expect(stability, JSON.stringify({ raw, period })).toBe(report.stability);
        if (!touches) {
          expect(report.directions).toEqual({
            stable: period * directions!.stable,
            neutral: period * directions!.neutral,
            unstable: period * directions!.unstable,
          });
          const sizes = (values: readonly (readonly [number, number])[]) =>
            values.map(([re, im]) => Math.hypot(re, im));
          const largest = Math.max(...sizes(report.eigenvalues)) ** period;
          expect(Math.max(...sizes(eigenvalues))).toBeCloseTo(largest, 6);
        } else if (system.latentDim > 1) {
          expect(linearisations!.length).toBeGreaterThan(0);
          expect(linearisations!.length).toBe(report.linearisations!.length);
        }
      }
    }
    expect(smooth).toBeGreaterThan(40);
    expect(tied).toBeGreaterThan(5);
  });
});
