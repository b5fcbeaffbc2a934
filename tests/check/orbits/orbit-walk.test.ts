import { describe, expect, it } from "vitest";
import type { OrbitBox } from "../../../src/check/orbits/functional.ts";
import { type OrbitMap, orbitMap } from "../../../src/check/orbits/orbit-map.ts";
import { OP, ProofStream } from "../../../src/check/orbits/orbit-proof.ts";
import { functionalLength, orbitRoots, partsOf, walkOrbits } from "../../../src/check/orbits/orbit-walk.ts";
import { mapOf, randomMap } from "../../cycles/systems.ts";
import { Random } from "../../support/random.ts";

/** k points in homogeneous coordinates, and what each unit sees of them. */
interface Points {
  readonly w: readonly (readonly number[])[];
  readonly tau: number;
}

function seen({ U, h, dim: R, count: N }: OrbitMap, { w, tau }: Points): number[] {
  return w.flatMap((point) =>
    Array.from({ length: N }, (_, j) => point.reduce((sum, x, i) => sum + U[j * R + i]! * x, -h[j]! * tau)),
  );
}

const ROOM = 1e-9;
const isWithin = (x: number, low: number, high: number): boolean => x >= low - ROOM && x <= high + ROOM;

function holds(map: OrbitMap, box: OrbitBox, points: Points): boolean {
  const s = seen(map, points);
  const leads = box.lead < 0 || points.w.every((_, t) => s[box.lead]! >= s[t * map.count + box.lead]! - ROOM);
  return (
    leads &&
    isWithin(points.tau, box.tauLow, box.tauHigh) &&
    points.w.flat().every((x, at) => isWithin(x, box.wLow[at]!, box.wHigh[at]!)) &&
    s.every((x, n) => isWithin(x, box.low[n]!, box.high[n]!))
  );
}

/** The rotations of k points of the plain space z, divided by their largest coordinate if that is above 1. */
function rotations(z: readonly (readonly number[])[]): Points[] {
  const most = Math.max(1, ...z.flat().map(Math.abs));
  return z.map((_, r) => ({
    w: [...z.slice(r), ...z.slice(0, r)].map((point) => point.map((x) => x / most)),
    tau: 1 / most,
  }));
}

function drawn(random: Random) {
  const [R, N, k] = [random.integer(1, 3), random.integer(1, 4), random.integer(1, 4)];
  const map = orbitMap(randomMap(random, R, N), new Int32Array(R));
  const size = 2 ** random.integer(-2, 6);
  const z = Array.from({ length: k }, () => random.vector(R, () => size * random.real()));
  return { map, k, z, lead: k > 1 ? random.integer(-1, N - 1) : -1 };
}

describe("the roots of trees over orbits", () => {
  it("hold a rotation of any points whatever, and one fewer would not", () => {
    const missing = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      const { map, k, z, lead } = drawn(Random.of(i, "roots"));
      const within = orbitRoots(map, k, lead).map((root) => rotations(z).some((points) => holds(map, root, points)));
      expect(within).toContain(true);
      const only = within.indexOf(true);
      if (within.lastIndexOf(true) === only && map.dim === 2) missing.add(only);
    }
    // points that are in a single root, for each root of a plane
    expect([...missing].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it("lose no point where signs are taken over or a sign is cut", () => {
    let taken = 0;
    for (let i = 0; i < 2000; i++) {
      const random = Random.of(i, "parts");
      const { map, k, z } = drawn(random);
      const [points] = rotations(z) as [Points];
      const box = orbitRoots(map, k, -1).find((root) => holds(map, root, points));
      if (box === undefined) continue;
      let here = box;
      for (let step = 0; step < 6; step++) {
        const parts = partsOf(here, random.integer(0, here.low.length - 1));
        here = random.pick(parts.filter((part) => holds(map, part, points)));
        expect(here).toBeDefined();
        const before = here.low.join() + here.high.join();
        map.parallels.propagate(here.low, here.high, map.count);
        if (here.low.join() + here.high.join() !== before) taken++;
        expect(holds(map, here, points)).toBe(true);
      }
    }
    expect(taken).toBeGreaterThan(20);
  });
});

describe("a tree over orbits", () => {
  /** z ↦ z/2, with a unit that does nothing: one orbit, at 0, in the words of both signs. */
  const map = orbitMap(mapOf([[0.5]], [[1]], [[0]], [0], [0]), [0]);
  const run = (ops: number[], functionals: number[][], listed: (word: Uint32Array) => boolean = () => true): void => {
    const list = (data: number[]) => ({ data, shape: [data.length] });
    const units = ops.filter((op) => op >= OP.split).map(() => 0);
    const values = ops.filter((op) => op > OP.split).map(() => 0.5);
    const arrays = { ops, units, values, functionals: functionals.flat() };
    const stream = new ProofStream(new Map(Object.entries(arrays).map(([name, data]) => [name, list(data)])));
    walkOrbits(map, 1, -1, stream, listed);
    stream.end();
  };
  // −w/2 = 0 can't be with w = 1: −λ w/2 > 0 for λ < 0; with w = −1 for λ > 0. Then no slope and no lead.
  const [up, down] = [
    [-1, 0, 0],
    [1, 0, 0],
  ];
  const words = [OP.split, OP.word, OP.word];

  it("ends where all of it is a word or empty", () => {
    expect(functionalLength(map, 1)).toBe(3);
    const masks: number[] = [];
    run([...words, OP.empty, OP.empty], [up, down], (word) => masks.push(word[0]!) > 0);
    expect(masks).toEqual([0, 1]);
  });

  it.each([
    ["a word that is not listed", words, () => false, "not listed"],
    ["a word with a sign left", [OP.word], undefined, "not decided"],
    ["a root that is called empty and is not", [OP.empty], undefined, "not shown"],
    ["a range that is not crossed", [OP.crossed], undefined, "no crossed range"],
    ["a bound that does not hold", [OP.above, OP.word], undefined, "not shown"],
    ["an op that is none", [6], undefined, "unknown"],
    ["an end too early", words, undefined, "too few ops"],
  ] as const)("is refused with %s", (_, ops, listed, because) => {
    expect(() => run([...ops, ...(ops === words ? [] : [OP.empty, OP.empty])], [up, down], listed)).toThrow(because);
  });

  it("is refused with the functional of another face, and with one too many", () => {
    expect(() => run([...words, OP.empty, OP.empty], [down, up])).toThrow("not shown");
    expect(() => run([...words, OP.empty, OP.empty], [up, down, up])).toThrow("left over");
    expect(() => run([...words, OP.empty, OP.empty, OP.empty], [up, down, up])).toThrow("left over");
  });
});
