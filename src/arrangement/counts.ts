/** C(n, k), exact. */
export function binomial(n: number, k: number): bigint {
  if (k < 0 || k > n) return 0n;
  const factors = Math.min(k, n - k);
  let i = 1;
  // in float64 as long as the numbers are exact
  let small = 1;
  for (; i <= factors && small * (n - i + 1) <= Number.MAX_SAFE_INTEGER; i++) small = (small * (n - i + 1)) / i;
  let result = BigInt(small);
  for (; i <= factors; i++) result = (result * BigInt(n - i + 1)) / BigInt(i);
  return result;
}

/**
 * Σ_{r=0..ρ} C(n, r): regions of n hyperplanes in general position in ρ dimensions, and the most that any n hyperplanes
 * of rank ρ can cut (Zaslavsky 1975; Pals 2023).
 */
export function genericRegionCount(n: number, rho: number): bigint {
  let total = 0n;
  // C(n, r + 1) = C(n, r)·(n − r)/(r + 1)
  let term = 1n;
  for (let r = 0; r <= Math.min(rho, n); r++) {
    total += term;
    term = (term * BigInt(n - r)) / BigInt(r + 1);
  }
  return total;
}

/**
 * The number of subsets of n hyperplanes of rank ρ that the regions method enumerates, of all sizes in owned mode and of
 * ρ hyperplanes in branch mode.
 */
export function subsetCount(n: number, rho: number, mode: "owned" | "branch"): bigint {
  return mode === "owned" ? genericRegionCount(n, rho) : binomial(n, rho);
}

/** The subsets of one of several parts, counted from 1, of an enumeration in owner mode, and how many there are in all. */
export function rangeOfPart(
  n: number,
  rho: number,
  { index, of }: { readonly index: number; readonly of: number },
): { readonly range: { readonly from: bigint; readonly to: bigint }; readonly total: bigint } {
  const total = subsetCount(n, rho, "owned");
  const border = (k: number): bigint => (total * BigInt(k)) / BigInt(of);
  return { range: { from: border(index - 1), to: border(index) }, total };
}
