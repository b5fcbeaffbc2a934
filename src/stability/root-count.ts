import { abs, content } from "../exact/integers.ts";
import { type ExactMatrix, lowestTerms } from "../exact/matrix.ts";
import type { Time } from "../model/system.ts";
import { product } from "./integer-matrix.ts";

/** Integer coefficients in ascending order of degree, the last one non-zero; [] is the zero polynomial. */
export type Polynomial = readonly bigint[];

/**
 * The numbers of roots, with multiplicity, inside, on and outside the unit circle (discrete time), or left of, on and
 * right of the imaginary axis (continuous time).
 */
export interface RootCount {
  readonly inside: number;
  /** Roots on the unit circle (continuous time: on the imaginary axis). */
  readonly boundary: number;
  readonly outside: number;
}

/**
 * A positive multiple of det(λI − J) with integer coefficients, by Faddeev and LeVerrier: M ← K M + c I, c = −tr(K
 * M)/k, where the division is exact in integers.
 */
export function characteristicPolynomial(J: ExactMatrix): Polynomial {
  const { n } = J;
  const { integers: K, exponent } = lowestTerms(J);
  const coefficients = new Array<bigint>(n + 1);
  coefficients[n] = 1n;
  let M = new Array<bigint>(n * n).fill(0n);
  let c = 1n;
  for (let k = 1; k <= n; k++) {
    for (let i = 0; i < n; i++) M[i * n + i]! += c;
    M = product(K, M, n, n, n);
    let trace = 0n;
    for (let i = 0; i < n; i++) trace += M[i * n + i]!;
    c = -trace / BigInt(k);
    coefficients[n - k] = c;
  }
  // det(λI − 2^e K): the coefficient of λ^(n−k) is c_k 2^(ek)
  const shifted = coefficients.map((value, power) =>
    exponent >= 0 ? value << BigInt(exponent * (n - power)) : value << BigInt(-exponent * power),
  );
  return primitive(shifted);
}

/**
 * The numbers of roots of a real polynomial inside, on and outside the stability boundary: exact, without exceptional
 * cases.
 *
 * Discrete time: z = (1 + s)/(1 − s) takes the unit disc to the left half-plane; −1 goes to infinity and shows as a
 * drop of degree. Continuous time, after Routh and Hurwitz: with p(s) = E(s²) + s·O(s²) the common factor g = gcd(E, O)
 * holds all roots that are symmetric about 0. Its negative real roots (Sturm) are the imaginary pairs of p, its others
 * pairs ±s. For the rest, (left) − (right) is a Cauchy index, read off a Sturm chain. (Gantmacher, "The theory of
 * matrices", vol. 2, ch. XV.)
 *
 * @throws RangeError on the zero polynomial.
 */
export function countRoots(p: Polynomial, time: Time): RootCount {
  const polynomial = trim(p);
  if (polynomial.length === 0) throw new RangeError("the zero polynomial has every number as a root");
  if (time === "continuous") return countByHalfPlane(polynomial);
  const transformed = toHalfPlane(polynomial);
  const atMinusOne = polynomial.length - transformed.length;
  const count = countByHalfPlane(transformed);
  return { ...count, boundary: count.boundary + atMinusOne };
}

/** Σ c_k (1 + s)^k (1 − s)^(n−k). */
function toHalfPlane(p: Polynomial): Polynomial {
  const n = p.length - 1;
  let result: bigint[] = [p[n]!];
  let power: bigint[] = [1n];
  // Horner in (1 + s), with the powers of (1 − s) carried along
  for (let k = n - 1; k >= 0; k--) {
    power = multiplyByLinear(power, -1n);
    result = multiplyByLinear(result, 1n);
    for (let i = 0; i < power.length; i++) result[i]! += p[k]! * power[i]!;
  }
  return trim(result);
}

/** q(s)·(1 + a s). */
function multiplyByLinear(q: readonly bigint[], a: bigint): bigint[] {
  const out = [...q, 0n];
  for (let i = 0; i < q.length; i++) out[i + 1]! += a * q[i]!;
  return out;
}

function countByHalfPlane(p: Polynomial): RootCount {
  const atZero = p.findIndex((c) => c !== 0n);
  const rest = p.slice(atZero);
  const even = trim(rest.filter((_, k) => k % 2 === 0));
  const odd = trim(rest.filter((_, k) => k % 2 === 1));
  const symmetric = odd.length === 0 ? even : greatestCommonDivisor(even, odd);
  const pairs = symmetric.length - 1;
  const imaginaryPairs = negativeRoots(symmetric);
  const skew = skewCount(divideExactly(even, symmetric), divideExactly(odd, symmetric));
  return {
    inside: pairs - imaginaryPairs + skew.left,
    boundary: atZero + 2 * imaginaryPairs,
    outside: pairs - imaginaryPairs + skew.right,
  };
}

/**
 * Roots of E(s²) + s·O(s²) left and right of the imaginary axis, E and O coprime and E(0) ≠ 0, so that none lies on it.
 */
