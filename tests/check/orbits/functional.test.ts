import { describe, expect, it } from "vitest";
import { type Functional, lowerBound, type Objective, type OrbitBox } from "../../../src/check/orbits/functional.ts";
import type { OrbitMap } from "../../../src/check/orbits/orbit-map.ts";
import { scaledMap } from "../../../src/cycles/orbits/scaled-map.ts";
import {
  add,
  compare,
  divide,
  multiply,
  negate,
  ofDyadic,
  ofInteger,
  ofNumber,
  type Rational,
  sign,
  subtract,
  toNumber,
  ZERO,
} from "../../../src/exact/rational.ts";
import { fromNumber, add as plus } from "../../../src/model/dyadic.ts";
import { ExactArray } from "../../../src/model/system.ts";
import { Random } from "../../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

interface Case {
  readonly map: OrbitMap;
  readonly box: OrbitBox;
  readonly functional: Functional;
  readonly objective: Objective;
}

/** A case whose entries, ranges and multipliers have scales of their own, with cancelling and subnormal ones. */
function draw(random: Random): Case {
  const R = random.integer(1, 4);
  const N = random.integer(1, 4);
  const k = random.integer(1, 4);
  const span = random.pick([0, 0, 3, 20, 45]);
  const power = () => 2 ** random.integer(-span, span);
  const number = () => random.pick([0, random.real(), random.real() * power(), random.sign(), random.dyadic(2, 2)]);
  // a sum of two numbers is no float64 in general
  const exact = (length: number, draws: () => number) =>
    ExactArray.of(
      Array.from({ length }, () => (random.unit() < 0.5 ? draws() : plus(fromNumber(draws()), fromNumber(2 ** -60)))),
    );
  const rows = Array.from({ length: N }, () =>
    Array.from({ length: R }, () => number() * random.pick([1, 1, 1, 2 ** -1050])),
  );
  for (let j = 1; j < N; j++) {
    const factor = random.pick([1, -1, 2, -0.75]);
    if (random.unit() < 0.4) rows[j] = rows[0]!.map((x) => factor * x);
  }
  const system = {
    latentDim: R,
    hyperplanes: N,
    time: "discrete",
    M: exact(R * R, number),
    g: exact(R, number),
    U: Float64Array.from(rows.flat()),
    V: exact(N * R, number),
    h: exact(N, number),
  } as const;
  const range = (length: number, size: number) => {
    const low = new Float64Array(length);
    const high = new Float64Array(length);
    for (let n = 0; n < length; n++) {
      const ends = [size * random.real(), size * random.real()];
      if (random.unit() < 0.3) ends[1] = ends[0]!;
      if (random.unit() < 0.2) ends[0] = 0;
      low[n] = Math.min(...ends);
      high[n] = Math.max(...ends);
    }
    return [low, high] as const;
  };
  const [wLow, wHigh] = range(k * R, 1);
  const [low, high] = range(k * N, random.pick([1, 4, power()]));
  const tauLow = random.pick([0, 1]);
  const multipliers = (length: number) =>
    Float64Array.from({ length }, () => random.pick([0, random.real(), random.real() * power()]));
  const of = random.pick(["unit", "coordinate", "nothing"] as const);
  const map = scaledMap(system);
  return {
    map,
    box: { period: k, wLow, wHigh, tauLow, tauHigh: 1, low, high, lead: random.integer(-1, N - 1) },
    functional: {
      lambda: multipliers(k * R),
      slopes: multipliers(k * N),
      mu: multipliers(k),
      pi: multipliers(k * map.parallels.pairs.length),
    },
    objective: { of, index: random.integer(0, k * (of === "unit" ? N : R) - 1), sign: random.pick([1, -1] as const) },
  };
}

const least = (a: Rational, b: Rational) => (compare(a, b) < 0 ? a : b);

