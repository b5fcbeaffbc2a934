import type { CyclesProofHeader } from "../../check/orbits/orbit-proof.ts";
import { npy } from "../../formats/write/npy.ts";
import { encodeArchive } from "../../prove/encode.ts";
import type { TreeRecorder } from "./tree-recorder.ts";

/** The trees of one period, and what their coordinates are. */
export interface ProvedTrees {
  readonly period: number;
  readonly exponents: readonly number[];
  readonly recorder: TreeRecorder;
}

/** The bytes of a proof of cycles (docs/proof.md#cycles). */
export function encodeCycles(sha256: string, proved: readonly ProvedTrees[]): Uint8Array {
  const header: CyclesProofHeader = {
    schema: "stillpoint/cycles-proof@1",
    model: sha256,
    periods: proved.map(({ period, exponents, recorder: { lead } }) => ({ period, exponents, lead })),
  };
  const all = (of: "ops" | "units" | "values"): number[] => proved.flatMap(({ recorder }) => recorder[of]);
  const functionals = proved.flatMap(({ recorder }) => recorder.functionals);
  const numbers = new Float64Array(functionals.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const functional of functionals) {
    numbers.set(functional, at);
    at += functional.length;
  }
  const [ops, units, values] = [all("ops"), all("units"), all("values")];
  return encodeArchive(header, {
    ops: npy("|u1", [ops.length], Uint8Array.from(ops)),
    units: npy("<u4", [units.length], Uint32Array.from(units)),
    values: npy("<f8", [values.length], Float64Array.from(values)),
    functionals: npy("<f8", [numbers.length], numbers),
  });
}