function skewCount(even: Polynomial, odd: Polynomial): { left: number; right: number } {
  const degree = Math.max(2 * (even.length - 1), 2 * odd.length - 1);
  // real and imaginary part on s = iω
  const re = new Array<bigint>(2 * even.length - 1).fill(0n);
  even.forEach((c, k) => {
    re[2 * k] = k % 2 === 0 ? c : -c;
  });
  const im = new Array<bigint>(2 * odd.length).fill(0n);
  odd.forEach((c, k) => {
    im[2 * k + 1] = k % 2 === 0 ? c : -c;
  });
  const chain = degree % 2 === 0 ? sturmChain(re, trim(im)) : sturmChain(trim(im), re);
  const index = variations(chain, atMinusInfinity) - variations(chain, atPlusInfinity);
  const difference = degree % 2 === 0 ? -index : index;
  return { left: (degree + difference) / 2, right: (degree - difference) / 2 };
}

/** Negative real roots with multiplicity; f(0) ≠ 0. */
function negativeRoots(f: Polynomial): number {
  let total = 0;
  let rest = f;
  while (rest.length > 1) {
    const chain = sturmChain(rest, derivative(rest));
    total += variations(chain, atMinusInfinity) - variations(chain, (q) => q[0]!);
    // the last of the chain is gcd(f, f′), which has every root once less
    rest = primitive(chain[chain.length - 1]!);
  }
  return total;
}

function derivative(f: Polynomial): Polynomial {
  return f.slice(1).map((c, k) => c * BigInt(k + 1));
}

/**
 * f, g, −rem(f, g), …, each up to a positive factor, until the next would be zero; deg f ≥ deg g.
 *
 * Coefficients are kept small by the divisors of the subresultant sequence (Brown and Traub, "On Euclid's algorithm and
 * the theory of subresultants", J. ACM 18, 1971), whose magnitudes are known beforehand.
 */
function sturmChain(f: Polynomial, g: Polynomial): Polynomial[] {
  const chain = [f];
  let next = g;
  let psi = 1n;
  let divisor = 1n;
  while (next.length > 0) {
    const previous = chain[chain.length - 1]!;
    const drop = previous.length - next.length;
    if (chain.length > 1) {
      const lead = abs(previous[previous.length - 1]!);
      const earlier = chain[chain.length - 2]!.length - previous.length;
      if (earlier > 0) psi = lead ** BigInt(earlier) / psi ** BigInt(earlier - 1);
      divisor = lead * psi ** BigInt(drop);
    }
    chain.push(next);
    const scale = divisor;
    next = positiveRemainder(previous, next).map((c) => -c / scale);
  }
  return chain;
}

/** |lead g|^(deg f − deg g + 1) times the remainder of f divided by g. */
function positiveRemainder(f: Polynomial, g: Polynomial): Polynomial {
  const lead = g[g.length - 1]!;
  const scale = abs(lead);
  const rest = [...f];
  for (let top = f.length - 1; top >= g.length - 1; top--) {
    const factor = lead > 0n ? rest[top]! : -rest[top]!;
    const shift = top - g.length + 1;
    for (let k = 0; k < top; k++) rest[k]! *= scale;
    for (let k = 0; k < g.length - 1; k++) rest[k + shift]! -= factor * g[k]!;
  }
  return trim(rest.slice(0, g.length - 1));
}

/** Primitive, positive leading coefficient. */
function greatestCommonDivisor(f: Polynomial, g: Polynomial): Polynomial {
  const chain = f.length >= g.length ? sturmChain(f, g) : sturmChain(g, f);
  const last = primitive(chain[chain.length - 1]!);
  return last[last.length - 1]! < 0n ? last.map((c) => -c) : last;
}

/** f/g up to a positive factor, for a primitive g that divides f and has a positive leading coefficient. */
function divideExactly(f: Polynomial, g: Polynomial): Polynomial {
  const rest = [...f];
  const quotient = new Array<bigint>(Math.max(f.length - g.length + 1, 0));
  const lead = g[g.length - 1]!;
  for (let k = quotient.length - 1; k >= 0; k--) {
    // by Gauss's lemma the quotient by a primitive divisor is integer
    quotient[k] = rest[k + g.length - 1]! / lead;
    for (let i = 0; i < g.length; i++) rest[k + i]! -= quotient[k]! * g[i]!;
  }
  return quotient;
}

function atPlusInfinity(q: Polynomial): bigint {
  return q[q.length - 1]!;
}

function atMinusInfinity(q: Polynomial): bigint {
  return q.length % 2 === 1 ? q[q.length - 1]! : -q[q.length - 1]!;
}

/** Sign changes along the chain, zeros left out. */
function variations(chain: readonly Polynomial[], value: (q: Polynomial) => bigint): number {
  let count = 0;
  let last = 0n;
  for (const q of chain) {
    const x = value(q);
    if (x === 0n) continue;
    if (last !== 0n && x > 0n !== last > 0n) count++;
    last = x;
  }
  return count;
}

function primitive(q: Polynomial): Polynomial {
  const divisor = content(q);
  return divisor === 0n || divisor === 1n ? trim(q) : trim(q.map((c) => c / divisor));
}

function trim(q: Polynomial): Polynomial {
  let length = q.length;
  while (length > 0 && q[length - 1] === 0n) length--;
  return length === q.length ? q : q.slice(0, length);
}
