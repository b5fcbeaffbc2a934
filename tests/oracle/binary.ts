/** Numbers m·2^e of the independent oracle, written apart from src/model so that a mistake there can't hide here. */
export interface Binary {
  readonly m: bigint;
  readonly e: number;
}

export const NOTHING: Binary = { m: 0n, e: 0 };
export const UNIT: Binary = { m: 1n, e: 0 };

const view = new DataView(new ArrayBuffer(8));

/** A float64 by its bits: sign, exponent, fraction. */
export function binaryOf(x: number): Binary {
  if (!Number.isFinite(x)) throw new RangeError(`a number must be finite, got ${x}`);
  if (x === 0) return NOTHING;
  view.setFloat64(0, x);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & ((1n << 52n) - 1n);
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n);
  return { m: x < 0 ? -magnitude : magnitude, e: Math.max(biased, 1) - 1075 };
}

export function sum(a: Binary, b: Binary): Binary {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const e = Math.min(a.e, b.e);
  return { m: (a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e)), e };
}

export function product(a: Binary, b: Binary): Binary {
  return a.m === 0n || b.m === 0n ? NOTHING : { m: a.m * b.m, e: a.e + b.e };
}

export function opposite(a: Binary): Binary {
  return { m: -a.m, e: a.e };
}

/** −1, 0 or 1. */
export function signOf(a: Binary): -1 | 0 | 1 {
  return a.m > 0n ? 1 : a.m < 0n ? -1 : 0;
}
