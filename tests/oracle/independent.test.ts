import { describe, expect, it } from "vitest";
import { findFixedPoints, parseModel, type Result } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { attack, PLAIN_ATTACKS } from "../attack/generate.ts";
import { corpus } from "../corpus/generate.ts";
import { allDifferences } from "./differences.ts";
import { activationOf } from "./equation.ts";
import { exactAnswer, type OracleAnswer } from "./independent.ts";
import { exactFixedPoints } from "./naive.ts";

/** The oracle over all 2^N masks of the system that src/model makes: two exact answers, told by different means. */
async function naively(model: object): Promise<Pick<OracleAnswer, "points"> & { continua: boolean }> {
  const { points, continuumPieces } = exactFixedPoints((await parseModel(model as ModelInput)).system);
  return { points: points as unknown as OracleAnswer["points"], continua: continuumPieces.length > 0 };
}

const places = (points: OracleAnswer["points"]) => points.map(({ z, active, ties }) => ({ z, active, ties }));

describe("the independent oracle", () => {
  it("agrees with the naive one on the corpus, models of all kinds", async () => {
    for (const { name, model } of corpus()) {
      const answer = exactAnswer(model);
      const naive = await naively(model);
      expect(places(answer.points), name).toEqual(places(naive.points));
      expect(answer.continua.length > 0, name).toBe(naive.continua);
    }
  });

  it("agrees with the naive one on attacks", async () => {
    for (const kind of Object.keys(PLAIN_ATTACKS)) {
      for (let number = 0; number < 4; number++) {
        const { name, model } = attack(kind, number, 77);
        // 2^N masks
        if ((model.U as unknown[]).length > 10) continue;
        const answer = exactAnswer(model);
        const naive = await naively(model);
        expect(places(answer.points), name).toEqual(places(naive.points));
        expect(answer.continua.length > 0, name).toBe(naive.continua);
      }
    }
  });

  it("knows models solved by hand: continuous, clipped, threshold-linear, with input", () => {
    const z = (model: object) => exactAnswer(model as Record<string, unknown>).points.map((point) => point.z);
    expect(z({ kind: "continuous", U: [[1]], V: [[2]], hx: [0], hz: [1] })).toEqual([[-1], [1]]);
    // z' = relu(z + 1) − relu(z): 0 below −1, then z + 1, 1 from 0 on
    expect(z({ kind: "clippedShPLRNN", A: [0], W1: [[1]], W2: [[1]], h1: [0], h2: [1] })).toEqual([[1]]);
    expect(
      z({
        kind: "TLN",
        W: [
          [0, -2],
          [-2, 0],
        ],
        b: [1, 1],
      }),
    ).toEqual([
      [0, 1],
      [1 / 3, 1 / 3],
      [1, 0],
    ]);
    expect(z({ kind: "PLRNN", A: [0.5], W: [[0]], h: [1], C: [[1, 1]], s: [2, 1] })).toEqual([[8]]);
    expect(
      z({
        kind: "ALRNN",
        A: [0, 0],
        W: [
          [0.5, 1],
          [0, 0.5],
        ],
        h: [1, 1],
        P: 1,
        Wu: [[1]],
        s: [1],
      }),
    ).toEqual([[10, 3]]);
  });

  it("makes activations one number at each breakpoint and zero at zero", () => {
    const { slopes, offsets, breakpoints } = activationOf({ breakpoints: [-2, 1, 3], slopes: [1, 0.5, -1, 4] });
    const value = ({ m, e }: { m: bigint; e: number }) => Number(m) * 2 ** e;
    const at = (p: number, x: number) => value(slopes[p]!) * x + value(offsets[p]!);
    expect(at(1, 0)).toBe(0);
    breakpoints.forEach((b, p) => {
      expect(at(p, value(b))).toBe(at(p + 1, value(b)));
    });
  });

  it("lists a bent line as two continua, and a segment by its regions and its nearest point", () => {
    // G = (0, |z0| − z1): fixed along z1 = |z0|
    const bent = {
      A: [
        [1, 0],
        [0, 0],
      ],
      U: [
        [1, 0],
        [-1, 0],
      ],
      V: [
        [0, 1],
        [0, 1],
      ],
      hx: [0, 0],
      hz: [0, 0],
    };
    const { points, continua } = exactAnswer(bent);
    expect(points).toEqual([]);
    expect(continua.map(({ basis, regions, point }) => ({ basis, regions, point }))).toEqual([
      { basis: [[1, -1]], regions: [[1]], point: [0, 0] },
      { basis: [[1, 1]], regions: [[0]], point: [0, 0] },
    ]);
    const segment = { A: [[1]], U: [[1], [1]], V: [[-0.5], [0.5]], hx: [3, 1], hz: [0] };
    expect(exactAnswer(segment).continua).toMatchObject([{ dimension: 1, point: [0], basis: [[1]], regions: [[]] }]);
  });
});

