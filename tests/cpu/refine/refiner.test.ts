import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expandMask, reduceSystem } from "../../../src/arrangement/reduce.ts";
import { Refiner } from "../../../src/cpu/refine/refiner.ts";
import type { Wide } from "../../../src/cpu/refine/wide.ts";
import { refine } from "../../../src/cpu/refine.ts";
import { rational } from "../../../src/exact/rational.ts";
import { ExactRegions } from "../../../src/finalize/exact-region.ts";
import { F32 } from "../../../src/float/precision.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { NO_HYPERPLANE, Verdict } from "../../../src/stages/batch.ts";
import { integerLayout, integerScales } from "../../../src/stages/integer-model.ts";
import { type StageModel, stageModel } from "../../../src/stages/stage-model.ts";
import { compareDecisions } from "../../parity/compare.ts";
import { arrangementOf, random } from "../../regions/arrangements.ts";

const NO_HINTS = Uint32Array.of(NO_HYPERPLANE);

const integerOf = ({ x, y, z }: Wide) => BigInt(x) + (BigInt(y) << 32n) + (BigInt(z | 0) << 64n);

function randomMasks(n: number, words: number, count: number, seed: number): Uint32Array {
  const next = random(seed);
  const masks = new Uint32Array(count * words);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < n; j++) if (next() < 0.5) masks[i * words + (j >> 5)]! |= 1 << (j & 31);
  }
  return masks;
}

interface Looked {
  readonly complaints: readonly string[];
  readonly verdicts: Uint8Array;
}

/** Refines masks of a system: what is wrong with the verdicts, and with the bound on the error of the points. */
function look(
  system: PiecewiseLinearSystem,
  masks: number | Uint32Array,
  change?: (model: StageModel) => void,
): Looked {
  const reduced = reduceSystem(system);
  const model = stageModel(reduced, F32, 0);
  change?.(model);
  const { words, count: n, latentDim: R } = model;
  const list = typeof masks === "number" ? randomMasks(n, words, masks, 11) : masks;
  const count = list.length / words;
  const verdicts = new Uint8Array(count).fill(Verdict.singular);
  if (model.integers[0] === 0) return { complaints: [], verdicts };
  const refiner = new Refiner(model);
  const exact = new ExactRegions(system);
  const original = new Uint32Array(Math.max(1, Math.ceil(system.hyperplanes / 32)));
  const { s } = integerScales(reduced)!;
  const far: string[] = [];
  for (let i = 0; i < count; i++) {
    verdicts[i] = refiner.verdict(list, i * words, NO_HINTS, 0, 1);
    if (verdicts[i] !== Verdict.no && verdicts[i] !== Verdict.yes) continue;
    expandMask(reduced, list, i * words, original);
    const candidate = exact.candidate(exact.region(original));
    const error = integerOf(refiner.equations.error);
    for (let k = 0; k < R && candidate !== undefined; k++) {
      // 2^T y = 2^(T − s) 2^e z
      const power = refiner.equations.scale + 28 - s + reduced.columnExponents[k]!;
      const numerator = candidate.numerators[k]! * 2n ** BigInt(Math.max(0, power));
      const { n: top, d } = rational(numerator, candidate.denominator * 2n ** BigInt(Math.max(0, -power)));
      const apart = integerOf(refiner.equations.point[k]!) * d - top;
      if ((apart < 0n ? -apart : apart) > error * d) far.push(`mask ${i}: y[${k}] errs by more than ${error}`);
    }
  }
  const batch = { words, count, masks: list, items: new Uint32Array(count) };
  const { complaints } = compareDecisions(system, reduced, batch, verdicts);
  return { complaints: [...complaints, ...far], verdicts };
}

const decidedIn = ({ verdicts }: Looked) => verdicts.filter((v) => v === Verdict.no || v === Verdict.yes).length;

const cases = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  R: fc.constantFrom(1, 2, 3, 5, 8, 12),
  N: fc.integer({ min: 1, max: 40 }),
  /** How near M + VᵀDU of the empty mask is to a singular matrix. */
  closeness: fc.integer({ min: 0, max: 60 }),
  /** Exponents of one row of U and of one offset: two scales in one model. */
  row: fc.constantFrom(0, 0, 0, 30, -30, 300, -300),
  offset: fc.constantFrom(0, 0, 0, 20, -20, 60, -300, 290),
});

function systemOf({ seed, R, N, closeness, row, offset }: Record<string, number>): PiecewiseLinearSystem {
  const system = arrangementOf("generic", N!, R!, seed!);
  const M = system.M.rounded;
  if (R! > 1) for (let k = 0; k < R!; k++) M[k] = M[R! + k]! * (1 + 2 ** -closeness! * (k + 1));
  for (let k = 0; k < R!; k++) system.U[k]! *= 2 ** row!;
  system.h.rounded[0]! *= 2 ** (row! + offset! > 300 ? row! : row! + offset!);
  return system;
}

