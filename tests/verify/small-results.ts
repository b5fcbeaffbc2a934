import { expect } from "vitest";
import type { Result } from "../../src/base/result.ts";
import { findFixedPoints } from "../../src/index.ts";
import { parseValue } from "../../src/model/parse.ts";
import { sealed } from "../../src/model/seal.ts";
import type { Model } from "../../src/model/types.ts";
import type { VerifyReport } from "../../src/verify/report.ts";
import { verifyResult } from "../../src/verify/verify.ts";
import { DECISION, TIED } from "./subjects.ts";

/** A result as JSON leaves it, open to changes. */
export interface Loose {
  schema: string;
  model: Record<string, unknown>;
  fixedPoints: {
    z: number[];
    active: number[];
    ties: number[];
    status: string;
    error: number;
    eigenvalues: number[][];
    spectralRadius?: number;
    spectralAbscissa?: number;
    spectralBounds?: number[];
    stability: string;
    directions?: object;
    linearisations?: { active: number[]; eigenvalues: number[][]; directions?: object }[] | undefined;
  }[];
  virtualFixedPoints?: { z: number[]; region: number[]; eigenvalues: number[][] }[];
  continua: { dimension: number; point: number[]; basis: number[][]; regions: number[][] }[];
  complete: boolean;
  incompleteBecause?: string;
}

const loosen = (result: Result): Loose => JSON.parse(JSON.stringify(result));

export async function solved(value: unknown, virtual = false): Promise<{ model: Model; result: Loose }> {
  const model = await parseValue(value);
  const result = await findFixedPoints(model, { virtual });
  expect(result.complete).toBe(true);
  return { model, result: loosen(result) };
}

export const decision = () => solved(DECISION);

export const tied = () => solved(TIED);

/** The line z₂ = 0.1/0.3 of fixed points, cut by the hyperplane z₁ = 0.1. */
export async function lineOfPoints() {
  return solved({
    A: [
      [1, 0.3],
      [0, 1],
    ],
    U: [[1, 0]],
    V: [[0, 0]],
    hx: [0.1],
    hz: [0.1, 0],
  });
}

/** Refused as it is by its digest, and with a digest that fits for what it says. */
export async function reject(model: Model, result: Loose, change: (result: Loose) => void): Promise<VerifyReport> {
  const changed: Loose = structuredClone(result);
  change(changed);
  expect(changed).not.toEqual(result);
  expect((await verifyResult(model, changed)).problems).toContainEqual({
    path: "digest",
    message: "does not fit: the result is not as it was written",
  });
  // whoever changes a result on purpose makes its digest anew
  const report = await verifyResult(model, sealed(changed));
  expect(report.ok, "a wrong result was let through").toBe(false);
  expect(report.problems.length).toBeGreaterThan(0);
  return report;
}

/** The float64 after x in the direction of `towards`. */
export function neighbour(x: number, up: boolean): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  view.setBigInt64(0, view.getBigInt64(0) + (up === x > 0 ? 1n : -1n));
  return view.getFloat64(0);
}
