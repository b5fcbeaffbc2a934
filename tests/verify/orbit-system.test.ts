import { expect, it } from "vitest";
import { blockSystem } from "../../src/model/block.ts";
import { evaluate, type PiecewiseLinearSystem } from "../../src/model/system.ts";
import { orbitSystem } from "../../src/verify/orbit-system.ts";
import { drawMap, plainMapOf } from "../support/maps.ts";
import { Random } from "../support/random.ts";

const plain = ({ M, g, U, V, h, ...sizes }: PiecewiseLinearSystem) => ({
  ...sizes,
  M: M.toDyadics(),
  g: g.toDyadics(),
  U: [...U],
  V: V.toDyadics(),
  h: h.toDyadics(),
});

it("the system of all points of an orbit has the value 0 on orbits only, and is that of the search", () => {
  const random = new Random(22);
  for (let n = 0; n < 40; n++) {
    const R = random.integer(1, 3);
    const map = plainMapOf(drawMap(random, R, random.integer(1, 4)));
    for (const k of [1, 2, 3, 4]) {
      const system = orbitSystem(map, k);
      expect(plain(system)).toEqual(plain(blockSystem(map, k)));
      // F(z_t) − z_{t+1} of any points
      const points = Array.from({ length: k }, () => Float64Array.from({ length: R }, () => random.real(2)));
      const value = evaluate(system, Float64Array.from(points.flatMap((z) => [...z])));
      for (const [t, z] of points.entries()) {
        const next = (t + 1) % k;
        const image = evaluate(map, z).map((x, i) => x + z[i]!);
        for (let i = 0; i < R; i++) expect(value[next * R + i]).toBeCloseTo(image[i]! - points[next]![i]!, 9);
      }
    }
  }
});
