import type { Random } from "../support/random.ts";

/** A square matrix, row-major. */
export interface TestMatrix {
  readonly name: string;
  readonly n: number;
  readonly a: Float64Array;
}

export function squareMatrix(name: string, n: number, entry: (i: number, j: number) => number): TestMatrix {
  return { name, n, a: Float64Array.from({ length: n * n }, (_, at) => entry(Math.floor(at / n), at % n)) };
}

/** B ← P B P⁻¹ for random elementary integer P: keeps the Jordan form and integer entries. */
function shear(random: Random, n: number, rounds: number, a: Float64Array): void {
  for (let round = 0; round < rounds && n > 1; round++) {
    const i = random.integer(0, n - 1);
    const j = (i + random.integer(1, n - 1)) % n;
    const c = random.sign();
    for (let k = 0; k < n; k++) a[i * n + k]! += c * a[j * n + k]!;
    for (let k = 0; k < n; k++) a[k * n + j]! -= c * a[k * n + i]!;
  }
}

export const frank = (n: number): TestMatrix =>
  squareMatrix(`Frank ${n}`, n, (i, j) => (j >= i - 1 ? n - Math.max(i, j) : 0));

export const grcar = (n: number): TestMatrix =>
  squareMatrix(`Grcar ${n}`, n, (i, j) => (i - j === 1 ? -1 : j >= i && j <= i + 3 ? 1 : 0));

export const tridiagonal = (n: number, below: number, diagonal: number, above: number): TestMatrix =>
  squareMatrix(`Toeplitz(${below}, ${diagonal}, ${above}) ${n}`, n, (i, j) =>
    i === j ? diagonal : i - j === 1 ? below : j - i === 1 ? above : 0,
  );

/** Companion matrix of x^n + c[n−1] x^(n−1) + … + c[0]. */
export const companion = (c: readonly number[]): TestMatrix =>
  squareMatrix(`companion ${c.length}`, c.length, (i, j) => (j === c.length - 1 ? -c[i]! : i === j + 1 ? 1 : 0));

export const clement = (n: number): TestMatrix =>
  squareMatrix(`Clement ${n}`, n, (i, j) => (j === i + 1 ? j : i === j + 1 ? n - i : 0));

/** A matrix to make eigenvalue solvers stumble, R up to 40; every kind has its own name. */
export const NASTY: Readonly<Record<string, (random: Random) => TestMatrix>> = {
  ternary: (random) => squareMatrix("ternary", random.integer(1, 40), () => random.integer(-1, 1)),
  "sparse ternary": (random) => {
    const n = random.integer(2, 40);
    return squareMatrix("sparse ternary", n, () => (random.unit() < 2 / n ? random.sign() : 0));
  },
  "small ternary": (random) => squareMatrix("small ternary", random.integer(2, 5), () => random.integer(-1, 1)),
  defective: (random) => {
    const n = random.integer(2, 40);
    const lambda = random.integer(-2, 2) / 2;
    const block = random.integer(2, n);
    const matrix = squareMatrix("defective", n, (i, j) => (i === j ? lambda : j === i + 1 && j % block !== 0 ? 1 : 0));
    shear(random, n, 2 * n, matrix.a);
    return matrix;
  },
  nilpotent: (random) => {
    const n = random.integer(2, 40);
    const matrix = squareMatrix("nilpotent", n, (i, j) => (j > i ? random.integer(-1, 1) : 0));
    shear(random, n, n, matrix.a);
    return matrix;
  },
  companion: (random) => companion(random.vector(random.integer(2, 40), () => random.integer(-3, 3))),
  "companion of a power": (random) => {
    // (x − 1)^n
    const n = random.integer(2, 20);
    const c = [1];
    for (let k = 0; k < n; k++) for (let i = c.length; i >= 0; i--) c[i] = (c[i - 1] ?? 0) - (c[i] ?? 0);
    return companion(c.slice(0, n));
  },
  frank: (random) => frank(random.integer(2, 40)),
  grcar: (random) => grcar(random.integer(2, 40)),
  tridiagonal: (random) => tridiagonal(random.integer(2, 40), random.real(4), random.real(), random.real(0.25)),
  clement: (random) => clement(random.integer(2, 40)),
  permutation: (random) => {
    const n = random.integer(2, 40);
    const to = random.shuffled(Array.from({ length: n }, (_, i) => i));
    return squareMatrix("permutation", n, (i, j) => (to[i] === j ? 1 : 0));
  },
  "rank one": (random) => {
    const n = random.integer(2, 40);
    const u = random.vector(n, () => random.real());
    const v = random.vector(n, () => random.real());
    return squareMatrix("rank one", n, (i, j) => u[i]! * v[j]!);
  },
  graded: (random) => {
    const n = random.integer(2, 40);
    return squareMatrix("graded", n, (i, j) => random.real() * 10 ** (-8 * (i + j) * (20 / n)));
  },
  "wide range": (random) =>
    squareMatrix("wide range", random.integer(2, 40), () => random.real() * 10 ** random.real(120)),
  unbalanced: (random) => {
    const n = random.integer(2, 40);
    const scale = random.vector(n, () => 10 ** random.real(30));
    return squareMatrix("unbalanced", n, (i, j) => (random.real() * scale[i]!) / scale[j]!);
  },
  tiny: (random) => squareMatrix("tiny", random.integer(1, 40), () => random.real() * 1e-300),
  huge: (random) => squareMatrix("huge", random.integer(1, 40), () => random.real() * 1e300),
  "equal blocks": (random) => {
    const [a, b, c] = [random.real(), random.real(), random.real()];
    const n = 2 * random.integer(1, 20);
    return squareMatrix("equal blocks", n, (i, j) =>
      i >> 1 === j >> 1 ? (i === j ? a : i < j ? b : -Math.abs(c)) : j > i ? 1 : 0,
    );
  },
  "noisy Hessenberg": (random) =>
    // Watkins's case: balancing must not blow up entries that are rounding noise
    squareMatrix("noisy Hessenberg", random.integer(3, 40), (i, j) =>
      j >= i - 1 ? random.real() : random.real() * 1e-17,
    ),
};
