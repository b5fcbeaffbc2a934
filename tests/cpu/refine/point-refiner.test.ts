import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExactArrangement } from "../../../src/arrangement/owner.ts";
import { reduceSystem } from "../../../src/arrangement/reduce.ts";
import { PointRefiner } from "../../../src/cpu/refine/point-refiner.ts";
import type { Wide } from "../../../src/cpu/refine/wide.ts";
import { reintersect } from "../../../src/cpu/reintersect.ts";
import { abs } from "../../../src/exact/integers.ts";
import { ExactArray, type PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { ItemStatus, type SignBatch } from "../../../src/stages/batch.ts";
import {
  arrangementLayout,
  arrangementStart,
  integerScales,
  OFFSET_ERROR,
  RefineBits,
} from "../../../src/stages/integer-model.ts";
import type { StageModel } from "../../../src/stages/stage-model.ts";
import { compareSigns } from "../../parity/compare.ts";
import { cpuImplementation, f32Model } from "../../parity/implementations.ts";
import { unknownSigns } from "../../parity/stage-bodies.ts";
import { ARRANGEMENT_KINDS, arrangementOf } from "../../regions/arrangements.ts";

const integerOf = ({ x, y, z }: Wide) => BigInt(x) + (BigInt(y) << 32n) + (BigInt(z | 0) << 64n);

/** Looks at every subset of a system, of whose signs nothing is known. */
async function look(system: PiecewiseLinearSystem, change: (model: StageModel) => void = () => {}) {
  const reduced = reduceSystem(system);
  const model = f32Model(reduced);
  change(model);
  const signs = await cpuImplementation.reintersect(model, await unknownSigns(model, "owned"), "owned");
  return { signs, ...compareSigns(reduced, signs, "owned") };
}

const open = ({ status }: SignBatch) => status.filter((of) => of === ItemStatus.escalate).length;

describe("the second look at points", () => {
  it("says nothing wrong, whatever the sizes of numbers", async () => {
    const cases = fc.record({
      kind: fc.constantFrom(...ARRANGEMENT_KINDS),
      seed: fc.integer({ min: 1, max: 1e6 }),
      shape: fc.constantFrom([9, 1], [8, 2], [7, 3], [6, 4], [7, 6]),
      row: fc.constantFrom(0, 0, 0, 30, -30, 300),
      offset: fc.constantFrom(0, 0, 0, 20, -20, 60, -300),
      /** How near two hyperplanes are to parallel ones. */
      closeness: fc.constantFrom(0, 0, 10, 20, 30, 45),
    });
    let decided = 0;
    let total = 0;
    await fc.assert(
      fc.asyncProperty(cases, async ({ kind, seed, shape, row, offset, closeness }) => {
        const [N, R] = shape as [number, number];
        const system = arrangementOf(kind, N, R, seed);
        for (let k = 0; closeness > 0 && k < R; k++) system.U[R + k] = system.U[k]! * (1 + 2 ** -closeness * k);
        for (let k = 0; k < R; k++) system.U[k]! *= 2 ** row;
        system.h.rounded[0]! *= 2 ** (row + offset);
        const looked = await look(system);
        expect(looked.complaints).toEqual([]);
        decided += looked.decided;
        total += looked.total;
      }),
      { seed: 9, numRuns: 150 },
    );
    expect(decided).toBeGreaterThan(0.6 * total);
  });

  it("decides all of generic and of central arrangements, whatever the dimension", async () => {
    for (const kind of ["generic", "central"] as const) {
      for (const [N, R] of [
        [40, 1],
        [20, 2],
        [12, 3],
        [9, 5],
        [9, 8],
      ]) {
        const { signs, complaints, decided, total } = await look(arrangementOf(kind, N!, R!, 3));
        expect(complaints).toEqual([]);
        expect(open(signs)).toBe(0);
        expect(decided).toBe(total);
        expect(signs.perturbed.includes(1)).toBe(kind === "central");
      }
    }
  });

  it("leaves open what no integer decides: a dependent subset, ties, numbers of two scales, too many dimensions", async () => {
    const parallel = arrangementOf("generic", 5, 2, 4);
    for (let k = 0; k < 2; k++) parallel.U[2 + k] = parallel.U[k]!;
    const given = await look(parallel, ({ direction }) => direction.set([0, 1, 2, 3, 4]));
    expect(given.complaints).toEqual([]);
    expect(open(given.signs)).toBe(1);

    const through = arrangementOf("generic", 3, 2, 4);
    through.U.set([1, 0, 0, 1, 1, 1]);
    through.h.rounded.set([1, 2, 3]);
    const tied = await look(through);
    expect(tied.complaints).toEqual([]);
    expect([...tied.signs.undecided.subarray(0, 3)]).toEqual([0b100, 0b010, 0b001]);

    const scales = arrangementOf("generic", 6, 3, 4);
    scales.h.rounded[0] = 2 ** 200;
    expect((await look(scales)).complaints).toEqual([]);
    expect(f32Model(reduceSystem(arrangementOf("generic", 20, 17, 4))).integers[0]).toBe(0);
  });

  it("is taken at open items alone, and at none without integers", async () => {
    const model = f32Model(reduceSystem(arrangementOf("generic", 8, 2, 5)));
    const signs = await unknownSigns(model, "owned");
    signs.status.set([ItemStatus.ok, ItemStatus.ok, ItemStatus.dependent, ItemStatus.escalate]);
    // two are undecided of the first, and all of the others; of the second, [0, 2], its own bits are decided before
    signs.undecided[0] = 0b11000000;
    const before = signs.undecided.slice(0, 4);
    reintersect(model, signs, 4, "owned", 2);
    expect([...signs.status.subarray(0, 5)]).toEqual([0, 0, 1, 0, 2]);
    expect([...signs.undecided.subarray(0, 4)]).toEqual([before[0], 0b101, before[2], 0]);
    const none = { ...model, integers: new Uint32Array(2) };
    reintersect(none, signs, 5, "owned", 2);
    expect(signs.status[4]).toBe(ItemStatus.escalate);
  });
});

describe("the bounds of the second look at points", () => {
  it("cover what offsets that are no float64 do to a point", () => {
    let reached = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const system: PiecewiseLinearSystem = {
        ...arrangementOf("generic", 1, 1, seed),
        U: Float64Array.of(1.75),
        // half between two float64 numbers
        h: ExactArray.ofDyadics([{ m: (2n ** 53n - BigInt(seed)) * 2n ** 20n + 2n ** 19n, e: -73 }]),
      };
      const reduced = reduceSystem(system);
      const refiner = new PointRefiner(f32Model(reduced));
      const signs = {
        words: 1,
        subsets: Uint32Array.of(0),
        positive: Uint32Array.of(0),
        undecided: Uint32Array.of(1),
        status: Uint8Array.of(ItemStatus.ok),
        perturbed: Uint8Array.of(0),
      };
      refiner.look(signs, 0, "owned");
      const { point, error, scale } = refiner.equations;
      const { numerators, denominator } = new ExactArrangement(reduced, 0).at([0])!.vertex!;
      const { s } = integerScales(reduced)!;
      const exact = numerators[0]! * 2n ** BigInt(scale + RefineBits.finer - s);
      const apart = abs(integerOf(point[0]!) * denominator - exact);
      expect(apart).toBeLessThanOrEqual(integerOf(error) * abs(denominator));
      reached = Math.max(reached, Number((100n * apart) / (integerOf(error) * abs(denominator))));
    }
    expect(reached).toBeGreaterThan(10);
  });

  it("are those of the numbers that are said: a changed row, offset, δ or direction makes wrong signs", async () => {
    const start = arrangementStart(3, 8);
    const { offset, delta, centred, stride } = arrangementLayout(3);
    const plane = start + 9 + 2 * stride;
    const complaintsOf = async (kind: "generic" | "central", at: number, by: number) => {
      const { complaints } = await look(arrangementOf(kind, 8, 3, 6), ({ integers }) => {
        integers[at]! += by;
      });
      return complaints.length;
    };
    expect(await complaintsOf("generic", plane, 0)).toBe(0);
    expect(await complaintsOf("generic", plane, 2 ** 28)).toBeGreaterThan(0);
    expect(await complaintsOf("generic", plane + offset + 1, 2 ** 24)).toBeGreaterThan(0);
    expect(await complaintsOf("generic", start, 2 ** 15)).toBeGreaterThan(0);
    expect(await complaintsOf("central", plane + delta, 0)).toBe(0);
    expect(await complaintsOf("central", plane + delta, 2 ** 22)).toBeGreaterThan(0);
    // without its mark a centred hyperplane ties, and is left open
    const { signs } = await look(arrangementOf("central", 8, 3, 6), ({ integers }) => {
      integers[plane + centred] = 0;
    });
    expect(signs.undecided.some((of) => of !== 0)).toBe(true);
  });

  it("leave a sign open that the offset's error may turn", async () => {
    // the vertex of the first is 1; the second is at 1 less a distance
    const at = async (distance: number) => {
      const system = { ...arrangementOf("generic", 2, 1, 1), U: Float64Array.of(1, 1) };
      system.h.rounded.set([1, 1 - distance]);
      const { signs, complaints } = await look(system);
      expect(complaints).toEqual([]);
      return signs.undecided[0];
    };
    expect(OFFSET_ERROR * 2 ** -56).toBeLessThan(2 ** -50);
    expect(await at(2 ** -20)).toBe(0);
    expect(await at(2 ** -50)).toBe(2);
  });
});
