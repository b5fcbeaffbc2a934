import { describe, expect, it } from "vitest";
import { solvePart } from "../../src/api/parts.ts";
import { findFixedPoints, type Result } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import { Engine } from "../../src/run/engine.ts";
import { Random } from "../support/random.ts";

/** Every number anywhere in a value, and null for what JSON makes of one that is none. */
function numbersIn(value: unknown): (number | null)[] {
  if (typeof value === "number" || value === null) return [value];
  return typeof value === "object" ? Object.values(value).flatMap(numbersIn) : [];
}

/** What is listed as it comes out of JSON, without null for a number. */
function listed(result: Result): Pick<Result, "fixedPoints" | "continua" | "virtualFixedPoints"> {
  const { fixedPoints, continua, virtualFixedPoints } = result;
  const text = JSON.parse(JSON.stringify({ fixedPoints, continua, virtualFixedPoints }));
  expect(numbersIn(text).filter((x) => x === null || !Number.isFinite(x))).toEqual([]);
  return text;
}

interface Plain {
  readonly M: number[][];
  readonly U: number[][];
  readonly V: number[][];
  readonly h: number[];
  readonly g: number[];
}

function randomPlain(random: Random, singular: boolean): Plain {
  const draw = (): number => random.integer(-4, 4) / 4;
  const M = random.matrix(2, 2, draw);
  if (singular) M[1] = M[0]!.map((x) => 2 * x);
  return {
    M,
    U: random.matrix(3, 2, draw),
    V: singular ? random.matrix(3, 1, draw).map(([v]) => [v!, 2 * v!]) : random.matrix(3, 2, draw),
    h: random.vector(3, draw),
    g: singular ? [1, 2] : random.vector(2, draw),
  };
}

/** The same system for z' = (2^k0 z0, 2^k1 z1), its equations times 2^d. */
function scaled({ M, U, V, h, g }: Plain, k: readonly [number, number], d: number): object {
  return {
    kind: "continuous",
    A: M.map((row) => row.map((x, j) => x * 2 ** (d - k[j]!))),
    U: U.map((row) => row.map((x, j) => x * 2 ** -k[j]!)),
    V: V.map((row) => row.map((x) => x * 2 ** d)),
    hx: h,
    hz: g.map((x) => x * 2 ** d),
  };
}

describe("an answer past the largest float64", () => {
  it("lists what the same model in other units has, as far as there are numbers for it, and is else incomplete", async () => {
    const seen = { points: 0, lostPoints: 0, continua: 0, lostContinua: 0 };
    for (let seed = 1; seed <= 120; seed++) {
      const random = new Random(seed);
      const plain = randomPlain(random, seed % 3 === 0);
      const truth = await findFixedPoints(scaled(plain, [0, 0], 0) as ModelInput, { method: "regions" });
      expect(truth.complete).toBe(true);
      const k = random.pick([
        [1022, -20],
        [1023, 1000],
        [-25, 1023],
      ] as const);
      const result = await findFixedPoints(scaled(plain, k, -10) as ModelInput, { method: "regions" });
      const factor = (x: number, j: number): number => x * 2 ** k[j]!;
      const points = truth.fixedPoints.map(({ z }) => z.map(factor));
      const finite = points.filter((z) => z.every(Number.isFinite));
      const { fixedPoints, continua } = listed(result);
      expect(fixedPoints.map(({ z }) => z)).toEqual(finite);
      // the point nearest to the origin is another one in other units, so that continua are counted only
      const lost = truth.continua.length - continua.length;
      seen.points += finite.length;
      seen.lostPoints += points.length - finite.length;
      seen.continua += continua.length;
      seen.lostContinua += lost;
      expect([seed, result.complete]).toEqual([seed, finite.length === points.length && lost === 0]);
      if (!result.complete) expect(result.incompleteBecause).toMatch(/^past the largest float64 .* rescale the model$/);
    }
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5);
  });

  it("is incomplete where the point of a line is, and says what it lacks", async () => {
    const model = {
      kind: "continuous",
      A: [
        [0, 0],
        [0, 1e-230],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [1],
      hz: [0, 1e90],
    };
    for (const method of ["regions", "search", "auto"] as const) {
      const result = await findFixedPoints(model as ModelInput, { method });
      expect(listed(result).continua).toEqual([]);
      expect(result).toMatchObject({
        complete: false,
        incompleteBecause: "past the largest float64 (about 1.8e308), so not listed: 1 continuum; rescale the model",
      });
    }
  });

  it("is incomplete where a line's direction is: (1, 1e390), by its echelon form", async () => {
    const steep = {
      kind: "continuous",
      A: [
        [1e90, -1e-300],
        [0, 0],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [1],
      hz: [0, 0],
    };
    const result = await findFixedPoints(steep as ModelInput);
    expect(listed(result).continua).toEqual([]);
    expect(result.incompleteBecause).toContain("1 continuum");
    // the other way round it rounds to (1, 0), which is right
    const flat = {
      ...steep,
      A: [
        [-1e-300, 1e90],
        [0, 0],
      ],
    };
    const { continua, complete } = await findFixedPoints(flat as ModelInput);
    expect({ complete, basis: continua.map(({ basis }) => basis) }).toEqual({ complete: true, basis: [[[1, 0]]] });
  });

  it("lacks nothing where only the end of a listed ray lies out there", async () => {
    // relu(1e-230 z − 1e90) = 0 for all z up to 1e320, which is a point of its own to the region beyond
    const ray = { kind: "continuous", A: [[0]], U: [[1e-230]], V: [[1]], hx: [1e90], hz: [0] };
    const result = await findFixedPoints(ray as ModelInput);
    expect(listed(result)).toMatchObject({ fixedPoints: [], continua: [{ point: [0], basis: [[1]] }] });
    expect(result.complete).toBe(true);
  });

  it("is incomplete where a virtual fixed point was asked for that lies out there, in parts too", async () => {
    // below both hyperplanes the candidate is 1e90/1e-230
    const far = { kind: "continuous", A: [[-1e-230]], U: [[1], [1]], V: [[0], [-1]], hx: [1, 2], hz: [-1e90] };
    const result = await findFixedPoints(far as ModelInput, { virtual: true });
    expect(listed(result).virtualFixedPoints!.length).toBeLessThan(2);
    expect(result.incompleteBecause).toMatch(/so not listed: [12] virtual fixed points?; rescale/);
    const part = await solvePart(await parseValue(far), { index: 1, of: 1 }, { virtual: true }, new Engine({}));
    expect(part).toMatchObject({ complete: false, incompleteBecause: result.incompleteBecause });
  });
});

describe("an answer below the smallest float64", () => {
  it("rounds to 0, and two lines that round alike stay two", async () => {
    // 1e80 |y| = 1e-300, x free
    const lines = {
      kind: "continuous",
      A: [
        [0, 0],
        [0, -1e80],
      ],
      U: [[0, 1e90]],
      V: [[0, 2e-10]],
      hx: [0],
      hz: [0, 1e-300],
    };
    const { continua, fixedPoints, complete } = await findFixedPoints(lines as ModelInput);
    expect(complete).toBe(true);
    expect(fixedPoints).toEqual([]);
    expect(continua.map(({ point, basis }) => ({ point: point.map(Math.abs), basis }))).toEqual(
      new Array(2).fill({ point: [0, 0], basis: [[1, 0]] }),
    );
    // negative control: where there is one line only, one is given
    const one = await findFixedPoints({ ...lines, V: [[0, 0]] } as ModelInput);
    expect(one.continua).toHaveLength(1);
  });
});
