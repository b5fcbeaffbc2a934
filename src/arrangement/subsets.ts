import { binomial } from "./counts.ts";

/**
 * Subsets of {0 … n−1} of size k in lexicographic order, by rank. Ranks are BigInt: C(1000, 4) is 4·10^10, and larger
 * arrangements pass 2^53. Inner loops need no ranks: a batch starts at a rank and goes on with `nextSubset`.
 */
export function unrankSubset(n: number, k: number, rank: bigint, out: Uint32Array | Int32Array, offset = 0): void {
  // the first of all, with which most small models begin
  if (rank === 0n && k <= n) {
    for (let i = 0; i < k; i++) out[offset + i] = i;
    return;
  }
  const count = binomial(n, k);
  if (rank < 0n || rank >= count)
    throw new RangeError(`subset rank ${rank} is outside [0, ${count}) for C(${n}, ${k})`);
  // no product of a step then passes 2^53
  if (count * BigInt(n) < BigInt(Number.MAX_SAFE_INTEGER)) {
    unrankSmall(n, k, Number(rank), Number(count), out, offset);
    return;
  }
  let rest = rank;
  let first = 0;
  // subsets whose element i is `first`: choose the other k−i−1 from those above it
  let block = k === 0 ? 0n : binomial(n - 1, k - 1);
  for (let i = 0; i < k; i++) {
    const r = k - i - 1;
    while (rest >= block) {
      rest -= block;
      // C(m−1, r) = C(m, r)·(m − r)/m
      const m = n - first - 1;
      block = m === 0 ? 0n : (block * BigInt(m - r)) / BigInt(m);
      first++;
    }
    // C(m−1, r−1) = C(m, r)·r/m
    const m = n - first - 1;
    block = m === 0 ? 0n : (block * BigInt(r)) / BigInt(m);
    out[offset + i] = first++;
  }
}

/** The same in float64, where every number is an integer that it holds. @param count C(n, k). */
function unrankSmall(
  n: number,
  k: number,
  rank: number,
  count: number,
  out: Uint32Array | Int32Array,
  offset: number,
): void {
  // of the subsets of r elements of the last ones so many are this one and those that come after it
  let left = count - rank;
  let fewer = n;
  for (let i = 0; i < k; i++) {
    const r = k - i;
    // the element is n − q for the least q with C(q, r) ≥ left: q^r/r! is near that
    let factorial = 1;
    for (let f = 2; f <= r; f++) factorial *= f;
    let q = Math.min(fewer, Math.max(r, Math.round((left * factorial) ** (1 / r) + (r - 1) / 2)));
    let all = choose(q, r);
    while (all < left) all = choose(++q, r);
    for (;;) {
      const smaller = choose(q - 1, r);
      if (smaller < left) {
        // those without the element come after all that have it
        left -= smaller;
        break;
      }
      q--;
    }
    out[offset + i] = n - q;
    fewer = q - 1;
  }
}

/** C(n, k) in float64: its partial products are integers, and at most n times as large. */
function choose(n: number, k: number): number {
  const factors = Math.min(k, n - k);
  let count = factors < 0 ? 0 : 1;
  for (let i = 0; i < factors; i++) count = (count * (n - i)) / (i + 1);
  return count;
}

/**
 * Steps to the lexicographic successor in place.
 * @returns the first position that changed, or −1 after the last subset (left as it was).
 */
export function nextSubset(n: number, k: number, subset: Uint32Array | Int32Array): number {
  let i = k - 1;
  while (i >= 0 && subset[i] === n - k + i) i--;
  if (i < 0) return -1;
  subset[i]!++;
  for (let j = i + 1; j < k; j++) subset[j] = subset[j - 1]! + 1;
  return i;
}
