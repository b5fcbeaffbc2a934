import { plural } from "../base/words.ts";
import { formatSeconds } from "../formats/write/write-text.ts";
import { type Entry, isFailure, isResult } from "./entry.ts";

/** The part of one entry that a summary counts. */
export interface Found {
  readonly fate: "complete" | "incomplete" | "failed";
  readonly fixedPoints: number;
  readonly continua: number;
  /** "part 2 of 4" for a part of the work on a single model, whose fixed points `merge` counts. */
  readonly part?: string;
}

export function foundOf(entry: Entry): Found {
  if (isFailure(entry)) return { fate: "failed", fixedPoints: 0, continua: 0 };
  const fate = entry.complete ? "complete" : "incomplete";
  if (isResult(entry)) return { fate, fixedPoints: entry.fixedPoints.length, continua: entry.continua.length };
  return { fate, fixedPoints: 0, continua: 0, part: `part ${entry.part.index} of ${entry.part.of}` };
}

/** The summary of a batch in one line: `200 models, 200 complete, 602 fixed points, 2.7 s`. */
export class Tally {
  readonly #started = performance.now();
  readonly #fates = { complete: 0, incomplete: 0, failed: 0 };
  #fixedPoints = 0;
  #continua = 0;
  #reused = 0;
  #part: string | undefined;

  /** @param reused whether an earlier run made the result */
  add({ fate, fixedPoints, continua, part }: Found, reused = false): void {
    this.#fates[fate]++;
    this.#fixedPoints += fixedPoints;
    this.#continua += continua;
    this.#part ??= part;
    if (reused) this.#reused++;
  }

  get models(): number {
    const { complete, incomplete, failed } = this.#fates;
    return complete + incomplete + failed;
  }

  /** Whether every model is solved and complete. @param left models that were not solved */
  isGood(left: number): boolean {
    return left === 0 && this.#fates.complete === this.models;
  }

  /** @param left models or files of the batch that were not begun, in words, or "" */
  text(left: string, seconds = (performance.now() - this.#started) / 1000): string {
    const { complete, incomplete, failed } = this.#fates;
    return [
      this.#part === undefined ? plural(this.models, "model") : `${this.#part} of one model`,
      `${complete} complete`,
      ...(incomplete > 0 ? [`${incomplete} incomplete`] : []),
      ...(failed > 0 ? [`${failed} failed`] : []),
      ...(left === "" ? [] : [left]),
      ...(this.#reused > 0 ? [`${this.#reused} solved before`] : []),
      ...(this.#part === undefined ? [plural(this.#fixedPoints, "fixed point")] : []),
      ...(this.#continua > 0 ? [plural(this.#continua, "continuum", "continua")] : []),
      formatSeconds(seconds),
    ].join(", ");
  }
}
