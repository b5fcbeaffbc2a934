import { beforeAll, describe, expect, it } from "vitest";
import type { ProofFile } from "../../../src/check/check.ts";
import { checkCyclesProof } from "../../../src/check/orbits/check-cycles.ts";
import { readProof } from "../../../src/check/read-proof.ts";
import { proveCycles } from "../../../src/cycles/proof/prove-cycles.ts";
import type { CyclesResult } from "../../../src/cycles/result.ts";
import { findCycles } from "../../../src/index.ts";
import { parseValue } from "../../../src/model/parse.ts";
import type { Model } from "../../../src/model/types.ts";
import { CYCLE_MUTATIONS, falsifiedCycles, mapsToProve, mutatedCycles } from "../../support/cycle-proofs.ts";
import { Random } from "../../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";
/** Mutations of each kind on each map. */
const ROUNDS = FULL ? 40 : 5;

interface Subject {
  readonly name: string;
  readonly model: Model;
  readonly result: CyclesResult;
  readonly proof: ProofFile;
}

const subjects: Subject[] = [];
beforeAll(async () => {
  for (const { name, raw, maxPeriod } of mapsToProve(24)) {
    const model = parseValue(raw, { name });
    const result = await findCycles(model, { maxPeriod });
    if (result.cycles.length + result.continua.length === 0) continue;
    subjects.push({ name, model, result, proof: readProof((await proveCycles(model, result)).proof!, name) });
  }
  expect(subjects.length).toBeGreaterThan(12);
}, 120_000);

describe("a proof of cycles to which something has happened", () => {
  it.each(Object.keys(CYCLE_MUTATIONS))("%s: is never one of a result that lacks something", (kind) => {
    const random = Random.of(1, kind);
    const accepted: string[] = [];
    let tried = 0;
    for (const { name, model, result, proof } of subjects) {
      for (let round = 0; round < ROUNDS; round++) {
        const altered = mutatedCycles(proof, CYCLE_MUTATIONS[kind]!, random);
        const { what, result: lacking } = random.pick(falsifiedCycles(result));
        const report = checkCyclesProof(model, lacking, altered);
        // a proof of fewer periods says so, and may be one of these
        if (report.accepted && report.unproved.length === 0) accepted.push(`${name} without ${what}`);
        tried++;
      }
    }
    expect(accepted).toEqual([]);
    expect(tried).toBeGreaterThan(50);
  });

  it.each([
    ...["op dropped", "op doubled", "unit dropped", "bound dropped"],
    ...["functional dropped", "period skipped", "array truncated", "other model named"],
    "word called crossed",
  ])("%s: is no proof of the true result either", (kind) => {
    const random = Random.of(2, kind);
    let changed = 0;
    const accepted = subjects.flatMap(({ name, model, result, proof }) => {
      const altered = mutatedCycles(proof, CYCLE_MUTATIONS[kind]!, random);
      const isSame = (array: string) => {
        const [a, b] = [altered.arrays.get(array)!.data, proof.arrays.get(array)!.data];
        return a.length === b.length && Array.from(a).every((x, i) => Object.is(x, b[i]));
      };
      if (altered.header === proof.header && [...proof.arrays.keys()].every(isSame)) return [];
      changed++;
      return checkCyclesProof(model, result, altered).accepted ? [name] : [];
    });
    expect(accepted).toEqual([]);
    expect(changed).toBeGreaterThan(5);
  });
});

