import {
  type Code,
  FunctionBuilder,
  f64,
  f64x2,
  i32,
  type Local,
  type ModuleBytes,
  moduleOf,
  several,
} from "../../wasm/assembler.ts";
import { INFLATION } from "./rounding.ts";
import type { UnitLayout } from "./unit-layout.ts";
import { columnsOf, DECIDED, FIRST, LAST, THREEFOLD, WIDEST } from "./unit-loop.ts";
import type { RowShape } from "./unit-rows.ts";

const ZERO = i32.const(0);
const ONE = i32.const(1);
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

type Small = Pick<
  UnitLayout,
  "probe" | "rest" | "support" | "sums" | "spread" | "counts" | "widest" | "functionals" | "totals"
>;

/** Writes `UnitLoop` for ramps and clamps as WebAssembly, operation for operation. */
export function writeUnits(shape: RowShape, layout: Small): ModuleBytes<"decide" | "sum"> {
  return moduleOf({ decide: writeDecide(shape, layout), sum: writeSum(shape, layout) });
}

/**
 * decide(first byte of the list, its end, bytes of the step's units, of their widths, kept, bytes of data, of places, of
 * decided units, of their pieces).
 */
function writeDecide(shape: RowShape, layout: Small): FunctionBuilder {
  const { dim: D, rows: R, parameters: P, stride } = shape;
  const fn = new FunctionBuilder(9);
  const [at, end, units, widths, kept, data, places, decided, pieces] = fn.parameters(9);
  const [j, row, place, first, last, count] = several(6, () => fn.i32());
  const [x, p, low, high, b0, b1, width] = several(7, () => fn.f64());
  const columns = columnsOf(P);
  const columnPairs = range(columns / 2);
  const probe = columnPairs.map((c) =>
    range(D).map((i) => fn.f64x2(f64x2.load(ZERO, layout.probe + 8 * (i * columns + 2 * c)))),
  );
  const rest = range(D).map((i) => fn.f64(f64.load(ZERO, layout.rest + 8 * i)));
  const spread = range(P).map((g) => fn.f64(f64.load(ZERO, layout.spread + 8 * g)));
  const widest = fn.f64(f64.load(ZERO, layout.widest));
  const u = range(D).map(() => fn.f64());
  const products = columnPairs.map(() => fn.f64x2());
  const projected = range(P).map(() => fn.f64());
  const number = (offset: number): Code => f64.load(row.get, 8 * offset);
  const [bottom, top, outside, slope, value, weight] = several(6, () => fn.f64());
  const writeBand = () => {
    const centred = f64.mul(slope.get, f64.sub(x.get, bottom.get));
    fn.add(
      bottom.set(f64.min(f64.max(low.get, b0.get), b1.get)),
      top.set(f64.max(f64.min(high.get, b1.get), b0.get)),
      outside.set(f64.max(f64.sub(bottom.get, low.get), f64.sub(high.get, top.get))),
      slope.set(f64.sub(top.get, bottom.get)),
      slope.set(f64.div(slope.get, f64.add(slope.get, outside.get))),
      width.set(f64.mul(f64.const(0.5), f64.mul(slope.get, outside.get))),
      value.set(f64.add(f64.sub(bottom.get, b0.get), f64.add(centred, width.get))),
    );
  };
  const weights = fn.f64x2();
  const writeSums = () => {
    const parts = [
      [shape.support, shape.square, width.get],
      [shape.square, shape.J, f64.mul(width.get, width.get)],
      [shape.J, shape.next, slope.get],
      [shape.next, shape.sums, value.get],
    ] as const;
    for (const [from, to, factor] of parts) {
      fn.add(weights.set(f64x2.splat(factor)));
      for (let n = from; n < to; n += 2) {
        const term = f64x2.mul(weights.get, f64x2.load(row.get, 8 * (shape.parts + n)));
        fn.add(f64x2.store(ZERO, layout.sums + 8 * n, f64x2.add(f64x2.load(ZERO, layout.sums + 8 * n), term)));
      }
    }
    fn.add(weight.set(f64.mul(width.get, number(shape.reach))));
    for (const g of range(P)) {
      fn.add(spread[g]!.set(f64.add(spread[g]!.get, f64.mul(weight.get, projected[g]!.get))));
    }
    fn.if(f64.greater(weight.get, widest.get), () => {
      fn.add(widest.set(weight.get), i32.store(ZERO, countAt(WIDEST), j.get));
      fn.add(i32.store(ZERO, countAt(FIRST), first.get), i32.store(ZERO, countAt(LAST), last.get));
    });
  };
  const countAt = (n: number): number => layout.counts + 4 * n;
  fn.add(count.set(i32.load(ZERO, countAt(DECIDED))));
  fn.while(i32.lessUnsigned(at.get, end.get), () => {
    fn.add(j.set(i32.load(at.get, 0)), at.set(i32.add(at.get, i32.const(4))));
    fn.add(row.set(i32.add(data.get, i32.mul(j.get, i32.const(8 * stride)))));
    fn.add(place.set(i32.add(places.get, i32.mul(j.get, i32.const(4 * R)))));
    for (const i of range(D)) fn.add(u[i]!.set(number(i)));
    for (const c of columnPairs)
      fn.add(products[c]!.set(f64x2.sum(range(D).map((i) => f64x2.mul(f64x2.splat(u[i]!.get), probe[c]![i]!.get)))));
    const column = (n: number): Code => f64x2.lane(products[n >> 1]!.get, (n & 1) as 0 | 1);
    fn.add(x.set(column(0)));
    for (const g of range(P)) fn.add(projected[g]!.set(f64.abs(column(1 + g))));
    const terms = [
      number(shape.margin),
      ...range(D).map((i) => f64.mul(f64.abs(u[i]!.get), rest[i]!.get)),
      ...projected.map(({ get }) => get),
      ...range(R).map((i) => {
        const entry = i32.shl(i32.load(place.get, 4 * i), i32.const(3));
        return f64.mul(number(shape.shares + i), f64.load(entry, layout.support));
      }),
    ];
    fn.add(p.set(f64.mul(f64.sum(terms), f64.const(INFLATION))));
    fn.add(low.set(f64.max(f64.sub(x.get, p.get), number(shape.low))));
    fn.add(high.set(f64.min(f64.add(x.get, p.get), number(shape.high))));
    fn.if(f64.greater(low.get, high.get), () => fn.return(i32.const(-1)));
    fn.add(b0.set(number(shape.b0)), b1.set(number(shape.b1)));
    const above = (kink: Local): Code => f64.greaterEqual(low.get, kink.get);
    const below = (kink: Local): Code => i32.isZero(f64.lessEqual(high.get, kink.get));
    // b0 ≤ b1, so what is above both is on piece 2
    fn.add(first.set(i32.add(above(b0), above(b1))), last.set(i32.add(below(b0), below(b1))));
    fn.if(
      i32.lessSigned(first.get, last.get),
      () => {
        writeBand();
        fn.add(i32.store(i32.add(units.get, i32.shl(kept.get, i32.const(2))), 0, j.get));
        fn.add(f64.store(i32.add(widths.get, i32.shl(kept.get, i32.const(3))), 0, width.get));
        fn.add(kept.set(i32.add(kept.get, ONE)));
        const isThreefold = i32.equal(i32.sub(last.get, first.get), i32.const(2));
        const three = countAt(THREEFOLD);
        fn.add(i32.store(ZERO, three, i32.add(i32.load(ZERO, three), isThreefold)));
        writeSums();
      },
      () => {
        const offset = i32.shl(count.get, i32.const(2));
        fn.add(i32.store(i32.add(decided.get, offset), 0, j.get));
        fn.add(i32.store(i32.add(pieces.get, offset), 0, first.get));
        fn.add(count.set(i32.add(count.get, ONE)));
      },
    );
  });
  fn.add(i32.store(ZERO, countAt(DECIDED), count.get), f64.store(ZERO, layout.widest, widest.get));
  for (const g of range(P)) fn.add(f64.store(ZERO, layout.spread + 8 * g, spread[g]!.get));
  fn.return(kept.get);
  return fn;
}

