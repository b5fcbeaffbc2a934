/**
 * √(re² + im²) without overflow or underflow on the way.
 *
 * Built from + × ÷ √ alone, which IEEE 754 fixes to the last bit; `Math.hypot` differs between engines.
 */
export function modulus(re: number, im: number): number {
  const a = Math.abs(re);
  const b = Math.abs(im);
  const large = Math.max(a, b);
  if (large === 0) return 0;
  const ratio = Math.min(a, b) / large;
  return large * Math.sqrt(1 + ratio * ratio);
}

/** (a + ib) / (c + id) by Smith's rule; the caller makes sure that the divisor is not zero. */
export function divide(a: number, b: number, c: number, d: number): [number, number] {
  if (Math.abs(c) >= Math.abs(d)) {
    const ratio = d / c;
    const scale = c + d * ratio;
    return [(a + b * ratio) / scale, (b - a * ratio) / scale];
  }
  const ratio = c / d;
  const scale = d + c * ratio;
  return [(a * ratio + b) / scale, (b * ratio - a) / scale];
}

/** ‖x‖₂ of a complex vector stored as two slices, without overflow or underflow on the way. */
export function norm2(re: ArrayLike<number>, im: ArrayLike<number>, start: number, end: number): number {
  let large = 0;
  for (let i = start; i < end; i++) large = Math.max(large, Math.abs(re[i]!), Math.abs(im[i]!));
  if (large === 0 || !Number.isFinite(large)) return large;
  let sum = 0;
  for (let i = start; i < end; i++) {
    const a = re[i]! / large;
    const b = im[i]! / large;
    sum += a * a + b * b;
  }
  return large * Math.sqrt(sum);
}
