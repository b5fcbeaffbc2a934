import { describe, expect, it } from "vitest";
import { Fan } from "../../../src/cycles/boxes/fan.ts";
import { type OrbitProblem, orbitRoots } from "../../../src/cycles/boxes/maps.ts";
import { unitLoop, wasmUnits } from "../../../src/cycles/boxes/unit-kernel.ts";
import { DECIDED, type UnitKernel } from "../../../src/cycles/boxes/unit-loop.ts";
import { Random } from "../../support/random.ts";
import { mapOf, randomMap } from "../systems.ts";

const STEPS = 2;

/** Maps of all kinds of units: ramps, clamps, and three parallel hyperplanes that make one unit of four pieces. */
function problems(count: number): OrbitProblem[] {
  const random = Random.of(1, "units of kernels");
  return Array.from({ length: count }, (_, n) => {
    const R = random.integer(1, 4);
    const N = random.integer(1, 8);
    if (n % 4 > 0) return orbitRoots(randomMap(random, R, N)).problems;
    const draw = () => random.real();
    const u = random.vector(R, draw);
    const v = random.vector(R, draw);
    const U = [u, u, u, ...random.matrix(N, R, draw)];
    const V = [v, v.map((x) => -3 * x), v.map((x) => 2 * x), ...random.matrix(N, R, draw)];
    const A = random.matrix(R, R, () => random.dyadic(4, 1));
    return orbitRoots(mapOf(A, U, V, random.vector(N + 3, draw), random.vector(R, draw))).problems;
  }).flat();
}

/** What a kernel makes of random enclosures at both steps. */
function run({ memory, decide, sum }: UnitKernel, { table }: OrbitProblem, random: Random): unknown {
  const { count: L } = table;
  const all: unknown[] = [];
  for (let t = 0; t < STEPS; t++) {
    const size = 2 ** -random.integer(0, 4);
    memory.probe.set(random.vector(memory.probe.length, () => random.real(size)));
    memory.support.set(random.vector(memory.support.length, () => random.unit() * size));
    memory.rest.set(random.vector(memory.rest.length, () => random.unit() * 2 ** -20));
    for (let j = 0; j < L; j++) memory.list[j] = j;
    for (const numbers of [memory.sums, memory.spread, memory.counts, memory.widest, memory.totals]) numbers.fill(0);
    const kept = decide(0, L, t * L, 0);
    memory.functionals.set(random.vector(memory.functionals.length, () => random.real()));
    if (kept > 0) sum(t * L, kept);
    const ends = memory.counts[DECIDED]!;
    all.push(kept, [...memory.counts], [...memory.sums], [...memory.spread], [...memory.widest], [...memory.totals]);
    all.push([...memory.decided.subarray(0, ends)], [...memory.pieces.subarray(0, ends)]);
    all.push([...memory.units.subarray(t * L, t * L + kept)], [...memory.widths.subarray(t * L, t * L + kept)]);
  }
  return all;
}

describe("the inner loops over units", () => {
  it("give the same numbers in WebAssembly and in loops, bit for bit", () => {
    let kept = 0;
    for (const [n, problem] of problems(60).entries()) {
      const fan = new Fan(problem.rows);
      const wasm = wasmUnits(problem, fan, STEPS)!;
      const loop = unitLoop(problem, fan, STEPS);
      const bound: UnitKernel = {
        memory: loop.memory,
        decide: (...args) => loop.decide(...args),
        sum: (...args) => loop.sum(...args),
      };
      const expected = run(bound, problem, Random.of(n, "enclosures of kernels"));
      expect(run(wasm, problem, Random.of(n, "enclosures of kernels"))).toEqual(expected);
      kept += loop.memory.widths.filter((x) => x > 0).length;
    }
    expect(kept).toBeGreaterThan(300);
  });
});
