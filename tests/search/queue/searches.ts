import { expect, vi } from "vitest";
import { type FindOptions, findFixedPoints, type Model, type Result } from "../../../src/index.ts";
import type { ModelInput } from "../../../src/model/input.ts";
import { createPool } from "../../../src/parallel/pool.ts";
import type { WorkerPool } from "../../../src/stages/pool.ts";
import { random } from "../../regions/arrangements.ts";

export const search = (model: unknown, options: FindOptions = {}): Promise<Result> =>
  findFixedPoints(model as ModelInput, { ...options, method: "search" });

/** What must be the same, byte for byte, whatever found it. */
export const answer = ({ fixedPoints, continua }: Result): string => JSON.stringify({ fixedPoints, continua });

export async function expectSame(model: Model): Promise<void> {
  const regions = await findFixedPoints(model, { method: "regions" });
  const searched = await search(model);
  expect(searched.incompleteBecause).toBeUndefined();
  expect(answer(searched)).toBe(answer(regions));
}

/** Two workers that run: a search would be done before they have started. */
export async function runningPool(): Promise<WorkerPool> {
  const pool = createPool(2);
  await vi.waitFor(() => expect(pool.start(2)).toBe(2), { timeout: 20_000 });
  return pool;
}

/** N random unit normals in R dimensions with small weights. */
export function randomUnits(N: number, R: number, seed: number) {
  const next = random(seed);
  const rows = () => Array.from({ length: N }, () => Array.from({ length: R }, () => next() * 2 - 1));
  return { U: rows(), V: rows().map((row) => row.map((x) => x / N)) };
}
