import { describe, expect, it } from "vitest";
import { checkCyclesProof } from "../../../src/check/orbits/check-cycles.ts";
import { readProof } from "../../../src/check/read-proof.ts";
import { proveCycles } from "../../../src/cycles/proof/prove-cycles.ts";
import { checkProofFile, findCycles, findFixedPoints, proveResult, verifyResult } from "../../../src/index.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import { parseValue } from "../../../src/model/parse.ts";
import { sealed, sealOf } from "../../../src/model/seal.ts";
import { exactCycles } from "../../oracle/cycles.ts";
import { falsifiedCycles, mapsToProve } from "../../support/cycle-proofs.ts";
import { tent } from "../raw-maps.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
const TENT = tent(2) as ModelInput;

describe("proofs of cycles", () => {
  it("are accepted, and none of a result that lacks something", { timeout: 600_000 }, async () => {
    const wrong: string[] = [];
    const tally = { refused: 0, ties: 0, continua: 0, unbounded: 0 };
    for (const { name, raw, maxPeriod } of mapsToProve(FULL ? 600 : 60)) {
      const model = parseValue(raw, { name });
      const result = await findCycles(model, { maxPeriod });
      if (!result.complete) wrong.push(`${name} is not complete`);
      const made = await proveCycles(model, result);
      if (made.proof === undefined || !made.periods.every(({ proved }) => proved)) {
        wrong.push(`${name} is not proved`);
        continue;
      }
      const proof = readProof(made.proof, name);
      const report = checkCyclesProof(model, result, proof);
      if (!report.accepted || report.periods.length !== maxPeriod) wrong.push(`${name}: ${JSON.stringify(report)}`);
      tally.ties += result.cycles.filter(({ points }) => points.some(({ ties }) => ties.length > 0)).length;
      tally.continua += result.continua.length;
      tally.unbounded += result.continua.filter(({ bounded }) => !bounded).length;
      for (const { what, result: lacking } of falsifiedCycles(result)) {
        if (checkCyclesProof(model, lacking, proof).accepted) wrong.push(`${name} without ${what} is accepted`);
        const anew = await proveCycles(model, lacking);
        if (anew.proof !== undefined && anew.periods.every(({ proved }) => proved))
          wrong.push(`${name} without ${what} is proved`);
        else tally.refused++;
      }
    }
    expect(wrong).toEqual([]);
    expect(tally.refused).toBeGreaterThan(100);
    for (const kind of ["ties", "continua", "unbounded"] as const) expect(tally[kind]).toBeGreaterThan(5);
  });

  it("are of what an independent solver lists", async () => {
    let cycles = 0;
    for (const { name, raw } of mapsToProve(12)) {
      const model = parseValue(raw, { name });
      for (const period of [1, 2]) {
        const oracle = exactCycles(raw, period);
        if (oracle.continua.length > 0) continue;
        const claim = {
          schema: "stillpoint/cycles@1",
          model: { sha256: model.sha256 },
          periods: [{ period, complete: true }],
          cycles: oracle.cycles,
          continua: [],
        };
        const made = await proveCycles(model, claim);
        expect(made.proof, `${name} of period ${period}`).toBeDefined();
        expect(checkProofFile(model, claim, made.proof!)).toMatchObject({ accepted: true, periods: [period] });
        cycles += oracle.cycles.length;
      }
    }
    expect(cycles).toBeGreaterThan(10);
  });

  it("need no smaller periods: those of one period alone are proved", async () => {
    const result = await findCycles(TENT, { period: 4 });
    expect(result.cycles).toHaveLength(3);
    const { proof } = await proveResult(TENT, result);
    expect(checkProofFile(TENT, result, proof!)).toEqual({
      ...{ accepted: true, cycles: 3, continua: 0 },
      ...{ periods: [4], unproved: [] },
    });
  });

  it("of a map of subnormal numbers hold no exponents that a checker refuses", async () => {
    const tiny: ModelInput = {
      kind: "ALRNN",
      A: [
        [0.5, 0],
        [1e-310, 0],
      ],
      W: [
        [2, 5e-324],
        [1e-310, 2],
      ],
      h: [0, -5e-324],
      P: 2,
    };
    const result = await findCycles(tiny, { maxPeriod: 2 });
    const { proof } = await proveResult(tiny, result);
    expect(checkProofFile(tiny, result, proof!)).toMatchObject({ accepted: true, periods: [1, 2] });
  });

  it("have the same bytes each time", async () => {
    const result = await findCycles(TENT, { maxPeriod: 3 });
    const [a, b] = [await proveResult(TENT, result), await proveResult(TENT, result)];
    expect(a.proof).toEqual(b.proof);
  });

  it("are had with the result, which is sealed and says what it has", async () => {
    const result = await findCycles(TENT, { maxPeriod: 3, proof: true });
    const { proofBytes, proofFile } = result;
    expect(result.proof).toBe("signs");
    expect(proofFile).toMatchObject({ bytes: proofBytes!.length, periods: [1, 2, 3] });
    expect(result).not.toHaveProperty("noProofBecause");
    expect(JSON.parse(JSON.stringify(result))).not.toHaveProperty("proofBytes");
    expect(sealOf(JSON.parse(JSON.stringify(result)))).toBe("whole");
    expect(checkProofFile(TENT, result, proofBytes!)).toMatchObject({ accepted: true, cycles: 5 });
    expect(await verifyResult(TENT, result)).toMatchObject({ ok: true });
  });
});

