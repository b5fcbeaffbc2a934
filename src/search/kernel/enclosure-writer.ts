import { type Code, f64, f64x2, i32, type Local, several, v128 } from "../../wasm/assembler.ts";
import { BandWriter } from "./band-writer.ts";
import { HALF_WIDTH, HALF_WIDTH_CENTRE, projectionMargin } from "./bounds.ts";
import { fourTimes, increase, KernelCode, NONE, number, type PartReader, range, ZERO } from "./kernel-code.ts";
import { type PairPart, pairBytes } from "./workspace.ts";

/**
 * Most sums in a loop. The machine has 16 registers, and factors and products need some: a sum that has to wait in
 * memory from one turn to the next takes three times as long.
 */
const MOST_SUMS = 8;

/** The row and the column of a sum of products. */
type Place = readonly [row: number, column: number];

/** The first half of `enclose`: decides units, sums the bands of the others, and tries the rows of G. */
export class EnclosureWriter extends KernelCode {
  centre(): void {
    const fn = this.fn;
    if (!this.proposes) this.store("swept", 0, number(0));
    for (const i of this.span) {
      const [lo, hi] = [this.load("lo", i), this.load("hi", i)];
      const c = fn.f64(f64.mul(number(0.5), f64.add(lo, hi)));
      const half = f64.mul(f64.mul(number(0.5), f64.sub(hi, lo)), number(HALF_WIDTH));
      const r = fn.f64(f64.add(half, f64.mul(f64.abs(c.get), number(HALF_WIDTH_CENTRE))));
      const size = f64.add(f64.abs(c.get), r.get);
      const margin = fn.f64(f64.mul(size, number(projectionMargin(this.R))));
      const wide = fn.f64(f64.add(r.get, margin.get));
      this.store("c", i, c.get);
      this.store("r", i, r.get);
      this.store("wide", i, wide.get);
      this.store("margin", i, margin.get);
      this.c.push(c);
      this.r.push(r);
      this.wide.push(wide);
    }
  }

  /** Decides units, two at a time, and keeps the ranges of the units that stay undecided. */
  decide(): void {
    const fn = this.fn;
    const R = this.R;
    const { undecidedByte, decidedByte } = this.layout;
    const [count] = fn.parameters(1);
    const [q, even, odd, rowEven, rowOdd, decided, below, above, listed] = several(9, () => fn.i32());
    const [x, p, b0, b1, low, high] = several(6, () => fn.f64x2());
    const both = (n: number): Code => f64x2.gather(rowEven.get, rowOdd.get, this.byte("data", n));
    const u = this.span.map(() => fn.f64x2());
    const [c, wide] = [this.c, this.wide].map((each) => each.map(({ get }) => fn.f64x2(f64x2.splat(get))));
    // the ramp of no weight follows the last unit, so that every unit has a partner; it is always decided
    fn.add(i32.store(fourTimes(count.get), undecidedByte, i32.const(this.L)));
    fn.while(i32.lessSigned(q.get, count.get), () => {
      fn.add(even.set(this.unitAt(q.get)), odd.set(this.unitAt(q.get, 1)));
      fn.add(rowEven.set(this.rowOf(even.get)), rowOdd.set(this.rowOf(odd.get)));
      for (const i of this.span) fn.add(u[i]!.set(both(i)));
      fn.add(x.set(f64x2.sum(this.span.map((i) => f64x2.mul(u[i]!.get, c![i]!.get)))));
      const extent = f64x2.sum(this.span.map((i) => f64x2.mul(f64x2.abs(u[i]!.get), wide![i]!.get)));
      fn.add(p.set(f64x2.add(extent, both(2 * R + 2))));
      fn.add(b0.set(both(2 * R)), b1.set(both(2 * R + 1)));
      fn.add(low.set(f64x2.sub(x.get, p.get)), high.set(f64x2.add(x.get, p.get)));
      const isBelow = f64x2.lessEqual(high.get, b0.get);
      const isAbove = f64x2.greaterEqual(low.get, b1.get);
      const isBetween = v128.and(f64x2.greaterEqual(low.get, b0.get), f64x2.lessEqual(high.get, b1.get));
      fn.add(below.set(v128.signs(isBelow)), above.set(v128.signs(isAbove)));
      fn.add(decided.set(i32.or(i32.or(below.get, above.get), v128.signs(isBetween))));
      for (const [lane, unit] of [[0, even] as const, [1, odd] as const]) {
        const bit = (bits: Local): Code => i32.and(i32.shiftRight(bits.get, i32.const(lane)), i32.const(1));
        // no branch, as the processor could not predict it: the unit is written to both lists, and only one list grows
        const piece = i32.sub(i32.add(i32.const(1), bit(above)), bit(below));
        fn.add(i32.store(fourTimes(listed.get), decidedByte, i32.add(fourTimes(unit.get), piece)));
        fn.add(listed.set(i32.add(listed.get, bit(decided))));
        this.keep(unit.get, f64x2.lane(low.get, lane), f64x2.lane(high.get, lane), f64x2.lane(x.get, lane));
        fn.add(this.left.set(i32.sub(i32.add(this.left.get, i32.const(1)), bit(decided))));
      }
      fn.add(q.set(i32.add(q.get, i32.const(2))));
    });
    // the ramp of no weight follows the last undecided unit too, with a band of no weight
    this.keep(i32.const(this.L), number(-1), number(1), number(0));
    this.foldDecided(listed);
  }

