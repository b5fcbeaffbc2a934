import { add, fromNumber, multiply, subtract } from "../../src/model/dyadic.ts";
import { asNumber, exactDot } from "../corpus/build.ts";
import type { Plain } from "../oracle/systems.ts";
import type { Random } from "../support/random.ts";
import type { Place } from "./compare.ts";

/** A model changed so that its fixed points are known from those of the original. */
export interface Transformed {
  readonly model: Plain;
  /** Where a fixed point of the original goes. */
  readonly map: (point: Place) => Place;
  /**
   * Forgets what nobody can predict (on which side of a unit without effect a point lies);
   * the identity where there is nothing.
   */
  readonly forget: (point: Place) => Place;
}

/**
 * Makes one change to a model, with every number exact. Undefined where the changed model would need a number that is
 * no float64.
 */
export type Transformation = (random: Random, model: Plain) => Transformed | undefined;

const keep = (point: Place): Place => point;
const ascending = (a: number, b: number) => a - b;

/** The same places in ascending order of z, for comparing sets. */
export function sortedPlaces(points: readonly Place[]): Place[] {
  const compare = (a: readonly number[], b: readonly number[]) => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
    return a.length - b.length;
  };
  return [...points].sort((a, b) => compare(a.z, b.z) || compare(a.active, b.active) || compare(a.ties, b.ties));
}

function renumbered(point: Place, to: (j: number) => readonly number[]): Place {
  return { z: point.z, active: point.active.flatMap(to).sort(ascending), ties: point.ties.flatMap(to).sort(ascending) };
}

const plainZero = (x: number) => (x === 0 ? 0 : x);

export const permuteUnits: Transformation = (random, model) => {
  const order = random.shuffled(model.U.map((_, j) => j));
  return {
    model: {
      ...model,
      U: order.map((j) => model.U[j]!),
      V: order.map((j) => model.V[j]!),
      hx: order.map((j) => model.hx[j]!),
    },
    map: (point) => renumbered(point, (j) => [order.indexOf(j)]),
    forget: keep,
  };
};

/** (u, h, v) → (c u, c h, v/c) for c a power of two of its own for each unit. */
export const scaleUnits: Transformation = (random, model) => {
  const powers = model.U.map(() => 2 ** random.integer(-40, 40));
  return {
    model: {
      ...model,
      U: model.U.map((u, j) => u.map((x) => powers[j]! * x)),
      hx: model.hx.map((h, j) => powers[j]! * h),
      V: model.V.map((v, j) => v.map((x) => x / powers[j]!)),
    },
    map: keep,
    forget: keep,
  };
};

/** z → S z for a signed permutation S. */
export const signedPermutation: Transformation = (random, { A, U, V, hx, hz }) => {
  const order = random.shuffled(A.map((_, i) => i));
  const signs = order.map(() => random.sign());
  const vector = (x: readonly number[]) => order.map((i, k) => signs[k]! * x[i]!);
  return {
    model: {
      A: order.map((i, k) => order.map((l, m) => signs[k]! * signs[m]! * A[i]![l]!)),
      U: U.map(vector),
      V: V.map(vector),
      hx,
      hz: vector(hz),
    },
    map: (point) => ({ ...point, z: vector(point.z).map(plainZero) }),
    forget: keep,
  };
};

/** z → z/c for c a power of two. */
export const scaleSpace: Transformation = (random, { A, U, V, hx, hz }) => {
  const c = 2 ** random.integer(-30, 30);
  return {
    model: {
      A,
      U: U.map((u) => u.map((x) => c * x)),
      V: V.map((v) => v.map((x) => x / c)),
      hx,
      hz: hz.map((x) => x / c),
    },
    map: (point) => ({ ...point, z: point.z.map((x) => x / c) }),
    forget: keep,
  };
};

/** One more hyperplane, without any effect. */
export const addSilentUnit: Transformation = (random, model) => {
  const at = random.integer(0, model.U.length);
  const insert = <T>(list: readonly T[], value: T) => [...list.slice(0, at), value, ...list.slice(at)];
  const R = model.A.length;
  return {
    model: {
      ...model,
      U: insert(model.U, random.vector(R, random.unit() < 0.5 ? () => random.real() : () => random.integer(-1, 1))),
      V: insert(model.V, new Array<number>(R).fill(0)),
      hx: insert(model.hx, random.integer(-1, 1)),
    },
    map: keep,
    forget: ({ z, active, ties }) => {
      const back = (list: readonly number[]) => list.filter((j) => j !== at).map((j) => (j > at ? j - 1 : j));
      return { z, active: back(active), ties: back(ties) };
    },
  };
};

