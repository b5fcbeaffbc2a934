import { describe, expect, it } from "vitest";
import {
  clipPolygon,
  lineInside,
  type Point,
  planarCells,
  planarStability,
  rectangle,
  simplified,
  zeroCurve,
} from "../../src/plot/geometry.ts";
import { linearScale, padded, tickLabel, ticks } from "../../src/plot/scale.ts";
import { fitted, textWidth, wrap } from "../../src/plot/style.ts";
import { plainSystem } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";

const VIEW = { x: { from: -2, to: 3 }, y: { from: -1, to: 4 } };

function area(corners: readonly Point[]): number {
  return (
    Math.abs(
      corners.reduce((sum, [x, y], i) => {
        const [p, q] = corners[(i + 1) % corners.length]!;
        return sum + x * q - p * y;
      }, 0),
    ) / 2
  );
}

function lines(n: number) {
  const random = new Random(3);
  return plainSystem({
    A: [
      [0.5, 0],
      [0, 0.5],
    ],
    U: random.matrix(n, 2, () => random.normal()),
    V: random.matrix(n, 2, () => random.normal()),
    hx: random.vector(n, () => random.normal()),
    hz: [0, 0],
  });
}

describe("regions of the plane", () => {
  it("fill the view without overlap", () => {
    for (const n of [1, 5, 12]) {
      const cells = planarCells(lines(n), VIEW, 1000)!;
      expect(cells.reduce((sum, { corners }) => sum + area(corners), 0)).toBeCloseTo(25, 9);
    }
  });
  it("are one more than the lines and the crossings in view", () => {
    for (const n of [3, 8, 15]) {
      const system = lines(n);
      const [u, h] = [(j: number) => system.U.subarray(2 * j, 2 * j + 2), system.h.rounded];
      let expected = 1;
      for (let i = 0; i < n; i++) {
        const sides = rectangle(VIEW).map(([x, y]) => u(i)[0]! * x + u(i)[1]! * y > h[i]!);
        if (sides.some((side) => side !== sides[0])) expected++;
        for (let j = 0; j < i; j++) {
          const det = u(i)[0]! * u(j)[1]! - u(i)[1]! * u(j)[0]!;
          const x = (h[i]! * u(j)[1]! - u(i)[1]! * h[j]!) / det;
          const y = (u(i)[0]! * h[j]! - h[i]! * u(j)[0]!) / det;
          if (x > VIEW.x.from && x < VIEW.x.to && y > VIEW.y.from && y < VIEW.y.to) expected++;
        }
      }
      expect(planarCells(system, VIEW, 1000)).toHaveLength(expected);
    }
  });
  it("are not listed past the limit", () => {
    expect(planarCells(lines(12), VIEW, 10)).toBeUndefined();
  });
  it("are clipped on either side of a line", () => {
    const square = rectangle(VIEW);
    expect(area(clipPolygon(square, 1, 0, 0))).toBeCloseTo(10, 12);
    expect(area(clipPolygon(square, -1, 0, 0))).toBeCloseTo(15, 12);
    expect(clipPolygon(square, 1, 0, -5)).toEqual([]);
    expect(clipPolygon(square, 1, 0, 9)).toEqual(square);
  });
});

