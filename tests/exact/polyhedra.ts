import fc from "fast-check";
import { solveFractionFree } from "../../src/exact/elimination.ts";
import * as Q from "../../src/exact/rational.ts";

/** {x : normals[i]·x ≤ bounds[i]} as generated data. */
export interface Rows {
  readonly dim: number;
  readonly normals: bigint[][];
  readonly bounds: bigint[];
}

const small = fc.bigInt({ min: -3n, max: 3n });

/** Random rows with small entries, so that degenerate vertices, redundant and opposite rows are common. */
export const randomRows = (maxDim = 3, maxRows = 9): fc.Arbitrary<Rows> =>
  fc
    .tuple(fc.integer({ min: 1, max: maxDim }), fc.integer({ min: 0, max: maxRows }))
    .chain(([dim, count]) =>
      fc.tuple(
        fc.constant(dim),
        fc.array(fc.array(small, { minLength: dim, maxLength: dim }), { minLength: count, maxLength: count }),
        fc.array(small, { minLength: count, maxLength: count }),
      ),
    )
    .map(([dim, normals, bounds]) => ({ dim, normals, bounds }));

export const inRows = (rows: Rows, x: readonly Q.Rational[]): boolean =>
  rows.normals.every((normal, i) => Q.compare(dotInteger(normal, x), Q.ofInteger(rows.bounds[i]!)) <= 0);

export function dotInteger(a: readonly bigint[], x: readonly Q.Rational[]): Q.Rational {
  let sum = Q.ZERO;
  a.forEach((v, k) => {
    sum = Q.add(sum, Q.multiply(Q.ofInteger(v), x[k]!));
  });
  return sum;
}

/** The rows with the box |x_k| ≤ size added: what is bounded can be checked by listing vertices. */
export function boxed(rows: Rows, size: bigint): Rows {
  const normals = [...rows.normals];
  const bounds = [...rows.bounds];
  for (let k = 0; k < rows.dim; k++) {
    for (const s of [1n, -1n]) {
      normals.push(Array.from({ length: rows.dim }, (_, j) => (j === k ? s : 0n)));
      bounds.push(size);
    }
  }
  return { dim: rows.dim, normals, bounds };
}

/** All vertices, by trying every choice of `dim` rows. */
export function vertices(rows: Rows): Q.Rational[][] {
  const found = new Map<string, Q.Rational[]>();
  const choose = (from: number, chosen: number[]): void => {
    if (chosen.length === rows.dim) {
      const solved = solveFractionFree(
        chosen.flatMap((i) => rows.normals[i]!),
        rows.dim,
        chosen.map((i) => rows.bounds[i]!),
        1,
      );
      if (!solved) return;
      const x = solved.X.map((v) => Q.rational(v, solved.determinant));
      if (inRows(rows, x)) found.set(x.map(Q.key).join(), x);
      return;
    }
    for (let i = from; i < rows.normals.length; i++) choose(i + 1, [...chosen, i]);
  };
  choose(0, []);
  return [...found.values()];
}
