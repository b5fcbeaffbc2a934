import type { Dyadic } from "./dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem, type Time } from "./system.ts";

/** An `ExactArray` as plain data: the rounded values, and the exact values where they differ. */
interface PlainArray {
  readonly rounded: Float64Array;
  readonly exact: readonly { readonly index: number; readonly value: Dyadic }[];
}

/** A system as plain data that `structuredClone` and `postMessage` can carry to a worker. */
export interface PlainSystem {
  readonly latentDim: number;
  readonly hyperplanes: number;
  readonly time: Time;
  readonly M: PlainArray;
  readonly g: PlainArray;
  readonly U: Float64Array;
  readonly V: PlainArray;
  readonly h: PlainArray;
}

function packArray(array: ExactArray): PlainArray {
  const exact: { index: number; value: Dyadic }[] = [];
  if (!array.allExact) {
    for (let index = 0; index < array.length; index++) {
      if (!array.isExact(index)) exact.push({ index, value: array.at(index) });
    }
  }
  return { rounded: array.rounded, exact };
}

function unpackArray({ rounded, exact }: PlainArray): ExactArray {
  if (exact.length === 0) return ExactArray.ofNumbers(rounded);
  const values: (number | Dyadic)[] = Array.from(rounded);
  for (const { index, value } of exact) values[index] = value;
  return ExactArray.of(values);
}

export function packSystem(system: PiecewiseLinearSystem): PlainSystem {
  const { latentDim, hyperplanes, time, M, g, U, V, h } = system;
  return {
    latentDim,
    hyperplanes,
    time,
    U,
    M: packArray(M),
    g: packArray(g),
    V: packArray(V),
    h: packArray(h),
  };
}

/** A system as it is sent to workers, which keep what they made for the last key. */
export interface SentSystem {
  /** Equal for one system. */
  readonly key: number;
  readonly system: PlainSystem;
}

const sent = new WeakMap<PiecewiseLinearSystem, SentSystem>();
let nextKey = 0;

export function sentSystem(system: PiecewiseLinearSystem): SentSystem {
  const known = sent.get(system) ?? { key: nextKey++, system: packSystem(system) };
  sent.set(system, known);
  return known;
}

/** The inverse of `packSystem`, exactly. */
export function unpackSystem(plain: PlainSystem): PiecewiseLinearSystem {
  const { latentDim, hyperplanes, time, M, g, U, V, h } = plain;
  return {
    latentDim,
    hyperplanes,
    time,
    U,
    M: unpackArray(M),
    g: unpackArray(g),
    V: unpackArray(V),
    h: unpackArray(h),
  };
}
