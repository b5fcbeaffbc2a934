/**
 * The number of squarings: the root of the norm of B^(2^ROUNDS) is the largest eigenvalue up to a factor of about
 * n^(2^-ROUNDS).
 */
const ROUNDS = 12;

/** The largest eigenvalue of a matrix without negative entries, as the limit of ‖B^m‖^(1/m) (Gelfand), by squaring. */
export function largestRoot(B: readonly (readonly number[])[]): number {
  let power = B.map((row) => [...row]);
  let exponent = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const norm = Math.max(...power.flat());
    if (norm === 0) return 0;
    if (!Number.isFinite(norm)) return Number.POSITIVE_INFINITY;
    // log₂ of what was taken out so far, per factor of B
    exponent += Math.log2(norm) / 2 ** round;
    power = power.map((row) => row.map((x) => x / norm));
    if (round === ROUNDS) break;
    const before = power;
    power = before.map((row) => before[0]!.map((_, k) => row.reduce((sum, x, l) => sum + x * before[l]![k]!, 0)));
  }
  return 2 ** exponent;
}

/**
 * |(J − w)⁻¹| row by row for a complex w, by Gauss and Jordan on the real form [[J − re, im], [−im, J − re]]; undefined
 * where it is singular.
 */
export function resolvent(
  J: readonly number[],
  n: number,
  [re, im]: readonly [number, number],
): number[][] | undefined {
  const size = 2 * n;
  const rows = Array.from({ length: size }, (_, i) =>
    Array.from({ length: 2 * size }, (__, k) => {
      if (k >= size) return k - size === i ? 1 : 0;
      const [a, b] = [i % n, k % n];
      if (i < n === k < n) return J[a * n + b]! - (a === b ? re : 0);
      return a === b ? (i < n ? im : -im) : 0;
    }),
  );
  for (let c = 0; c < size; c++) {
    let pivot = c;
    for (let i = c + 1; i < size; i++) if (Math.abs(rows[i]![c]!) > Math.abs(rows[pivot]![c]!)) pivot = i;
    [rows[c], rows[pivot]] = [rows[pivot]!, rows[c]!];
    const lead = rows[c]![c]!;
    if (!(Math.abs(lead) > 0)) return undefined;
    rows[c] = rows[c]!.map((x) => x / lead);
    rows.forEach((row, i) => {
      if (i === c || row[c] === 0) return;
      const factor = row[c]!;
      rows[i] = row.map((x, k) => x - factor * rows[c]![k]!);
    });
  }
  return Array.from({ length: n }, (_, i) =>
    Array.from({ length: n }, (__, k) => Math.hypot(rows[i]![size + k]!, rows[i]![size + n + k]!)),
  );
}
