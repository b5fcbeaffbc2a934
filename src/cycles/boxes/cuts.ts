import { TINY } from "../../search/kernel/bounds.ts";
import { halfWidth, middle } from "../../search/kernel/kernel.ts";
import { FEW_TERMS } from "./rounding.ts";

/** For each parameter of a box an interval of s. */
export interface Intervals {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** The part of a box |s_p| ≤ 1 that linear inequalities leave. */
export class Cuts implements Intervals {
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** The a of `cut`. */
  readonly coefficients: Float64Array;

  constructor(parameters: number) {
    this.low = new Float64Array(parameters);
    this.high = new Float64Array(parameters);
    this.coefficients = new Float64Array(parameters);
  }

  begin(): void {
    this.low.fill(-1);
    this.high.fill(1);
  }

  /**
   * Cuts by value ± rest + sign·a·s ≤ 0, where `rest` bounds the error of `value` and the a·s that are computed, too.
   * @returns false if nothing is left.
   */
  cut(value: number, rest: number, sign: 1 | -1): boolean {
    const { low, high, coefficients } = this;
    let sum = 0;
    for (let p = 0; p < coefficients.length; p++) sum += Math.abs(coefficients[p]!);
    const room = rest - value + (Math.abs(value) + rest + sum) * FEW_TERMS + TINY;
    if (room + sum < 0) return false;
    if (!(room < sum)) return true;
    for (let p = 0; p < coefficients.length; p++) {
      const a = Math.abs(coefficients[p]!);
      // |a| s ≤ room + the others
      const most = room + (sum - a) * (1 + FEW_TERMS);
      if (!(most < a)) continue;
      let bound = most / a;
      bound += Math.abs(bound) * FEW_TERMS;
      if (coefficients[p]! > 0 === sign > 0) {
        if (bound < high[p]!) high[p] = bound;
      } else if (-bound > low[p]!) low[p] = -bound;
      if (low[p]! > high[p]!) return false;
    }
    return true;
  }

  /**
   * Writes what is left of s here and in `other` as shifts and scales.
   * @returns the share of the volume that is left.
   */
  shrink(shifts: Float64Array, scales: Float64Array, other: Intervals | undefined): number {
    let volume = 1;
    for (let p = 0; p < shifts.length; p++) {
      let low = this.low[p]!;
      let high = this.high[p]!;
      if (other !== undefined) {
        low = Math.max(low, other.low[p]!);
        high = Math.min(high, other.high[p]!);
      }
      // what is left may be nothing; then a point serves
      high = Math.max(low, high);
      shifts[p] = middle(low, high);
      scales[p] = low === -1 && high === 1 ? 1 : halfWidth(low, high, shifts[p]!) + TINY;
      volume *= scales[p]!;
    }
    return volume;
  }
}
