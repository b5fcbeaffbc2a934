import { isList, isRecord, isVector } from "../claim.ts";
import { require } from "../refusal.ts";

/** What a result claims of cycles, as far as a proof that none is missing is about it. */
export interface CyclesClaim {
  readonly sha256: string;
  /** Those that it calls complete. */
  readonly periods: readonly number[];
  readonly cycles: readonly ClaimedCycle[];
  readonly continua: readonly ClaimedContinuum[];
}

/** A cycle: its points in the order of the orbit. */
export interface ClaimedCycle {
  readonly period: number;
  readonly points: readonly {
    readonly z: readonly number[];
    readonly active: readonly number[];
    readonly ties: readonly number[];
  }[];
}

/** A continuum of cycles: directions of length k·R, and words of k lists of hyperplanes. */
export interface ClaimedContinuum {
  readonly period: number;
  readonly dimension: number;
  readonly basis: readonly (readonly number[])[];
  readonly words: readonly (readonly (readonly number[])[])[];
}

/** Whether a value is a result of `findCycles`. */
export function isCyclesResult(value: unknown): boolean {
  return isRecord(value) && value.schema === "stillpoint/cycles@1";
}

/** Reads a claim out of a result of whatever origin. Throws a Refusal. */
export function readCyclesClaim(result: unknown): CyclesClaim {
  require(isRecord(result) && isCyclesResult(result), "this is no stillpoint/cycles@1");
  require(isRecord(result.model) && typeof result.model.sha256 === "string", "the result names no model");
  const { periods, cycles, continua } = result;
  require(Array.isArray(periods) && Array.isArray(cycles) && Array.isArray(continua), "the result has no lists");
  const complete = periods.flatMap((report, i) => {
    require(isRecord(report) && isPeriod(report.period), `period ${i} of the list is malformed`);
    return report.complete === true ? [report.period] : [];
  });
  require(new Set(complete).size === complete.length, "a period is reported twice");
  return {
    sha256: result.model.sha256,
    periods: complete,
    cycles: cycles.map((cycle, c) => {
      require(isRecord(cycle) && isPeriod(cycle.period) && Array.isArray(cycle.points), `cycle ${c} is malformed`);
      const points = cycle.points.map((point) => {
        require(isRecord(point), `cycle ${c} is malformed`);
        const { z, active, ties } = point;
        require(isVector(z) && isList(active) && isList(ties), `cycle ${c} is malformed`);
        return { z, active, ties };
      });
      require(points.length === cycle.period, `cycle ${c} has ${points.length} points`);
      return { period: cycle.period, points };
    }),
    continua: continua.map((each, q) => {
      require(isRecord(each) && isPeriod(each.period), `continuum ${q} is malformed`);
      const { period, dimension, basis, words } = each;
      const isWord = (word: unknown) => Array.isArray(word) && word.length === period && word.every(isList);
      require(Number.isSafeInteger(dimension) &&
        Array.isArray(basis) &&
        basis.every(isVector) &&
        Array.isArray(words) &&
        words.every(isWord), `continuum ${q} is malformed`);
      return { period, dimension: dimension as number, basis, words };
    }),
  };
}

function isPeriod(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
