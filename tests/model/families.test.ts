import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromNumber } from "../../src/model/dyadic.ts";
import { parseModel, parseValue } from "../../src/model/parse.ts";
import { evaluate } from "../../src/model/system.ts";
import { definingMap, exactG, type Raw } from "./exact-map.ts";

const RUNS = { seed: 20240611, numRuns: process.env.STILLPOINT_FULL === "1" ? 2000 : 120 };

const number = fc.oneof(
  fc.double({ min: -8, max: 8, noNaN: true }),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.1, -0.3, 1 / 3, 1e-200, -5e-324, 1e60),
);
const vector = (n: number) => fc.array(number, { minLength: n, maxLength: n });
const matrix = (rows: number, cols: number) => fc.array(vector(cols), { minLength: rows, maxLength: rows });
const size = fc.integer({ min: 1, max: 4 });
const square = (n: number) => fc.oneof(vector(n), matrix(n, n));
const activation = fc.oneof(
  fc.constant("relu"),
  fc.constant("hardtanh"),
  fc.record({ leaky: number }),
  fc.uniqueArray(number, { minLength: 1, maxLength: 4, comparator: "SameValueZero" }).chain((b) =>
    fc.record({
      breakpoints: fc.constant([...b].sort((x, y) => x - y)),
      slopes: vector(b.length + 1),
    }),
  ),
);

/** The optional keys of every family. */
const extras = (latentDim: number, units: number) =>
  fc
    .integer({ min: 1, max: 2 })
    .chain((K) =>
      fc.oneof(
        fc.record({ activation }, { requiredKeys: [] }),
        fc.record({ activation, C: matrix(latentDim, K), s: vector(K) }, { requiredKeys: ["C"] }),
        fc.record({ activation, Wu: matrix(units, K), s: vector(K) }, { requiredKeys: ["Wu"] }),
        fc.record({ activation, C: matrix(latentDim, K), Wu: matrix(units, K), s: vector(K) }),
      ),
    );

const two = fc.tuple(size, size);
const families: Record<string, fc.Arbitrary<Raw>> = {
  "shPLRNN, first form": two.chain(([R, N]) =>
    fc
      .tuple(fc.record({ A: square(R), U: matrix(N, R), V: matrix(N, R), hx: vector(N), hz: vector(R) }), extras(R, N))
      .map(([a, b]) => ({ ...a, ...b })),
  ),
  "shPLRNN, second form": secondForm("shPLRNN"),
  clippedShPLRNN: secondForm("clippedShPLRNN"),
  continuousClippedShPLRNN: secondForm("continuousClippedShPLRNN"),
  PLRNN: size.chain((M) =>
    fc
      .tuple(fc.record({ A: square(M), W: matrix(M, M), h: vector(M) }), extras(M, M))
      .map(([a, b]) => ({ kind: "PLRNN", ...a, ...b })),
  ),
  ALRNN: almostLinear("ALRNN"),
  continuousALRNN: almostLinear("continuousALRNN"),
  RNN: recurrent("RNN", (N) => fc.record({ A: square(N) }, { requiredKeys: [] })),
  leakyRNN: recurrent("leakyRNN", leak),
  leakyPLRNN: recurrent("leakyPLRNN", leak),
  dendPLRNN: two.chain(([M, B]) =>
    fc
      .tuple(
        fc.record({ A: square(M), W: matrix(M, M), h: vector(M), alpha: vector(B), H: matrix(M, B) }),
        extras(M, M),
      )
      .map(([a, b]) => ({ kind: "dendPLRNN", ...a, ...b })),
  ),
  continuous: two.chain(([R, N]) =>
    fc
      .tuple(
        fc.record(
          { A: square(R), U: matrix(N, R), V: matrix(N, R), hx: vector(N), hz: vector(R) },
          { requiredKeys: ["U", "V", "hx", "hz"] },
        ),
        extras(R, N),
      )
      .map(([a, b]) => ({ kind: "continuous", ...a, ...b })),
  ),
  TLN: size.chain((N) =>
    fc.tuple(fc.record({ W: matrix(N, N), b: vector(N) }), extras(N, N)).map(([a, b]) => ({ kind: "TLN", ...a, ...b })),
  ),
};

function almostLinear(kind: string): fc.Arbitrary<Raw> {
  return size.chain((M) =>
    fc
      .integer({ min: 1, max: M })
      .chain((P) =>
        fc
          .tuple(fc.record({ A: square(M), W: matrix(M, M), h: vector(M) }), extras(M, P))
          .map(([a, b]) => ({ kind, P, ...a, ...b })),
      ),
  );
}

function leak(N: number): fc.Arbitrary<Raw> {
  return fc.record({ alpha: fc.oneof(number, vector(N)) });
}

function recurrent(kind: string, own: (N: number) => fc.Arbitrary<Raw>): fc.Arbitrary<Raw> {
  return size.chain((N) =>
    fc
      .tuple(fc.record({ W: matrix(N, N), h: vector(N), b: vector(N) }, { requiredKeys: ["W"] }), own(N), extras(N, N))
      .map(([a, b, c]) => ({ kind, ...a, ...b, ...c })),
  );
}