/** One unit becomes two with half of its effect each, both at the same place. */
export const splitUnit: Transformation = (random, model) => {
  const N = model.U.length;
  const split = random.integer(0, N - 1);
  const half = model.V[split]!.map((x) => x / 2);
  return {
    model: {
      ...model,
      U: [...model.U, model.U[split]!],
      V: [...model.V.map((v, j) => (j === split ? half : v)), half],
      hx: [...model.hx, model.hx[split]!],
    },
    map: (point) => renumbered(point, (j) => (j === split ? [j, N] : [j])),
    forget: keep,
  };
};

/** relu(x) = x + relu(−x): a unit turned round, and its linear part given to A and hz. Needs numbers of few bits. */
export const flipUnit: Transformation = (random, model) => {
  const flip = random.integer(0, model.U.length - 1);
  const u = model.U[flip]!;
  const v = model.V[flip]!.map(fromNumber);
  const A = model.A.map((row, i) =>
    row.map((a, k) => asNumber(add(fromNumber(a), multiply(v[i]!, fromNumber(u[k]!))))),
  );
  const hz = model.hz.map((x, i) => asNumber(add(fromNumber(x), multiply(v[i]!, fromNumber(model.hx[flip]!)))));
  const rows = A.map(whole);
  const constant = whole(hz);
  if (constant === undefined || !rows.every((row) => row !== undefined)) return undefined;
  return {
    model: {
      A: rows,
      U: model.U.map((row, j) => (j === flip ? row.map((x) => -x) : row)),
      V: model.V,
      hx: model.hx.map((h, j) => (j === flip ? -h : h)),
      hz: constant,
    },
    map: ({ z, active, ties }) => {
      if (ties.includes(flip)) return { z, active, ties };
      const others = active.filter((j) => j !== flip);
      return { z, active: active.includes(flip) ? others : [...others, flip].sort(ascending), ties };
    },
    forget: keep,
  };
};

/** z → z + c. Needs numbers of few bits; z + c rounds twice, so that only `active` and `ties` are foretold. */
export const translate: Transformation = (random, { A, U, V, hx, hz }) => {
  const c = A.map(() => random.integer(-2, 2));
  // y = z + c: U z − h = U y − (h + U c); (A − I) z − hz = (A − I) y − (hz + (A − I) c)
  const thresholds = whole(hx.map((h, j) => asNumber(add(fromNumber(h), exactDot(U[j]!, c)))));
  const constant = whole(
    hz.map((x, i) => asNumber(add(fromNumber(x), subtract(exactDot(A[i]!, c), fromNumber(c[i]!))))),
  );
  if (thresholds === undefined || constant === undefined) return undefined;
  return {
    model: { A, U, V, hx: thresholds, hz: constant },
    map: (point) => ({ ...point, z: [] }),
    forget: (point) => ({ ...point, z: [] }),
  };
};

/** One more coordinate of its own, y' = y/2 + 3/2, whose fixed point is 3. */
export const addCoordinate: Transformation = (_, { A, U, V, hx, hz }) => ({
  model: {
    A: [...A.map((row) => [...row, 0]), [...A.map(() => 0), 0.5]],
    U: U.map((u) => [...u, 0]),
    V: V.map((v) => [...v, 0]),
    hx,
    hz: [...hz, -1.5],
  },
  map: (point) => ({ ...point, z: [...point.z, 3] }),
  forget: keep,
});

export const TRANSFORMATIONS: Readonly<Record<string, Transformation>> = {
  permuteUnits,
  scaleUnits,
  signedPermutation,
  scaleSpace,
  addSilentUnit,
  splitUnit,
  flipUnit,
  translate,
  addCoordinate,
};

function whole(values: readonly (number | undefined)[]): readonly number[] | undefined {
  return values.every((x) => x !== undefined) ? values : undefined;
}