/** The least value of the functional's sum over the box, term by term in rationals. */
function exactBound({ map, box, functional, objective }: Case): Rational {
  const { dim: R, count: N } = map;
  const [M, g, U, V, h] = [map.exact.M, map.exact.g, map.exact.U, map.exact.V, map.exact.h].map((values) =>
    values.toDyadics().map(ofDyadic),
  ) as [Rational[], Rational[], Rational[], Rational[], Rational[]];
  const { period: k, lead } = box;
  const lambda = Array.from(functional.lambda, ofNumber);
  const slopes = Array.from(functional.slopes, ofNumber);
  const mu = Array.from(functional.mu, (x, t) => ofNumber(t > 0 && lead >= 0 ? Math.max(x, 0) : 0));
  const { pairs } = map.parallels;
  let total = ZERO;
  let tau = ZERO;
  for (let t = 0; t < k; t++) {
    const moreC = new Array<Rational>(N).fill(ZERO);
    const moreB = new Array<Rational>(N).fill(ZERO);
    pairs.forEach(({ a, b, opposite }, at) => {
      const weight = ofNumber(functional.pi[t * pairs.length + at]!);
      const column = Array.from({ length: R }, (_, i) => i).find((i) => U[a * R + i]!.n !== 0n)!;
      const factor = divide(U[b * R + column]!, U[a * R + column]!);
      const ratio = opposite ? negate(factor) : factor;
      const shift = subtract(multiply(factor, h[a]!), h[b]!);
      moreC[b] = subtract(moreC[b]!, weight);
      moreC[a] = add(moreC[a]!, multiply(weight, ratio));
      if (opposite) moreB[a] = add(moreB[a]!, multiply(weight, ratio));
      // the end of relu(s_b) − ratio·e that is least with this weight
      if (sign(shift) * sign(weight) < 0) tau = add(tau, multiply(weight, shift));
    });
    for (let i = 0; i < R; i++) {
      let d = subtract(lambda[t * R + i]!, lambda[((t + k - 1) % k) * R + i]!);
      for (let l = 0; l < R; l++) d = add(d, multiply(M[l * R + i]!, lambda[t * R + l]!));
      for (let j = 0; j < N; j++) d = add(d, multiply(U[j * R + i]!, slopes[t * N + j]!));
      if (objective.of === "coordinate" && objective.index === t * R + i) d = add(d, ofNumber(objective.sign));
      const ends = [box.wLow[t * R + i]!, box.wHigh[t * R + i]!].map((w) => multiply(d, ofNumber(w)));
      total = add(total, least(ends[0]!, ends[1]!));
      tau = subtract(tau, multiply(g[i]!, lambda[t * R + i]!));
    }
    for (let j = 0; j < N; j++) {
      const n = t * N + j;
      let C = moreC[j]!;
      for (let i = 0; i < R; i++) C = add(C, multiply(V[j * R + i]!, lambda[t * R + i]!));
      tau = subtract(tau, multiply(h[j]!, slopes[n]!));
      let slope = negate(add(slopes[n]!, moreB[j]!));
      if (j === lead) slope = t > 0 ? add(slope, mu[t]!) : mu.reduce(subtract, slope);
      if (objective.of === "unit" && objective.index === n) slope = add(slope, ofInteger(BigInt(objective.sign)));
      const at = (s: Rational) => add(multiply(slope, s), sign(s) > 0 ? multiply(C, s) : ZERO);
      const [l, u] = [ofNumber(box.low[n]!), ofNumber(box.high[n]!)];
      let value = least(at(l), at(u));
      if (sign(l) < 0 && sign(u) > 0) value = least(value, ZERO);
      total = add(total, value);
    }
  }
  const ends = [box.tauLow, box.tauHigh].map((x) => multiply(tau, ofNumber(x)));
  return add(total, least(ends[0]!, ends[1]!));
}

describe("the lower bound of a functional", () => {
  it("is never above the exact one, and near it", () => {
    const random = Random.of(1, "functional");
    let bounded = 0;
    let near = 0;
    for (let i = 0; i < (FULL ? 100_000 : 2000); i++) {
      const each = draw(random);
      const bound = lowerBound(each.map, each.box, each.functional, each.objective);
      if (Number.isNaN(bound)) continue;
      bounded++;
      const exact = exactBound(each);
      if (compare(ofNumber(bound), exact) > 0) expect.fail(`case ${i}: ${bound} > ${toNumber(exact)}`);
      if (toNumber(exact) - bound <= 2 ** -40 * Math.max(1, Math.abs(toNumber(exact)))) near++;
    }
    expect(bounded).toBeGreaterThan(1000);
    expect(near).toBeGreaterThan(bounded / 3);
  });

  it("would be above it without its share for rounding", () => {
    const random = Random.of(1, "functional");
    let above = 0;
    for (let i = 0; i < 500; i++) {
      const each = draw(random);
      const bound = lowerBound(each.map, each.box, each.functional, each.objective, 0);
      if (!Number.isNaN(bound) && compare(ofNumber(bound), exactBound(each)) > 0) above++;
    }
    expect(above).toBeGreaterThan(50);
  });

  it("is no number where a multiplier, a range or an entry is too large, or none at all", () => {
    const random = Random.of(2, "functional");
    const each = draw(random);
    const bound = (changes: Partial<Case>) => {
      const { map, box, functional, objective } = { ...each, ...changes };
      return lowerBound(map, box, functional, objective);
    };
    expect(bound({})).not.toBeNaN();
    expect(bound({ map: { ...each.map, fit: false } })).toBeNaN();
    for (const wrong of [2 ** 61, Number.NaN, Number.POSITIVE_INFINITY]) {
      const { functional } = each;
      expect(bound({ functional: { ...functional, lambda: functional.lambda.map(() => wrong) } })).toBeNaN();
      expect(bound({ functional: { ...functional, slopes: functional.slopes.map(() => wrong) } })).toBeNaN();
    }
    for (const wrong of [2 ** 171, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(bound({ box: { ...each.box, high: each.box.high.map(() => wrong) } })).toBeNaN();
    }
  });
});
