import { powerOfTwo } from "../model/power-of-two.ts";

const scratch = new DataView(new ArrayBuffer(8));

/** ⌊log₂ x⌋ for a positive finite x. */
export function exponentOf(x: number): number {
  const normal = x >= 2 ** -1022;
  scratch.setFloat64(0, normal ? x : x * 2 ** 54);
  return (scratch.getUint32(0) >>> 20) - 1023 - (normal ? 0 : 54);
}

/** x·2^e, rounded once where the result is subnormal. */
export function scaleByPowerOfTwo(x: number, e: number): number {
  let value = x;
  let left = e;
  while (left > 1000) {
    value *= 2 ** 1000;
    left -= 1000;
  }
  while (left < -1000) {
    value *= 2 ** -1000;
    left += 1000;
  }
  return value * powerOfTwo(left);
}
