import { describe, expect, it } from "vitest";
import { CpuBackend } from "../../../src/cpu/backend.ts";
import { F64, UNCHECKED } from "../../../src/float/precision.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { runRegions } from "../../../src/regions/run.ts";
import { type ExactPoint, exactFixedPoints } from "../../oracle/naive.ts";
import { ARRANGEMENT_KINDS, allCandidates, arrangementOf, farApart, hostile } from "../../regions/arrangements.ts";

async function handedOver(system: PiecewiseLinearSystem, backend: CpuBackend) {
  const masks: string[] = [];
  const sink = { found: 0, add: (mask: Uint32Array, regular: boolean) => masks.push(`${mask.join()} ${regular}`) };
  const { counts } = await runRegions(system, sink, {}, backend, { expand: "owned" });
  return { masks: masks.sort(), counts };
}

/** Whether a mask of at most 32 hyperplanes has a point in its closed region. */
function holds(mask: number, { active, ties }: ExactPoint): boolean {
  const positive = active.reduce((bits, j) => bits | (1 << j), 0);
  const tied = ties.reduce((bits, j) => bits | (1 << j), 0);
  return ((mask ^ positive) & ~tied) === 0;
}

const sizes = [
  [9, 1],
  [40, 2],
  [14, 3],
  [10, 4],
  [9, 5],
  [17, 3],
  [15, 4],
  [3, 4],
] as const;

describe.each(ARRANGEMENT_KINDS)("lines of %s arrangements", (kind) => {
  it.each(sizes)("N = %i, R = %i: the masks and verdicts of the vertices one by one", async (N, R) => {
    for (let seed = 1; seed <= 2; seed++) {
      const system = arrangementOf(kind, N, R, seed);
      for (const each of [system, allCandidates(system)]) {
        const walked = await handedOver(each, new CpuBackend(F64, true));
        const single = await handedOver(each, new CpuBackend(F64, false));
        expect(walked.masks).toEqual(single.masks);
        expect(walked.counts.masks).toBe(single.counts.masks);
        expect(walked.counts.dependentSubsets).toBe(single.counts.dependentSubsets);
        const written = await handedOver(each, new CpuBackend(F64, true, 0));
        expect(written.masks).toEqual(single.masks);
        expect(written.counts.masks).toBe(single.counts.masks);
        expect(written.counts.dependentSubsets).toBe(single.counts.dependentSubsets);
      }
      expect((await handedOver(allCandidates(system), new CpuBackend())).masks.length).toBeGreaterThan(1);
    }
  });
});

describe("lines where hyperplanes nearly coincide", () => {
  it("escalate what they can't order, and end with the same masks", async () => {
    let escalated = 0;
    for (let seed = 0; seed < 20; seed++) {
      const system = allCandidates(hostile(seed, 10, 2 + (seed % 3)));
      const walked = await handedOver(system, new CpuBackend(F64, true, 0));
      expect(walked.masks).toEqual((await handedOver(system, new CpuBackend(F64, false))).masks);
      escalated += walked.counts.undecided!;
    }
    expect(escalated).toBeGreaterThan(0);
  });

  it("end with the same masks where numbers are far apart", { timeout: 1_000_000 }, async () => {
    const systems = process.env.STILLPOINT_FULL === "1" ? 5000 : 100;
    for (let seed = 0; seed < systems; seed++) {
      const system = farApart(seed, 1 + (seed % 4));
      const every = allCandidates(system);
      const single = await handedOver(every, new CpuBackend(F64, false));
      for (const leastVertices of [0, 20]) {
        const walked = await handedOver(every, new CpuBackend(F64, true, leastVertices));
        expect(walked.masks, `seed ${seed}`).toEqual(single.masks);
      }
    }
  });

  it("hand over a region of each fixed point where numbers are far apart", { timeout: 1_000_000 }, async () => {
    const systems = process.env.STILLPOINT_FULL === "1" ? 5000 : 150;
    let points = 0;
    for (let seed = 0; seed < systems; seed++) {
      const system = farApart(seed, 1 + (seed % 4));
      if (system.hyperplanes > 8) continue;
      const exact = exactFixedPoints(system).points;
      points += exact.length;
      for (const backend of [new CpuBackend(F64, false), new CpuBackend(F64, true, 0), new CpuBackend(F64, true, 20)]) {
        const { masks } = await handedOver(system, backend);
        const lost = exact.filter((point) => !masks.some((mask) => holds(Number.parseInt(mask, 10), point)));
        expect(lost, `seed ${seed}`).toEqual([]);
      }
    }
    expect(points).toBeGreaterThan(systems / 2);
  });

  it("are ordered wrongly without bounds", async () => {
    let wrong = 0;
    for (let seed = 0; seed < 20; seed++) {
      const system = allCandidates(hostile(seed, 10, 2 + (seed % 3)));
      const truth = await handedOver(system, new CpuBackend(F64, false));
      try {
        const guess = await handedOver(system, new CpuBackend(UNCHECKED, true, 0));
        if (guess.masks.join() !== truth.masks.join()) wrong++;
      } catch {
        wrong++;
      }
    }
    expect(wrong).toBeGreaterThan(0);
  });
});
