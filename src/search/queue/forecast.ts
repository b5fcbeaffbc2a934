import { cluesOf, Outlook } from "./outlook.ts";
import type { QueuedBox } from "./plan.ts";

/** A queued box that is not yet done to the end. */
interface Ahead {
  /** Its outlook, and more for early points in it. */
  promise: number;
  /** The queued box that it was left of. */
  readonly parent: Ahead | undefined;
  /** Boxes done so far, itself and below. */
  done: number;
  /** Queued boxes left of it that are not yet done to the end. */
  parts: number;
}

/** Where early points lie (places.ts). */
export interface KnownPoints {
  readonly count: number;
  /** How many of them lie in a box. */
  within(queued: QueuedBox): number;
}

const NO_POINTS: KnownPoints = { count: 0, within: () => 0 };

/** Before any box is done to the end, the outlooks are believed, and that counts as much as so many boxes. */
const BOXES_BEFOREHAND = 100_000;
/** Before any box of a divided queue is begun, likewise. */
const BOXES_OF_BEGUN_BEFOREHAND = 10_000;
/** A box around k early points takes about so many times k what others with its clues take. */
const TIMES_FOR_A_POINT = 2;
/** Few boxes that nobody can tell take most, and mostly late: what is left is more than it seems. */
const TIMES_UNSEEN = 1.5;

/**
 * How far a search has come, by its work: boxes done, as a part of these and those that the queue promises. Volume does
 * not tell that: most of the work is in few small boxes near fixed points. A queued box promises its outlook, and more
 * where early points lie in it. In each model outlooks are too small or too large by a factor that all boxes have in
 * common. Two things tell of it: boxes that are done to the end, which are the ones that took least, and what all boxes
 * that were begun since the queue was divided have taken by now, however much is left of them. So promises are scaled
 * by roots of what these took in parts of what they had promised: the second of the first, the fourth of the second.
 * Nothing is computed for a box that is not queued, and the order of the queue does not depend on the forecast.
 */
export class Forecast {
  readonly #outlook = new Outlook();
  readonly #ahead = new Map<QueuedBox, Ahead>();
  readonly #points: KnownPoints;
  /** How many of them the promises go by. */
  #pointsUsed = 0;
  /** Whether there have been boxes. */
  #hasBegun = false;
  /** The sum of the promises of all queued boxes. */
  #promised = 0;
  /** Of boxes done to the end: what they took and what they had promised. */
  #taken = BOXES_BEFOREHAND;
  #promisedOfTaken = BOXES_BEFOREHAND;
  /** The boxes of the divided queue that are not begun. */
  #whole: Set<QueuedBox> | undefined;
  /** Of those that were begun: what they have taken by now and what they had promised. */
  #takenOfBegun = BOXES_OF_BEGUN_BEFOREHAND;
  #promisedOfBegun = BOXES_OF_BEGUN_BEFOREHAND;

  /** @param points that may become more meanwhile. */
  constructor(points = NO_POINTS) {
    this.#points = points;
  }

  /** Takes boxes into the queue that were not left of others. */
  add(boxes: readonly QueuedBox[]): void {
    this.#hasBegun = true;
    for (const queued of boxes) this.#add(queued, undefined);
  }

  /** The queue is well divided: from now on boxes that are begun tell of those that are not. */
  divided(): void {
    this.#whole = new Set(this.#ahead.keys());
  }

  /** Only these boxes are to be done from now on. What boxes have taken so far still scales the promises. */
  restart(boxes: readonly QueuedBox[]): void {
    this.#ahead.clear();
    this.#promised = 0;
    this.add(boxes);
    this.divided();
  }

  /** A queued box was done for a budget. @param boxes that were done of it. @param left boxes that are queued instead. */
  done(queued: QueuedBox, boxes: number, left: readonly QueuedBox[]): void {
    const ahead = this.#ahead.get(queued);
    if (ahead === undefined) return;
    this.#ahead.delete(queued);
    this.#promised -= ahead.promise;
    if (this.#whole !== undefined) this.#takenOfBegun += boxes;
    if (this.#whole?.delete(queued)) this.#promisedOfBegun += ahead.promise;
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
    if (this.#points.count > this.#pointsUsed) this.#promiseAnew();
    const ofEnded = this.#taken / this.#promisedOfTaken;
    const ofBegun = this.#takenOfBegun / this.#promisedOfBegun;
    const left = TIMES_UNSEEN * Math.max(0, this.#promised) * Math.sqrt(ofEnded * Math.sqrt(ofBegun));
    return done / Math.max(1, done + left);
  }

  #promiseOf(queued: QueuedBox): number {
    return this.#outlook.of(cluesOf(queued.box)) * Math.max(1, TIMES_FOR_A_POINT * this.#points.within(queued));
  }

  /** The promises of all queued boxes, as there are more points now. */
  #promiseAnew(): void {
    this.#pointsUsed = this.#points.count;
    this.#promised = 0;
    for (const [queued, ahead] of this.#ahead) {
      ahead.promise = this.#promiseOf(queued);
      this.#promised += ahead.promise;
    }
  }

  #add(queued: QueuedBox, parent: Ahead | undefined): void {
    const promise = this.#promiseOf(queued);
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