describe("periods that have no proof", () => {
  it("are told with the reason, and others are proved", async () => {
    const found = await findCycles(TENT, { maxPeriod: 3 });
    const lacking = sealed({ ...found, cycles: found.cycles.filter(({ period }) => period !== 2) });
    const made = await proveResult(TENT, lacking);
    expect(made).toMatchObject({
      by: "signs",
      periods: [
        { period: 1, proved: true },
        { period: 2, proved: false },
        { period: 3, proved: true },
      ],
    });
    expect(checkProofFile(TENT, lacking, made.proof!)).toMatchObject({
      accepted: true,
      periods: [1, 3],
      unproved: [2],
    });
  });

  it("are all of them once the time is up, or after an abort", async () => {
    const found = await findCycles(TENT, { maxPeriod: 2 });
    const late = await proveCycles(parseValue(tent(2)), found, { deadline: 0 });
    expect(late).toMatchObject({
      proof: undefined,
      because: expect.stringContaining("period 1: the time budget ended"),
    });
    const signal = AbortSignal.abort();
    expect(await proveCycles(parseValue(tent(2)), found, { signal })).toMatchObject({ proof: undefined });
  });

  it("are those that are not complete, and those of flows and of other models", async () => {
    const found = await findCycles(TENT, { maxPeriod: 2 });
    const open = { ...found, periods: found.periods.map((report) => ({ ...report, complete: false })) };
    expect(await proveResult(TENT, open)).toMatchObject({ because: expect.stringContaining("complete") });
    expect(await proveResult(tent(1.5) as ModelInput, found)).toMatchObject({
      because: "the result is of another model",
    });
    const flow = { kind: "continuous", U: [[1]], V: [[2]], hx: [0], hz: [1] };
    const model = parseValue(flow);
    const claim = { ...found, model: { ...found.model, sha256: model.sha256 } };
    expect(await proveResult(model, claim)).toMatchObject({ because: expect.stringContaining("flow") });
  });

  it("don't keep a result of fixed points from its own proof", async () => {
    const points = await findFixedPoints(TENT);
    const made = await proveResult(TENT, points);
    expect(made).toMatchObject({ by: "patterns" });
    const cycles = await findCycles(TENT, { period: 1 });
    expect(checkProofFile(TENT, cycles, made.proof!)).toMatchObject({ accepted: false });
    expect(checkProofFile(TENT, points, (await proveResult(TENT, cycles)).proof!)).toMatchObject({ accepted: false });
  });
});
