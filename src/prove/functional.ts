/** A functional of a proof: whole numbers, one for each equation of the root. */
export interface Functional {
  readonly y: Float64Array;
  /** Whether it needs 32 bits. */
  readonly wide: boolean;
}

const BYTE = 127;
const WORD = 2 ** 30;

/** sign·y in whole numbers of one byte, or of 32 bits; undefined for one that is zero or no number. */
export function quantise(y: Float64Array, sign: 1 | -1, wide: boolean): Functional | undefined {
  let largest = 0;
  for (let i = 0; i < y.length; i++) largest = Math.max(largest, Math.abs(y[i]!));
  if (!(largest > 0 && largest < Number.POSITIVE_INFINITY)) return undefined;
  const factor = (sign * (wide ? WORD : BYTE)) / largest;
  const whole = new Float64Array(y.length);
  // + 0: no −0
  for (let i = 0; i < y.length; i++) whole[i] = Math.round(y[i]! * factor) + 0;
  return { y: whole, wide };
}
