const LEAST = -1074;
const GREATEST = 1023;

const powers = new Float64Array(GREATEST - LEAST + 1);
for (let e = 0, power = 1; e <= GREATEST; e++, power *= 2) powers[e - LEAST] = power;
for (let e = -1, power = 0.5; e >= LEAST; e--, power /= 2) powers[e - LEAST] = power;

/**
 * 2^e for an integer e, exactly; 0 and Infinity beyond the range of float64. The powers come from a table, as `2 ** e`
 * calls a power function each time.
 */
export function powerOfTwo(e: number): number {
  if (e > GREATEST) return Number.POSITIVE_INFINITY;
  return e < LEAST ? 0 : powers[e - LEAST]!;
}

const scratch = new DataView(new ArrayBuffer(8));

/** ⌊log₂ x⌋ for a positive finite x. */
export function exponentOf(x: number): number {
  const normal = x >= 2 ** -1022;
  scratch.setFloat64(0, normal ? x : x * 2 ** 54);
  return (scratch.getUint32(0) >>> 20) - 1023 - (normal ? 0 : 54);
}

/** x·2^e for an integer e, infinite past the range; rounded once, and only where the result is subnormal. */
export function scaleByPowerOfTwo(x: number, e: number): number {
  if (e >= LEAST && e <= GREATEST) return x * powers[e - LEAST]!;
  let value = x;
  // past three tables every float64 but zero is infinite or zero
  let left = Math.max(3 * LEAST, Math.min(-3 * LEAST, e));
  for (; left > 1000; left -= 1000) value *= 2 ** 1000;
  for (; left < -1000; left += 1000) value *= 2 ** -1000;
  return value * powerOfTwo(left);
}
