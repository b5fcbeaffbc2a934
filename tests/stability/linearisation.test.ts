import { describe, expect, it } from "vitest";
import { difference, type ExactMatrix, rounded } from "../../src/exact/matrix.ts";
import { add, dyadic, fromNumber, multiply, ONE, subtract, toNumber } from "../../src/model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";
import { fieldMatrix, jacobian } from "../../src/stability/linearisation.ts";
import { type Plain, plainSystem } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";

function randomPlain(random: Random, R: number, N: number, draw: () => number): Plain {
  return {
    A: random.matrix(R, R, draw),
    U: random.matrix(N, R, draw),
    V: random.matrix(N, R, draw),
    hx: random.vector(N, draw),
    hz: random.vector(R, draw),
  };
}

/** Term by term in the given order, all exact. */
function byDefinition({ A, U, V }: Plain, active: readonly number[]): number[] {
  return A.flatMap((row, i) =>
    row.map((a, k) => {
      let sum = fromNumber(a);
      for (const j of active) sum = add(sum, multiply(fromNumber(V[j]![i]!), fromNumber(U[j]![k]!)));
      return toNumber(sum);
    }),
  );
}

const equal = (a: ExactMatrix, b: ExactMatrix) => difference(a, b).every((x) => x === 0n);

describe("the Jacobian of a region", () => {
  it("is A + VᵀDU, correctly rounded, for entries of any size", () => {
    const random = Random.of(6, "jacobian");
    for (let k = 0; k < 60; k++) {
      const R = random.integer(1, 5);
      const N = random.integer(0, 20);
      const plain = randomPlain(random, R, N, () => random.real() * 10 ** random.real(k % 3 === 0 ? 100 : 2));
      const active = Array.from({ length: N }, (_, j) => j).filter(() => random.unit() < 0.5);
      expect([...rounded(jacobian(plainSystem(plain), active))]).toEqual(byDefinition(plain, active));
    }
  });

  it("of many dimensions has more entries than a call has arguments", () => {
    const R = 400;
    const plain: Plain = {
      A: Array.from({ length: R }, (_, i) => Array.from({ length: R }, (_, k) => (i === k ? 0.5 : 0))),
      U: [new Array<number>(R).fill(1)],
      V: [new Array<number>(R).fill(0.25)],
      hx: [0],
      hz: new Array<number>(R).fill(0),
    };
    const J = rounded(jacobian(plainSystem(plain), [0]));
    expect([J[0], J[1], J[R * R - 1]]).toEqual([0.75, 0.25, 0.75]);
  });

  it("cancels exactly, whatever the order of the units", () => {
    // in floating point 1 + 2^60 − 2^60 depends on the order
    const plain: Plain = {
      A: [[0]],
      U: [[2 ** 60], [2 ** -60], [2 ** 60]],
      V: [[1], [2 ** 60], [-1]],
      hx: [0, 0, 0],
      hz: [0],
    };
    expect([...rounded(jacobian(plainSystem(plain), [0, 1, 2]))]).toEqual([1]);
    const random = Random.of(7, "order");
    const N = 30;
    const model = randomPlain(random, 3, N, () => random.real() * 10 ** random.real(8));
    const order = random.shuffled(Array.from({ length: N }, (_, j) => j));
    const permuted: Plain = { ...model, U: order.map((j) => model.U[j]!), V: order.map((j) => model.V[j]!) };
    const all = Array.from({ length: N }, (_, j) => j);
    const one = jacobian(plainSystem(model), all);
    const other = jacobian(plainSystem(permuted), all);
    expect(equal(one, other)).toBe(true);
    // negative control: a plain float sum of the same terms does depend on the order here
    const plainSum = ({ U, V }: Plain) => U.map((row, j) => row[0]! * V[j]![0]!).reduce((a, b) => a + b, 0);
    expect(plainSum(model)).not.toBe(plainSum(permuted));
  });

  it("differs from M + VᵀDU by the identity in discrete time, and not in continuous time", () => {
    const random = Random.of(8, "time");
    const system = plainSystem(randomPlain(random, 4, 6, () => random.real()));
    const field = fieldMatrix(system, [1, 3]);
    const J = jacobian(system, [1, 3]);
    const entry = ({ integers, exponent }: ExactMatrix, at: number) => dyadic(integers[at]!, exponent);
    J.integers.forEach((_, at) => {
      expect(subtract(entry(J, at), entry(field, at))).toEqual(at % 5 === 0 ? ONE : { m: 0n, e: 0 });
    });
    const continuous: PiecewiseLinearSystem = { ...system, time: "continuous" };
    expect(equal(jacobian(continuous, [1, 3]), field)).toBe(true);
    expect(equal(J, field)).toBe(false);
  });
});
