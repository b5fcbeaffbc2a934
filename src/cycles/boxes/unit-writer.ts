import {
  type Code,
  FunctionBuilder,
  f64,
  f64x2,
  i32,
  type Local,
  type ModuleBytes,
  moduleOf,
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
  return moduleOf({ decide: new DecideWriter(shape, layout).write(), sum: writeSum(shape, layout) });
}

const PARAMETERS = ["at", "end", "units", "widths", "kept", "data", "places", "decided", "pieces"] as const;
const INTEGERS = ["j", "row", "place", "first", "last", "count"] as const;
const NUMBERS = ["x", "p", "low", "high", "b0", "b1", "width"] as const;
const BAND = ["bottom", "top", "outside", "slope", "value", "weight"] as const;

type Named<K extends string> = Readonly<Record<K, Local>>;

function named<K extends string>(names: readonly K[], make: (i: number) => Local): Named<K> {
  return Object.fromEntries(names.map((name, i) => [name, make(i)])) as Named<K>;
}

/**
 * decide(first byte of the list, its end, bytes of the step's units, of their widths, kept, bytes of data, of places, of
 * decided units, of their pieces).
 */
class DecideWriter {
  readonly #shape: RowShape;
  readonly #layout: Small;
  readonly #fn = new FunctionBuilder(9);
  readonly #parameters = named(PARAMETERS, (i) => this.#fn.parameters(9)[i]!);
  readonly #integers = named(INTEGERS, () => this.#fn.i32());
  readonly #numbers = named(NUMBERS, () => this.#fn.f64());
  readonly #columns: number;
  readonly #probe: readonly (readonly Local[])[];
  readonly #rest: readonly Local[];
  readonly #spread: readonly Local[];
  readonly #widest: Local;
  readonly #u: readonly Local[];
  readonly #products: readonly Local[];
  readonly #projected: readonly Local[];
  readonly #band: Named<(typeof BAND)[number]>;
  readonly #weights: Local;

