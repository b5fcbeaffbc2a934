import { describe, expect, it } from "vitest";
import { ModelError } from "../../src/model/errors.ts";
import { type StandardPLRNN, toStandardPLRNN } from "../../src/stability/standard-form.ts";
import { exactFixedPoints } from "../oracle/naive.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";

function rows(a: Float64Array, n: number, m: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from(a.subarray(i * m, (i + 1) * m)));
}

/** x = A x + W relu(x − hx) − hz as a plain model with U = I and Vᵀ = W. */
function asPlain({ dim, A, W, hx, hz }: StandardPLRNN): Plain {
  const identity = Array.from({ length: dim }, (_, i) => Array.from({ length: dim }, (_, k) => (i === k ? 1 : 0)));
  const V = Array.from({ length: dim }, (_, j) => Array.from({ length: dim }, (_, i) => W[i * dim + j]!));
  return { A: rows(A, dim, dim), U: identity, V, hx: [...hx], hz: [...hz] };
}

const timesU = ({ U }: Plain, z: readonly number[]) => U.map((u) => u.reduce((sum, x, k) => sum + x * z[k]!, 0));

/** Both forms have the same fixed points, through x = U z. */
function expectSameFixedPoints(plain: Plain): number {
  const shallow = exactFixedPoints(plainSystem(plain)).points.map(({ z }) => timesU(plain, z));
  const standard = exactFixedPoints(plainSystem(asPlain(toStandardPLRNN(plainSystem(plain))))).points;
  expect(standard.length).toBe(shallow.length);
  for (const x of shallow) {
    const nearest = Math.min(...standard.map(({ z }) => Math.max(...z.map((value, i) => Math.abs(value - x[i]!)))));
    expect(nearest).toBeLessThan(1e-9 * (1 + Math.max(...x.map(Math.abs))));
  }
  return shallow.length;
}

function randomPlain(random: Random, R: number, N: number, A: number[][]): Plain {
  return {
    A,
    U: random.matrix(N, R, () => random.normal()),
    V: random.matrix(N, R, () => random.normal()),
    hx: random.vector(N, () => random.normal()),
    hz: random.vector(R, () => random.normal()),
  };
}

describe("the standard form", () => {
  it("A = a·I: A_x = a·I, W = U Vᵀ, and the same fixed points", () => {
    const random = Random.of(51, "scalar");
    let found = 0;
    for (let k = 0; k < 8; k++) {
      const plain = randomPlain(random, 2, 4, [
        [0.75, 0],
        [0, 0.75],
      ]);
      const standard = toStandardPLRNN(plainSystem(plain));
      expect(standard.lowRank.scalar).toBe(0.75);
      expect(rows(standard.A, 4, 4)).toEqual([0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => (i === j ? 0.75 : 0))));
      expect(standard.W[1]).toBeCloseTo(plain.U[0]![0]! * plain.V[1]![0]! + plain.U[0]![1]! * plain.V[1]![1]!, 14);
      found += expectSameFixedPoints(plain);
    }
    expect(found).toBeGreaterThan(4);
  });

  it("any A where U has full column rank: A_x U = U A", () => {
    const random = Random.of(52, "full rank");
    let found = 0;
    for (let k = 0; k < 8; k++) {
      const [R, N] = [2, 5];
      const plain = randomPlain(
        random,
        R,
        N,
        random.matrix(R, R, () => random.real()),
      );
      const { A, lowRank } = toStandardPLRNN(plainSystem(plain));
      expect(lowRank.scalar).toBeUndefined();
      for (let i = 0; i < N; i++) {
        for (let c = 0; c < R; c++) {
          const left = plain.U.reduce((sum, u, j) => sum + A[i * N + j]! * u[c]!, 0);
          const right = plain.A.reduce((sum, a, l) => sum + plain.U[i]![l]! * a[c]!, 0);
          expect(left).toBeCloseTo(right, 10);
        }
      }
      found += expectSameFixedPoints(plain);
    }
    expect(found).toBeGreaterThan(2);
  });

  it("U without full column rank: only where A keeps its null space", () => {
    // the null space of U is spanned by (1, −1)
    const U = [
      [1, 1],
      [2, 2],
      [-0.5, -0.5],
    ];
    const V = [
      [0.3, 0.1],
      [0.2, -0.4],
      [1, 0.5],
    ];
    const keeping: Plain = {
      A: [
        [0.5, 0.25],
        [0.25, 0.5],
      ],
      U,
      V,
      hx: [0.5, -1, 0.2],
      hz: [-0.3, 0.2],
    };
    const { A } = toStandardPLRNN(plainSystem(keeping));
    // on the range of U, A acts as 0.75
    expect(A[0]! * 1 + A[1]! * 2 + A[2]! * -0.5).toBeCloseTo(0.75, 14);
    expectSameFixedPoints(keeping);
    expect(() =>
      toStandardPLRNN(
        plainSystem({
          ...keeping,
          A: [
            [0.5, 0.25],
            [0, 0.5],
          ],
        }),
      ),
    ).toThrow(ModelError);
  });

  it("A = I adds no fixed points outside the range of U", () => {
    const random = Random.of(53, "identity");
    const plain = randomPlain(random, 2, 4, [
      [1, 0],
      [0, 1],
    ]);
    expect(toStandardPLRNN(plainSystem(plain)).lowRank.scalar).toBeUndefined();
    expectSameFixedPoints(plain);
  });

  it("a wrong A_x would be noticed", () => {
    const random = Random.of(55, "control");
    // small V: a contraction, which has a fixed point
    const plain = {
      ...randomPlain(random, 2, 4, [
        [0.5, 0],
        [0, 0.25],
      ]),
      V: random.matrix(4, 2, () => random.real(0.05)),
    };
    expectSameFixedPoints(plain);
    const standard = toStandardPLRNN(plainSystem(plain));
    const A = standard.A.slice();
    A[1]! += 0.01;
    const good = exactFixedPoints(plainSystem(asPlain(standard))).points.map(({ z }) => z);
    const bad = exactFixedPoints(plainSystem(asPlain({ ...standard, A }))).points.map(({ z }) => z);
    expect(good.length).toBe(1);
    expect(bad).not.toEqual(good);
  });

  it("continuous time: A = −I is a·I with a = −1", () => {
    const random = Random.of(54, "continuous");
    const system = plainSystem(
      randomPlain(random, 2, 3, [
        [0, 0],
        [0, 0],
      ]),
    );
    // M = −I
    const standard = toStandardPLRNN({ ...system, time: "continuous" });
    expect(standard.lowRank.scalar).toBe(-1);
  });
});
