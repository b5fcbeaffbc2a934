import { Random } from "../support/random.ts";

/** A random shPLRNN in numbers of single precision. */
export function randomModel(seed: number, N = 14, R = 3) {
  const random = new Random(seed);
  const list = (n: number): number[] => Array.from({ length: n }, () => Math.fround(random.real()));
  const matrix = (rows: number, cols: number): number[][] => Array.from({ length: rows }, () => list(cols));
  return { name: `m${seed}`, A: list(R), U: matrix(N, R), V: matrix(N, R), hx: list(N), hz: list(R) };
}

export const ndjson = (values: readonly object[]): string =>
  values.map((value) => `${JSON.stringify(value)}\n`).join("");

export type Json = Record<string, unknown>;

/** What two runs must have in common. */
export function lasting(record: Json): Json {
  const { seconds: _, provenance: __, digest: ___, ...rest } = record;
  return rest;
}