describe("the comparison of everything", () => {
  const tied = { A: [[0.5]], U: [[1], [-1]], V: [[0.25], [0.25]], hx: [0, 0], hz: [0] };
  const three = { A: [[0]], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };
  const line = {
    A: [
      [1, 0],
      [0, 0.5],
    ],
    U: [[0, 1]],
    V: [[0, 0]],
    hx: [1],
    hz: [0, 0],
  };
  const far = { A: [[1]], U: [[1]], V: [[-(2 ** -1000)]], hx: [0], hz: [-(2 ** 300)] };

  const complaints = async (model: Record<string, unknown>, change: (result: Result) => Partial<Result>) => {
    const result = await findFixedPoints(model as ModelInput, { method: "regions" });
    return allDifferences({ ...result, ...change(result) }, exactAnswer(model));
  };
  const withPoint = (model: Record<string, unknown>, change: Partial<Result["fixedPoints"][number]>) =>
    complaints(model, ({ fixedPoints }) => ({ fixedPoints: fixedPoints.map((point) => ({ ...point, ...change })) }));
  const withContinuum = (change: Partial<Result["continua"][number]>) =>
    complaints(line, ({ continua }) => ({ continua: continua.map((continuum) => ({ ...continuum, ...change })) }));

  it("has nothing to say of right answers", async () => {
    for (const model of [tied, three, line, far]) expect(await complaints(model, () => ({}))).toEqual([]);
  });

  it("reports an altered bit, a dropped, doubled or moved point, a flipped tie, a false bit", async () => {
    expect(await withPoint(tied, { z: [5e-324] })).toHaveLength(1);
    expect(await withPoint(tied, { z: [-0] })).toHaveLength(1);
    expect(await withPoint(tied, { ties: [0] })).toHaveLength(1);
    expect(await withPoint(tied, { active: [1] })).toHaveLength(1);
    const altered = await complaints(three, ({ fixedPoints: [a, b, c] }) => ({
      fixedPoints: [a!, b!, { ...c!, z: [1 + 2 ** -52] }],
    }));
    expect(altered).toHaveLength(1);
    expect(await complaints(three, ({ fixedPoints }) => ({ fixedPoints: fixedPoints.slice(0, 2) }))).toHaveLength(1);
    expect(
      await complaints(tied, ({ fixedPoints }) => ({ fixedPoints: [...fixedPoints, ...fixedPoints] })),
    ).toHaveLength(1);
    expect(await complaints(three, ({ fixedPoints }) => ({ fixedPoints: [...fixedPoints].reverse() }))).not.toEqual([]);
  });

  it("reports a wrong class, wrong sides, a bound that is none or far too wide, a point that is not certified", async () => {
    // a wrong class is wrong beside its spectral radius too
    expect(await withPoint(tied, { stability: "unstable" })).toHaveLength(2);
    expect(await withPoint(tied, { stability: "semistable", spectralRadius: 1.5 })).toHaveLength(2);
    expect(await withPoint(tied, { stability: "undetermined" })).toHaveLength(2);
    expect(await withPoint(tied, { directions: { stable: 1, neutral: 0, unstable: 0 } })).toHaveLength(1);
    expect(await withPoint(tied, { hyperbolic: true })).toHaveLength(1);
    expect(await withPoint(tied, { linearisations: [] })).toHaveLength(2);
    expect(await withPoint(tied, { error: 1 })).toHaveLength(1);
    expect(await withPoint(tied, { status: "unresolved" as "certified" })).toHaveLength(1);
    const third = { A: [[-2]], U: [[1]], V: [[0]], hx: [0], hz: [-1] };
    expect(await withPoint(third, {})).toEqual([]);
    expect(await withPoint(third, { error: 0 })).toHaveLength(1);
    expect(await withPoint(third, { directions: { stable: 1, neutral: 0, unstable: 0 } })).not.toEqual([]);
    expect(await withPoint(third, { hyperbolic: false })).toHaveLength(1);
    expect(await withPoint(third, { spectralBounds: [0, 1] })).toHaveLength(1);
    expect(await withPoint(third, { spectralRadius: 1, spectralBounds: [1, 2] })).toHaveLength(1);
  });

  it("reports another point, basis, region or dimension of a continuum, a lost and a doubled one", async () => {
    expect(await withContinuum({ point: [1, 0] })).toHaveLength(1);
    expect(await withContinuum({ basis: [[2, 0]] })).toHaveLength(1);
    expect(await withContinuum({ regions: [[0]] })).toHaveLength(1);
    expect(await withContinuum({ dimension: 2 })).toHaveLength(1);
    expect(await withContinuum({ transverse: [] })).toHaveLength(1);
    expect(await complaints(line, () => ({ continua: [] }))).toHaveLength(1);
    expect(await complaints(line, ({ continua }) => ({ continua: [...continua, ...continua] }))).toHaveLength(1);
  });

  it("reports an answer that is incomplete for no good reason, and one that hides a good reason", async () => {
    const because = { complete: false, incompleteBecause: "1 fixed points … past the largest float64 …" };
    expect(await complaints(three, () => because)).toHaveLength(1);
    expect(await complaints(three, () => ({ complete: false }))).toHaveLength(1);
    expect(await complaints(far, () => ({ complete: true }))).toHaveLength(1);
    const { incompleteBecause: _, ...silent } = await findFixedPoints(far, { method: "regions" });
    expect(allDifferences({ ...silent, complete: true }, exactAnswer(far))).toHaveLength(1);
    expect(await complaints(far, () => ({ complete: false, incompleteBecause: "of the time limit" }))).toHaveLength(1);
  });
});
