import { describe, expect, it } from "vitest";
import { Fan } from "../../../src/cycles/boxes/fan.ts";
import { Random } from "../../support/random.ts";

/** Σ λ_i |d_i·g|. */
function boundOf(fan: Fan, g: readonly number[]): number {
  const R = fan.dim;
  let sum = 0;
  for (let k = 0; k < R; k++) {
    const row = fan.directions.subarray(fan.places[k]! * R, (fan.places[k]! + 1) * R);
    sum += fan.shares[k]! * Math.abs(g.reduce((s, x, i) => s + x * row[i]!, 0));
  }
  return sum;
}

describe("a fan of directions", () => {
  it("bounds |a·g| for any g, exactly along its own directions, and round balls within some per cent", () => {
    const random = Random.of(1, "fans");
    // the most by which Σ λ_i |d_i| exceeds |a|, for vectors drawn
    const most = [1.0001, 1.031, 1.17, 1.3, 1.5];
    for (let R = 1; R <= 5; R++) {
      const fan = new Fan(R);
      for (let n = 0; n < 500; n++) {
        const a = random.vector(R, () => (random.unit() < 0.2 ? 0 : random.real()));
        fan.split(Float64Array.from(a));
        const g = random.vector(R, () => random.real());
        const value = Math.abs(a.reduce((sum, x, i) => sum + x * g[i]!, 0));
        expect(boundOf(fan, g)).toBeGreaterThanOrEqual(value - 2 ** -50);
        let round = 0;
        for (let k = 0; k < R; k++) {
          const at = fan.places[k]! * R;
          round += fan.shares[k]! * Math.hypot(...fan.directions.subarray(at, at + R));
        }
        expect(round).toBeLessThanOrEqual(Math.hypot(...a) * most[R - 1]! + 1e-300);
      }
      for (let d = 0; d < fan.count; d++) {
        const own = fan.directions.slice(d * R, (d + 1) * R);
        fan.split(own.map((x) => -3 * x));
        const g = random.vector(R, () => random.real());
        const value = 3 * Math.abs(g.reduce((sum, x, i) => sum + x * own[i]!, 0));
        expect(boundOf(fan, g)).toBeGreaterThanOrEqual(value - 2 ** -48);
        expect(boundOf(fan, g)).toBeLessThanOrEqual(value * (1 + 2 ** -30) + 2 ** -40);
      }
    }
  });

  it("falls back on the axes in many dimensions", () => {
    const fan = new Fan(7);
    expect(fan.count).toBe(7);
    fan.split(Float64Array.of(1, -2, 0, 3, -4, 5, 6));
    expect([...fan.shares]).toEqual([1, 2, 0, 3, 4, 5, 6]);
  });
});
