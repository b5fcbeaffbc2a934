import { Column } from "../base/column.ts";
import type { ComplexPair } from "../base/result.ts";
import { float64s, uint32s } from "../base/small-arrays.ts";
import { bit } from "../model/mask.ts";
import type { Time } from "../model/system.ts";
import { classOfDirections, isHyperbolic } from "../stability/directions.ts";
import type { LinearisationReport } from "../stability/stability.ts";

/** The keys of a report that columns hold. */
const KEYS = 6;

/**
 * The eigenvalues and classes of many points, by their numbers, as columns of numbers. A report comes back as it was
 * put in.
 */
export class ReportTable {
  readonly #R: number;
  readonly #time: Time;
  /**
   * An eigenvalue that is real takes one number, and a conjugate pair takes two: its real part and its first imaginary
   * one.
   */
  readonly #eigenvalues: Column<Float64Array>;
  /** Bits: whether the number at this place is the first of a pair. */
  readonly #pairs: Column<Uint32Array>;
  /** The spectral radius or abscissa, and its bounds. */
  readonly #spectral = new Column(3, float64s);
  /** 1 + the number of stable directions, and the number of unstable ones; 0 for a point without a report here. */
  readonly #directions = new Column(2, uint32s);
  readonly #others = new Map<number, LinearisationReport>();
  /** No number of a point in the columns is larger. */
  #last = -1;

  constructor(latentDim: number, time: Time) {
    this.#R = latentDim;
    this.#time = time;
    this.#eigenvalues = new Column(latentDim, float64s);
    this.#pairs = new Column(Math.max(1, Math.ceil(latentDim / 32)), uint32s);
  }

  has(point: number): boolean {
    return (point <= this.#last && this.#directions.get(point) > 0) || this.#others.has(point);
  }

  set(point: number, report: LinearisationReport): void {
    if (!this.#put(point, report)) this.#others.set(point, report);
  }

  /** @throws RangeError for a point without a report. */
  get(point: number): LinearisationReport {
    const other = this.#others.get(point);
    if (other !== undefined) return other;
    if (!this.has(point)) throw new RangeError(`no report of point ${point}`);
    const eigenvalues = this.#eigenvaluesOf(point);
    const stable = this.#directions.get(point) - 1;
    const unstable = this.#directions.get(point, 1);
    const directions = { stable, neutral: this.#R - stable - unstable, unstable };
    const value = this.#spectral.get(point);
    const spectralBounds = [this.#spectral.get(point, 1), this.#spectral.get(point, 2)] as const;
    const stability = classOfDirections(directions);
    const hyperbolic = directions.neutral === 0;
    return this.#time === "discrete"
      ? { eigenvalues, spectralRadius: value, spectralBounds, stability, directions, hyperbolic }
      : { eigenvalues, spectralAbscissa: value, spectralBounds, stability, directions, hyperbolic };
  }

  /** @returns false for a report that has more, or less, than columns have room for. */
  #put(point: number, report: LinearisationReport): boolean {
    const { eigenvalues, spectralBounds, stability, directions, hyperbolic } = report;
    const spectral = this.#time === "discrete" ? report.spectralRadius : report.spectralAbscissa;
    if (spectral === undefined || spectralBounds === undefined || directions === undefined) return false;
    if (Object.keys(report).length !== KEYS || directions.undecided !== undefined) return false;
    if (stability !== classOfDirections(directions) || hyperbolic !== isHyperbolic(directions)) return false;
    if (directions.stable + directions.neutral + directions.unstable !== this.#R) return false;
    if (!this.#putEigenvalues(point, eigenvalues)) return false;
    this.#spectral.setRow(point, [spectral, ...spectralBounds]);
    this.#directions.setRow(point, [1 + directions.stable, directions.unstable]);
    this.#last = Math.max(this.#last, point);
    return true;
  }

  #putEigenvalues(point: number, eigenvalues: readonly ComplexPair[]): boolean {
    if (eigenvalues.length !== this.#R) return false;
    const pairs = new Uint32Array(this.#pairs.width);
    for (let i = 0; i < this.#R; i++) {
      const [re, im] = eigenvalues[i]!;
      this.#eigenvalues.set(point, i, re);
      if (Object.is(im, 0)) continue;
      const conjugate = eigenvalues[i + 1];
      if (conjugate === undefined || !Object.is(conjugate[0], re) || !Object.is(conjugate[1], -im)) return false;
      pairs[i >>> 5]! |= 1 << (i & 31);
      this.#eigenvalues.set(point, ++i, im);
    }
    this.#pairs.setRow(point, pairs);
    return true;
  }

  #eigenvaluesOf(point: number): ComplexPair[] {
    const numbers = this.#eigenvalues.row(point);
    const pairs = this.#pairs.row(point);
    const eigenvalues = new Array<ComplexPair>(this.#R);
    for (let i = 0; i < this.#R; i++) {
      const re = numbers[i]!;
      if (bit(pairs, i) === 0) eigenvalues[i] = [re, 0];
      else {
        const im = numbers[i + 1]!;
        eigenvalues[i++] = [re, im];
        eigenvalues[i] = [re, -im];
      }
    }
    return eigenvalues;
  }
}
