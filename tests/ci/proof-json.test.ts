import { describe, expect, it } from "vitest";
import { checkProofFile } from "../../src/check/read-proof.ts";
import { findCycles, findFixedPoints } from "../../src/index.ts";
import { ModelError } from "../../src/model/errors.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { PythonChecker } from "../support/python-checker.ts";

/** A map with the fixed points −3, 1/3 and 1, its twin with another unit of no weight, and an AL-RNN with one unit. */
const MAP = { A: [0.5], U: [[1], [1], [1]], V: [[2], [-2], [0]], hx: [-0.5, 0.5, 0.75], hz: [1.5] };
const TWIN = { ...MAP, hx: [-0.5, 0.5, 0.875] };
const AL: ModelInput = {
  kind: "ALRNN",
  A: [0.5, 0.25],
  W: [
    [0, 0.5],
    [0.25, 0],
  ],
  h: [1, 0.5],
  P: 1,
};
/** A line of fixed points. */
const LINE = { A: [0.5, 1], U: [[1, 0]], V: [[0.25, 0]], hx: [-1], hz: [1, 0] };

type Loose = ReturnType<typeof JSON.parse>;

interface Case {
  readonly what: string;
  readonly of: ModelInput;
  readonly cycles?: boolean;
  /** Alters the texts of the model and the result. */
  readonly change?: (texts: { model: string; result: string }) => void;
  readonly accepted: boolean;
}

/** Alters the result as a value. */
function edit(change: (result: Loose) => void): NonNullable<Case["change"]> {
  return (texts) => {
    const result = JSON.parse(texts.result);
    change(result);
    texts.result = JSON.stringify(result);
  };
}

function inModel(from: string, to: string): NonNullable<Case["change"]> {
  return (texts) => {
    expect(texts.model).toContain(from);
    texts.model = texts.model.replace(from, to);
  };
}

const asTwin: Case["change"] = (texts) => {
  texts.model = JSON.stringify(TWIN);
};
const asOther = inModel('"hz":[1.5]', '"hz":[1.25]');

const CASES: readonly Case[] = [
  { what: "as it is", of: MAP, accepted: true },
  { what: "numbers written otherwise", of: MAP, change: inModel('"hz":[1.5]', '"hz":[15e-1]'), accepted: true },
  { what: "another unit without weight", of: MAP, change: asTwin, accepted: true },
  { what: "another offset", of: MAP, change: asOther, accepted: false },
  { what: "the same P as a float", of: AL, change: inModel('"P":1', '"P":1.0'), accepted: true },
  { what: "a P that is not whole", of: AL, change: inModel('"P":1', '"P":1.0000000000000002'), accepted: false },
  { what: "a P that is true", of: AL, change: inModel('"P":1', '"P":true'), accepted: false },
  { what: "a name that is a number", of: AL, change: inModel('"P":1', '"P":1,"name":1'), accepted: false },
  ...(
    [
      ["an object for an empty list", (r) => (r.continua = {})],
      ["an object for a point's empty list", (r) => (r.fixedPoints[2].ties = {})],
      ["true for a coordinate", (r) => (r.fixedPoints[2].z = [true])],
      ["a digest that is no text", (r) => (r.model.sha256 = 1)],
      ["complete that is 1", (r) => (r.complete = 1)],
    ] as readonly [string, (result: Loose) => void][]
  ).map(([what, change]) => ({ what, of: MAP, change: edit(change), accepted: false })),
  { what: "a line", of: LINE, accepted: true },
  ...(
    [
      ["true for 1 in a basis", (r) => (r.continua[0].basis = [[false, true]])],
      ["true for a dimension", (r) => (r.continua[0].dimension = true)],
      ["an object for the points", (r) => (r.fixedPoints = {})],
    ] as readonly [string, (result: Loose) => void][]
  ).map(([what, change]) => ({ what, of: LINE, change: edit(change), accepted: false })),
  { what: "cycles as they are", of: MAP, cycles: true, accepted: true },
  // the trees bound the unit without weight, too
  { what: "cycles of a twin", of: MAP, cycles: true, change: asTwin, accepted: false },
  { what: "cycles of another map", of: MAP, cycles: true, change: asOther, accepted: false },
  ...(
    [
      ["true for a period", (r) => (r.cycles[0].period = true)],
      ["a cycle of another period, without points", (r) => r.cycles.push({ period: 7, points: [] })],
      [
        "a continuum of another period, of bare words",
        (r) => r.continua.push({ period: 7, dimension: 1, basis: [[1]], words: [[]] }),
      ],
      ["an object for the continua", (r) => (r.continua = {})],
    ] as readonly [string, (result: Loose) => void][]
  ).map(([what, change]) => ({ what, of: MAP, cycles: true, change: edit(change), accepted: false })),
];

/** What checker B says of the files; false for a model that can't be read. */
function accepts(modelText: string, resultText: string, proof: Uint8Array): boolean {
  try {
    return checkProofFile(JSON.parse(modelText), JSON.parse(resultText), proof, "proof.npz").accepted;
  } catch (error) {
    if (error instanceof ModelError) return false;
    throw error;
  }
}

async function casesFor(checker: PythonChecker, cases: readonly Case[]): Promise<boolean[]> {
  const mine: boolean[] = [];
  for (const { of, cycles, change } of cases) {
    const { proofBytes, ...result } = cycles
      ? await findCycles(of, { maxPeriod: 2, proof: true })
      : await findFixedPoints(of, { proof: true });
    const texts = { model: JSON.stringify(of), result: JSON.stringify(result) };
    change?.(texts);
    mine.push(accepts(texts.model, texts.result, proofBytes!));
    checker.add(await checker.write(texts.model), await checker.write(texts.result), await checker.write(proofBytes!));
  }
  return mine;
}

describe("models and results that are altered as JSON", () => {
  it.each([
    ["check_proof", CASES.filter(({ cycles }) => !cycles)],
    ["check_cycles_proof", CASES.filter(({ cycles }) => cycles)],
  ] as const)("are judged alike by %s.py and checker B", async (module, cases) => {
    const checker = await PythonChecker.of(module);
    const expected = cases.map(({ what, accepted }) => ({ what, accepted }));
    const mine = await casesFor(checker, cases);
    expect(cases.map(({ what }, i) => ({ what, accepted: mine[i] }))).toEqual(expected);
    const theirs = await checker.verdicts();
    expect(cases.map(({ what }, i) => ({ what, accepted: theirs[i]!.code === 0 }))).toEqual(expected);
  });

  it("are not, where check_proof.py takes any value for a list", async () => {
    const checker = await PythonChecker.of("check_proof");
    const cases = CASES.filter(({ cycles }) => !cycles);
    await casesFor(checker, cases);
    const lax = await checker.verdicts([
      "require(type(x) is list and all(type(a) in types for a in x), ",
      "require(True, ",
    ]);
    const wrong = cases.filter(({ accepted }, i) => (lax[i]!.code === 0) !== accepted).map(({ what }) => what);
    expect(wrong).toEqual([
      "an object for an empty list",
      "an object for a point's empty list",
      "true for a coordinate",
      "true for 1 in a basis",
      "true for a dimension",
      "an object for the points",
    ]);
  });
});