  constructor(shape: RowShape, layout: Small) {
    const fn = this.#fn;
    const { dim: D, parameters: P } = shape;
    this.#shape = shape;
    this.#layout = layout;
    this.#columns = columnsOf(P);
    const columnPairs = range(this.#columns / 2);
    this.#probe = columnPairs.map((c) =>
      range(D).map((i) => fn.f64x2(f64x2.load(ZERO, layout.probe + 8 * (i * this.#columns + 2 * c)))),
    );
    this.#rest = range(D).map((i) => fn.f64(f64.load(ZERO, layout.rest + 8 * i)));
    this.#spread = range(P).map((g) => fn.f64(f64.load(ZERO, layout.spread + 8 * g)));
    this.#widest = fn.f64(f64.load(ZERO, layout.widest));
    this.#u = range(D).map(() => fn.f64());
    this.#products = columnPairs.map(() => fn.f64x2());
    this.#projected = range(P).map(() => fn.f64());
    this.#band = named(BAND, () => fn.f64());
    this.#weights = fn.f64x2();
  }

  write(): FunctionBuilder {
    const fn = this.#fn;
    const { rows: R, stride } = this.#shape;
    const { at, end, kept, data, places } = this.#parameters;
    const { j, row, place, first, last, count } = this.#integers;
    const { low, high, b0, b1 } = this.#numbers;
    fn.add(count.set(i32.load(ZERO, this.#countAt(DECIDED))));
    fn.while(i32.lessUnsigned(at.get, end.get), () => {
      fn.add(j.set(i32.load(at.get, 0)), at.set(i32.add(at.get, i32.const(4))));
      fn.add(row.set(i32.add(data.get, i32.mul(j.get, i32.const(8 * stride)))));
      fn.add(place.set(i32.add(places.get, i32.mul(j.get, i32.const(4 * R)))));
      this.#writeRange();
      fn.if(f64.greater(low.get, high.get), () => fn.return(i32.const(-1)));
      fn.add(b0.set(this.#number(this.#shape.b0)), b1.set(this.#number(this.#shape.b1)));
      const above = (kink: Local): Code => f64.greaterEqual(low.get, kink.get);
      const below = (kink: Local): Code => i32.isZero(f64.lessEqual(high.get, kink.get));
      // b0 ≤ b1, so what is above both is on piece 2
      fn.add(first.set(i32.add(above(b0), above(b1))), last.set(i32.add(below(b0), below(b1))));
      fn.if(
        i32.lessSigned(first.get, last.get),
        () => this.#keep(),
        () => this.#decide(),
      );
    });
    const { widest, spread } = this.#layout;
    fn.add(i32.store(ZERO, this.#countAt(DECIDED), count.get), f64.store(ZERO, widest, this.#widest.get));
    this.#spread.forEach(({ get }, g) => {
      fn.add(f64.store(ZERO, spread + 8 * g, get));
    });
    fn.return(kept.get);
    return fn;
  }

  /** Entry `offset` of the unit's row, and two entries from n on of its parts. */
  #number(offset: number): Code {
    const { row } = this.#integers;
    return f64.load(row.get, 8 * offset);
  }

  #part(n: number): Code {
    const { row } = this.#integers;
    return f64x2.load(row.get, 8 * (this.#shape.parts + n));
  }

  #countAt(n: number): number {
    return this.#layout.counts + 4 * n;
  }

  /** The range [low, high] of the unit, and |u·generator| of each parameter. */
  #writeRange(): void {
    const fn = this.#fn;
    const shape = this.#shape;
    const { place } = this.#integers;
    const { x, p, low, high } = this.#numbers;
    const u = this.#u;
    u.forEach((each, i) => {
      fn.add(each.set(this.#number(i)));
    });
    this.#products.forEach((product, c) => {
      fn.add(product.set(f64x2.sum(u.map(({ get }, i) => f64x2.mul(f64x2.splat(get), this.#probe[c]![i]!.get)))));
    });
    const column = (n: number): Code => f64x2.lane(this.#products[n >> 1]!.get, (n & 1) as 0 | 1);
    fn.add(x.set(column(0)));
    this.#projected.forEach((each, g) => {
      fn.add(each.set(f64.abs(column(1 + g))));
    });
    const terms = [
      this.#number(shape.margin),
      ...u.map(({ get }, i) => f64.mul(f64.abs(get), this.#rest[i]!.get)),
      ...this.#projected.map(({ get }) => get),
      ...range(shape.rows).map((i) => {
        const entry = i32.shl(i32.load(place.get, 4 * i), i32.const(3));
        return f64.mul(this.#number(shape.shares + i), f64.load(entry, this.#layout.support));
      }),
    ];
    fn.add(p.set(f64.mul(f64.sum(terms), f64.const(INFLATION))));
    fn.add(low.set(f64.max(f64.sub(x.get, p.get), this.#number(shape.low))));
    fn.add(high.set(f64.min(f64.add(x.get, p.get), this.#number(shape.high))));
  }

  /** A unit of several pieces: into the lists, and its band into the sums. */
  #keep(): void {
    const fn = this.#fn;
    const { units, widths, kept } = this.#parameters;
    const { j, first, last } = this.#integers;
    const { width } = this.#numbers;
    this.#writeBand();
    fn.add(i32.store(i32.add(units.get, i32.shl(kept.get, i32.const(2))), 0, j.get));
    fn.add(f64.store(i32.add(widths.get, i32.shl(kept.get, i32.const(3))), 0, width.get));
    fn.add(kept.set(i32.add(kept.get, ONE)));
    const isThreefold = i32.equal(i32.sub(last.get, first.get), i32.const(2));
    const three = this.#countAt(THREEFOLD);
    fn.add(i32.store(ZERO, three, i32.add(i32.load(ZERO, three), isThreefold)));
    this.#writeSums();
  }

  #writeBand(): void {
    const fn = this.#fn;
    const { x, low, high, b0, b1, width } = this.#numbers;
    const { bottom, top, outside, slope, value } = this.#band;
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
  }

  #writeSums(): void {
    const fn = this.#fn;
    const shape = this.#shape;
    const { j, first, last } = this.#integers;
    const { width } = this.#numbers;
    const { slope, value, weight } = this.#band;
    this.#addParts(shape.support, shape.square, width.get);
    this.#addParts(shape.square, shape.J, f64.mul(width.get, width.get));
    this.#addParts(shape.J, shape.next, slope.get);
    this.#addParts(shape.next, shape.sums, value.get);
    fn.add(weight.set(f64.mul(width.get, this.#number(shape.reach))));
    this.#spread.forEach((spread, g) => {
      fn.add(spread.set(f64.add(spread.get, f64.mul(weight.get, this.#projected[g]!.get))));
    });
    fn.if(f64.greater(weight.get, this.#widest.get), () => {
      fn.add(this.#widest.set(weight.get), i32.store(ZERO, this.#countAt(WIDEST), j.get));
      fn.add(i32.store(ZERO, this.#countAt(FIRST), first.get), i32.store(ZERO, this.#countAt(LAST), last.get));
    });
  }

  /** Adds factor · parts [from, to) to the sums. */
  #addParts(from: number, to: number, factor: Code): void {
    this.#fn.add(this.#weights.set(f64x2.splat(factor)));
    for (let n = from; n < to; n += 2) this.#addTo(n, f64x2.mul(this.#weights.get, this.#part(n)));
  }

  #addTo(place: number, term: Code): void {
    const at = this.#layout.sums + 8 * place;
    this.#fn.add(f64x2.store(ZERO, at, f64x2.add(f64x2.load(ZERO, at), term)));
  }

  /** A unit of one piece: into the lists, and folded into the sums unless the piece is zero. */
  #decide(): void {
    const fn = this.#fn;
    const { decided, pieces } = this.#parameters;
    const { j, first, count } = this.#integers;
    const offset = i32.shl(count.get, i32.const(2));
    fn.add(i32.store(i32.add(decided.get, offset), 0, j.get));
    fn.add(i32.store(i32.add(pieces.get, offset), 0, first.get));
    fn.add(count.set(i32.add(count.get, ONE)));
    fn.if(first.get, () => this.#writeFold());
  }

  #writeFold(): void {
    const fn = this.#fn;
    const { J, next, sums } = this.#shape;
    const { first } = this.#integers;
    const { b0, b1 } = this.#numbers;
    const again = sums - J;
    fn.if(
      i32.equal(first.get, ONE),
      () => {
        for (let n = J; n < next; n += 2) this.#addTo(again + n, this.#part(n));
        fn.add(this.#weights.set(f64x2.splat(f64.neg(b0.get))));
      },
      () => fn.add(this.#weights.set(f64x2.splat(f64.sub(b1.get, b0.get)))),
    );
    for (let n = next; n < sums; n += 2) this.#addTo(again + n, f64x2.mul(this.#weights.get, this.#part(n)));
  }
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
