/** Rounds of the calibration loop: a few tens of milliseconds on a machine of 2020. */
const ROUNDS = 400_000;

/**
 * Fixed float64 work of the kind that the CPU stages do: eliminations of 4×4 matrices in flat arrays. A machine's speed
 * for quick comparisons: what the times of `bench:quick` are divided by.
 * @returns seconds.
 */
export function calibrate(rounds = ROUNDS): number {
  const matrix = new Float64Array(16);
  let sum = 0;
  const started = performance.now();
  for (let round = 0; round < rounds; round++) {
    for (let at = 0; at < 16; at++) matrix[at] = ((at * 7 + round) % 11) + (at % 5 === 0 ? 20 : 0);
    for (let column = 0; column < 4; column++) {
      for (let i = column + 1; i < 4; i++) {
        const factor = matrix[i * 4 + column]! / matrix[column * 4 + column]!;
        for (let k = column; k < 4; k++) matrix[i * 4 + k]! -= factor * matrix[column * 4 + k]!;
      }
    }
    sum += matrix[15]!;
  }
  const seconds = (performance.now() - started) / 1000;
  // so that no compiler drops the work
  if (Number.isNaN(sum)) throw new Error("the calibration loop divided by zero");
  return seconds;
}

/** The least of several: whatever else runs can only make it longer. */
export function leastCalibration(times = 5): number {
  return Math.min(...Array.from({ length: times }, () => calibrate()));
}
