import { ModelError, OptionError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import { checkOptions, type FindOptions } from "../run/options.ts";
import type { Cycle, CycleMethod } from "./result.ts";

/** The longest period that may be asked for. The number of cycles grows with the period, mostly exponentially. */
export const LONGEST_PERIOD = 1000;

/** Options of `findCycles`. */
export interface CycleOptions
  extends Pick<FindOptions, "threads" | "workerUrl" | "input" | "maxSeconds" | "signal" | "onProgress"> {
  /** All periods 1 … K; give this or `period`. */
  readonly maxPeriod?: number | undefined;
  /** This period only. */
  readonly period?: number | undefined;
  /** How words are found (`CycleMethod`); "auto" (default) takes the method that is likely to be the quickest. */
  readonly method?: "auto" | CycleMethod | undefined;
  /**
   * Called with each cycle when it is certified, in no order. One that proves to lie on a continuum is not in the
   * result.
   */
  readonly onCycle?: ((cycle: Pick<Cycle, "period" | "points">) => void) | undefined;
}

/** What `method` may be. */
export const CYCLE_METHODS = ["auto", "regions", "search", "boxes", "polytopes", "orbits"] as const;

/**
 * The periods that are asked for, ascending.
 * @throws OptionError for anything out of range.
 */
export function periodsOf(options: CycleOptions): number[] {
  const { maxPeriod, period, method, threads, maxSeconds } = options;
  checkOptions({ threads, maxSeconds });
  if (method !== undefined && !CYCLE_METHODS.includes(method))
    throw new OptionError("method", "is not one of the choices", method, `Use ${CYCLE_METHODS.join(", ")}.`);
  if ((maxPeriod === undefined) === (period === undefined)) {
    const given = period === undefined ? "neither" : "both";
    throw new OptionError("maxPeriod", "and period: exactly one is needed", given, "Give maxPeriod: 4 or period: 3.");
  }
  for (const [name, value] of [
    ["maxPeriod", maxPeriod],
    ["period", period],
  ] as const) {
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= LONGEST_PERIOD)) continue;
    throw new OptionError(name, `must be a whole number from 1 to ${LONGEST_PERIOD}`, value, "Correct it.");
  }
  return period === undefined ? Array.from({ length: maxPeriod! }, (_, k) => k + 1) : [period];
}

/** @throws ModelError for a model in continuous time. */
export function expectMap({ system, kind }: Pick<Model, "system" | "kind">): void {
  if (system.time === "discrete") return;
  throw new ModelError(
    "kind",
    "is a flow in continuous time, and cycles are looked for in maps",
    kind,
    "Give a model in discrete time, such as the map of the flow over a time step.",
  );
}
