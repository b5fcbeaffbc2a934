import { describe, expect, it } from "vitest";
import type { ConnectedSet, Continuum, FixedPoint, Result } from "../../src/base/result.ts";
import { csvLines } from "../../src/formats/write/write-csv.ts";
import { JsonDocument, prettyJson } from "../../src/formats/write/write-json.ts";
import { writeNpz } from "../../src/formats/write/write-npz.ts";
import { directionsText, formatSeconds, writeText } from "../../src/formats/write/write-text.ts";

const point = (z: readonly number[], more: Partial<FixedPoint> = {}): FixedPoint => ({
  z,
  active: [0, 2],
  ties: [],
  status: "certified",
  error: 0,
  eigenvalues: [[0.5, 0]],
  spectralRadius: 0.5,
  stability: "stable",
  ...more,
});

const result = (more: Partial<Result> = {}): Result => ({
  schema: "stillpoint/result@1",
  model: { name: "net", kind: "shPLRNN", latentDim: 2, units: 5, hyperplanes: 5, rank: 2, sha256: "0".repeat(64) },
  fixedPoints: [],
  continua: [],
  complete: true,
  method: "regions",
  backend: "cpu",
  adapter: null,
  counts: { masks: 16 },
  seconds: { total: 0.25 },
  provenance: { version: "0", options: {}, runtime: "test", date: "2000-01-01" },
  ...more,
});

describe("200,000 fixed points", () => {
  // more than go on the stack as arguments of one call
  const near = { margin: 2, because: ["eigenvalue" as const], precision: "float64" as const };
  const fixedPoints = Array.from({ length: 200_000 }, (_, i) => point([i, -i], { nearlyDegenerate: near }));
  const many = result({ fixedPoints });

  it("are written as text, CSV and NPZ", () => {
    expect(writeText(many).split("\n").length).toBeGreaterThan(fixedPoints.length);
    expect([...csvLines([many])]).toHaveLength(fixedPoints.length + 1);
    expect(writeNpz([many]).length).toBeGreaterThan(fixedPoints.length);
  });
});