describe("the second look", () => {
  it("says nothing wrong, and its points err by less than their bounds, whatever the sizes of numbers", () => {
    let decided = 0;
    let total = 0;
    fc.assert(
      fc.property(cases, (given) => {
        const looked = look(systemOf(given), 12);
        expect(looked.complaints).toEqual([]);
        decided += decidedIn(looked);
        total += looked.verdicts.length;
      }),
      { seed: 9, numRuns: 150 },
    );
    expect(decided).toBeGreaterThan(0.5 * total);
  });

  it("decides all masks of generic models, up to 16 dimensions", () => {
    for (const [N, R] of [
      [64, 2],
      [128, 3],
      [100, 5],
      [24, 12],
      [20, 16],
    ]) {
      const looked = look(arrangementOf("generic", N!, R!, 3), 60);
      expect(looked.complaints).toEqual([]);
      expect(decidedIn(looked)).toBe(60);
    }
  });

  it("leaves all open where numbers of two scales leave the integers nothing, or there are too many dimensions", () => {
    const system = arrangementOf("generic", 6, 3, 4);
    system.h.rounded[0] = 2 ** 200;
    const { complaints, verdicts } = look(system, Uint32Array.of(0, 2, 4));
    expect(complaints).toEqual([]);
    expect(decidedIn({ complaints, verdicts })).toBe(0);
    const model = stageModel(reduceSystem(arrangementOf("generic", 20, 17, 4)), F32, 0);
    expect(model.integers[0]).toBe(0);
    const open = Uint8Array.of(Verdict.singular, Verdict.undecided);
    const batch = { words: 1, count: 2, masks: Uint32Array.of(1, 2), items: new Uint32Array(2) };
    refine(model, batch, new Uint32Array(17), open);
    expect([...open]).toEqual([Verdict.singular, Verdict.undecided]);
  });

  it("is taken at open masks alone", () => {
    const model = stageModel(reduceSystem(arrangementOf("generic", 8, 2, 5)), F32, 0);
    const verdicts = Uint8Array.of(Verdict.yes, Verdict.no, Verdict.singular, Verdict.undecided);
    const batch = { words: 1, count: 4, masks: Uint32Array.of(1, 1, 1, 1), items: new Uint32Array(4) };
    refine(model, batch, Uint32Array.of(0, 1), verdicts);
    expect([...verdicts.subarray(0, 2)]).toEqual([Verdict.yes, Verdict.no]);
    expect(verdicts[2]).toBe(verdicts[3]);
    expect(verdicts[2]).toBe(Verdict.no);
  });
});

/** z = 1 for every mask, as V = 0; the one unit's u is odd in its last bit that an integer rounds, and h near u. */
function nearOne(distance: number): PiecewiseLinearSystem {
  const u = 1 + 2 ** -29;
  return {
    latentDim: 1,
    hyperplanes: 1,
    time: "discrete",
    M: ExactArray.ofNumbers([1]),
    g: ExactArray.ofNumbers([1]),
    U: Float64Array.of(u),
    V: ExactArray.ofNumbers([0]),
    h: ExactArray.ofNumbers([u + distance]),
  };
}

describe("the bounds of the second look", () => {
  const { planes, row, base, error } = integerLayout(1);
  const ON = Uint32Array.of(1);

  it("cover the rounding of a row, and not twice as much", () => {
    // u is rounded up by half a unit of 2^-28, so that u·z − h, slightly negative, looks positive
    const near = nearOne(2 ** -32);
    expect([...look(near, ON).verdicts]).toEqual([Verdict.undecided]);
    expect([...look(nearOne(2 ** -20), ON).verdicts]).toEqual([Verdict.no]);
    // a row that errs by three halves is one whose bound is a third of what it should be
    const wrong = look(near, ON, ({ integers }) => integers[planes + row]!++);
    expect([...wrong.verdicts]).toEqual([Verdict.yes]);
    expect(wrong.complaints).toEqual(['mask 0 does not hold its candidate and is called "yes"']);
  });

  it("of the side of a hyperplane are as wide as the norm of its row says, and no wider", () => {
    const system = nearOne(2 ** -32);
    system.U[0] = 1;
    system.h.rounded[0] = 1 + 2 ** -52;
    expect([...look(system, ON).verdicts]).toEqual([Verdict.undecided]);
    const wrong = look(system, ON, ({ integers }) => integers[planes + row + 2]!--);
    expect(wrong.complaints).toEqual(['mask 0 does not hold its candidate and is called "yes"']);
  });

  it("cover what sums of entries err by, and not more than they say", () => {
    const system = nearOne(2 ** -20);
    const within = (by: number) =>
      look(system, ON, ({ integers }) => {
        integers[base]! += by;
      });
    const allowed = stageModel(reduceSystem(system), F32, 0).integers[error]!;
    expect(within(allowed - 20).complaints).toEqual([]);
    expect(within(3 * allowed + 64).complaints).toEqual([expect.stringMatching(/^mask 0: y\[0\] errs by more than/)]);
  });

  it("never take a singular matrix for a regular one", () => {
    const { V, U } = arrangementOf("generic", 3, 2, 8);
    // the second row is three times the first, exactly: its entries are no float64
    const first = ExactArray.ofNumbers([0.1, 0.7]);
    const system: PiecewiseLinearSystem = {
      latentDim: 2,
      hyperplanes: 3,
      time: "discrete",
      M: ExactArray.ofDyadics([1n, 3n].flatMap((by) => first.toDyadics().map(({ m, e }) => ({ m: by * m, e })))),
      g: ExactArray.ofNumbers([1, 1]),
      U,
      V: ExactArray.ofNumbers(V.rounded.map(() => 0)),
      h: ExactArray.ofNumbers([0.5, -0.5, 0.25]),
    };
    const masks = Uint32Array.of(0, 1, 2, 3, 4, 5, 6, 7);
    const right = look(system, masks);
    expect(right.complaints).toEqual([]);
    expect([...right.verdicts]).toEqual(new Array(8).fill(Verdict.singular));
  });
});
