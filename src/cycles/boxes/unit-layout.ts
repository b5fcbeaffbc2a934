import { columnsOf, type UnitMemory } from "./unit-loop.ts";
import type { RowShape } from "./unit-rows.ts";

/** Byte offsets of all arrays of a kernel. */
export type UnitLayout = Readonly<Record<Exclude<keyof UnitMemory, "shape">, number>> & { readonly bytes: number };

/**
 * Arrays begin at multiples of 16 bytes.
 * @param L units. @param most steps. @param m directions of the fan.
 */
export function layoutOf(shape: RowShape, L: number, most: number, m: number): UnitLayout {
  const { dim: D, rows: R, parameters: P } = shape;
  const columns = columnsOf(P);
  let bytes = 0;
  const place = (length: number, size: 4 | 8): number => {
    const at = bytes;
    bytes += 16 * Math.ceil((length * size) / 16);
    return at;
  };
  // what the code names by constants comes first, so that shapes of any size share it
  const small = {
    probe: place(D * columns, 8),
    rest: place(D, 8),
    support: place(m, 8),
    sums: place(shape.sums, 8),
    spread: place(P + 1, 8),
    counts: place(5, 4),
    widest: place(1, 8),
    functionals: place(R * columns, 8),
    totals: place(columns, 8),
  };
  const large = {
    data: place(L * shape.stride, 8),
    places: place(L * R, 4),
    list: place(L, 4),
    units: place(most * L, 4),
    widths: place(most * L, 8),
    decided: place(L, 4),
    pieces: place(L, 4),
  };
  return { ...small, ...large, bytes: Math.max(bytes, 1) };
}
