import { fromNumber, sign, subtract, toNumber } from "../../../src/model/dyadic.ts";
import type { Random } from "../../support/random.ts";
import {
  dressed,
  exactDot,
  hyperplaneAt,
  hyperplaneNear,
  type ModelObject,
  planted,
  plantedNearly,
  reordered,
  until,
} from "../build.ts";

/** Random few-bit hyperplanes that keep their distance from z0. */
function bystanders(random: Random, n: number, z0: readonly number[]): { U: number[][]; hx: number[] } {
  const U = random.matrix(n, z0.length, () => random.nonzero(() => random.dyadic(5)));
  return {
    U,
    hx: U.map((u) =>
      hyperplaneNear(
        u,
        z0,
        random.nonzero(() => random.dyadic(3)),
      ),
    ),
  };
}

/** z0 in a tiny box: R pairs of parallel hyperplanes 2^-k apart. */
function tinyBox(random: Random, R: number, k: number, pairs: number): ModelObject {
  return until(() => {
    const z0 = random.vector(R, () => random.dyadic(5));
    const U: number[][] = [];
    const hx: (number | undefined)[] = [];
    for (let i = 0; i < pairs; i++) {
      const u = random.vector(R, () => random.nonzero(() => random.dyadic(5)));
      U.push(u, u);
      hx.push(hyperplaneAt(u, z0, 2 ** -(k + 1)), hyperplaneAt(u, z0, -(2 ** -(k + 1))));
    }
    const others = bystanders(random, 2, z0);
    if (!hx.every((h) => h !== undefined)) return undefined;
    const model = planted(
      {
        A: random.matrix(R, R, () => random.dyadic(3)),
        U: [...U, ...others.U],
        V: random.matrix(2 * pairs + 2, R, () => random.integer(-2, 2)),
        hx: [...hx, ...others.hx],
      },
      z0,
    );
    return model && dressed(random, reordered(random, model));
  });
}

/** z0 in a tiny simplex of R + 1 hyperplanes with full significands, about `width` from each. */
function tinySimplex(random: Random, R: number, width: number, extra: number): ModelObject {
  const z0 = random.vector(R, () => random.real());
  const sides = random.matrix(R, R, () => random.real());
  // minus a positive combination: the R + 1 normals surround the origin
  const weights = random.vector(R, () => 0.25 + random.unit());
  sides.push(sides[0]!.map((_, k) => -sides.reduce((sum, row, i) => sum + weights[i]! * row[k]!, 0)));
  const U = sides.map((row) => (random.unit() < 0.5 ? row : row.map((x) => -x)));
  const inside = U.map((row, j) => (row === sides[j] ? width : -width));
  const others = random.matrix(extra, R, () => random.real());
  const hx = [
    ...U.map((u, j) => hyperplaneNear(u, z0, inside[j]! * (0.5 + random.unit()))),
    ...others.map((u) => hyperplaneNear(u, z0, random.sign() * (0.1 + random.unit()))),
  ];
  const all = [...U, ...others];
  return dressed(
    random,
    reordered(
      random,
      plantedNearly(
        {
          A: random.matrix(R, R, () => random.real(0.5)),
          U: all,
          V: random.matrix(all.length, R, () => random.real(2)),
          hx,
        },
        z0,
      ),
    ),
  );
}

/** A fixed point in a sliver of width 2^-20 … 2^-48. */
export function slivers(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const k of [20, 28, 36, 44, 48]) {
    out.push(tinyBox(random, 2, k, 1), tinyBox(random, 3, k, 2), tinyBox(random, random.pick([1, 4]), k, 1));
    out.push(tinySimplex(random, 2, 2 ** -k, 3), tinySimplex(random, 3, 2 ** -k, 3));
  }
  return out;
}

/** A fixed point in a simplex a few last places wide, where every sign at its vertices is rounding. */
export function lastPlaceCells(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const R of [2, 2, 2, 3, 3, 3, 4]) {
    out.push(
      until(() => {
        const z0 = random.vector(R, () => random.dyadic(20));
        const sides = random.matrix(R, R, () => random.dyadic(24));
        const last = sides[0]!.map((_, k) => -sides.reduce((sum, row) => sum + row[k]!, 0));
        const U = [...sides, last];
        const eta = 2 ** -51;
        const hx = U.map((u) => hyperplaneAt(u, z0, eta));
        if (!hx.every((h) => h !== undefined)) return undefined;
        const V = random.matrix(U.length, R, () => random.integer(-2, 2));
        const model = planted({ A: random.matrix(R, R, () => random.dyadic(3)), U, V, hx }, z0);
        return model && reordered(random, model);
      }),
    );
  }
  return out;
}

/**
 * N hyperplanes that pass the fixed point at less than 2^-58 of its size, where float64 resolves 2^-53: whatever sign
 * is computed at their vertices is rounding, and the cells there are far smaller than the space between two float64
 * points. A z0 = z0, so that what the units add at z0 is all that hz must hold, and has few bits.
 */