describe("a result that says something wrong of a cycle", () => {
  type Points = CyclesResult["cycles"][number]["points"];
  const first = (points: Points, change: (point: Points[number]) => object) => [change(points[0]!), ...points.slice(1)];
  const alterations: Readonly<Record<string, (points: Points) => readonly object[]>> = {
    "one ulp off": (points) =>
      first(points, (point) => ({ ...point, z: [point.z[0]! * (1 + 2 ** -52) + 2 ** -1074, ...point.z.slice(1)] })),
    "a unit of the next point": (points) =>
      first(points, (point) => ({ ...point, active: [...point.active, point.z.length + 1000] })),
    "a tie that is none": (points) => first(points, (point) => ({ ...point, ties: [...point.ties, 0] })),
    "a point too many": (points) => [...points, points[0]!],
    "its points in another order": (points) => [...points].reverse(),
  };
  it.each(Object.keys(alterations))("%s: is refused", (kind) => {
    let tried = 0;
    for (const { model, result, proof } of subjects) {
      const c = result.cycles.findIndex(
        ({ points }) => points.length > 2 && points.every(({ ties }) => ties.length === 0),
      );
      if (c < 0) continue;
      tried++;
      const cycles = result.cycles.map((cycle, i) =>
        i === c ? { ...cycle, points: alterations[kind]!(cycle.points) } : cycle,
      );
      expect(checkCyclesProof(model, { ...result, cycles }, proof)).toMatchObject({ accepted: false });
    }
    expect(tried).toBeGreaterThan(2);
  });

  it("listed twice, also from another point on, or as one of twice the period: is refused", () => {
    let tried = 0;
    for (const { model, result, proof } of subjects) {
      const cycle = result.cycles.find(({ period }) => period === 2);
      if (cycle === undefined) continue;
      const turned = { ...cycle, points: [...cycle.points].reverse() };
      const others = result.cycles.filter((each) => each !== cycle);
      // the same orbits from another point on are as good a claim
      expect(checkCyclesProof(model, { ...result, cycles: [...others, turned] }, proof).accepted).toBe(true);
      for (const more of [cycle, turned]) {
        const report = checkCyclesProof(model, { ...result, cycles: [...result.cycles, more] }, proof);
        expect(report).toMatchObject({ accepted: false, because: expect.stringContaining("listed twice") });
      }
      if (result.periods.length < 4) continue;
      tried++;
      const double = { ...cycle, period: 4, points: [...cycle.points, ...cycle.points] };
      const report = checkCyclesProof(model, { ...result, cycles: [...result.cycles, double] }, proof);
      expect(report).toMatchObject({ accepted: false, because: expect.stringContaining("listed twice") });
    }
    expect(tried).toBeGreaterThan(0);
  });

  it("or of a continuum: is refused", () => {
    let tried = 0;
    for (const { model, result, proof } of subjects) {
      if (result.continua.length === 0) continue;
      tried++;
      const [continuum] = result.continua;
      for (const wrong of [
        { ...continuum!, dimension: continuum!.dimension + 1 },
        { ...continuum!, basis: continuum!.basis.map((row) => row.map((x) => 2 * x)) },
        { ...continuum!, basis: [] },
      ]) {
        const continua = [wrong, ...result.continua.slice(1)];
        expect(checkCyclesProof(model, { ...result, continua }, proof)).toMatchObject({ accepted: false });
      }
    }
    expect(tried).toBeGreaterThan(1);
  });

  it("or calls a line of fixed points one of 2-cycles: is refused", async () => {
    // z ↦ z for z ≥ 0, and twice that for z ≤ 0
    const model = parseValue({ kind: "shPLRNN", A: [[2]], W1: [[-1]], W2: [[1]], h1: [0], h2: [0] });
    const result = await findCycles(model, { maxPeriod: 2 });
    expect(result.continua).toMatchObject([{ period: 1, dimension: 1 }]);
    const proof = readProof((await proveCycles(model, result)).proof!, "a line");
    expect(checkCyclesProof(model, result, proof)).toMatchObject({ accepted: true, periods: [1, 2] });
    const twice = { ...result.continua[0]!, period: 2, basis: [[1, 1]], words: [[[0], [0]]] };
    expect(checkCyclesProof(model, { ...result, continua: [...result.continua, twice] }, proof)).toEqual({
      accepted: false,
      because: "the orbits of a listed continuum have a smaller period",
    });
  });

  it("malformed in any way: is refused", () => {
    const { model, result, proof } = subjects[0]!;
    for (const bad of [undefined, null, [], {}, { ...result, cycles: {} }, { ...result, periods: [{}] }]) {
      expect(checkCyclesProof(model, bad, proof)).toMatchObject({ accepted: false });
    }
    for (const header of ["", "[]", "{}", JSON.stringify({ ...JSON.parse(proof.header), periods: [] })]) {
      expect(checkCyclesProof(model, result, { ...proof, header })).toMatchObject({ accepted: false });
    }
    expect(checkCyclesProof(model, result, { ...proof, arrays: new Map() })).toMatchObject({ accepted: false });
    expect(checkCyclesProof(subjects[1]!.model, result, proof)).toMatchObject({ accepted: false });
  });
});