  /** Appends a unit to the undecided ones. */
  keep(unit: Code, low: Code, high: Code, projection: Code): void {
    const eightTimes = i32.shl(this.left.get, i32.const(3));
    this.fn.add(
      i32.store(fourTimes(this.left.get), this.layout.undecidedByte, unit),
      f64.store(eightTimes, this.byte("low"), low),
      f64.store(eightTimes, this.byte("high"), high),
      f64.store(eightTimes, this.byte("projection"), projection),
    );
  }

  /** Folds the units that are listed as decided, and notes their pieces. */
  foldDecided(listed: Local): void {
    const fn = this.fn;
    const R = this.R;
    const { piecesByte, decidedByte } = this.layout;
    const [q, j, row, piece] = [fn.i32(), fn.i32(), fn.i32(), fn.i32()];
    const at = (n: number): Code => f64.load(row.get, this.byte("data", n));
    fn.while(i32.lessSigned(q.get, listed.get), () => {
      fn.add(j.set(i32.load(fourTimes(q.get), decidedByte)));
      fn.add(piece.set(i32.and(j.get, i32.const(3))), j.set(i32.shiftRight(j.get, i32.const(2))));
      fn.add(row.set(this.rowOf(j.get)));
      fn.add(i32.store(fourTimes(j.get), piecesByte, piece.get));
      fn.if(i32.equal(piece.get, i32.const(1)), () => {
        this.#addMultiple("k", 0, row, R, f64.neg(at(2 * R)));
        for (const i of this.span) this.#addMultiple("M", i * R, row, 0, at(R + i));
      });
      fn.if(i32.equal(piece.get, i32.const(2)), () =>
        this.#addMultiple("k", 0, row, R, f64.sub(at(2 * R + 1), at(2 * R))),
      );
      fn.add(q.set(i32.add(q.get, i32.const(1))));
    });
  }

