import { instantiate } from "../../wasm/instance.ts";
import type { Fan } from "./fan.ts";
import type { OrbitProblem } from "./maps.ts";
import { layoutOf, type UnitLayout } from "./unit-layout.ts";
import { columnsOf, type UnitKernel, UnitLoop, type UnitMemory } from "./unit-loop.ts";
import { type RowShape, rowShape, writeRows } from "./unit-rows.ts";
import { writeUnits } from "./unit-writer.ts";

/** In more dimensions the written code grows long. */
const MOST_DIMENSIONS = 6;

/** WebAssembly where the host has it, else loops, with the same numbers to the last bit. @param most steps. */
export function unitKernel(problem: OrbitProblem, fan: Fan, most: number): UnitKernel {
  return wasmUnits(problem, fan, most) ?? unitLoop(problem, fan, most);
}

export function unitLoop(problem: OrbitProblem, fan: Fan, most: number): UnitLoop {
  const shape = rowShape(problem, fan);
  const layout = layoutOf(shape, problem.table.count, most, fan.count);
  return new UnitLoop(memoryOf(problem, fan, most, shape, layout, new ArrayBuffer(layout.bytes)));
}

function memoryOf(
  problem: OrbitProblem,
  fan: Fan,
  most: number,
  shape: RowShape,
  layout: UnitLayout,
  buffer: ArrayBuffer,
): UnitMemory {
  const { count: L } = problem.table;
  const { dim: D, rows: R, parameters: P } = shape;
  const columns = columnsOf(P);
  const floats = (at: number, length: number) => new Float64Array(buffer, at, length);
  const integers = (at: number, length: number) => new Int32Array(buffer, at, length);
  const memory = {
    shape,
    data: floats(layout.data, L * shape.stride),
    places: integers(layout.places, L * R),
    probe: floats(layout.probe, D * columns),
    rest: floats(layout.rest, D),
    support: floats(layout.support, fan.count),
    sums: floats(layout.sums, shape.sums),
    spread: floats(layout.spread, P),
    list: integers(layout.list, L),
    units: integers(layout.units, most * L),
    widths: floats(layout.widths, most * L),
    decided: integers(layout.decided, L),
    pieces: integers(layout.pieces, L),
    counts: integers(layout.counts, 5),
    widest: floats(layout.widest, 1),
    functionals: floats(layout.functionals, R * columns),
    totals: floats(layout.totals, 1 + P),
  };
  writeRows(problem, fan, shape, memory.data, memory.places);
  return memory;
}

/** @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them. */
export function wasmUnits(problem: OrbitProblem, fan: Fan, most: number): UnitKernel | undefined {
  const { table } = problem;
  if (table.dim > MOST_DIMENSIONS) return undefined;
  const shape = rowShape(problem, fan);
  const layout = layoutOf(shape, table.count, most, fan.count);
  const { dim: D, rows: R, parameters: P } = shape;
  const made = instantiate(`orbit units ${D} ${R} ${P}`, layout.bytes, () => writeUnits(shape, layout));
  if (made === undefined) return undefined;
  const { functions, buffer } = made;
  const memory = memoryOf(problem, fan, most, shape, layout, buffer);
  const { list, units, decided, pieces, widths } = layout;
  return {
    memory,
    decide: (from, to, at, kept) =>
      functions.decide(
        list + 4 * from,
        list + 4 * to,
        units + 4 * at,
        widths + 8 * at,
        kept,
        layout.data,
        layout.places,
        decided,
        pieces,
      ),
    sum: (at, count) => {
      functions.sum(units + 4 * at, units + 4 * (at + count), widths + 8 * at, layout.data);
    },
  };
}
