import { StillpointError } from "../../model/errors.ts";
import { mixed } from "../../stages/sample.ts";
import type { Box, SearchProblem } from "../roots/problem.ts";
import { BoxAudit } from "./audit.ts";
import type { Lines } from "./lines.ts";

/**
 * One in this many discarded boxes is audited. An audit with 512 units costs some 0.06 ms, as much as thirty boxes:
 * some 2 % of a long search.
 */
const BOXES_PER_AUDIT = 1000;

/**
 * Audits a sample of the boxes that a search discards. The sample depends on the boxes and the problem's numbers alone:
 * each queued box starts a count of its own, so threads and shards change nothing.
 */
export class RejectionAudit {
  readonly #problem: SearchProblem;
  readonly #every: number;
  /** Made for the first audit: many searches discard few boxes. */
  #audit: BoxAudit | undefined;
  #seed: number | undefined;
  #left = 0;

  constructor(problem: SearchProblem, every = BOXES_PER_AUDIT) {
    this.#problem = problem;
    this.#every = every;
  }

  /** Starts the count at a box: the first audit comes after fewer than `every` discarded boxes. */
  begin({ lo, hi }: Box): void {
    const { data, M, k } = this.#problem.table;
    this.#seed ??= wordOf(0, data, M, k);
    this.#left = wordOf(this.#seed, lo, hi) % this.#every;
  }

  /** Counts a discarded box. @returns whether to audit it. */
  isDue(): boolean {
    if (this.#left-- > 0) return false;
    this.#left = this.#every - 1;
    return true;
  }

  /**
   * @param y the functional that the box was discarded by. @param c @param r its centre and half-widths.
   * @param lines the lines that it was discarded by.
   * @throws StillpointError INTERNAL if the functional does not exclude the box.
   */
  check(y: ArrayLike<number>, c: ArrayLike<number>, r: ArrayLike<number>, lines: Lines): void {
    this.#audit ??= new BoxAudit(this.#problem);
    if (this.#audit.confirms(y, c, r, lines)) return;
    throw new StillpointError(
      "INTERNAL",
      `an audit of discarded boxes found one that may hold a fixed point: centre [${Array.from(c).join(", ")}], half-widths ` +
        `[${Array.from(r).join(", ")}] in the search's coordinates. Nothing that this search found can be called complete. Please report this model`,
    );
  }
}

/** So many numbers of an array tell a problem, or a box, from others. */
const MOST_HASHED = 128;

/** A hash of the bits of some numbers of each array, in one word. */
function wordOf(start: number, ...arrays: readonly Float64Array[]): number {
  let word = start;
  for (const numbers of arrays) {
    const step = Math.ceil(numbers.length / MOST_HASHED);
    for (let i = 0; i < numbers.length; i += step) {
      number[0] = numbers[i]!;
      word = mixed(mixed(word ^ bits[0]!) ^ bits[1]!);
    }
  }
  return word;
}

const number = new Float64Array(1);
const bits = new Uint32Array(number.buffer);
