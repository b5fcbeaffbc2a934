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
  return e < LEAST ? 0 : powers[e - LEAST];
}