describe("text", () => {
  it("lines numbers up and shows what decimals would hide", () => {
    const points = [point([-10.5, 0]), point([3.25, 1e-7], { stability: "saddle", spectralRadius: 1.25 })];
    expect(writeText(result({ fixedPoints: points }))).toMatchInlineSnapshot(`
      "net  shPLRNN, R = 2, 5 units

        #        z0          z1  stability  max |λ|  active
        0  -10.5000    0.000000  stable     0.50000       2
        1    3.2500  1.00000e-7  saddle     1.25000       2

      2 fixed points. Complete: proved that there are no others. (regions on cpu, 16 regions, 0.25 s)
      "
    `);
  });
  it("ties, many coordinates, continua and virtual points", () => {
    const z = [1, 2, 3, 4, 5, 6, 7, 8];
    const text = writeText(
      result({
        model: { ...result().model, latentDim: 8, hyperplanes: 10, rank: 5 },
        fixedPoints: [point(z, { ties: [0, 1, 2, 3, 4, 5, 6, 7] })],
        continua: [
          {
            dimension: 1,
            point: z,
            basis: [[1, 0, 0, 0, 0, 0, 0, 0.5]],
            regions: [[1], [2]],
            transverse: [],
            bounded: false,
            pieceCount: 2,
            pieces: [],
            ends: {
              vertices: [],
              rays: [
                [-1, 0, 0, 0, 0, 0, 0, -0.5],
                [1, 0, 0, 0, 0, 0, 0, 0.5],
              ],
              lines: [],
            },
          },
        ],
        virtualFixedPoints: Array.from({ length: 30 }, () => ({ z, region: [0], eigenvalues: [] })),
      }),
    );
    expect(text).toMatchInlineSnapshot(`
      "net  shPLRNN, R = 8, 5 units, 10 hyperplanes, rank 5

        #       z0       z1       z2       z3       z4       z5  …  stability   max |λ|  active  on hyperplanes
        0  1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …  stable     0.500000       2  0 1 2 3 4 5 … (8)

        line through (1, 2, 3, 4, 5, 6, …) along (1, 0, 0, 0, 0, 0, …), in 2 regions

      z has 8 coordinates, the first 6 are shown; --format json has all.

      30 virtual fixed points
             z0       z1       z2       z3       z4       z5  …  active
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        1.00000  2.00000  3.00000  4.00000  5.00000  6.00000  …       1
        … and 10 more; --format json has all.

      1 fixed point and 1 continuum. Complete: proved that there are no others. (regions on cpu, 16 regions, 0.25 s)
      "
    `);
  });
  it("tells a ray from a segment and a line, and shows what hangs together", () => {
    const place = { transverse: [], regions: [[]], pieceCount: 1, pieces: [] };
    const line = (vertices: number[][], rays: number[][]): Continuum => ({
      ...place,
      dimension: 1,
      point: vertices[0] ?? [0, 0.5],
      basis: [[1, 1]],
      bounded: rays.length === 0,
      ends: { vertices, rays, lines: [] },
    });
    const segment = line(
      [
        [-1, 0],
        [0, 1 / 3],
      ],
      [],
    );
    const ray = line([[0, -2]], [[-1, -1]]);
    const whole = line(
      [],
      [
        [-1, -1],
        [1, 1],
      ],
    );
    const plane = (more: Partial<Continuum>): Continuum => ({
      ...place,
      dimension: 2,
      point: [0, 0],
      basis: [
        [1, 0],
        [0, 1],
      ],
      bounded: false,
      ...more,
    });
    const corner = { region: [], vertices: [[0, 0]], rays: [[1, 0]], lines: [] };
    const shown = (continua: readonly Continuum[], connectedSets?: readonly ConnectedSet[]): string[] =>
      writeText(result({ continua, ...(connectedSets && { connectedSets }) }))
        .split("\n")
        .slice(2, -1);
    expect(
      shown([
        segment,
        ray,
        whole,
        plane({ pieces: [corner] }),
        plane({ pieces: [{ ...corner, vertices: [corner.vertices[0]!, [0, 1]], rays: [] }], bounded: true }),
        plane({ pieces: [{ ...corner, lines: [[0, 1]] }] }),
        plane({
          pieces: [
            {
              ...corner,
              rays: [],
              lines: [
                [1, 0],
                [0, 1],
              ],
            },
          ],
        }),
        plane({ pieces: [corner, corner], pieceCount: 1234, regions: [[], [0]] }),
        plane({ pieces: [{ ...corner, vertices: [], rays: [], omitted: "too many vertices and rays" }] }),
        { ...ray, ends: { vertices: [], rays: [], lines: [], omitted: "past the largest float64" } },
      ]).slice(0, -2),
    ).toEqual([
      "  segment from (-1, 0) to (0, 0.333333), in 1 region",
      "  ray from (0, -2) along (-1, -1), in 1 region",
      "  line through (0, 0.5) along (1, 1), in 1 region",
      "  piece of a plane through (0, 0) along (1, 0), (0, 1), unbounded, with 1 vertex and 1 ray, in 1 region",
      "  piece of a plane through (0, 0) along (1, 0), (0, 1), bounded, with 2 vertices, in 1 region",
      "  piece of a plane through (0, 0) along (1, 0), (0, 1), unbounded, with lines along (0, 1), in 1 region",
      "  whole plane through (0, 0) along (1, 0), (0, 1), in 1 region",
      "  piece of a plane through (0, 0) along (1, 0), (0, 1), unbounded, of 1,234 convex pieces, in 2 regions",
      "  piece of a plane through (0, 0) along (1, 0), (0, 1), unbounded, in 1 region",
      "  piece of a line through (0, -2) along (1, 1), with an end past the largest float64, in 1 region",
    ]);
    const set = (continua: number[], closed: boolean): ConnectedSet => ({ continua, bounded: closed, closed });
    expect(
      shown(
        [segment, ray, segment, plane({ pieces: [corner] }), whole],
        [set([0, 2], true), set([1, 3], false), set([4], false)],
      ),
    ).toEqual([
      "  closed ring of 2 segments:",
      "    segment from (-1, 0) to (0, 0.333333), in 1 region",
      "    segment from (-1, 0) to (0, 0.333333), in 1 region",
      "  connected set of 1 ray and 1 plane piece, unbounded:",
      "    ray from (0, -2) along (-1, -1), in 1 region",
      "    piece of a plane through (0, 0) along (1, 0), (0, 1), unbounded, with 1 vertex and 1 ray, in 1 region",
      "  line through (0, 0.5) along (1, 1), in 1 region",
      "",
      "0 fixed points and 5 continua in 3 connected sets. Complete: proved that there are no others. (regions on cpu, 16 regions, 0.25 s)",
    ]);
    const many = new Array<Continuum>(30).fill(segment);
    const capped = shown(many, [set([...many.keys()], true)]);
    expect(capped).toHaveLength(1 + 20 + 1 + 2);
    expect([capped[0], capped[21]]).toEqual(["  closed ring of 30 segments:", "  … and 10 more"]);
    // of earlier versions
    const { bounded: _, pieceCount: __, pieces: ___, ends: ____, ...old } = ray;
    expect(shown([old as Continuum])[0]).toBe("  piece of a line through (0, -2) along (1, 1), in 1 region");
  });
  it("never says complete of what is not", () => {
    const text = writeText(result({ complete: false, incompleteBecause: "the time budget ended" }));
    expect(text).toMatch(/0 fixed points\. INCOMPLETE, there may be more: the time budget ended\./);
    expect(text).not.toMatch(/Complete|proved/);
  });
  it("shows the spectral abscissa in continuous time", () => {
    const { spectralRadius: _, ...rest } = point([0, 0]);
    expect(writeText(result({ fixedPoints: [{ ...rest, spectralAbscissa: -0.125 }] }))).toMatch(
      /max Re λ[\s\S]*-0\.125000/,
    );
  });
  it("keeps control characters of names off the terminal", () => {
    const text = writeText(result({ model: { ...result().model, name: "a\u001b[31m\nb" } }));
    expect(text).not.toContain("\u001b");
    expect(text.split("\n")[0]).toMatch(/^a\\x1b\[31m\\x0ab {2}/);
  });
});

describe("directions in text", () => {
  it("are counted, the unstable first, and left out where the sides of a tie differ", () => {
    expect(directionsText({ directions: { stable: 2, neutral: 1, unstable: 1 } })).toBe("1u 1n 2s");
    expect(directionsText({ directions: { stable: 0, neutral: 0, unstable: 0, undecided: 22 } })).toBe("22?");
    const points = [point([0, 0]), point([1, 0], { directions: { stable: 2, neutral: 0, unstable: 0 } })];
    expect(writeText(result({ fixedPoints: points }))).toMatch(
      / stability {2}directions {3}max[\s\S]* stable {17}0\.5[\s\S]* stable {5}2s/,
    );
    expect(writeText(result({ fixedPoints: [point([0, 0])] }))).not.toContain("directions");
  });
});

describe("json", () => {
  it("is JSON, with lists of numbers on one line", () => {
    const value = { a: Array.from({ length: 60 }, (_, i) => i / 7), b: [{ c: 1, d: undefined }], e: "x".repeat(120) };
    const text = prettyJson(value);
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(text.split("\n")).toHaveLength(5);
  });
});

describe("a JSON document in pieces", () => {
  it.each([0, 1, 2, 3])("of %i values", (count) => {
    const document = new JsonDocument();
    const values = Array.from({ length: count }, (_, i) => ({ i }));
    const text = [...values.flatMap((value) => [...document.add(value)]), ...document.end()].join("");
    expect(JSON.parse(text)).toEqual(count === 1 ? values[0] : values);
    expect(text.endsWith("\n")).toBe(true);
  });
});

const near = { margin: 3.5, because: ["hyperplane", "neighbour"], precision: "float32" } as const;

describe("points at a knife's edge", () => {
  it("are named in a line of the text, and no line says so of others", () => {
    const points = [point([0, 0]), point([1, 0], { nearlyDegenerate: near })];
    expect(writeText(result({ fixedPoints: points }))).toContain(
      "\n\nNearly degenerate: 1 point (#1), within 3.5 rounding errors of the model's float32 numbers of another answer (hyperplane, neighbour).\n",
    );
    expect(writeText(result({ fixedPoints: [point([0, 0])] }))).not.toContain("degenerate");
  });
});

describe("csv", () => {
  it("quotes, fills up and writes numbers so that they read back", () => {
    const a = result({
      model: { ...result().model, name: 'a "b", c' },
      fixedPoints: [
        point([0.1 + 0.2, -1e-300], {
          ties: [1, 3],
          directions: { stable: 2, neutral: 1, unstable: 0 },
          nearlyDegenerate: near,
        }),
      ],
    });
    const b = result({
      model: { ...result().model, latentDim: 1 },
      fixedPoints: [point([2])],
      complete: false,
      incompleteBecause: "cancelled",
    });
    expect([...csvLines([a, b])].join("")).toBe(
      "model,index,status,stability,spectral,stable,neutral,unstable,margin,because,active,ties,complete,z0,z1\n" +
        '"a ""b"", c",0,certified,stable,0.5,2,1,0,3.5,hyperplane; neighbour,2,1 3,true,0.30000000000000004,-1e-300\n' +
        "net,0,certified,stable,0.5,,,,,,2,,false,2,\n",
    );
  });
  it("has no name that a spreadsheet would run as a formula, and no apostrophe before a number", () => {
    const nameOf = (name: string): string =>
      [...csvLines([result({ model: { ...result().model, name }, fixedPoints: [point([-1, 2])] })])][1]!;
    for (const name of ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1"]) {
      expect(nameOf(name).replace(/^"/, "")).toMatch(/^'/);
    }
    for (const name of ["net", "a=1", "1-2", "'=1"])
      expect(nameOf(name)).toBe(`${name},0,certified,stable,0.5,,,,,,2,,true,-1,2\n`);
  });
});

it("seconds as people say them", () => {
  expect([0.0123, 0.5, 34.4, 200, 3600, 7500, 273600, 3.2e9, Infinity].map(formatSeconds)).toEqual([
    "0.012 s",
    "0.50 s",
    "34 s",
    "3 min 20 s",
    "1 h",
    "2 h 5 min",
    "3 d 4 h",
    "101 years",
    "ages",
  ]);
});