function secondForm(kind: string): fc.Arbitrary<Raw> {
  return two.chain(([R, N]) =>
    fc
      .tuple(
        fc.record({ A: square(R), W1: matrix(R, N), W2: matrix(N, R), h1: vector(R), h2: vector(N) }),
        extras(R, N),
      )
      .map(([a, b]) => ({ kind, ...a, ...b })),
  );
}

describe.each(Object.entries(families))("%s", (_, raw) => {
  it("is its defining map, exactly", async () => {
    await fc.assert(
      fc.asyncProperty(raw, fc.array(number, { minLength: 4, maxLength: 4 }), async (model, point) => {
        const { system } = await parseValue(model);
        const z = point.slice(0, system.latentDim).map(fromNumber);
        expect(exactG(system, z)).toEqual(definingMap(model, z));
      }),
      RUNS,
    );
  });
});

describe("the comparison with the defining map", () => {
  it("notices a bias that differs in its last bit", async () => {
    const model = { A: [0.5], U: [[1]], V: [[1]], hx: [0.1], hz: [0.3] };
    const { system } = await parseModel(model);
    const z = [fromNumber(0.7)];
    const changed = { ...model, hz: [0.3 + 2 ** -54] };
    expect(exactG(system, z)).toEqual(definingMap(model, z));
    expect(exactG(system, z)).not.toEqual(definingMap(changed, z));
  });
});

describe("how hyperplanes are numbered", () => {
  it("clipped: j for u·z + h2 = 0, L + j for u·z = 0", async () => {
    const { system, units } = await parseModel({
      kind: "clippedShPLRNN",
      A: [0.5, 0.5],
      W1: [
        [1, 2],
        [3, 4],
      ],
      W2: [
        [5, 6],
        [7, 8],
      ],
      h1: [0, 0],
      h2: [9, -10],
    });
    expect(units).toBe(2);
    expect(system.hyperplanes).toBe(4);
    expect([...system.U]).toEqual([5, 6, 7, 8, 5, 6, 7, 8]);
    expect([...system.h.rounded]).toEqual([-9, 10, 0, 0]);
    expect([...system.V.rounded]).toEqual([1, 3, 2, 4, -1, -3, -2, -4]);
  });

  it("dendPLRNN: b·M + i for basis b and coordinate i", async () => {
    const { system, units } = await parseModel({
      kind: "dendPLRNN",
      A: [0.5, 0.5],
      W: [
        [1, 2],
        [3, 4],
      ],
      h: [0, 0],
      alpha: [10, 100],
      H: [
        [0.1, 0.2],
        [0.3, 0.4],
      ],
    });
    expect(units).toBe(2);
    expect([...system.h.rounded]).toEqual([0.1, 0.3, 0.2, 0.4]);
    expect([...system.U]).toEqual([1, 0, 0, 1, 1, 0, 0, 1]);
    expect([...system.V.rounded]).toEqual([10, 30, 20, 40, 100, 300, 200, 400]);
  });

  it("ALRNN: j for coordinate M − P + j; the identity columns of W are linear", async () => {
    const { system, units } = await parseModel({
      kind: "ALRNN",
      P: 1,
      A: [0.5, 0.25],
      W: [
        [0, 2],
        [3, 4],
      ],
      h: [1, 2],
    });
    expect(units).toBe(1);
    expect([...system.M.rounded]).toEqual([-0.5, 0, 3, -0.75]);
    expect([...system.U]).toEqual([0, 1]);
    expect([...system.V.rounded]).toEqual([2, 4]);
  });

  it("an ALRNN without rectified units is a linear map", async () => {
    const { system } = await parseModel({ kind: "ALRNN", P: 0, A: [0.5], W: [[0.25]], h: [1] });
    expect(system.hyperplanes).toBe(0);
    expect([...system.M.rounded]).toEqual([-0.25]);
  });

  it("an activation with T breakpoints: j·T + t", async () => {
    const { system } = await parseModel({
      A: [0.5],
      U: [[2], [3]],
      V: [[5], [7]],
      hx: [10, 20],
      hz: [0],
      activation: "hardtanh",
    });
    expect([...system.U]).toEqual([2, 2, 3, 3]);
    expect([...system.h.rounded]).toEqual([9, 11, 19, 21]);
    expect([...system.V.rounded]).toEqual([5, -5, 7, -7]);
  });
});

describe("entries that are not float64 stay exact", () => {
  it("A − I", async () => {
    const { system } = await parseModel({ A: [1e-30], U: [[1]], V: [[1]], hx: [0], hz: [0] });
    expect(system.M.isExact(0)).toBe(false);
    expect(system.M.rounded[0]).toBe(-1);
  });
  it("C·s", async () => {
    const { system } = await parseModel({ A: [0], U: [[1]], V: [[1]], hx: [0], hz: [0], C: [[0.1]], s: [0.1] });
    expect(system.g.isExact(0)).toBe(false);
    expect(system.g.rounded[0]).toBe(-(0.1 * 0.1));
  });
});

describe("evaluate", () => {
  it("is near the exact value", async () => {
    const model = { A: [0.5], U: [[2]], V: [[3]], hx: [0.25], hz: [1] };
    const { system } = await parseModel(model);
    expect(evaluate(system, [1])[0]).toBeCloseTo(0.5 - 1 + 3 * 1.75 - 1, 12);
  });
});
