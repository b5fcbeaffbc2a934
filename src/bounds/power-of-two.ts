import { powerOfTwo } from "../model/power-of-two.ts";

/** x·2^e, exact wherever the result is a normal float64; in two steps, because 2^e alone may leave the range. */
export function timesPowerOfTwo(x: number, e: number): number {
  const half = Math.trunc(e / 2);
  return x * powerOfTwo(half) * powerOfTwo(e - half);
}
