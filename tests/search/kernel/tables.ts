import { ExactArray } from "../../../src/model/system.ts";
import { type UnitTable, unitTable } from "../../../src/search/units/units.ts";
import { random } from "../../regions/arrangements.ts";

/** Ramps and clamps in R dimensions: every third pair of hyperplanes is parallel with opposite v. */
export function someUnits(R: number, seed: number): UnitTable {
  const next = random(seed);
  const signed = () => 2 * next() - 1;
  const U: number[] = [];
  const V: number[] = [];
  const h: number[] = [];
  // on a line all are parallel, and more than one make a unit of many kinks
  for (let j = 0; j < (R === 1 ? 1 : 40); j++) {
    const u = Array.from({ length: R }, signed);
    const v = Array.from({ length: R }, () => signed() / 4);
    U.push(...u);
    V.push(...v);
    h.push(signed() / 2);
    if (j % 3 > 0 || R === 1) continue;
    U.push(...u);
    V.push(...v.map((x) => -x));
    h.push(signed() / 2);
  }
  return unitTable({
    dim: R,
    count: h.length,
    M: ExactArray.ofNumbers(Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? -1 : 0))),
    g: ExactArray.ofNumbers(Array.from({ length: R }, () => signed() / 8)),
    U: ExactArray.ofNumbers(U),
    V: ExactArray.ofNumbers(V),
    h: ExactArray.ofNumbers(h),
  });
}

/** Sums of three kinks: parallel hyperplanes of one v. */
export function someParallelUnits(R: number, seed: number): UnitTable {
  const next = random(seed);
  const signed = () => 2 * next() - 1;
  const rows = Array.from({ length: 8 }, () => {
    const u = Array.from({ length: R }, signed);
    const v = Array.from({ length: R }, () => signed() / 4);
    return [1, -2, 1.5].map((factor) => ({ u, v: v.map((x) => factor * x), h: signed() / 2 }));
  }).flat();
  return unitTable({
    dim: R,
    count: rows.length,
    M: ExactArray.ofNumbers(Array.from({ length: R * R }, (_, at) => (at % (R + 1) === 0 ? -1 : 0))),
    g: ExactArray.ofNumbers(Array.from({ length: R }, () => signed() / 8)),
    U: ExactArray.ofNumbers(rows.flatMap(({ u }) => u)),
    V: ExactArray.ofNumbers(rows.flatMap(({ v }) => v)),
    h: ExactArray.ofNumbers(rows.map(({ h }) => h)),
  });
}

/** Half-widths of box `seed`, some of them flat. */
export function boxOf(R: number, seed: number): { centre: number[]; halves: number[] } {
  const next = random(seed);
  const size = 2 ** (1 - 5 * next());
  const centre = Array.from({ length: R }, () => 2 * next() - 1);
  return { centre, halves: centre.map((_, i) => (i > 0 && seed % 7 === 0 ? 0 : size)) };
}

/** G(z), straight from the table. */
export function residual({ dim: R, count, data, stride, M, k }: UnitTable, z: readonly number[]): number[] {
  const G = z.map((_, i) => k[i]! + z.reduce((sum, x, n) => sum + M[i * R + n]! * x, 0));
  for (let j = 0; j < count; j++) {
    const x = z.reduce((sum, each, n) => sum + data[j * stride + n]! * each, 0);
    const [b0, b1] = [data[j * stride + 2 * R]!, data[j * stride + 2 * R + 1]!];
    const phi = Math.min(Math.max(x, b0), b1) - b0;
    for (let i = 0; i < R; i++) G[i]! += data[j * stride + R + i]! * phi;
  }
  return G;
}