/** sum(first byte of the step's units, their end, bytes of their widths, bytes of data). */
function writeSum(shape: RowShape, layout: Small): FunctionBuilder {
  const { rows: R, parameters: P, stride } = shape;
  const fn = new FunctionBuilder(4);
  const [at, end, widths, data] = fn.parameters(4);
  const row = fn.i32();
  const columns = columnsOf(P);
  const pairs = range(columns / 2);
  const place = (i: number, c: number): Code => f64x2.load(ZERO, layout.functionals + 8 * (i * columns + 2 * c));
  const functionals = pairs.map((c) => range(R).map((i) => fn.f64x2(place(i, c))));
  const totals = pairs.map((c) => fn.f64x2(f64x2.load(ZERO, layout.totals + 16 * c)));
  const width = fn.f64x2();
  const v = range(R).map(() => fn.f64x2());
  fn.while(i32.lessUnsigned(at.get, end.get), () => {
    fn.add(row.set(i32.add(data.get, i32.mul(i32.load(at.get, 0), i32.const(8 * stride)))));
    fn.add(width.set(f64x2.loadSplat(widths.get, 0)));
    for (const i of range(R)) fn.add(v[i]!.set(f64x2.loadSplat(row.get, 8 * (shape.parts + shape.next + i))));
    for (const c of pairs) {
      const product = f64x2.sum(range(R).map((i) => f64x2.mul(v[i]!.get, functionals[c]![i]!.get)));
      fn.add(totals[c]!.set(f64x2.add(totals[c]!.get, f64x2.mul(width.get, f64x2.abs(product)))));
    }
    fn.add(at.set(i32.add(at.get, i32.const(4))), widths.set(i32.add(widths.get, i32.const(8))));
  });
  for (const c of pairs) fn.add(f64x2.store(ZERO, layout.totals + 16 * c, totals[c]!.get));
  fn.return(ZERO);
  return fn;
}