export function belowRounding(random: Random): ModelObject[] {
  const sizes = [
    [3, 1],
    [3, 2],
    [3, 2],
    [3, 2],
    [4, 2],
    [6, 2],
    [4, 3],
    [4, 3],
    [4, 3],
    [6, 3],
    [8, 3],
    [5, 4],
    [7, 4],
  ] as const;
  return sizes.map(([N, R]) =>
    until(() => {
      const z0 = random.vector(R, () => random.nonzero(() => random.dyadic(10)));
      const U: number[][] = [];
      const hx: number[] = [];
      // where z0 is a power of two every product is exact, and none misses
      for (let draws = 0; U.length < N && draws < 20_000; draws++) {
        // the (R+1)-th normal closes the cell of the first R
        const u =
          U.length === R
            ? U.reduce(
                (sum, row) => sum.map((x, k) => x - (0.25 + random.unit()) * row[k]!),
                new Array<number>(R).fill(0),
              )
            : random.vector(R, () => random.real());
        const h = hyperplaneNear(u, z0);
        const miss = subtract(exactDot(u, z0), fromNumber(h));
        const inside = sign(miss) > 0 || (U.length > R && sign(miss) < 0);
        if (!inside || Math.abs(toNumber(miss)) > 2 ** -58) continue;
        U.push(u);
        hx.push(h);
      }
      if (U.length < N) return undefined;
      const normal = z0.map((_, k) => (R === 1 ? 0 : k === 0 ? z0[1]! : k === 1 ? -z0[0]! : 0));
      const A = z0.map((_, i) => {
        const weight = random.dyadic(3);
        return normal.map((x, k) => (i === k ? 1 : 0) + weight * x);
      });
      return planted({ A, U, V: random.matrix(N, R, () => random.integer(-3, 3)), hx }, z0);
    }),
  );
}

/**
 * Rows equal within 1e-9, meeting near the fixed point; a transversal hyperplane passes their vertex at 2^-24 … 2^-34.
 */
export function nearParallel(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const [R, k] of [
    [2, 24],
    [2, 28],
    [2, 34],
    [3, 24],
    [3, 28],
    [3, 31],
    [4, 28],
  ] as const) {
    out.push(
      until(() => {
        const z0 = random.vector(R, () => random.dyadic(4));
        const u = random.vector(R, () => random.nonzero(() => random.dyadic(3)));
        const tilt = () => random.vector(R, () => random.integer(-3, 3) * 2 ** -32);
        const bundle = [0, 1, 2].map(() => {
          const t = tilt();
          return u.map((x, i) => x + t[i]!);
        });
        const crossing = random.matrix(R, R, () => random.nonzero(() => random.dyadic(3)));
        const U = [...bundle, ...crossing];
        const hx = [
          ...bundle.map((row) => hyperplaneAt(row, z0, random.integer(-1, 1) * 2 ** -42)),
          ...crossing.map((row) => hyperplaneAt(row, z0, random.sign() * 2 ** -k)),
        ];
        if (!hx.every((h) => h !== undefined)) return undefined;
        const V = random.matrix(U.length, R, () => random.integer(-2, 2));
        const model = planted({ A: random.matrix(R, R, () => random.dyadic(3)), U, V, hx }, z0);
        return model && dressed(random, reordered(random, model));
      }),
    );
  }
  for (const R of [2, 3]) {
    // full significands, rotated by 1e-10
    const u = random.vector(R, () => random.real());
    const z0 = random.vector(R, () => random.real());
    const U = Array.from({ length: 6 }, () => u.map((x) => x + random.real(1e-10)));
    const hx = U.map((row) => hyperplaneNear(row, z0, random.real(1e-9)));
    out.push(
      plantedNearly(
        { A: random.matrix(R, R, () => random.real()), U, V: random.matrix(6, R, () => random.real(2)), hx },
        z0,
      ),
    );
  }
  return out;
}

/** R + 2 or more hyperplanes that miss one point by 2^-12 … 2^-30, the fixed point beside it or among them. */
export function nearlyConcurrent(random: Random): ModelObject[] {
  const out: ModelObject[] = [];
  for (const [N, R, k] of [
    [5, 2, 12],
    [7, 2, 24],
    [8, 2, 30],
    [7, 3, 12],
    [8, 3, 20],
    [9, 3, 30],
    [7, 4, 24],
    [5, 1, 30],
    [7, 2, 52],
    [7, 3, 52],
  ] as const) {
    const apex = random.vector(R, () => random.real());
    const z0 = apex.map((x) => x + random.real(2 ** -k * random.pick([0.5, 4, 2 ** 8])));
    const U = random.matrix(N, R, () => random.real());
    const hx = U.map((u) => hyperplaneNear(u, apex, random.real(2 ** -k)));
    const parts = {
      A: random.matrix(R, R, () => random.real(0.5)),
      U,
      V: random.matrix(N, R, () => random.real(2)),
      hx,
    };
    out.push(dressed(random, plantedNearly(parts, z0)));
  }
  return out;
}

/**
 * Units repeated with a factor that rounds (3, 1/3, 1e12, 1e-12): pairs of hyperplanes that would coincide but for the
 * last bits of their coefficients, in every direction at once, the fixed point within rounding of them.
 */
export function almostDuplicate(random: Random): ModelObject[] {
  const sizes = [
    [4, 1],
    [4, 2],
    [6, 2],
    [8, 2],
    [6, 3],
    [9, 3],
    [8, 4],
  ] as const;
  return sizes.map(([N, R]) => {
    const z0 = random.vector(R, () => random.real(2));
    const U: number[][] = [];
    const hx: number[] = [];
    for (let j = 0; j < N; j++) {
      const factor = random.sign() * random.pick([3, 1 / 3, 1e12, 1e-12]);
      const u = j % 2 === 0 ? random.vector(R, () => random.real()) : U[j - 1]!.map((x) => factor * x);
      U.push(u);
      hx.push(j % 2 === 0 ? hyperplaneNear(u, z0, random.pick([0, 2 ** -53, 0.5])) : factor * hx[j - 1]!);
    }
    const V = U.map((u) => {
      const size = Math.max(...u.map(Math.abs));
      return random.vector(R, () => random.real(2) / size);
    });
    return dressed(random, plantedNearly({ A: random.matrix(R, R, () => random.real(0.5)), U, V, hx }, z0));
  });
}
