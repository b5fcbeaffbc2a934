import type { Dyadic } from "./dyadic.ts";
import { ExactArray, type PiecewiseLinearSystem, type Time } from "./system.ts";

/** An `ExactArray` as plain data. */
interface PlainArray {
  readonly rounded: Float64Array;
  /** Where the exact value differs: index, m and e. One string is quicker to send than many numbers. */
  readonly exact: string;
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
  const exact: string[] = [];
  for (let index = 0; index < array.length && !array.allExact; index++) {
    if (array.isExact(index)) continue;
    const { m, e } = array.at(index);
    exact.push(`${index} ${m} ${e}`);
  }
  return { rounded: array.rounded, exact: exact.join() };
}

function unpackArray({ rounded, exact }: PlainArray): ExactArray {
  if (exact === "") return ExactArray.ofNumbers(rounded);
  const values: (number | Dyadic)[] = Array.from(rounded);
  for (const entry of exact.split(",")) {
    const [index, m, e] = entry.split(" ");
    values[Number(index)] = { m: BigInt(m!), e: Number(e) };
  }
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
