import { gcd } from "./integers.ts";

/**
 * Polynomials in integers, the constant coefficient first, without zeros at the end; [] is zero. What matters is their
 * roots.
 */
export type Polynomial = readonly bigint[];

function trimmed(p: Polynomial): bigint[] {
  let n = p.length;
  while (n > 0 && p[n - 1] === 0n) n--;
  return p.slice(0, n);
}

/** Without the common divisor of its coefficients; the sign stays. */
function primitive(p: Polynomial): bigint[] {
  const content = p.reduce(gcd, 0n);
  return content === 0n ? [] : trimmed(p).map((x) => x / content);
}

/** A positive multiple of the remainder of f by g, and as many of the quotient. */
function divided(f: Polynomial, g: Polynomial): { quotient: bigint[]; remainder: bigint[] } {
  let rest = trimmed(f);
  const quotient = new Array<bigint>(Math.max(0, rest.length - g.length + 1)).fill(0n);
  const leading = g[g.length - 1]!;
  const size = leading < 0n ? -leading : leading;
  while (rest.length >= g.length) {
    const shift = rest.length - g.length;
    const factor = (leading < 0n ? -1n : 1n) * rest[rest.length - 1]!;
    for (let i = 0; i < quotient.length; i++) quotient[i] = quotient[i]! * size;
    quotient[shift] = quotient[shift]! + factor;
    rest = trimmed(rest.map((x, i) => x * size - (i >= shift ? factor * g[i - shift]! : 0n)));
  }
  return { quotient: primitive(quotient), remainder: primitive(rest) };
}

function greatestCommonDivisor(f: Polynomial, g: Polynomial): bigint[] {
  let [a, b] = [primitive(f), primitive(g)];
  while (b.length > 0) [a, b] = [b, divided(a, b).remainder];
  return a;
}

/** f_0, f_1, then minus the remainders: what Sturm counts sign changes of. */
function sturmChain(f0: Polynomial, f1: Polynomial): bigint[][] {
  const chain = [primitive(f0), primitive(f1)];
  while (chain[chain.length - 1]!.length > 0) {
    const [f, g] = chain.slice(-2) as [bigint[], bigint[]];
    chain.push(divided(f, g).remainder.map((x) => -x));
  }
  return chain.slice(0, -1);
}

function changes(signs: readonly bigint[]): number {
  const kept = signs.filter((x) => x !== 0n);
  return kept.filter((x, i) => i > 0 && x > 0n !== kept[i - 1]! > 0n).length;
}

const atInfinity = (p: Polynomial) => p[p.length - 1]!;
const atMinusInfinity = (p: Polynomial) => (p.length % 2 === 1 ? atInfinity(p) : -atInfinity(p));

/**
 * Number of negative roots of p with multiplicity, p(0) ≠ 0: those that p has, that gcd(p, p′) has again, and so on.
 */
function negativeRoots(p: Polynomial): number {
  if (p.length < 2) return 0;
  const derivative = p.slice(1).map((x, i) => x * BigInt(i + 1));
  const chain = sturmChain(p, derivative);
  const distinct = changes(chain.map(atMinusInfinity)) - changes(chain.map((f) => f[0]!));
  return distinct + negativeRoots(greatestCommonDivisor(p, derivative));
}

export interface RootCount {
  /** Re w < 0, with multiplicity. */
  readonly left: number;
  /** Re w > 0, with multiplicity. */
  readonly right: number;
  /** Re w = 0, with multiplicity. */
  readonly onAxis: number;
}

/**
 * On which side of the imaginary axis the roots of p lie, exactly.
 *
 * Roots that come with their mirror image −w are those of gcd(p(w), p(−w)), a polynomial in w²: one on the axis is a
 * negative root of that (Sturm), others lie left and right in equal number. Without them, left − right is the Cauchy
 * index of the parts of p(iy) (Routh and Hurwitz; Gantmacher, The theory of matrices, XV).
 */
export function sidesOfRoots(p: Polynomial): RootCount {
  const zeros = p.findIndex((x) => x !== 0n);
  if (zeros > 0) {
    const rest = sidesOfRoots(p.slice(zeros));
    return { ...rest, onAxis: rest.onAxis + zeros };
  }
  const mirrored = p.map((x, i) => (i % 2 === 1 ? -x : x));
  const paired = greatestCommonDivisor(p, mirrored);
  const squares = paired.filter((_, i) => i % 2 === 0);
  const onAxis = 2 * negativeRoots(squares);
  const pairs = (paired.length - 1 - onAxis) / 2;
  const single = divided(p, paired).quotient;
  const n = single.length - 1;
  if (n === 0) return { left: pairs, right: pairs, onAxis };
  // a_0 y^n − a_2 y^(n−2) + … and a_1 y^(n−1) − a_3 y^(n−3) + …, a_0 the leading coefficient
  const part = (odd: number) =>
    single.map((x, i) => {
      const k = n - i;
      return k % 2 !== odd ? 0n : Math.floor(k / 2) % 2 === 1 ? -x : x;
    });
  const chain = sturmChain(trimmed(part(0)), trimmed(part(1)));
  const index = changes(chain.map(atMinusInfinity)) - changes(chain.map(atInfinity));
  return { left: pairs + (n + index) / 2, right: pairs + (n - index) / 2, onAxis };
}

/**
 * p(λ) with λ = (1 + w)/(1 − w), times (1 − w)^n: |λ| < 1 becomes Re w < 0. A root at λ = −1 goes to infinity and the
 * degree drops.
 */
export function fromCircleToAxis(p: Polynomial): bigint[] {
  const n = p.length - 1;
  const times = (f: readonly bigint[], c: bigint) =>
    // f·(1 + c w)
    [...f, 0n].map((x, i) => x + (i > 0 ? c * f[i - 1]! : 0n));
  let total = new Array<bigint>(n + 1).fill(0n);
  for (let k = 0; k <= n; k++) {
    let term: bigint[] = [p[k]!];
    for (let i = 0; i < k; i++) term = times(term, 1n);
    for (let i = k; i < n; i++) term = times(term, -1n);
    total = total.map((x, i) => x + term[i]!);
  }
  return trimmed(total);
}
