import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Continuum, findFixedPoints, type Result } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { randomPlain } from "../support/singular.ts";
import { allDifferences } from "./differences.ts";
import { exactAnswer } from "./independent.ts";

/** |z₀| + |z₁| = 1: four segments. */
const ring = {
  A: [1, 1],
  U: [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ],
  V: [
    [1, 0],
    [1, 0],
    [1, 0],
    [1, 0],
  ],
  hx: [0, 0, 0, 0],
  hz: [1, 0],
};

/** The quadrant z₀ ≤ 0, z₁ ≤ 0. */
const quadrant = {
  A: [1, 1],
  U: [
    [1, 0],
    [0, 1],
  ],
  V: [
    [-0.5, 0],
    [0, -0.5],
  ],
  hx: [0, 0],
  hz: [0, 0],
};

describe("where continua lie", () => {
  it("is as the oracle has it, on random systems", async () => {
    const seen = { segments: 0, rays: 0, lines: 0, planes: 0, withLines: 0, several: 0, joined: 0 };
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(randomPlain(1, 3), randomPlain(2, 3), randomPlain(2, 4), randomPlain(3, 4), randomPlain(3, 5)),
        async (plain) => {
          const result = await findFixedPoints(plain, { method: "regions" });
          expect(allDifferences(result, exactAnswer({ ...plain }))).toEqual([]);
          for (const { dimension, ends, pieces } of result.continua) {
            if (dimension === 1) seen[(["lines", "rays", "segments"] as const)[ends!.vertices.length]!]++;
            else seen.planes++;
            if (dimension > 1 && pieces.some(({ lines }) => lines.length > 0)) seen.withLines++;
            if (pieces.length > 1) seen.several++;
          }
          for (const set of result.connectedSets ?? []) {
            if (set.continua.length > 1) seen.joined++;
          }
        },
      ),
      { seed: 22, numRuns: 400 },
    );
    for (const [what, count] of Object.entries(seen)) expect([what, count > 3]).toEqual([what, true]);
  });

  it("is the same for every method", async () => {
    for (const model of [ring, quadrant]) {
      const [first, ...others] = await Promise.all(
        (["regions", "search", "auto"] as const).map((method) => findFixedPoints(model, { method })),
      );
      expect(allDifferences(first!, exactAnswer(model))).toEqual([]);
      for (const { continua, connectedSets } of others) {
        expect({ continua, connectedSets }).toEqual({ continua: first!.continua, connectedSets: first!.connectedSets });
      }
    }
  });

  it("sees four segments close to a ring, and three not", async () => {
    const { continua, connectedSets } = await findFixedPoints(ring);
    expect(continua.map(({ ends }) => ends!.vertices)).toEqual([
      [
        [-1, 0],
        [0, -1],
      ],
      [
        [-1, 0],
        [0, 1],
      ],
      [
        [0, -1],
        [1, 0],
      ],
      [
        [0, 1],
        [1, 0],
      ],
    ]);
    expect(connectedSets).toMatchObject([
      { continua: [0, 1, 2, 3], bounded: true, closed: true, ends: { vertices: [], rays: [] } },
    ]);
    // relu(z₀) + |z₁| = 1: two segments, and for z₀ < 0 two rays
    const open = await findFixedPoints({ ...ring, V: [[1, 0], [0, 0], ...ring.V.slice(2)] });
    expect(open.connectedSets).toMatchObject([
      {
        continua: [0, 1, 2, 3],
        bounded: false,
        closed: false,
        ends: {
          vertices: [],
          rays: [
            [-1, 0],
            [-1, 0],
          ],
        },
      },
    ]);
  });

  it("sees two lines cross", async () => {
    // |z₀ + z₁| = |z₀ − z₁| on both axes
    const cross = {
      A: [1, 1],
      U: [
        [1, 1],
        [-1, -1],
        [1, -1],
        [-1, 1],
      ],
      V: [
        [1, 0],
        [1, 0],
        [-1, 0],
        [-1, 0],
      ],
      hx: [0, 0, 0, 0],
      hz: [0, 0],
    };
    const result = await findFixedPoints(cross);
    expect(allDifferences(result, exactAnswer(cross))).toEqual([]);
    expect(result.continua.map(({ ends, pieceCount }) => [ends!.rays, pieceCount])).toEqual([
      [
        [
          [0, -1],
          [0, 1],
        ],
        2,
      ],
      [
        [
          [-1, 0],
          [1, 0],
        ],
        2,
      ],
    ]);
    const rays = [
      [-1, 0],
      [0, -1],
      [0, 1],
      [1, 0],
    ];
    expect(result.connectedSets).toMatchObject([
      { continua: [0, 1], bounded: false, closed: false, ends: { vertices: [], rays } },
    ]);
  });

  it("would be told from what it is not", async () => {
    const complaints = async (
      model: Record<string, unknown>,
      change: (result: Result) => Partial<Result>,
    ): Promise<string[]> => {
      const result = await findFixedPoints(model as ModelInput, { method: "regions" });
      return allDifferences({ ...result, ...change(result) }, exactAnswer(model));
    };
    const first = (change: (continuum: Continuum) => Partial<Continuum>) => (result: Result) => ({
      continua: result.continua.map((continuum, c) => (c === 0 ? { ...continuum, ...change(continuum) } : continuum)),
    });
    const piece = (change: Partial<Continuum["pieces"][number]>) =>
      first(({ pieces }) => ({ pieces: pieces.map((each) => ({ ...each, ...change })) }));
    const set = (change: object) => (result: Result) => ({
      connectedSets: result.connectedSets!.map((each) => ({ ...each, ...change })),
    });
    for (const model of [ring, quadrant]) {
      expect(await complaints(model, () => ({}))).toEqual([]);
      for (const change of [
        first(({ bounded }) => ({ bounded: !bounded })),
        first(() => ({ pieceCount: 2 })),
        first(() => ({ pieces: [] })),
        first(() => ({ connectedSet: 1 })),
        piece({ region: [5] }),
        piece({ vertices: [[0, 0.5]] }),
        piece({ vertices: [] }),
        piece({ rays: [[1, 0]] }),
        piece({ lines: [[1, 0]] }),
        piece({ omitted: "too many vertices and rays" }),
        piece({ exact: { vertices: [["0", "0"]], rays: [], lines: [] } }),
        set({ continua: [1] }),
        set({ bounded: model !== ring }),
        set({ closed: model !== ring }),
        set({ ends: { vertices: [[0, 0]], rays: [], lines: [] } }),
        () => ({ connectedSets: [] }),
      ]) {
        expect(await complaints(model, change)).not.toEqual([]);
      }
    }
    expect(
      await complaints(
        ring,
        first(({ ends }) => ({ ends: { ...ends!, vertices: [] } })),
      ),
    ).toHaveLength(1);
  });
});