describe("a zero curve", () => {
  const grid = Array.from({ length: 81 }, (_, i) => -2 + i / 20);
  const values = (f: (x: number, y: number) => number) =>
    Float64Array.from(grid.flatMap((y) => grid.map((x) => f(x, y))));
  it("of a circle is one closed line on it", () => {
    const curves = zeroCurve(
      values((x, y) => x * x + y * y - 1.7),
      grid,
      grid,
    );
    expect(curves).toHaveLength(1);
    expect(curves[0]!.at(0)).toEqual(curves[0]!.at(-1));
    for (const [x, y] of curves[0]!) expect(Math.hypot(x, y)).toBeCloseTo(Math.sqrt(1.7), 3);
  });
  it("of a line is one open line, and straight after simplification", () => {
    const curves = zeroCurve(
      values((x, y) => x - 0.3 * y + 0.013),
      grid,
      grid,
    );
    expect(curves).toHaveLength(1);
    expect(simplified(curves[0]!, 1e-9)).toHaveLength(2);
  });
  it("of two lines that cross has no end inside", () => {
    const curves = zeroCurve(
      values((x, y) => (x - 0.51) * (y + 0.3)),
      grid,
      grid,
    );
    const inside = ([x, y]: Point): boolean => Math.max(Math.abs(x), Math.abs(y)) < 1.99;
    for (const curve of curves) expect([curve[0]!, curve.at(-1)!].some(inside)).toBe(false);
  });
});

describe("the class of a planar map", () => {
  it("is that of its eigenvalues", () => {
    const discrete = (a: number[]) => planarStability([a[0]! - 1, a[1]!, a[2]!, a[3]! - 1], "discrete");
    expect(discrete([0.5, 0, 0, -0.5])).toBe("stable");
    expect(discrete([1.5, 0, 0, -0.5])).toBe("saddle");
    expect(discrete([0, -1.2, 1.2, 0])).toBe("unstable");
    expect(discrete([1, 0, 0, 0.5])).toBe("marginal");
    expect(planarStability([-1, -5, 5, -1], "continuous")).toBe("stable");
    expect(planarStability([-1, 0, 0, 2], "continuous")).toBe("saddle");
  });
});

describe("a line in a region", () => {
  it("is cut where it leaves", () => {
    const rows = [
      { normal: [1, 0], bound: 2 },
      { normal: [-1, 0], bound: 1 },
      { normal: [0, 1], bound: 5 },
    ];
    expect(lineInside([0, 0], [1, 0], rows)).toEqual([-1, 2]);
    expect(lineInside([0, 6], [1, 0], rows)).toBeUndefined();
    expect(lineInside([0, 0], [0, 1], rows)).toEqual([Number.NEGATIVE_INFINITY, 5]);
  });
});

describe("axes", () => {
  it("have round ticks inside their extent", () => {
    expect(ticks(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(ticks(0.013, 0.0191, 5)).toEqual([0.014, 0.016, 0.018]);
    for (const [from, to] of [
      [1e-9, 3e-9],
      [-5e7, 1e8],
      [3, 3.0001],
    ] as const) {
      const list = ticks(from, to, 5);
      expect(list.length).toBeGreaterThan(1);
      for (const at of list) expect(at >= from - 1e-9 * Math.abs(from) && at <= to + 1e-9 * Math.abs(to)).toBe(true);
    }
  });
  it("label numbers shortly, with a true minus", () => {
    expect([0, -0.5, 1500, 1e6, -2.5e-7].map(tickLabel)).toEqual(["0", "−0.5", "1500", "1e6", "−2.5e−7"]);
  });
  it("map both ways", () => {
    const scale = linearScale(-2, 3, 100, 0);
    expect([scale(-2), scale(3), scale.invert(scale(0.7))].map((x) => Number(x.toFixed(12)))).toEqual([100, 0, 0.7]);
  });
  it("give a single value room", () => {
    expect(padded({ from: 4, to: 4 }, 0.1)).toEqual({ from: 2, to: 6 });
    expect(padded({ from: 0, to: 0 }, 0.1)).toEqual({ from: -0.5, to: 0.5 });
  });
});

describe("text", () => {
  it("is cut in the middle and wrapped at spaces to fit", () => {
    const long = "a long name of a model ".repeat(10);
    expect(textWidth(fitted(long, 200))).toBeLessThanOrEqual(200);
    expect(fitted("short", 200)).toBe("short");
    expect(wrap("one two three", 1)).toEqual(["one", "two", "three"]);
    expect(wrap("", 100)).toEqual([]);
  });
});
