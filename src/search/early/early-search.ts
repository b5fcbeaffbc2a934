import type { PiecewiseLinearSystem } from "../../model/system.ts";
import type { MethodOutcome } from "../../stages/run.ts";
import { type CurveHost, CurveRun } from "./curve-run.ts";
import { emitEarlyPoints } from "./early-points.ts";

/**
 * In many dimensions no further round comes before the first box after this number of edges: some tenths of a second.
 * In few dimensions all boxes may take no longer than one round. There Newton's method comes first.
 */
const FIRST_EDGES = 80_000;
/** Curves are given up before the boxes once so many in a row, and a part of all, have met nothing new. */
const FIRST_IDLE = 8;
const LONG_IDLE = 64;
const PART_IDLE = 1 / 2;
/** The part of a run's time up to which curves go on before the boxes, as long as they find. */
const PART_BEFORE_BOXES = 7 / 8;
/** Products of the curves of a run without a budget: half a minute at most. */
const PRODUCTS_WITHOUT_BUDGET = 2e10;
/** From this latent dimension on boxes have to be many, and curves find most of what a run can find. */
const LEAST_DIMENSIONS_OF_CURVES = 8;
/**
 * The part of a run's time for curves beside boxes: while they find, and when they have found nothing for long. In few
 * dimensions most searches end in a second, and curves would only delay the proof.
 */
const SHARES = { few: { finding: 1 / 16, idle: 1 / 64 }, many: { finding: 1 / 2, idle: 1 / 8 } } as const;
const MILLISECONDS_OF_SHORT_SEARCHES = 1000;
/** Nor are they worth a round, with all that has to be compiled for it, where the boxes are likely to end in this time. */
const LEAST_MILLISECONDS_LEFT = 1000;
/**
 * Steps of Newton's method that are taken however late it is, so that a run cut short has the points that are found in
 * no time.
 */
const FEWEST_EARLY_STEPS = 64;
/** But no more of them than this number of products: in many dimensions a step takes R². */
const MOST_LATE_PRODUCTS = 2 ** 22;

/** What the early points ask of the search that they are a part of. */
export interface EarlyHost extends CurveHost {
  /** Whether the run ends after a number of boxes: then what it finds must not depend on clocks. */
  readonly isByBoxes: boolean;
  /** How long the boxes are likely to take from now on, in milliseconds. */
  millisecondsLeft(): number;
}

/**
 * Points before there is a proof: curves, and Newton's method where these meet none. A user sees points at once, and an
 * answer cut short has what could be found. Proves nothing.
 */
export class EarlySearch {
  /** Milliseconds that it has taken. */
  milliseconds = 0;
  readonly #system: PiecewiseLinearSystem;
  readonly #host: EarlyHost;
  readonly #started = performance.now();
  #curves: CurveRun | undefined;
  #isMade = false;
  #isBegun = false;
  #longest = 0;

  constructor(system: PiecewiseLinearSystem, host: EarlyHost) {
    this.#system = system;
    this.#host = host;
  }

  get report(): MethodOutcome["curves"] {
    return this.#curves?.report;
  }

  /**
   * The first points, once. In few dimensions a run without a limit has them only after a second, beside the boxes: most
   * searches have found all by then.
   */
  async first(): Promise<void> {
    const { control, isByBoxes } = this.#host;
    const isLimited = isByBoxes || control.deadline !== undefined || this.#host.isStopped();
    if (!this.#isBegun && (isLimited || !this.#isOfFew)) await this.#begin();
  }

  async #begin(): Promise<void> {
    this.#isBegun = true;
    const begun = performance.now();
    if (!this.#isOfFew) await this.#follow(FIRST_IDLE, ({ edges }) => edges >= FIRST_EDGES);
    if (!this.#curves?.meets) await this.#newton();
    this.milliseconds += performance.now() - begun;
  }

  /** Curves before the boxes of a search that is not likely to end: until they meet nothing new for long. */
  async long(): Promise<void> {
    const begun = performance.now();
    const { control, isByBoxes } = this.#host;
    const { deadline } = control;
    if (isByBoxes && deadline === undefined) {
      await this.#follow(LONG_IDLE, ({ products }) => products >= PRODUCTS_WITHOUT_BUDGET);
    } else if (deadline !== undefined && !this.#isOfFew) {
      const until = this.#started + PART_BEFORE_BOXES * (deadline - this.#started);
      await this.#follow(LONG_IDLE, () => performance.now() >= until);
    }
    this.milliseconds += performance.now() - begun;
  }

  /** Another round beside the boxes, if it is the curves' turn. Never where the run must not depend on clocks. */
  async beside(): Promise<void> {
    if (this.#host.isByBoxes) return;
    const begun = performance.now();
    if (this.#isOfFew && this.#isShort(begun)) return;
    if (!this.#isBegun) return this.#begin();
    const shares = SHARES[this.#isOfFew ? "few" : "many"];
    const isWorth = this.milliseconds + this.#longest <= shares.finding * (begun - this.#started);
    const curves = isWorth ? this.#made() : undefined;
    if (curves === undefined) return;
    const share = curves.idle < LONG_IDLE + PART_IDLE * curves.ended ? shares.finding : shares.idle;
    if (this.milliseconds + this.#longest > share * (begun - this.#started)) return;
    await curves.round();
    const taken = performance.now() - begun;
    this.#longest = Math.max(this.#longest, taken);
    this.milliseconds += taken;
  }

  get #isOfFew(): boolean {
    return this.#system.latentDim < LEAST_DIMENSIONS_OF_CURVES;
  }

  #isShort(now: number): boolean {
    return (
      now - this.#started < MILLISECONDS_OF_SHORT_SEARCHES || this.#host.millisecondsLeft() < LEAST_MILLISECONDS_LEFT
    );
  }

  /** The curves, made when they are first needed: their table takes long beside a short search. */
  #made(): CurveRun | undefined {
    if (!this.#isMade) {
      // a round of few dimensions is short, and workers would do the boxes that they have before its slices
      const host = this.#isOfFew ? { ...this.#host, pool: () => undefined } : this.#host;
      this.#curves = CurveRun.of(this.#system, host);
    }
    this.#isMade = true;
    return this.#curves;
  }

  async #follow(idle: number, isEnough: (curves: CurveRun) => boolean): Promise<void> {
    const curves = this.#made();
    if (curves === undefined) return;
    while (!this.#host.isStopped() && curves.idle < idle + PART_IDLE * curves.ended && !isEnough(curves)) {
      const begun = performance.now();
      await curves.round();
      this.#longest = Math.max(this.#longest, performance.now() - begun);
    }
  }

  async #newton(): Promise<void> {
    const late = Math.min(FEWEST_EARLY_STEPS, MOST_LATE_PRODUCTS / this.#system.latentDim ** 2);
    let steps = 0;
    for (const _ of emitEarlyPoints(this.#system, this.#host.sink)) {
      await this.#host.settle();
      if (this.#host.isStopped() && ++steps > late) break;
    }
  }
}
