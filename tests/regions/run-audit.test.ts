import { describe, expect, it, vi } from "vitest";
import { subsetCount } from "../../src/arrangement/counts.ts";
import { OwnerTie } from "../../src/arrangement/owner.ts";
import { reduceSystem } from "../../src/arrangement/reduce.ts";
import { CpuBackend } from "../../src/cpu/backend.ts";
import { MaskFilter } from "../../src/cpu/mask-filter.ts";
import { Finalizer } from "../../src/finalize/finalizer.ts";
import { parseModel } from "../../src/model/parse.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { runAllMasks } from "../../src/regions/all-masks.ts";
import { ExactMasks } from "../../src/regions/exact-mask.ts";
import { runRegions } from "../../src/regions/run.ts";
import { AUDIT_EVERY } from "../../src/regions/sample-audit.ts";
import type { StageBackend, StageOutput } from "../../src/stages/backend.ts";
import type { Segment } from "../../src/stages/batch.ts";
import { SeededSample } from "../../src/stages/sample.ts";
import { subsets } from "../oracle/integers.ts";
import { maskOfWords } from "../oracle/masks.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf, hostile } from "./arrangements.ts";
import { audited, Faulty, HASH, lose, withPoints } from "./audits.ts";

/** All subsets of the model of a batch, as those that its signs leave open. */
function everySubset(system: PiecewiseLinearSystem): StageOutput["escalated"] {
  const { count, columns } = reduceSystem(system);
  const sizes = Array.from({ length: columns.length + 1 }, (_, size) => size);
  return sizes.flatMap((size) => [...subsets(count, size)].map((subset) => ({ model: 0, subset })));
}

describe("an audit of every subset", () => {
  it.each([...ARRANGEMENT_KINDS, "hostile"] as const)("finds nothing in %s arrangements", async (kind) => {
    let shown = 0;
    for (const [N, R] of [
      [6, 1],
      [9, 2],
      [12, 3],
      [7, 4],
      [3, 4],
    ] as const) {
      const system = kind === "hostile" ? hostile(N, N, R) : arrangementOf(kind, N, R, N);
      const total = Number(subsetCount(reduceSystem(system).count, reduceSystem(system).columns.length, "owned"));
      for (const each of [system, allCandidates(system)]) {
        const backend = new Faulty({
          mask: (mask) => {
            if (mask !== undefined) shown++;
            return mask;
          },
        });
        const { counts } = await audited(each, backend);
        expect([counts.subsets, counts.audited]).toEqual([total, total]);
      }
      // where the walk dismisses line by line too
      await audited(system, new CpuBackend(undefined, true, 0));
    }
    expect(shown).toBeGreaterThan(50);
  });
});

describe("an audit of numbers from one end of float64 to the other", () => {
  // a mask of this one was once wrong
  const far = {
    A: [
      [-1.8746210173695387e-242, -8.095980802122264e-177, 9.883310571778616e-83],
      [-5.379898476197808e-284, -2.3866690339840662e-153, 1.101803207925311e-280],
      [-3.1385508676933404e57, 2.590327e-318, -2.076918743413931e34],
    ],
    U: [
      [1.1357300987201037e-269, 2.65249474e-315, -1.3508068024458167e-225],
      [1.8649621365367e86, -2.9642774844752946e79, -4.436445698125405e-272],
      [1.035052700659762e-171, -1.8485190408855855e-273, -2.564599252228096e-136],
      [-2.2489868308822892e63, 8.581334002851282e-247, -2.7698935853357207e-127],
      [-6755399441055744.0, -8.92029807941225e43, 4.902349817923313e-196],
    ],
    V: [
      [9.871031767461413e-178, -6.908934844075556e-77, 8.175282892815649e-107],
      [824633720832.0, -1.0910887575564822e44, -1.2658119522236871e-114],
      [-3.0581182251113476e-297, -134217728.0, -4.599214123361765e-173],
      [-35184372088832.0, 2.37e-322, -2.0416942015256308e39],
      [-3.745341083753759e-96, -1.0863384741889284e-115, -6.277101735386681e57],
    ],
    hx: [
      7.540367562697308e-88, -281474976710656.0, -1.663265562503184e-111, -2.6755485217387732e-197,
      5.826828696250162e-157,
    ],
    hz: [2.9772483099888287e-264, -5.421010862427522e-20, -3.0980735318794546e-120],
  };

  it("finds nothing", async () => {
    const { system } = await parseModel(far);
    expect(await audited(system, new CpuBackend())).toMatchObject({ points: 2, counts: { audited: 26 } });
  });
});

