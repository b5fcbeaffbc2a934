import { cluesOf, Outlook } from "./outlook.ts";
import type { QueuedBox } from "./plan.ts";

/** A queued box that is not yet done to the end. */
interface Ahead {
  /** Its outlook. */
  readonly promise: number;
  /** The queued box that it was left of. */
  readonly parent: Ahead | undefined;
  /** Boxes done so far, itself and below. */
  done: number;
  /** Queued boxes left of it that are not yet done to the end. */
  parts: number;
}

/** Before any box is done to the end, the outlooks are believed, and that counts as much as so many boxes. */
const BOXES_BEFOREHAND = 100_000;

/**
 * How far a search has come, by its work: boxes done, as a part of these and those that the queue promises. Volume does
 * not tell that: most of the work is in few small boxes near fixed points. A queued box promises its outlook. In each
 * model outlooks are too small or too large by a factor that all boxes have in common, of which those that are done to
 * the end tell something, as these are the ones that took least. So promises are scaled by the square root of what
 * they took in parts of what they had promised. Nothing is computed for a box that is not queued, and the order of the
 * queue does not depend on the forecast.
 */
export class Forecast {
  readonly #outlook = new Outlook();
  readonly #ahead = new Map<QueuedBox, Ahead>();
  /** Whether there have been boxes. */
  #hasBegun = false;
  /** The sum of the promises of all queued boxes. */
  #promised = 0;
  /** Of boxes done to the end: what they took and what they had promised. */
  #taken = BOXES_BEFOREHAND;
  #promisedOfTaken = BOXES_BEFOREHAND;

  /** Takes boxes into the queue that were not left of others. */
  add(boxes: readonly QueuedBox[]): void {
    this.#hasBegun = true;
    for (const queued of boxes) this.#add(queued, undefined);
  }

  /** Only these boxes are to be done from now on. What boxes have taken so far still scales the promises. */
  restart(boxes: readonly QueuedBox[]): void {
    this.#ahead.clear();
    this.#promised = 0;
    this.add(boxes);
  }

  /** A queued box was done for a budget. @param boxes that were done of it. @param left boxes that are queued instead. */
  done(queued: QueuedBox, boxes: number, left: readonly QueuedBox[]): void {
    const ahead = this.#ahead.get(queued);
    if (ahead === undefined) return;
    this.#ahead.delete(queued);
    this.#promised -= ahead.promise;
    ahead.done += boxes;
    ahead.parts = left.length;
    for (const part of left) this.#add(part, ahead);
    this.#end(ahead);
  }

  /**
   * The share of the search's work that is done, 0 to 1: 0 before any box is queued, 1 once all are done.
   * @param done boxes so far.
   */
  fraction(done: number): number {
    if (!this.#hasBegun) return 0;
    if (this.#ahead.size === 0) return 1;
    const left = Math.max(0, this.#promised) * Math.sqrt(this.#taken / this.#promisedOfTaken);
    return done / Math.max(1, done + left);
  }

  #add(queued: QueuedBox, parent: Ahead | undefined): void {
    const promise = this.#outlook.of(cluesOf(queued.box));
    this.#ahead.set(queued, { promise, parent, done: 0, parts: 0 });
    this.#promised += promise;
  }

  /** Learns from a box, and from those that it was left of, as far as all is done below them. */
  #end(last: Ahead): void {
    for (let ended: Ahead | undefined = last; ended?.parts === 0; ended = ended.parent) {
      this.#taken += ended.done;
      this.#promisedOfTaken += ended.promise;
      if (ended.parent === undefined) return;
      ended.parent.done += ended.done;
      ended.parent.parts--;
    }
  }
}
