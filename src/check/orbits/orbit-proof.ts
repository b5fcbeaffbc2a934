import { isRecord } from "../claim.ts";
import type { ProofArray } from "../proof.ts";
import { require } from "../refusal.ts";

/** What a node of a tree over orbits says (docs/proof.md#cycles). */
export const OP = {
  /** Holds no orbit, by the next functional. */
  empty: 0,
  /** Holds no orbit: a range has its ends crossed. */
  crossed: 1,
  /** All signs are decided, and the word's orbits are listed or have a smaller period. */
  word: 2,
  /** Is cut by the sign of the next unit, the part below first. */
  split: 3,
  /** The next unit is at least the next value, by the next functional. */
  above: 4,
  /** It is at most that. */
  below: 5,
} as const;

/** What the header of a proof of cycles holds. */
export interface CyclesProofHeader {
  readonly schema: "stillpoint/cycles-proof@1";
  /** SHA-256 of the model, as in the result. */
  readonly model: string;
  /** Those that are proved, in the order of their trees. */
  readonly periods: readonly ProvedPeriod[];
}

export interface ProvedPeriod {
  readonly period: number;
  /** R whole numbers: coordinates are z_i = 2^exponents[i] w_i. */
  readonly exponents: readonly number[];
  /** A unit that is largest at the first point, of the orbits in the cube; −1 for none. */
  readonly lead: number;
}

/** The arrays of a proof of cycles, each a list of numbers in the order of their use. */
export const CYCLES_ARRAYS = ["ops", "units", "values", "functionals"] as const;
export type CyclesArray = (typeof CYCLES_ARRAYS)[number];

/** The type of each array, as .npy names it. */
export const CYCLES_ARRAY_TYPES: Readonly<Record<CyclesArray, string>> = {
  ...{ ops: "|u1", units: "<u4", values: "<f8", functionals: "<f8" },
};

/** Coordinates are scaled by no more than 2^±this. */
export const MOST_EXPONENT = 600;
const LONGEST_PERIOD = 1000;

/** Throws a Refusal. */
export function readCyclesHeader(text: string): CyclesProofHeader {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    require(false, "the proof's header is no JSON");
  }
  require(isRecord(value) && value.schema === "stillpoint/cycles-proof@1", "this is no stillpoint/cycles-proof@1");
  const { model, periods } = value;
  require(typeof model === "string", "the header names no model");
  require(Array.isArray(periods) && periods.length > 0, "the header names no periods");
  const proved = periods.map((each) => {
    require(isRecord(each), "a period of the header is no object");
    const { period, exponents, lead } = each;
    require(isWhole(period, 1, LONGEST_PERIOD), "a period of the header is none");
    require(Array.isArray(exponents) &&
      exponents.every((e) => isWhole(e, -MOST_EXPONENT, MOST_EXPONENT)), "exponents must be whole numbers up to 600");
    require(isWhole(lead, -1, Number.MAX_SAFE_INTEGER), "a lead is no unit");
    return { period, exponents, lead };
  });
  require(new Set(proved.map(({ period }) => period)).size === proved.length, "a period is proved twice");
  return { schema: "stillpoint/cycles-proof@1", model, periods: proved };
}

function isWhole(value: unknown, least: number, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** The arrays of a proof as they are read from the front. */
export class ProofStream {
  readonly #arrays: ReadonlyMap<CyclesArray, ArrayLike<number>>;
  readonly #at: Record<CyclesArray, number> = { ops: 0, units: 0, values: 0, functionals: 0 };

  /** Throws a Refusal. */
  constructor(arrays: ReadonlyMap<string, ProofArray>) {
    require(arrays.size <= CYCLES_ARRAYS.length, "the proof has arrays that no proof of cycles has");
    this.#arrays = new Map(
      CYCLES_ARRAYS.map((name) => {
        const array = arrays.get(name);
        require(array !== undefined && array.shape.length === 1, `the proof has no list ${name}`);
        return [name, array.data];
      }),
    );
  }

  next(name: CyclesArray): number {
    return this.take(name, 1)[0]!;
  }

  take(name: CyclesArray, count: number): Float64Array {
    const from = this.#at[name];
    const data = this.#arrays.get(name)!;
    require(from + count <= data.length, `the proof has too few ${name}`);
    this.#at[name] = from + count;
    return Float64Array.from({ length: count }, (_, i) => data[from + i]!);
  }

  /** Throws a Refusal unless all numbers were taken. */
  end(): void {
    for (const name of CYCLES_ARRAYS) {
      require(this.#at[name] === this.#arrays.get(name)!.length, `${name} are left over`);
    }
  }
}
