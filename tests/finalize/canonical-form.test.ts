import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVectors, dot } from "../../src/exact/affine.ts";
import { reducedRowEchelon } from "../../src/exact/elimination.ts";
import * as Q from "../../src/exact/rational.ts";
import type { ExactContinuum } from "../../src/finalize/continua.ts";
import { byIndices } from "../oracle/continua.ts";
import type { Plain } from "../oracle/systems.ts";
import { randomSmall } from "../support/singular.ts";
import { cases } from "./continuum-cases.ts";
import { rationals, seed, solve } from "./every-mask.ts";

/** A signed permutation of z: (T z)_k = signs[k]·z_{order[k]}. */
interface SignedPermutation {
  readonly order: readonly number[];
  readonly signs: readonly number[];
}

const turn = ({ order, signs }: SignedPermutation, z: readonly number[]) =>
  order.map((from, k) => signs[k]! * z[from]!);
const turnExact = ({ order, signs }: SignedPermutation, z: readonly Q.Rational[]) =>
  order.map((from, k) => (signs[k]! < 0 ? Q.negate(z[from]!) : z[from]!));

/** The model of T z, with unit j of the new one being unit units[j] of the old one. */
function transformed({ A, U, V, hx, hz }: Plain, T: SignedPermutation, units: readonly number[]): Plain {
  return {
    A: T.order.map((i, r) => T.order.map((k, c) => T.signs[r]! * T.signs[c]! * A[i]![k]!)),
    U: units.map((j) => turn(T, U[j]!)),
    V: units.map((j) => turn(T, V[j]!)),
    hx: units.map((j) => hx[j]!),
    hz: turn(T, hz),
  };
}

/** A continuum's fields after the transformation, in canonical form again. */
function canonicalImage(
  { dimension, point, basis, regions }: ExactContinuum,
  T: SignedPermutation,
  units: readonly number[],
) {
  const turned = basis.map((row) => turnExact(T, row));
  const common = turned.flat().reduce((product, { d }) => (product % d === 0n ? product : product * d), 1n);
  const integers = turned.flat().map(({ n, d }) => n * (common / d));
  return {
    dimension,
    point: turnExact(T, point),
    basis: reducedRowEchelon(integers, turned.length, point.length).rows,
    regions: regions.map((region) => region.map((i) => units.indexOf(i)).sort((a, b) => a - b)).sort(byIndices),
  };
}

const shuffled = (n: number) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, i) => i),
    { minLength: n, maxLength: n },
  );
const transformation = (R: number, N: number) =>
  fc.record({
    T: fc.record({
      order: shuffled(R),
      signs: fc.array(fc.constantFrom(-1, 1), { minLength: R, maxLength: R }),
    }),
    units: shuffled(N),
  });

/** Compares as multisets what may come in another order. */
function sameFields(a: ReturnType<typeof canonicalImage>, b: ExactContinuum): boolean {
  const text = (c: Pick<ExactContinuum, "dimension" | "point" | "basis" | "regions">) =>
    JSON.stringify([c.dimension, c.point.map(Q.key), c.basis.map((row) => row.map(Q.key)), c.regions]);
  return text(a) === text(b);
}

describe("canonical form", () => {
  it("the answer of a transformed model is the transformed answer: hand-made cases", () => {
    for (const { model } of Object.values(cases)) {
      const [R, N] = [model.A.length, model.U.length];
      fc.assert(
        fc.property(transformation(R, N), ({ T, units }) => {
          const before = solve(model);
          const after = solve(transformed(model, T, units));
          const images = before.continua.map((c) => canonicalImage(c, T, units));
          expect(after.continua.length).toBe(images.length);
          for (const image of images) expect(after.continua.some((c) => sameFields(image, c))).toBe(true);
          expect(after.points.map(String).sort()).toEqual(
            before.points
              .map((z) => turn(T, z).map((x) => x + 0))
              .map(String)
              .sort(),
          );
        }),
        { seed, numRuns: 8 },
      );
    }
  });

  it("the answer of a transformed model is the transformed answer: random systems", () => {
    let compared = 0;
    let tied = 0;
    const both = randomSmall.chain((plain) =>
      transformation(plain.A.length, plain.U.length).map((change) => ({ plain, ...change })),
    );
    fc.assert(
      fc.property(both, ({ plain, T, units }) => {
        const before = solve(plain);
        const after = solve(transformed(plain, T, units));
        expect(after.continua.length).toBe(before.continua.length);
        const left = new Set(after.continua);
        for (const continuum of before.continua) {
          compared++;
          const image = canonicalImage(continuum, T, units);
          let match = [...left].find((c) => sameFields(image, c));
          if (match === undefined) {
            // a set that is not convex may have several nearest points: then another one of the same set was chosen
            tied++;
            match = [...left].find(
              (c) =>
                sameFields({ ...image, point: [...c.point] }, c) &&
                c.contains(image.point) &&
                Q.equals(dot(c.point, c.point), dot(image.point, image.point)) &&
                compareVectors(c.point, image.point) < 0,
            );
          }
          expect(match).toBeDefined();
          left.delete(match!);
        }
      }),
      { seed: seed + 4, numRuns: 300 },
    );
    expect(compared).toBeGreaterThan(100);
    expect(tied).toBeLessThan(compared / 50);
  });

  it("negative control: a changed point, basis or region is noticed", () => {
    const continuum = solve(cases["a slanted ray whose nearest point is its end"]!.model).continua[0]!;
    const identity = { order: [0, 1], signs: [1, 1] };
    const image = canonicalImage(continuum, identity, [0]);
    expect(sameFields(image, continuum)).toBe(true);
    expect(sameFields({ ...image, point: [Q.ofNumber(0.5), Q.ofNumber(2.25 + 2 ** -50)] }, continuum)).toBe(false);
    expect(sameFields({ ...image, basis: [[Q.ONE, Q.ofNumber(0.5)]] }, continuum)).toBe(false);
    expect(sameFields({ ...image, regions: [[0]] }, continuum)).toBe(false);
    expect(continuum.contains(rationals([0.5 + 2 ** -53, 2.25 - 2 ** -54]))).toBe(false);
  });
});
