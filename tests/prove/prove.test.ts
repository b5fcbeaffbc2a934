import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { checkProof } from "../../src/check/check.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { type FixedPoint, findFixedPoints, proveResult } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { sealed, sealOf } from "../../src/model/seal.ts";
import { prove } from "../../src/prove/prove.ts";
import { corpus } from "../corpus/generate.ts";
import { falsified, proofOf } from "../support/proofs.ts";
import { Random } from "../support/random.ts";
import { lineWithEnd } from "../support/special-networks.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
/** One model of each kind, or all. */
const cases = corpus().filter(({ name }) => FULL || name.endsWith("-01"));
const LORENZ: unknown = JSON.parse(readFileSync(new URL("../../examples/lorenz63.json", import.meta.url), "utf8"));

describe("proofs of the corpus", () => {
  it("by patterns are accepted, and none of a result that lacks something", async () => {
    const wrong: string[] = [];
    let refused = 0;
    for (const { name, model: raw } of cases) {
      const model = await parseValue(raw);
      const result = await findFixedPoints(raw as ModelInput);
      const proof = await proofOf(model, result);
      const report = checkProof(model, result, proof);
      if (!report.accepted) wrong.push(`${name}: ${report.because}`);
      for (const { what, result: lacking } of falsified(result)) {
        if (checkProof(model, lacking, proof).accepted) wrong.push(`${name} without ${what} is accepted`);
        else refused++;
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(50);
  });

  it("by trees are accepted, and none of a result that lacks something", { timeout: 600_000 }, async () => {
    const wrong: string[] = [];
    let refused = 0;
    for (const { name, model: raw } of cases) {
      const model = await parseValue(raw);
      const result = await findFixedPoints(raw as ModelInput);
      const proof = await proofOf(model, result, { trees: true });
      const report = checkProof(model, result, proof);
      if (!report.accepted) wrong.push(`${name}: ${report.because}`);
      for (const { what, result: lacking } of falsified(result)) {
        if (checkProof(model, lacking, proof).accepted) wrong.push(`${name} without ${what} is accepted`);
        const anew = await prove(model, lacking, { trees: true });
        if (anew.proof !== undefined && checkProof(model, lacking, readProof(anew.proof, "anew")).accepted) {
          wrong.push(`${name} without ${what} is proved`);
        } else refused++;
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(50);
  });
});

describe("a small model whose regions are singular", () => {
  it("is proved by a tree, as patterns would take long to check", async () => {
    const raw = lineWithEnd(2, 14);
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw);
    const outcome = await prove(model, result);
    expect(outcome).toMatchObject({ by: "trees" });
    expect(checkProof(model, result, readProof(outcome.proof!, "tree"))).toMatchObject({ accepted: true });
    const regular = { ...raw, A: raw.A.map(() => 0.5) };
    expect(await prove(await parseValue(regular), await findFixedPoints(regular))).toMatchObject({ by: "patterns" });
  });

  it("is proved by its patterns where a tree does not end", { timeout: 120_000 }, async () => {
    // 18 hyperplanes, and a space of three dimensions in four regions, which boxes do not come to the end of
    const raw: ModelInput = {
      kind: "shPLRNN",
      A: [0, 1, 1, 1],
      W1: [
        [0.5, -0.5, 1, -0.5, -1, -0.5],
        [-0.5, 2, -0.5, -0.5, -1, 1],
        [0, -1, -0.5, 0, 0, 2],
        [0, 0, 1, 0.5, 0.5, 1],
      ],
      W2: [
        [-1, 0.5, 1, 1],
        [-0.5, 2, 1, 0.5],
        [0.5, 2, 1, -0.5],
        [-1, 0, -0.5, 0],
        [0.5, 2, 0, 0.5],
        [0, 0, 0.5, 0],
      ],
      h1: [0, -0.5, 0, 0],
      h2: [0, 0, -1, 0, 0, 0],
      activation: { breakpoints: [-1, 0, 1], slopes: [0, 1, 0, 0] },
    };
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw);
    const outcome = await prove(model, result);
    expect(outcome).toMatchObject({ by: "patterns" });
    expect(checkProof(model, result, readProof(outcome.proof!, "patterns"))).toMatchObject({ accepted: true });
    const lacking = { ...result, continua: [] };
    expect(checkProof(model, lacking, readProof(outcome.proof!, "patterns"))).toMatchObject({ accepted: false });
  });
});

describe("a point through which many hyperplanes pass", () => {
  const random = Random.of(5, "central");
  const N = 40;
  const raw = {
    A: [0.5, -0.25],
    U: random.matrix(N, 2, () => random.normal()),
    V: random.matrix(N, 2, () => random.normal() / 8),
    hx: new Array<number>(N).fill(0),
    hz: [0, 0],
  };

  it("is proved by a cone, and not without its faces", async () => {
    const model = await parseModel(raw);
    const result = await findFixedPoints(raw);
    expect(result.fixedPoints.map(({ z }) => z)).toEqual([[0, 0]]);
    const proof = await proofOf(model, result);
    const header = JSON.parse(proof.header);
    expect(header.cones).toMatchObject([{ point: 0 }]);
    expect(checkProof(model, result, proof)).toEqual({ accepted: true, points: 1, continua: 0 });
    const without = (change: object) =>
      checkProof(model, result, { ...proof, header: JSON.stringify({ ...header, ...change }) });
    expect(without({ cones: [] })).toMatchObject({ accepted: false });
    expect(without({ cones: [{ ...header.cones[0], point: 1 }] })).toMatchObject({ accepted: false });
    expect(without({ cones: [{ ...header.cones[0], halfwidths: [1, 3] }] })).toMatchObject({ accepted: false });
  });

  it("from which a ray of fixed points goes out is not proved to be alone", async () => {
    // the sum of the units' slopes along e0, where u·e0 > 0, makes up for the rest: one ray of fixed points
    const sloped = { ...raw, V: raw.V.map(([, v]) => [0, v!]), A: [0.5, -0.25] };
    const U = [...sloped.U, [1, 0]];
    const V = [...sloped.V, [0.5, 0]];
    const tilted = { ...sloped, U, V, hx: [...sloped.hx, 0] };
    const fixed = { ...tilted, V: V.map((v, j) => (j === N ? v : [0, 0])) };
    const model = await parseModel(fixed);
    const result = await findFixedPoints(fixed);
    expect(result.continua).toHaveLength(1);
    const origin = {
      ...(await findFixedPoints(raw)).fixedPoints[0]!,
      z: [0, 0],
      active: [],
      ties: Array.from({ length: N + 1 }, (_, j) => j),
    };
    const lacking = { ...result, fixedPoints: [origin], continua: [] };
    const outcome = await prove(model, lacking, { deadline: performance.now() + 2000 });
    expect(outcome.proof).toBeUndefined();
  });
});

/** z' = z/2 + relu(z − 1) + 0.1: fixed points 0.2 and 1.8. */
const TWO = { A: [0.5], U: [[1]], V: [[1]], hx: [1], hz: [-0.1] };

describe("a proof", () => {
  it("has the same bytes each time", async () => {
    const { model: raw } = corpus().find(({ name }) => name === "generic-10")!;
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    const [a, b] = [await prove(model, result, { trees: true }), await prove(model, result, { trees: true })];
    expect(a.proof).toBeDefined();
    expect(a.proof).toEqual(b.proof);
  });

  it("of an incomplete result, of one of another model, or past the deadline is none, and says why", async () => {
    const model = await parseModel(TWO);
    const result = await findFixedPoints(TWO);
    expect(await prove(model, { ...result, complete: false })).toEqual({
      proof: undefined,
      because: "the result does not say that it is complete",
    });
    const other = await parseModel({ ...TWO, hz: [-0.2] });
    expect(await prove(other, result)).toEqual({ proof: undefined, because: "the result is of another model" });
    const { model: raw } = corpus().find(({ name }) => name === "rankDeficient-02")!;
    const late = await prove(await parseValue(raw), await findFixedPoints(raw as ModelInput), {
      trees: true,
      deadline: 0,
    });
    expect(late).toMatchObject({ proof: undefined, because: expect.stringContaining("the time was up after") });
    const stop = new AbortController();
    stop.abort();
    const stopped = await prove(await parseValue(raw), await findFixedPoints(raw as ModelInput), {
      trees: true,
      signal: stop.signal,
    });
    expect(stopped).toEqual({ proof: undefined, because: "cancelled before the proof was done" });
  });

  it("by patterns of a result that need not be right is none where the patterns show that it is wrong", async () => {
    const result = await findFixedPoints(TWO);
    expect(await proveResult(TWO, result)).toMatchObject({ by: "patterns" });
    const [first, ...others] = result.fixedPoints as [FixedPoint, ...FixedPoint[]];
    for (const fixedPoints of [others, [...result.fixedPoints, first], [{ ...first, z: [12] }, ...others]]) {
      const { proof, because } = (await proveResult(TWO, { ...result, fixedPoints })) as {
        proof: undefined;
        because: string;
      };
      expect(proof).toBeUndefined();
      expect(because).toMatch(/^region 0 holds fixed points that are not listed$|listed twice|point 0/);
    }
  });

  it("by trees that can't be says which box holds what is not listed", async () => {
    const model = await parseModel(TWO);
    const result = await findFixedPoints(TWO);
    const lacking = { ...result, fixedPoints: result.fixedPoints.slice(1) };
    const outcome = await prove(model, lacking, { trees: true });
    expect(outcome).toMatchObject({
      proof: undefined,
      because: expect.stringMatching(/^the box \[.*\] meets a region with a fixed point that is not listed$/),
    });
  });
});

describe("findFixedPoints with a proof", () => {
  const raw = corpus().find(({ name }) => name === "generic-02")!.model as ModelInput;

  it("gives the bytes, which are no part of the result's JSON, and says what they go by", async () => {
    const model = await parseModel(raw);
    const result = await findFixedPoints(raw, { proof: true });
    expect(["patterns", "trees"]).toContain(result.proof);
    const written: unknown = JSON.parse(JSON.stringify(result));
    expect(written).not.toHaveProperty("proofBytes");
    expect(checkProof(model, written, readProof(result.proofBytes!, "bytes"))).toMatchObject({ accepted: true });
    expect(sealOf(written as object)).toBe("whole");
    const { proof, ...without } = result;
    expect(sealed(without).fixedPoints).toEqual((await findFixedPoints(raw)).fixedPoints);
  });

  it("says why there is none, and stays complete", async () => {
    const stop = new AbortController();
    const result = await findFixedPoints(LORENZ as ModelInput, {
      proof: true,
      signal: stop.signal,
      onProgress: ({ phase }) => phase === "proof" && stop.abort(),
    });
    // the prover may have been quicker than its first word
    if (result.proof === "none") {
      expect(result).toMatchObject({ complete: true, noProofBecause: "cancelled before the proof was done" });
      expect(result.proofBytes).toBeUndefined();
    } else expect(result.proofBytes).toBeDefined();
  });
});