describe("the exact masks of an audit", () => {
  it.each(ARRANGEMENT_KINDS)("are the masks of all regions of %s arrangements", async (kind) => {
    for (const [N, R] of [
      [6, 1],
      [7, 2],
      [7, 3],
      [6, 4],
    ] as const) {
      const system = arrangementOf(kind, N, R, 3);
      const reduced = reduceSystem(system);
      const visited: bigint[] = [];
      const { ownerDirections = 0 } = await runRegions(
        allCandidates(system),
        { found: 0, add: (mask) => visited.push(maskOfWords(mask)) },
        {},
        new CpuBackend(undefined, false),
        { expand: "owned" },
      );
      const masks = new ExactMasks(reduced, ownerDirections);
      const sizes = Array.from({ length: reduced.columns.length + 1 }, (_, k) => k);
      const all = sizes.flatMap((k) => [...subsets(reduced.count, k)]).map((subset) => masks.of(subset));
      const own = all.filter((mask) => mask !== undefined).map(maskOfWords);
      expect(new Set(own).size).toBe(own.length);
      expect(own.length).toBe(new Set(visited).size);
      if (system.hyperplanes === reduced.count) expect(new Set(own)).toEqual(new Set(visited));
    }
  });
});

describe("an audit notices", () => {
  it("a fixed point whose region was called empty, and names the model", async () => {
    const system = withPoints();
    expect((await audited(system, new Faulty())).points).toBeGreaterThan(0);
    await expect(audited(system, new Faulty({ output: lose }))).rejects.toMatchObject({
      code: "INTERNAL",
      message: expect.stringMatching(
        /owns a region with a fixed point, and it was discarded.*SHA-256 0123456789abcdef/,
      ),
    });
  });

  it("the same of a GPU, whose failure it is as far as is known", async () => {
    const gpu: StageBackend = Object.defineProperty(new Faulty({ output: lose }), "name", { value: "webgpu" });
    await expect(audited(withPoints(), gpu)).rejects.toMatchObject({
      code: "GPU_FAILED",
      message: expect.stringMatching(/contradicts the run on the adapter "webgpu".*SHA-256/),
    });
  });

  it("the same by its look in float64, which takes 512 subsets for each exact one", async () => {
    const system = withPoints();
    const { counts } = await audited(system, new Faulty(), { auditEvery: 1024 });
    // every other subset
    expect(counts.audited! / counts.subsets!).toBeGreaterThan(0.3);
    expect(counts.audited! / counts.subsets!).toBeLessThan(0.7);
    const seeds = Array.from({ length: 8 }, (_, i) => `${i}`);
    const runs = seeds.map((sha256) =>
      audited(system, new Faulty({ output: lose }), { auditEvery: 1024, sha256 }).then(
        () => "missed",
        (error) => error.code,
      ),
    );
    expect(new Set(await Promise.all(runs))).toContain("INTERNAL");
  });

  it("but not where a run stops: a region that it did not come to is not discarded", async () => {
    const system = withPoints();
    const regions = { expand: "owned", sha256: HASH, auditEvery: 1 } as const;
    // workers that have not answered when the time ends, and candidates of float32 that nobody decides any more
    const silent = Object.defineProperty(new Faulty(), "runNow", { value: undefined });
    vi.spyOn(silent, "run").mockReturnValue(new Promise(() => {}));
    const late = { deadline: performance.now() + 30 };
    const abandoned = await runRegions(system, new Finalizer(system), late, silent, regions);
    expect(abandoned.complete).toBe(false);
    const all = everySubset(system);
    const stop = new AbortController();
    const stopped = new Faulty({
      output: (output) => {
        stop.abort();
        // the clock is looked at after 32 of them
        const none = new Array(32).fill({ model: 0, subset: [] });
        return { ...output, candidates: { ...output.candidates, count: 0 }, escalated: [...none, ...all] };
      },
    });
    const undecided = await runRegions(system, new Finalizer(system), { signal: stop.signal }, stopped, regions);
    expect(undecided.complete).toBe(false);
  });

  it("a candidate that was handed over with a wrong bit", async () => {
    const flip = ({ candidates, ...output }: StageOutput): StageOutput => ({
      ...output,
      candidates: { ...candidates, masks: candidates.masks.map((word) => word ^ 1) },
    });
    await expect(audited(withPoints(), new Faulty({ output: flip }))).rejects.toThrow(/was discarded/);
  });

  it("a wrong mask of any one subset, though there are as many masks as before", async () => {
    const system = arrangementOf("generic", 9, 2, 1);
    const { counts } = await audited(system, new Faulty());
    for (let wrong = 0; wrong < counts.subsets!; wrong += 5) {
      let shown = 0;
      let struck = false;
      const flip = (mask: Uint32Array | "dependent" | undefined) => {
        if (shown++ < wrong || struck || !(mask instanceof Uint32Array)) return mask;
        struck = true;
        return mask.map((word) => word ^ 4);
      };
      const run = audited(system, new Faulty({ mask: flip }));
      if (wrong < counts.subsets! - 2) await expect(run).rejects.toThrow(/had wrong at the hyperplanes \[2\]/);
    }
  });

  it("a subset taken for dependent, and one for independent", async () => {
    const lie = (mask: Uint32Array | "dependent" | undefined) => (mask === undefined ? mask : ("dependent" as const));
    await expect(audited(arrangementOf("generic", 5, 2, 1), new Faulty({ mask: lie }))).rejects.toThrow(
      /is independent, and the stages took it for the other/,
    );
    const grid = arrangementOf("grid", 6, 2, 1);
    const other = (mask: Uint32Array | "dependent" | undefined) => (mask === "dependent" ? Uint32Array.of(0) : mask);
    await expect(audited(grid, new Faulty({ mask: other }))).rejects.toThrow(/is dependent, and/);
    // every other subset in float64, and hardly one exactly
    const inFloat = { auditEvery: 1024 };
    await expect(audited(grid, new Faulty({ mask: other }), inFloat)).rejects.toThrow(/is dependent, and/);
    const { counts } = await audited(grid, new Faulty(), inFloat);
    expect(counts.dependentSubsets).toBeGreaterThan(2);
  });

  it("nothing outside its sample, or where the model has no hash", async () => {
    const system = withPoints();
    const missed = await audited(system, new Faulty({ output: lose }), { auditEvery: 2 ** 30 });
    expect(missed).toMatchObject({ points: 0, counts: { audited: 0 } });
    const finalizer = new Finalizer(system);
    const { counts } = await runRegions(system, finalizer, {}, new Faulty({ output: lose }), { expand: "owned" });
    expect(counts).not.toHaveProperty("audited");
  });

  it("a mask that was excluded where all masks are tried", async () => {
    let system = arrangementOf("generic", 9, 5, 1);
    for (let seed = 2; !(await holdsPoint(system)); seed++) system = arrangementOf("generic", 9, 5, seed);
    expect((await runAllMasks(system, new Finalizer(system), HASH, {}, 1))!.counts.audited).toBe(512);
    const spy = vi.spyOn(MaskFilter.prototype, "openMasks").mockReturnValue([]);
    try {
      expect(() => runAllMasks(system, new Finalizer(system), HASH, {}, 1)).toThrow(/holds a fixed point.*excluded/);
      expect((await runAllMasks(system, new Finalizer(system), HASH, {}, 2 ** 30))!.counts.audited).toBe(0);
    } finally {
      spy.mockRestore();
    }
  });
});

