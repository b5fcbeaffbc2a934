import { describe, expect, it } from "vitest";
import { CLIPPED, EMPTY, Polytope, UNCHANGED, UNTAGGED } from "../../../src/cycles/polytopes/polytope.ts";
import { Random } from "../../support/random.ts";

/** A cube of P dimensions cut by random halfspaces, and points that lie in all of them. */
function randomPolytope(random: Random, P: number) {
  let polytope = new Polytope(P);
  polytope.makeCube();
  const points = Array.from({ length: 60 }, () => random.vector(P, () => random.real()));
  let inside = points;
  for (let n = 0; n < 5; n++) {
    const a = Float64Array.from(random.vector(P, () => random.normal()));
    const bound = random.real();
    const next = new Polytope(P);
    const done = next.clip(polytope, a, 0, 1, bound, 0, UNTAGGED);
    const left = inside.filter((s) => s.reduce((sum, x, p) => sum + a[p]! * x, 0) <= bound);
    if (done === EMPTY) expect(left).toEqual([]);
    if (done !== CLIPPED) continue;
    polytope = next;
    inside = left;
  }
  return { polytope, inside };
}

describe("Polytope", () => {
  it("has bounds that hold for its points and are met at its vertices", () => {
    const random = Random.of(3, "polytopes");
    let held = 0;
    for (let n = 0; n < 200; n++) {
      const P = random.integer(1, 4);
      const { polytope, inside } = randomPolytope(random, P);
      const f = Float64Array.from(random.vector(P, () => random.normal()));
      const vertex = polytope.leastVertex(f, 0, 1);
      const bound = polytope.lowerBound(f, 0, 1, vertex);
      expect(bound).toBeCloseTo(polytope.valueAt(vertex, f, 0), 9);
      for (const s of inside) {
        held++;
        expect(s.reduce((sum, x, p) => sum + f[p]! * x, 0)).toBeGreaterThanOrEqual(bound);
      }
    }
    expect(held).toBeGreaterThan(500);
  });

  it("has bounds that hold whatever its vertices are", () => {
    const random = Random.of(4, "wrong vertices");
    for (let n = 0; n < 200; n++) {
      const P = random.integer(2, 4);
      const { polytope, inside } = randomPolytope(random, P);
      const f = Float64Array.from(random.vector(P, () => random.normal()));
      for (let at = 0; at < polytope.vertices * P; at++) {
        polytope.points[at] = random.normal();
        polytope.meets[at] = random.integer(0, polytope.constraints - 1);
      }
      const bound = polytope.lowerBound(f, 0, 1, polytope.leastVertex(f, 0, 1));
      for (const s of inside) expect(s.reduce((sum, x, p) => sum + f[p]! * x, 0)).toBeGreaterThanOrEqual(bound);
    }
  });

  it("would have false ones with a wrong constraint", () => {
    const polytope = new Polytope(2);
    polytope.makeCube();
    polytope.bounds[1] = 0.5;
    const f = Float64Array.of(-1, 0);
    expect(polytope.lowerBound(f, 0, 1, polytope.leastVertex(f, 0, 1))).toBeGreaterThan(-1);
  });

  it("keeps its points when it is fitted to a box", () => {
    const random = Random.of(5, "fits");
    for (let n = 0; n < 100; n++) {
      const P = random.integer(1, 4);
      const { polytope, inside } = randomPolytope(random, P);
      const shifts = new Float64Array(P);
      const scales = new Float64Array(P);
      polytope.fit(shifts, scales);
      for (const s of inside) {
        const own = s.map((x, p) => (x - shifts[p]!) / scales[p]!);
        for (const x of own) expect(Math.abs(x)).toBeLessThanOrEqual(1 + 1e-12);
        for (let i = 0; i < polytope.constraints; i++)
          expect(own.reduce((sum, x, p) => sum + polytope.rows[i * P + p]! * x, 0)).toBeLessThanOrEqual(
            polytope.bounds[i]! + 1e-12,
          );
      }
    }
  });

  it("asks whether a thin part is flat, with the sides that meet there", () => {
    const corner = new Polytope(2);
    corner.makeCube();
    const first = new Polytope(2);
    expect(first.clip(corner, Float64Array.of(1, 1), 0, 1, 0, 0, 7)).toBe(CLIPPED);
    const asked: number[][] = [];
    const clip = (answer: boolean) =>
      new Polytope(2).clip(first, Float64Array.of(-1, -1), 0, 1, 0, 0, 8, (tags, count) => {
        asked.push([...tags.slice(0, count)].sort());
        return answer;
      });
    expect([clip(true), clip(false)]).toEqual([EMPTY, CLIPPED]);
    expect(new Set(asked.flat())).toEqual(new Set([7, 8]));
    expect(new Polytope(2).clip(first, Float64Array.of(1, 1), 0, 1, 1, 0, 9)).toBe(UNCHANGED);
  });
});
