import type { PiecewiseLinearSystem } from "../model/system.ts";
import { type PlainSystem, packSystem } from "../model/transfer.ts";

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
