import { float64s, int32s, uint8s } from "../../base/small-arrays.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { Code, type LineWorkspace } from "./workspace.ts";

/** The hyperplanes of one line that may be parallel to it, and have no crossing. */
export class FlatHyperplanes {
  readonly #model: StageModel;
  readonly #at: LineWorkspace;
  /** How many there are on the line that was listed last. */
  count = 0;
  /** Each of them, with its value at p and the bound on the value's error; made for the first line that has some. */
  #of: { readonly hyperplanes: Int32Array; readonly values: Float64Array; readonly errors: Float64Array } | undefined;
  /** 1 for those that are not surely on one side of all vertices of the line that are visited. */
  #loose: Uint8Array;
  #loosely = 0;

  constructor(model: StageModel, at: LineWorkspace) {
    this.#model = model;
    this.#at = at;
    this.#loose = NONE;
  }

  /** For a line without such hyperplanes. */
  clear(): void {
    this.count = 0;
    this.#loosely = 0;
  }

  /**
   * Lists the hyperplanes of the line that was crossed last.
   * @param central whether the line passes through the origin by structure: then centred hyperplanes that contain it
   *   are decided by δ alone.
   * @param from the vertices of the line with hyperplanes from ≤ j < to are visited.
   */
  list(central: boolean, from: number, to: number): void {
    const { rank, count: n, arrangementU: U, h, hError, uNorm, centred } = this.#model;
    const { codeWords, t, error, p, lineErrors } = this.#at;
    const { hyperplanes, values, errors } = this.#room;
    let count = 0;
    let reach = 0;
    for (let j = 0; j < n; j++) {
      const code = codeWords[2 * j]!;
      if ((code & Code.OWN) !== 0) continue;
      const byDelta = central && centred[j] === 1;
      if ((code & Code.FLAT) === 0) {
        if (!byDelta && j >= from && j < to) reach = Math.max(reach, Math.abs(t[j]!) + error[j]!);
        continue;
      }
      let a = -h[j]!;
      for (let i = 0; i < rank; i++) a += U[j * rank + i]! * p[i]!;
      hyperplanes[count] = j;
      values[count] = byDelta ? 0 : a;
      errors[count] = byDelta ? 1 : uNorm[j]! * lineErrors[0]! + hError[j]!;
      count++;
    }
    this.count = count;
    this.#loosely = 0;
    for (let i = 0; i < count; i++) {
      const isLoose = !this.#isDecided(i, reach);
      this.#loose[i] = isLoose ? 1 : 0;
      if (isLoose) this.#loosely++;
    }
  }

  get #room() {
    const { count } = this.#model;
    this.#of ??= { hyperplanes: int32s(count), values: float64s(count), errors: float64s(count) };
    if (this.#loose === NONE) this.#loose = uint8s(count);
    return this.#of;
  }

  /** @param i below `count`. */
  hyperplane(i: number): number {
    return this.#of!.hyperplanes[i]!;
  }

  /** Whether it is positive at p. */
  isPositive(i: number): boolean {
    return this.#of!.values[i]! > 0;
  }

  /** Whether each of them is surely on one side of all vertices of the line that are visited. */
  get areDecided(): boolean {
    return this.#loosely === 0;
  }

  /** Whether each of them is surely on one side of the crossing with j. */
  areDecidedAt(j: number): boolean {
    if (this.areDecided) return true;
    const reach = Math.abs(this.#at.t[j]!) + this.#at.error[j]!;
    for (let i = 0; i < this.count; i++) if (this.#loose[i] === 1 && !this.#isDecided(i, reach)) return false;
    return true;
  }

  /** Whether a hyperplane of slope at most 3·slopeError surely has the sign of its value at all |t| ≤ reach. */
  #isDecided(i: number, reach: number): boolean {
    const { hyperplanes, values, errors } = this.#of!;
    const slope = 3 * this.#model.uNorm[hyperplanes[i]!]! * this.#at.lineErrors[1]!;
    return Math.abs(values[i]!) > (errors[i]! + slope * reach) * this.#model.precision.slack;
  }
}

const NONE = new Uint8Array(0);
