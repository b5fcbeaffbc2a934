import { require } from "./refusal.ts";

/** What a result claims, as far as a proof of completeness is about it. */
export interface Claim {
  readonly sha256: string;
  readonly points: readonly {
    readonly z: readonly number[];
    readonly active: readonly number[];
    readonly ties: readonly number[];
  }[];
  readonly continua: readonly {
    readonly dimension: number;
    /** Absent where it is not to be compared, as of a set that is another one's image. */
    readonly basis?: readonly (readonly number[])[];
    readonly regions: readonly (readonly number[])[];
  }[];
}

/** Reads a claim out of a result of whatever origin. Throws a Refusal. */
export function readClaim(result: unknown): Claim {
  require(isRecord(result) && result.schema === "stillpoint/result@1", "this is no stillpoint/result@1");
  require(result.complete === true, "the result does not say that it is complete");
  require(isRecord(result.model) && typeof result.model.sha256 === "string", "the result names no model");
  require(Array.isArray(result.fixedPoints) && Array.isArray(result.continua), "the result has no lists");
  return {
    sha256: result.model.sha256,
    points: result.fixedPoints.map((point, p) => {
      require(isRecord(point), `point ${p} is no object`);
      const { z, active, ties } = point;
      require(isVector(z) && isList(active) && isList(ties), `point ${p} is malformed`);
      return { z, active, ties };
    }),
    continua: result.continua.map((each, q) => {
      require(isRecord(each), `continuum ${q} is no object`);
      const { dimension, basis, regions } = each;
      require(Number.isSafeInteger(dimension) &&
        Array.isArray(basis) &&
        basis.every(isVector) &&
        Array.isArray(regions) &&
        regions.every(isList), `continuum ${q} is malformed`);
      return { dimension: dimension as number, basis, regions };
    }),
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isVector(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => typeof x === "number" && Number.isFinite(x));
}

/** Numbers of hyperplanes. */
export function isList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}