async function holdsPoint(system: PiecewiseLinearSystem): Promise<boolean> {
  const finalizer = new Finalizer(system);
  return (await runAllMasks(system, finalizer, HASH)) !== undefined && finalizer.finish().fixedPoints.length > 0;
}

describe("the sample of an audit", () => {
  const system = arrangementOf("generic", 14, 3, 1);

  it("is the same for any size of batch, and parts have theirs of it", async () => {
    const whole = await audited(system, new Faulty(), { auditEvery: 16 });
    const total = BigInt(whole.counts.subsets!);
    expect(whole.counts.audited).toBe([...new SeededSample(HASH, 16).within(0n, total)].length);
    expect((await audited(system, new Faulty({ size: 7 }), { auditEvery: 16 })).counts).toEqual(whole.counts);
    let sum = 0;
    for (let k = 0n; k < 5n; k++) {
      const range = { from: (total * k) / 5n, to: (total * (k + 1n)) / 5n };
      sum += (await audited(system, new Faulty(), { auditEvery: 16, range })).counts.audited!;
    }
    expect(sum).toBe(whole.counts.audited);
  });

  it("is another for another model", async () => {
    const asked: Segment[][] = [];
    for (const sha256 of ["a", "b"]) {
      const own: Segment[] = [];
      asked.push(own);
      class Listening extends CpuBackend {
        override maskOf(...args: Parameters<CpuBackend["maskOf"]>) {
          own.push(args[1]);
          return super.maskOf(...args);
        }
      }
      await audited(system, new Listening(), { auditEvery: 16, sha256 });
    }
    expect(asked[0]!.length).toBeGreaterThan(20);
    expect(asked[0]).not.toEqual(asked[1]);
  });

  it("begins anew with other owner directions, and is counted once", async () => {
    const spy = vi.spyOn(ExactMasks.prototype, "of").mockImplementationOnce(() => {
      throw new OwnerTie(0);
    });
    try {
      const { counts } = await audited(system, new CpuBackend());
      expect(counts.audited).toBe(counts.subsets);
    } finally {
      spy.mockRestore();
    }
  });

  it("is small", () => {
    expect(AUDIT_EVERY).toBeGreaterThanOrEqual(1000);
  });
});
