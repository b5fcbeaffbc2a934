import { describe, expect, it } from "vitest";
import { checkProof } from "../../src/check/check.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { prove } from "../../src/prove/prove.ts";
import { falsified, MUTATIONS, mutated, proofOf } from "../support/proofs.ts";
import { Random } from "../support/random.ts";
import { lineWithEnd, parallelRay, SPECIAL_NETWORKS } from "../support/special-networks.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

describe("proofs of coordinates left out, cones about lines and planes, and low rank", () => {
  it.each(SPECIAL_NETWORKS)("$name", { timeout: 60_000 }, async ({ name, model: raw }) => {
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    const proof = await proofOf(model, result, { trees: true });
    expect(checkProof(model, result, proof)).toMatchObject({ accepted: true });
    const header = JSON.parse(proof.header);
    expect(header.rows !== undefined).toBe(name.startsWith("rank"));
    expect(header.cones.length > 0).toBe(name.includes("all hyperplanes"));
    const wrong: string[] = [];
    const lacking = falsified(result);
    for (const { what, result: claim } of FULL ? lacking : [...lacking.slice(0, 4), ...lacking.slice(-2)]) {
      if (checkProof(model, claim, proof).accepted) wrong.push(`without ${what}`);
      const anew = await prove(model, claim, { trees: true, deadline: performance.now() + 1000 });
      if (anew.proof !== undefined && checkProof(model, claim, readProof(anew.proof, "anew")).accepted) {
        wrong.push(`anew without ${what}`);
      }
    }
    // what is altered proves nothing false
    const random = Random.of(7, name);
    let refused = 0;
    for (const [kind, mutation] of Object.entries(MUTATIONS)) {
      const altered = mutated(proof, mutation, random);
      if (!checkProof(model, result, altered).accepted) refused++;
      for (const { what, result: claim } of lacking.slice(0, 1)) {
        if (checkProof(model, claim, altered).accepted) wrong.push(`${kind} without ${what}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(refused).toBeGreaterThan(8);
  });

  it("a cone about a line does not hold where the half-width along it is not 0, nor without its faces", async () => {
    const { model: raw } = SPECIAL_NETWORKS.find(({ name }) => name === "line in all hyperplanes")!;
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    const proof = await proofOf(model, result, { trees: true });
    const header = JSON.parse(proof.header);
    const [cone] = header.cones;
    for (const cones of [[], [{ ...cone, halfwidths: [1, 1, 1] }], [{ ...cone, halfwidths: [0, 0, 1] }]]) {
      const altered = { ...proof, header: JSON.stringify({ ...header, cones }) };
      expect(checkProof(model, result, altered)).toMatchObject({ accepted: false });
    }
    const sides = { ...proof, header: JSON.stringify({ ...header, halfwidths: [0, 0, 1] }) };
    expect(checkProof(model, result, sides)).toEqual({
      accepted: false,
      because: "halfwidths are 0 for other coordinates than those that may be left out",
    });
  });
});

describe("boxes that many hyperplanes meet, but few regions", () => {
  it.each([
    { name: "a line that ends in 25 hyperplanes", raw: lineWithEnd(3, 26) },
    { name: "a line that ends in 40 hyperplanes of the plane", raw: lineWithEnd(2, 41) },
    { name: "a ray to which 40 hyperplanes are parallel", raw: parallelRay(2, 41) },
    { name: "a ray to which 20 hyperplanes are parallel in three dimensions", raw: parallelRay(3, 21) },
  ])("$name", { timeout: 60_000 }, async ({ raw }) => {
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw);
    expect(result.continua.length).toBeGreaterThan(0);
    const proof = await proofOf(model, result, { trees: true });
    expect(checkProof(model, result, proof)).toMatchObject({ accepted: true });
    for (const { what, result: claim } of falsified(result).slice(0, 4)) {
      expect(checkProof(model, claim, proof), what).toMatchObject({ accepted: false });
      const anew = await prove(model, claim, { trees: true, deadline: performance.now() + 500 });
      expect(anew.proof, what).toBeUndefined();
    }
  });

  it("a mask without interior is no region of a continuum, though all of the line satisfies its signs", async () => {
    const { model: raw } = SPECIAL_NETWORKS.find(({ name }) => name === "line in all hyperplanes")!;
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    const proof = await proofOf(model, result, { trees: true });
    const [continuum] = result.continua;
    const { regions } = continuum!;
    const names = new Set(regions.map(String));
    // one hyperplane crossed from a region: mostly there is no region there
    const beyond = regions.map((region) => region.slice(1)).find((region) => !names.has(String(region)))!;
    const claim = { ...result, continua: [{ ...continuum!, regions: [...regions, beyond] }] };
    expect(checkProof(model, claim, proof)).toEqual({
      accepted: false,
      because: "continuum 0: a region about a piece is not listed, or one has no interior",
    });
  });

  it("are not settled by more regions than a checker will try: says which box", { timeout: 60_000 }, async () => {
    const { model: raw } = SPECIAL_NETWORKS.find(({ name }) => name === "plane in all hyperplanes")!;
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw as ModelInput);
    const lacking = { ...result, continua: [] };
    expect(await prove(model, lacking, { trees: true })).toEqual({
      proof: undefined,
      because: expect.stringMatching(/^the box \[.*\] meets a region with a fixed point that is not listed$/),
    });
  });
});