  /** Adds a multiple of R numbers of a unit's row, from the n-th on, to as many from entry `first` of M or k on. */
  #addMultiple(name: "M" | "k", first: number, row: Local, n: number, factor: Code): void {
    const fn = this.fn;
    const both = fn.f64x2(f64x2.splat(factor));
    for (let i = 0; i + 1 < this.R; i += 2) {
      const numbers = f64x2.load(row.get, this.byte("data", n + i));
      const sum = f64x2.add(f64x2.load(ZERO, this.byte(name, first + i)), f64x2.mul(numbers, both.get));
      fn.add(f64x2.store(ZERO, this.byte(name, first + i), sum));
    }
    if (this.R % 2 === 0) return;
    const last = this.R - 1;
    const number = f64.mul(f64.load(row.get, this.byte("data", n + last)), f64x2.lane(both.get, 0));
    this.store(name, first + last, f64.add(this.load(name, first + last), number));
  }

  /**
   * Computes the bands of the undecided units, two at a time, sums Ĝ and Q, and writes out the parts of pairs that the
   * other sums need.
   */
  sumBands(): void {
    const fn = this.fn;
    const R = this.R;
    const [q, rowEven, rowOdd, eightTimes] = several(4, () => fn.i32());
    const both = (n: number): Code => f64x2.gather(rowEven.get, rowOdd.get, this.byte("data", n));
    const kept = (name: "low" | "high" | "projection"): Code => f64x2.load(eightTimes.get, this.byte(name));
    const [b0, b1, low, high, v, w] = several(6, () => fn.f64x2());
    const [G, Q] = [1, 2].map(() => this.span.map(() => fn.f64x2(NONE)));
    const band = new BandWriter(fn);
    const { slope, value, width } = band;
    const keep = (part: PairPart, value: Code, i = 0): void => {
      fn.add(f64x2.store(this.end.get, this.pairByte(part, i), value));
    };
    fn.while(i32.lessSigned(q.get, this.left.get), () => {
      fn.add(rowEven.set(this.rowOf(this.unitAt(q.get))), rowOdd.set(this.rowOf(this.unitAt(q.get, 1))));
      fn.add(eightTimes.set(i32.shl(q.get, i32.const(3))));
      fn.add(b0.set(both(2 * R)), b1.set(both(2 * R + 1)), low.set(kept("low")), high.set(kept("high")));
      band.write(b0.get, b1.get, low.get, high.get, kept("projection"));
      fn.add(f64x2.store(eightTimes.get, this.byte("widths"), width.get));
      keep("b0", b0.get);
      keep("b1", b1.get);
      keep("slope", slope.get);
      for (const i of this.span) {
        fn.add(v.set(both(R + i)), w.set(f64x2.mul(v.get, width.get)));
        keep("u", both(i), i);
        keep("v", v.get, i);
        keep("weighted", w.get, i);
        fn.add(G![i]!.set(f64x2.add(G![i]!.get, f64x2.mul(v.get, value.get))));
        fn.add(Q![i]!.set(f64x2.add(Q![i]!.get, f64x2.abs(w.get))));
      }
      fn.add(this.end.set(i32.add(this.end.get, i32.const(pairBytes(R)))));
      fn.add(q.set(i32.add(q.get, i32.const(2))));
    });
    this.G.push(...this.bothLanes(G!));
    this.Q.push(...this.bothLanes(Q!));
    for (const i of this.span) this.store("Q", i, this.Q[i]!.get);
  }

  /** For each place (i, n) the sum of a_i b_n over the undecided units. */
  sumProducts(places: readonly Place[], a: (read: PartReader, i: number) => Code, b: PairPart): Local[] {
    const fn = this.fn;
    const sums = places.map(() => fn.f64x2(NONE));
    const factors = new Map(places.map(([i]) => [i, fn.f64x2()]));
    const other = fn.f64x2();
    this.eachPair((read) => {
      for (const [i, factor] of factors) fn.add(factor.set(a(read, i)));
      for (const column of new Set(places.map(([, n]) => n))) {
        fn.add(other.set(read(b, column)));
        places.forEach(([i, n], at) => {
          if (n !== column) return;
          fn.add(sums[at]!.set(f64x2.add(sums[at]!.get, f64x2.mul(factors.get(i)!.get, other.get))));
        });
      }
    });
    return this.bothLanes(sums);
  }

  /** Σ λ v uᵀ. */
  sumSlopes(): void {
    for (const rows of inParts(this.span, Math.max(1, Math.floor(MOST_SUMS / this.R)))) {
      const places = rows.flatMap((i) => this.span.map((n) => [i, n] as const));
      this.sumProducts(places, (read, i) => f64x2.mul(read("v", i), read("slope")), "u").forEach((sum, at) => {
        const [i, n] = places[at]!;
        this.A[i * this.R + n] = sum;
      });
    }
  }

  /** The lower triangle of Σ w² v vᵀ. */
  sumSquares(): void {
    let places: Place[] = [];
    for (const i of this.span) {
      places.push(...range(i + 1).map((n) => [i, n] as const));
      if (i + 1 < this.R && places.length + i + 2 <= MOST_SUMS) continue;
      this.sumProducts(places, (read, n) => read("weighted", n), "weighted").forEach((sum, at) => {
        const [row, n] = places[at]!;
        this.W[row * this.R + n] = sum;
      });
      places = [];
    }
  }

  excludeByRows(): void {
    const fn = this.fn;
    const R = this.R;
    for (const i of this.span) {
      const value = fn.f64(f64.add(this.G[i]!.get, this.load("k", i)));
      const spread = fn.f64(this.Q[i]!.get);
      const error = fn.f64(this.load("constantError", i));
      const m = fn.f64();
      for (const n of this.span) {
        const a = this.A[i * R + n]!;
        const [c, r] = [this.c[n]!.get, this.r[n]!.get];
        fn.add(m.set(this.load("M", i * R + n)));
        fn.add(a.set(f64.add(a.get, m.get)));
        this.store("A", i * R + n, a.get);
        increase(fn, value, f64.mul(m.get, c));
        increase(fn, spread, f64.mul(f64.abs(a.get), r));
        increase(fn, error, f64.mul(this.load("matrixError", i * R + n), f64.add(f64.abs(c), r)));
      }
      this.store("G", i, value.get);
      this.store("E", i, error.get);
      this.G[i] = value;
      this.E.push(error);
      if (this.proposes) continue;
      fn.if(f64.greater(f64.abs(value.get), f64.add(spread.get, error.get)), () =>
        this.discard(this.span.map((n) => number(n === i ? 1 : 0))),
      );
    }
  }
}

/** Consecutive parts of about equal length, each of at most `most` items. */
function inParts<T>(items: readonly T[], most: number): T[][] {
  const count = Math.ceil(items.length / most);
  return range(count).map((part) =>
    items.slice(Math.floor((part * items.length) / count), Math.floor(((part + 1) * items.length) / count)),
  );
}
