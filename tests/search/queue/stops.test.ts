import { describe, expect, it } from "vitest";
import { randomUnits, search } from "./searches.ts";

describe("a search that is stopped", () => {
  // ten dimensions: hours of boxes on any machine, so no machine is done before it is stopped
  const large = () => {
    const { U, V } = randomUnits(200, 10, 3);
    const hx = Array.from({ length: 200 }, (_, j) => Math.sin(j));
    return { A: new Array(10).fill(0.9), U, V: V.map((row) => row.map((x) => 40 * x)), hx, hz: new Array(10).fill(0) };
  };

  it("by its time says how many boxes were open", async () => {
    const result = await search(large(), { maxSeconds: 0.3 });
    expect(result.complete).toBe(false);
    expect(result.incompleteBecause).toMatch(/time budget ended: [\d,]+ boxes were open/);
  });

  it("by a signal ends soon, though it never gave up the thread for long", async () => {
    const abort = new AbortController();
    const fractions: number[] = [];
    setTimeout(() => abort.abort(), 200);
    const result = await search(large(), {
      signal: abort.signal,
      onProgress: ({ fraction }) => fractions.push(fraction),
    });
    expect(result.incompleteBecause).toMatch(/^cancelled/);
    expect(fractions.length).toBeGreaterThan(0);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });
});
