import { describe, expect, it } from "vitest";
import { checkProof } from "../../src/check/check.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { prove } from "../../src/prove/prove.ts";
import { falsified, MUTATIONS, mutated, proofOf } from "../support/proofs.ts";
import { Random } from "../support/random.ts";
import { SPECIAL_NETWORKS } from "../support/special-networks.ts";

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
    // where many regions share one line, the result lists all of it without any one of them
    const isShared = name.includes("all hyperplanes");
    const lacking = falsified(result).filter(({ what }) => !(isShared && what.startsWith("region")));
    for (const { what, result: claim } of FULL ? lacking : lacking.slice(0, 4)) {
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

describe("a ray of fixed points to which many hyperplanes are parallel", () => {
  // z0 stays where it is negative; the other units see z1 alone
  const random = Random.of(2, "parallel to a ray");
  const N = 17;
  const raw = {
    A: [1, 0.5],
    U: [[1, 0], ...Array.from({ length: N }, () => [0, 1])],
    V: [[-0.5, 0], ...Array.from({ length: N }, () => [0, Math.round(random.normal()) / 64])],
    hx: [0, ...Array.from({ length: N }, (_, j) => j / 4 - 2)],
    hz: [0, -0.125],
  };

  it("is proved by patterns where boxes get stuck at infinity", { timeout: 120_000 }, async () => {
    const model = await parseValue(raw);
    const result = await findFixedPoints(raw);
    expect(result.continua).toHaveLength(1);
    const outcome = await prove(model, result);
    expect(outcome).toMatchObject({ by: "patterns" });
    if (!FULL) return;
    const stuck = await prove(model, result, { trees: true });
    expect(stuck).toEqual({
      proof: undefined,
      because: expect.stringMatching(/^the box \[.*\] .*no other fixed point$/),
    });
    expect(checkProof(model, result, readProof(outcome.proof!, "patterns"))).toMatchObject({ accepted: true });
  });
});
