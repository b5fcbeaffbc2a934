import type { StageModel } from "../../stages/stage-model.ts";
import { Code, type LineWorkspace } from "./workspace.ts";

/** A hyperplane that may be parallel to the line: its value at p, with the bound on its error. */
interface FlatHyperplane {
  readonly j: number;
  readonly a: number;
  readonly error: number;
}

/** The hyperplanes of one line that may be parallel to it, and have no crossing. */
export class FlatHyperplanes {
  readonly #model: StageModel;
  readonly #at: LineWorkspace;
  #all: readonly FlatHyperplane[] = [];
  #loose: readonly FlatHyperplane[] = [];

  constructor(model: StageModel, at: LineWorkspace) {
    this.#model = model;
    this.#at = at;
  }

  /** For a line without such hyperplanes. */
  clear(): void {
    this.#all = [];
    this.#loose = [];
  }

  /**
   * Lists the hyperplanes of the line that was crossed last.
   * @param central whether the line passes through the origin by structure: then centred hyperplanes that contain it
   *   are decided by δ alone.
   * @param from the vertices of the line with hyperplanes from ≤ j < to are visited. @param own told of each listed
   *   hyperplane among these.
   */
  list(central: boolean, from: number, to: number, own: (j: number) => void): void {
    const { rank, count: n, arrangementU: U, h, hError, uNorm, centred } = this.#model;
    const { codeWords, t, error, p, lineErrors } = this.#at;
    const all: FlatHyperplane[] = [];
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
      const bound = uNorm[j]! * lineErrors[0]! + hError[j]!;
      all.push(byDelta ? { j, a: 0, error: 1 } : { j, a, error: bound });
      if (j >= from && j < to) own(j);
    }
    this.#all = all;
    this.#loose = all.filter((each) => !this.#isDecided(each, reach));
  }

  /** Calls `take` for each hyperplane that is positive at p. */
  forEachPositive(take: (j: number) => void): void {
    for (const { j, a } of this.#all) if (a > 0) take(j);
  }

  /** Whether each of them is surely on one side of all vertices of the line that are visited. */
  get areDecided(): boolean {
    return this.#loose.length === 0;
  }

  /** Whether each of them is surely on one side of the crossing with j. */
  areDecidedAt(j: number): boolean {
    if (this.areDecided) return true;
    const reach = Math.abs(this.#at.t[j]!) + this.#at.error[j]!;
    return this.#loose.every((flat) => this.#isDecided(flat, reach));
  }

  /** Whether a hyperplane of slope at most 3·slopeError surely has the sign of a at all |t| ≤ reach. */
  #isDecided({ j, a, error }: FlatHyperplane, reach: number): boolean {
    const slope = 3 * this.#model.uNorm[j]! * this.#at.lineErrors[1]!;
    return Math.abs(a) > (error + slope * reach) * this.#model.precision.slack;
  }
}
