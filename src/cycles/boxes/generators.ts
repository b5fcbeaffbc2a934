/**
 * Multiplies the generators before number `old` by J, and sums |g| over the box's P generators, and |g| and g gᵀ over
 * the others up to number `size`. Written out for few dimensions, as much of the time goes here.
 * @param D dimension. @param R rows of J, R×D. @param W R×R. @param scratch D numbers.
 */
export function moveGenerators(
  J: Float64Array,
  D: number,
  R: number,
  P: number,
  old: number,
  size: number,
  generators: Float64Array,
  boxSum: Float64Array,
  Q: Float64Array,
  W: Float64Array,
  scratch: Float64Array,
): void {
  if (D === 2 && R === 2) {
    moveTwo(J, P, old, size, generators, boxSum, Q, W);
    return;
  }
  if (D === 3 && R === 3) {
    moveThree(J, P, old, size, generators, boxSum, Q, W);
    return;
  }
  for (let g = 0; g < old; g++) {
    const at = g * D;
    for (let i = 0; i < R; i++) {
      let sum = 0;
      for (let n = 0; n < D; n++) sum += J[i * D + n]! * generators[at + n]!;
      scratch[i] = sum;
    }
    for (let i = 0; i < R; i++) generators[at + i] = scratch[i]!;
  }
  for (let i = 0; i < R; i++) {
    let sum = 0;
    for (let g = 0; g < P; g++) sum += Math.abs(generators[g * D + i]!);
    boxSum[i] = sum;
    sum = 0;
    for (let g = P; g < size; g++) sum += Math.abs(generators[g * D + i]!);
    Q[i] = sum;
    for (let n = 0; n <= i; n++) {
      sum = 0;
      for (let at = P * D; at < size * D; at += D) sum += generators[at + i]! * generators[at + n]!;
      W[i * R + n] = sum;
      W[n * R + i] = sum;
    }
  }
}

function moveTwo(
  J: Float64Array,
  P: number,
  old: number,
  size: number,
  generators: Float64Array,
  boxSum: Float64Array,
  Q: Float64Array,
  W: Float64Array,
): void {
  const [j0, j1, j2, j3] = [J[0]!, J[1]!, J[2]!, J[3]!];
  let s0 = 0;
  let s1 = 0;
  let w00 = 0;
  let w10 = 0;
  let w11 = 0;
  for (let g = 0; g < size; g++) {
    const at = 2 * g;
    let a = generators[at]!;
    let b = generators[at + 1]!;
    if (g < old) {
      const first = j0 * a + j1 * b;
      b = j2 * a + j3 * b;
      a = first;
      generators[at] = a;
      generators[at + 1] = b;
    }
    if (g === P) {
      boxSum[0] = s0;
      boxSum[1] = s1;
      s0 = 0;
      s1 = 0;
    }
    s0 += Math.abs(a);
    s1 += Math.abs(b);
    if (g < P) continue;
    w00 += a * a;
    w10 += b * a;
    w11 += b * b;
  }
  const sums = size > P ? Q : boxSum;
  sums[0] = s0;
  sums[1] = s1;
  if (size === P) Q.fill(0);
  W[0] = w00;
  W[1] = w10;
  W[2] = w10;
  W[3] = w11;
}

function moveThree(
  J: Float64Array,
  P: number,
  old: number,
  size: number,
  generators: Float64Array,
  boxSum: Float64Array,
  Q: Float64Array,
  W: Float64Array,
): void {
  const [j0, j1, j2, j3, j4, j5, j6, j7, j8] = [J[0]!, J[1]!, J[2]!, J[3]!, J[4]!, J[5]!, J[6]!, J[7]!, J[8]!];
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let w00 = 0;
  let w10 = 0;
  let w11 = 0;
  let w20 = 0;
  let w21 = 0;
  let w22 = 0;
  for (let g = 0; g < size; g++) {
    const at = 3 * g;
    let a = generators[at]!;
    let b = generators[at + 1]!;
    let c = generators[at + 2]!;
    if (g < old) {
      const first = j0 * a + j1 * b + j2 * c;
      const second = j3 * a + j4 * b + j5 * c;
      c = j6 * a + j7 * b + j8 * c;
      a = first;
      b = second;
      generators[at] = a;
      generators[at + 1] = b;
      generators[at + 2] = c;
    }
    if (g === P) {
      boxSum[0] = s0;
      boxSum[1] = s1;
      boxSum[2] = s2;
      s0 = 0;
      s1 = 0;
      s2 = 0;
    }
    s0 += Math.abs(a);
    s1 += Math.abs(b);
    s2 += Math.abs(c);
    if (g < P) continue;
    w00 += a * a;
    w10 += b * a;
    w11 += b * b;
    w20 += c * a;
    w21 += c * b;
    w22 += c * c;
  }
  const sums = size > P ? Q : boxSum;
  sums[0] = s0;
  sums[1] = s1;
  sums[2] = s2;
  if (size === P) Q.fill(0);
  W[0] = w00;
  W[1] = w10;
  W[2] = w20;
  W[3] = w10;
  W[4] = w11;
  W[5] = w21;
  W[6] = w20;
  W[7] = w21;
  W[8] = w22;
}
