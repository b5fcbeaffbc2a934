import { type Code, FunctionBuilder, f64, f64x2, i32, type Local, moduleOf, v128 } from "../../wasm/assembler.ts";
import { BandWriter } from "./band-writer.ts";
import { ABSOLUTE, HALF_WIDTH, HALF_WIDTH_CENTRE, outward, projectionMargin, SHARE } from "./bounds.ts";
import { BLUR, REGULARISER, RIDGE, Verdict } from "./kernel.ts";
import { writeSieve } from "./sieve-writer.ts";
import { type Layout, layoutOf, type PairPart, pairByte, pairBytes, type StateViews, strideOf } from "./workspace.ts";

/**
 * Writes kernel.ts and sieve.ts as WebAssembly, operation for operation, for R dimensions and L units. `enclose` takes
 * the number of undecided units and returns 4·(the new number) + verdict; `sieve` takes the numbers of undecided units
 * and of parts.
 */
export function writeKernel(R: number, L: number): Uint8Array<ArrayBuffer> {
  return moduleOf({ enclose: new KernelWriter(R, L, false).write(), sieve: writeSieve(R, layoutOf(R, L)) });
}

/** `LoopKernel.propose`, which takes and returns the number of undecided units. */
export function writePropose(R: number, L: number): FunctionBuilder {
  return new KernelWriter(R, L, true).write();
}

const ZERO = i32.const(0);
const number = f64.const;
const NONE = f64x2.splat(number(0));

/** Most sums that are kept in registers at a time: the machine has 16, and intermediate vectors need some. */
const MOST_SUMS = 8;

/** Code that reads a part of the current pair. */
type PartReader = (part: PairPart, i?: number) => Code;

type Place = keyof Layout["at"] | keyof StateViews;

class KernelWriter {
  readonly #proposes: boolean;
  readonly #R: number;
  readonly #L: number;
  readonly #layout: Layout;
  readonly #fn = new FunctionBuilder(1);
  /** The number of units that stay undecided so far. */
  readonly #left: Local;
  /** The end of the pairs that are written out. */
  readonly #end: Local;
  readonly #c: Local[] = [];
  readonly #r: Local[] = [];
  readonly #wide: Local[] = [];
  /** Locals of Â and of Â diag(r), row-major. */
  readonly #A: Local[] = [];
  readonly #Ar: Local[] = [];
  readonly #G: Local[] = [];
  readonly #E: Local[] = [];
  readonly #Q: Local[] = [];
  /** Locals of the lower triangle of W, row-major. */
  readonly #W: Local[] = [];
  readonly #Y: Local[] = [];
  readonly #radii: Local[] = [];

  /** @param proposes whether all that is wanted is a functional: for `propose`, not `enclose`. */
  constructor(R: number, L: number, proposes: boolean) {
    this.#proposes = proposes;
    this.#R = R;
    this.#L = L;
    this.#layout = layoutOf(R, L);
    this.#left = this.#fn.i32();
    this.#end = this.#fn.i32();
  }

  write(): FunctionBuilder {
    this.#centre();
    this.#decide();
    this.#sumBands();
    this.#sumSlopes();
    this.#excludeByRows();
    if (!this.#proposes) this.#fn.if(i32.isZero(this.#left.get), () => this.#return(Verdict.LINEAR));
    this.#sumSquares();
    this.#invert();
    this.#sumRadii();
    this.#excludeByFunctional();
    if (!this.#proposes) this.#intersect();
    this.#sumSpread();
    this.#return(Verdict.KEPT);
    return this.#fn;
  }

  #return(verdict: Verdict): void {
    if (this.#proposes) {
      this.#fn.return(this.#left.get);
      return;
    }
    this.#fn.return(i32.or(i32.shl(this.#left.get, i32.const(2)), i32.const(verdict)));
  }

  /** Returns from the function for a box that y discards. */
  #discard(y: readonly Code[]): void {
    this.#storeFunctional(y);
    this.#return(Verdict.EMPTY);
  }

  #storeFunctional(y: readonly Code[]): void {
    y.forEach((component, i) => {
      this.#store("y", i, component);
    });
  }

  get #span(): number[] {
    return range(this.#R);
  }

  /** Byte offset of entry i of an array, or of a part of `state`. */
  #byte(name: Place, i = 0): number {
    const R = this.#R;
    const parts = { lo: 0, hi: R, M: 2 * R, k: 2 * R + R * R } as const;
    if (name in parts) return 8 * (this.#layout.at.state + parts[name as keyof typeof parts] + i);
    return 8 * (this.#layout.at[name as keyof Layout["at"]] + i);
  }

  #load(name: Place, i = 0): Code {
    return f64.load(ZERO, this.#byte(name, i));
  }

  #store(name: Place, i: number, value: Code): void {
    this.#fn.add(f64.store(ZERO, this.#byte(name, i), value));
  }

  #centre(): void {
    const fn = this.#fn;
    for (const i of this.#span) {
      const [lo, hi] = [this.#load("lo", i), this.#load("hi", i)];
      const c = fn.f64(f64.mul(number(0.5), f64.add(lo, hi)));
      const half = f64.mul(f64.mul(number(0.5), f64.sub(hi, lo)), number(HALF_WIDTH));
      const r = fn.f64(f64.add(half, f64.mul(f64.abs(c.get), number(HALF_WIDTH_CENTRE))));
      const size = f64.add(f64.abs(c.get), r.get);
      const margin = fn.f64(f64.mul(size, number(projectionMargin(this.#R))));
      const wide = fn.f64(f64.add(r.get, margin.get));
      this.#store("c", i, c.get);
      this.#store("r", i, r.get);
      this.#store("wide", i, wide.get);
      this.#store("margin", i, margin.get);
      this.#c.push(c);
      this.#r.push(r);
      this.#wide.push(wide);
    }
  }

  /** The unit at a place of `undecided`. */
  #unitAt(place: Code, skip = 0): Code {
    return i32.load(i32.shl(place, i32.const(2)), this.#layout.undecidedByte + 4 * skip);
  }

  /** Byte offset of a unit's row from that of `data`. */
  #rowOf(unit: Code): Code {
    return i32.mul(unit, i32.const(8 * strideOf(this.#R)));
  }

  /** Decides units, two at a time, and keeps the ranges of the units that stay undecided. */
  #decide(): void {
    const fn = this.#fn;
    const R = this.#R;
    const { undecidedByte, decidedByte } = this.#layout;
    const [count] = fn.parameters;
    const [q, even, odd, rowEven, rowOdd, decided, below, above, listed] = range(9).map(() => fn.i32());
    const [x, p, b0, b1, low, high] = range(6).map(() => fn.f64x2());
    const both = (n: number): Code => f64x2.gather(rowEven.get, rowOdd.get, this.#byte("data", n));
    const u = this.#span.map(() => fn.f64x2());
    const [c, wide] = [this.#c, this.#wide].map((each) => each.map(({ get }) => fn.f64x2(f64x2.splat(get))));
    // the ramp of no weight follows the last unit, so that every unit has a partner; it is always decided
    fn.add(i32.store(fourTimes(count.get), undecidedByte, i32.const(this.#L)));
    fn.while(i32.lessSigned(q.get, count.get), () => {
      fn.add(even.set(this.#unitAt(q.get)), odd.set(this.#unitAt(q.get, 1)));
      fn.add(rowEven.set(this.#rowOf(even.get)), rowOdd.set(this.#rowOf(odd.get)));
      for (const i of this.#span) fn.add(u[i].set(both(i)));
      fn.add(x.set(f64x2.sum(this.#span.map((i) => f64x2.mul(u[i].get, c[i].get)))));
      const extent = f64x2.sum(this.#span.map((i) => f64x2.mul(f64x2.abs(u[i].get), wide[i].get)));
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
        this.#keep(unit.get, f64x2.lane(low.get, lane), f64x2.lane(high.get, lane), f64x2.lane(x.get, lane));
        fn.add(this.#left.set(i32.sub(i32.add(this.#left.get, i32.const(1)), bit(decided))));
      }
      fn.add(q.set(i32.add(q.get, i32.const(2))));
    });
    // the ramp of no weight follows the last undecided unit too, with a band of no weight
    this.#keep(i32.const(this.#L), number(-1), number(1), number(0));
    this.#foldDecided(listed);
  }

  /** Appends a unit to the undecided ones. */
  #keep(unit: Code, low: Code, high: Code, projection: Code): void {
    const eightTimes = i32.shl(this.#left.get, i32.const(3));
    this.#fn.add(
      i32.store(fourTimes(this.#left.get), this.#layout.undecidedByte, unit),
      f64.store(eightTimes, this.#byte("low"), low),
      f64.store(eightTimes, this.#byte("high"), high),
      f64.store(eightTimes, this.#byte("projection"), projection),
    );
  }

  /** Folds the units that are listed as decided, and notes their pieces. */
  #foldDecided(listed: Local): void {
    const fn = this.#fn;
    const R = this.#R;
    const { piecesByte, decidedByte } = this.#layout;
    const [q, j, row, piece] = [fn.i32(), fn.i32(), fn.i32(), fn.i32()];
    const at = (n: number): Code => f64.load(row.get, this.#byte("data", n));
    const addConstant = (offset: Code): void => {
      for (const i of this.#span) this.#store("k", i, f64.add(this.#load("k", i), f64.mul(at(R + i), offset)));
    };
    fn.while(i32.lessSigned(q.get, listed.get), () => {
      fn.add(j.set(i32.load(fourTimes(q.get), decidedByte)));
      fn.add(piece.set(i32.and(j.get, i32.const(3))), j.set(i32.shiftRight(j.get, i32.const(2))));
      fn.add(row.set(this.#rowOf(j.get)));
      fn.add(i32.store(fourTimes(j.get), piecesByte, piece.get));
      fn.if(i32.equal(piece.get, i32.const(1)), () => {
        addConstant(f64.neg(at(2 * R)));
        for (const i of this.#span) {
          for (const n of this.#span) {
            this.#store("M", i * R + n, f64.add(this.#load("M", i * R + n), f64.mul(at(R + i), at(n))));
          }
        }
      });
      fn.if(i32.equal(piece.get, i32.const(2)), () => addConstant(f64.sub(at(2 * R + 1), at(2 * R))));
      fn.add(q.set(i32.add(q.get, i32.const(1))));
    });
  }

  /**
   * Computes the bands of the undecided units, two at a time, sums Ĝ and Q, and writes out the parts of pairs that the
   * other sums need.
   */
  #sumBands(): void {
    const fn = this.#fn;
    const R = this.#R;
    const [q, rowEven, rowOdd, eightTimes] = range(4).map(() => fn.i32());
    const both = (n: number): Code => f64x2.gather(rowEven.get, rowOdd.get, this.#byte("data", n));
    const kept = (name: "low" | "high" | "projection"): Code => f64x2.load(eightTimes.get, this.#byte(name));
    const [b0, b1, low, high, v, w] = range(6).map(() => fn.f64x2());
    const [G, Q] = [1, 2].map(() => this.#span.map(() => fn.f64x2(NONE)));
    const band = new BandWriter(fn);
    const { slope, value, width } = band;
    const keep = (part: PairPart, value: Code, i = 0): void => {
      fn.add(f64x2.store(this.#end.get, this.#pairByte(part, i), value));
    };
    fn.while(i32.lessSigned(q.get, this.#left.get), () => {
      fn.add(rowEven.set(this.#rowOf(this.#unitAt(q.get))), rowOdd.set(this.#rowOf(this.#unitAt(q.get, 1))));
      fn.add(eightTimes.set(i32.shl(q.get, i32.const(3))));
      fn.add(b0.set(both(2 * R)), b1.set(both(2 * R + 1)), low.set(kept("low")), high.set(kept("high")));
      band.write(b0.get, b1.get, low.get, high.get, kept("projection"));
      fn.add(f64x2.store(eightTimes.get, this.#byte("widths"), width.get));
      keep("b0", b0.get);
      keep("b1", b1.get);
      keep("slope", slope.get);
      for (const i of this.#span) {
        fn.add(v.set(both(R + i)), w.set(f64x2.mul(v.get, width.get)));
        keep("u", both(i), i);
        keep("v", v.get, i);
        keep("weighted", w.get, i);
        fn.add(G[i].set(f64x2.add(G[i].get, f64x2.mul(v.get, value.get))));
        fn.add(Q[i].set(f64x2.add(Q[i].get, f64x2.abs(w.get))));
      }
      fn.add(this.#end.set(i32.add(this.#end.get, i32.const(pairBytes(R)))));
      fn.add(q.set(i32.add(q.get, i32.const(2))));
    });
    this.#G.push(...this.#bothLanes(G));
    this.#Q.push(...this.#bothLanes(Q));
    for (const i of this.#span) this.#store("Q", i, this.#Q[i].get);
  }

  /** Runs over the pairs that are written out; `write` gets a reader of their parts. */
  #eachPair(write: (part: PartReader) => void): void {
    const fn = this.#fn;
    const pair = fn.i32(ZERO);
    fn.while(i32.lessSigned(pair.get, this.#end.get), () => {
      write((part, i = 0) => f64x2.load(pair.get, this.#pairByte(part, i)));
      fn.add(pair.set(i32.add(pair.get, i32.const(pairBytes(this.#R)))));
    });
  }

  #pairByte(part: PairPart, i: number): number {
    return this.#byte("pairs") + pairByte(this.#R, part, i);
  }

  /** For each place (i, n) the sum of a_i b_n over the undecided units. */
  #sumProducts(
    places: readonly (readonly [number, number])[],
    a: (read: PartReader, i: number) => Code,
    b: PairPart,
  ): Local[] {
    const fn = this.#fn;
    const sums = places.map(() => fn.f64x2(NONE));
    const factor = fn.f64x2();
    this.#eachPair((read) => {
      places.forEach(([i, n], at) => {
        if (at === 0 || places[at - 1][0] !== i) fn.add(factor.set(a(read, i)));
        fn.add(sums[at].set(f64x2.add(sums[at].get, f64x2.mul(factor.get, read(b, n)))));
      });
    });
    return this.#bothLanes(sums);
  }

  #bothLanes(sums: readonly Local[]): Local[] {
    return sums.map(({ get }) => this.#fn.f64(f64.add(f64x2.lane(get, 0), f64x2.lane(get, 1))));
  }

  /** Σ λ v uᵀ. */
  #sumSlopes(): void {
    const all = this.#span.flatMap((i) => this.#span.map((n) => [i, n] as const));
    for (const places of inParts(all, MOST_SUMS)) {
      this.#sumProducts(places, (read, i) => f64x2.mul(read("v", i), read("slope")), "u").forEach((sum, at) => {
        const [i, n] = places[at];
        this.#A[i * this.#R + n] = sum;
      });
    }
  }

  /** The lower triangle of Σ w² v vᵀ. */
  #sumSquares(): void {
    const triangle = this.#span.flatMap((i) => range(i + 1).map((n) => [i, n] as const));
    for (const places of inParts(triangle, MOST_SUMS)) {
      this.#sumProducts(places, (read, i) => read("weighted", i), "weighted").forEach((sum, at) => {
        const [i, n] = places[at];
        this.#W[i * this.#R + n] = sum;
      });
    }
  }

  #excludeByRows(): void {
    const fn = this.#fn;
    const R = this.#R;
    for (const i of this.#span) {
      const value = fn.f64(f64.add(this.#G[i].get, this.#load("k", i)));
      const spread = fn.f64(this.#Q[i].get);
      const error = fn.f64(this.#load("constantError", i));
      const m = fn.f64();
      for (const n of this.#span) {
        const a = this.#A[i * R + n];
        const [c, r] = [this.#c[n].get, this.#r[n].get];
        fn.add(m.set(this.#load("M", i * R + n)));
        fn.add(a.set(f64.add(a.get, m.get)));
        this.#store("A", i * R + n, a.get);
        increase(fn, value, f64.mul(m.get, c));
        increase(fn, spread, f64.mul(f64.abs(a.get), r));
        increase(fn, error, f64.mul(this.#load("matrixError", i * R + n), f64.add(f64.abs(c), r)));
      }
      this.#store("G", i, value.get);
      this.#store("E", i, error.get);
      this.#G[i] = value;
      this.#E.push(error);
      if (this.#proposes) continue;
      fn.if(f64.greater(f64.abs(value.get), f64.add(spread.get, error.get)), () =>
        this.#discard(this.#span.map((n) => number(n === i ? 1 : 0))),
      );
    }
  }

  /** Completes W, inverts it by Cholesky factors as in dense.ts, and makes Y. */
  #invert(): void {
    const fn = this.#fn;
    const R = this.#R;
    const [A, G, r] = [this.#A, this.#G, this.#r];
    if (!this.#proposes) {
      this.#store("volume", 0, number(1));
      this.#store("blurred", 0, number(0));
    }
    this.#store("nearness", 0, number(this.#proposes ? 0 : 1));
    for (const i of range(R * R)) this.#Ar[i] = fn.f64(f64.mul(A[i].get, r[i % R].get));
    const trace = fn.f64(number(0));
    const S: Local[] = [];
    for (const i of this.#span) {
      for (const n of range(i + 1)) {
        const total = fn.f64(f64.mul(number(RIDGE), this.#W[i * R + n].get));
        for (const a of this.#span) increase(fn, total, f64.mul(this.#Ar[i * R + a].get, this.#Ar[n * R + a].get));
        S[i * R + n] = total;
      }
      increase(fn, trace, S[i * R + i].get);
    }
    for (const i of this.#span) increase(fn, S[i * R + i], f64.mul(trace.get, number(REGULARISER)));
    for (const c of this.#span) {
      const pivot = S[c * R + c];
      for (const k of range(c)) decrease(fn, pivot, f64.mul(S[c * R + k].get, S[c * R + k].get));
      fn.if(i32.isZero(f64.greater(pivot.get, number(0))), () => {
        this.#sumSpread();
        this.#return(Verdict.KEPT);
      });
      fn.add(pivot.set(f64.div(number(1), f64.sqrt(pivot.get))));
      for (const i of range(R, c + 1)) {
        const entry = S[i * R + c];
        for (const k of range(c)) decrease(fn, entry, f64.mul(S[i * R + k].get, S[c * R + k].get));
        fn.add(entry.set(f64.mul(entry.get, pivot.get)));
      }
    }
    for (const c of this.#span) {
      for (const i of range(R, c + 1)) {
        const entry = S[i * R + c];
        fn.add(entry.set(f64.mul(entry.get, S[c * R + c].get)));
        for (const k of range(i, c + 1)) increase(fn, entry, f64.mul(S[i * R + k].get, S[k * R + c].get));
        fn.add(entry.set(f64.mul(f64.neg(entry.get), S[i * R + i].get)));
      }
    }
    const inverse: Local[] = [];
    for (const i of this.#span) {
      for (const n of range(i + 1)) {
        const total = fn.f64(number(0));
        for (const k of range(R, i)) increase(fn, total, f64.mul(S[k * R + i].get, S[k * R + n].get));
        inverse[i * R + n] = total;
        inverse[n * R + i] = total;
      }
    }
    for (const i of this.#proposes ? [] : this.#span) {
      const square = fn.f64(f64.mul(r[i].get, r[i].get));
      for (const n of this.#span) {
        const column = this.#span.map((a) => f64.mul(A[a * R + i].get, inverse[a * R + n].get));
        this.#Y.push(fn.f64(f64.mul(f64.sum(column), square.get)));
      }
    }
    for (const n of this.#span) {
      this.#Y.push(fn.f64(f64.sum(this.#span.map((a) => f64.mul(inverse[n * R + a].get, G[a].get)))));
    }
  }

  #sumRadii(): void {
    const fn = this.#fn;
    const R = this.#R;
    const Y = this.#Y.map((y) => fn.f64x2(f64x2.splat(y.get)));
    const rows = Y.length / R;
    const totals = range(rows).map(() => fn.f64x2(NONE));
    const w = this.#span.map(() => fn.f64x2());
    this.#eachPair((read) => {
      for (const n of this.#span) fn.add(w[n].set(read("weighted", n)));
      for (const i of range(rows)) {
        const t = f64x2.sum(this.#span.map((n) => f64x2.mul(Y[i * R + n].get, w[n].get)));
        fn.add(totals[i].set(f64x2.add(totals[i].get, f64x2.abs(t))));
      }
    });
    this.#radii.push(...this.#bothLanes(totals));
  }

  #excludeByFunctional(): void {
    const fn = this.#fn;
    const R = this.#R;
    const y = this.#Y.slice(-R);
    const value = fn.f64(number(0));
    const spread = this.#radii[this.#radii.length - 1];
    for (const i of this.#span) {
      increase(fn, value, f64.mul(y[i].get, this.#G[i].get));
      increase(fn, spread, f64.mul(f64.abs(y[i].get), this.#E[i].get));
    }
    for (const n of this.#span) {
      const slope = f64.sum(this.#span.map((i) => f64.mul(y[i].get, this.#A[i * R + n].get)));
      increase(fn, spread, f64.mul(f64.abs(slope), this.#r[n].get));
    }
    const share = f64.add(f64.mul(f64.abs(value.get), number(SHARE)), number(ABSOLUTE));
    if (!this.#proposes) {
      fn.if(f64.greater(f64.abs(value.get), f64.add(spread.get, share)), () => this.#discard(y.map(({ get }) => get)));
    }
    this.#store("nearness", 0, f64.div(f64.abs(value.get), spread.get));
    this.#storeFunctional(y.map(({ get }) => get));
  }

  #intersect(): void {
    const fn = this.#fn;
    const R = this.#R;
    const volume = fn.f64(number(1));
    for (const i of this.#span) {
      const move = fn.f64(number(0));
      const error = fn.f64(number(0));
      const spread = this.#radii[i];
      const defect = fn.f64();
      for (const n of this.#span) {
        const y = this.#Y[i * R + n];
        increase(fn, move, f64.mul(y.get, this.#G[n].get));
        increase(fn, error, f64.mul(f64.abs(y.get), this.#E[n].get));
        fn.add(defect.set(number(n === i ? -1 : 0)));
        for (const a of this.#span) increase(fn, defect, f64.mul(this.#Y[i * R + a].get, this.#A[a * R + n].get));
        increase(fn, spread, f64.mul(f64.abs(defect.get), this.#r[n].get));
      }
      const size = f64.sum([f64.abs(this.#c[i].get), f64.abs(move.get), spread.get, error.get]);
      const rounding = f64.add(f64.mul(size, number(outward(R))), number(ABSOLUTE));
      const half = fn.f64(f64.add(f64.add(spread.get, error.get), rounding));
      const middle = fn.f64(f64.sub(this.#c[i].get, move.get));
      const low = fn.f64(f64.sub(middle.get, half.get));
      const high = fn.f64(f64.add(middle.get, half.get));
      const [lo, hi] = [fn.f64(this.#load("lo", i)), fn.f64(this.#load("hi", i))];
      fn.if(i32.or(f64.greater(low.get, hi.get), f64.less(high.get, lo.get)), () =>
        this.#discard(this.#span.map((n) => this.#Y[i * R + n].get)),
      );
      const width = fn.f64(f64.sub(hi.get, lo.get));
      fn.if(f64.notEqual(width.get, number(0)), () => {
        const blurs = f64.greater(error.get, f64.mul(number(BLUR), this.#r[i].get));
        fn.if(blurs, () => this.#store("blurred", 0, number(1)));
        fn.if(f64.greater(low.get, lo.get), () => fn.add(lo.set(low.get)));
        fn.if(f64.less(high.get, hi.get), () => fn.add(hi.set(high.get)));
        this.#store("lo", i, lo.get);
        this.#store("hi", i, hi.get);
        fn.add(volume.set(f64.mul(volume.get, f64.div(f64.sub(hi.get, lo.get), width.get))));
      });
    }
    this.#store("volume", 0, volume.get);
  }

  #sumSpread(): void {
    const fn = this.#fn;
    const totals = this.#span.map(() => fn.f64x2(NONE));
    const weight = fn.f64x2();
    this.#eachPair((read) => {
      fn.add(weight.set(f64x2.sum(this.#span.map((n) => f64x2.abs(read("weighted", n))))));
      totals.forEach((total, i) => {
        fn.add(total.set(f64x2.add(total.get, f64x2.mul(weight.get, f64x2.abs(read("u", i))))));
      });
    });
    this.#bothLanes(totals).forEach(({ get }, i) => {
      this.#store("spread", i, get);
    });
  }
}

function fourTimes(index: Code): Code {
  return i32.shl(index, i32.const(2));
}

/** Consecutive parts of about equal length, each of at most `most` items. */
function inParts<T>(items: readonly T[], most: number): T[][] {
  const count = Math.ceil(items.length / most);
  return range(count).map((part) =>
    items.slice(Math.floor((part * items.length) / count), Math.floor(((part + 1) * items.length) / count)),
  );
}

/** from, …, to − 1. */
function range(to: number, from = 0): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

function increase(fn: FunctionBuilder, total: Local, by: Code): void {
  fn.add(total.set(f64.add(total.get, by)));
}

function decrease(fn: FunctionBuilder, total: Local, by: Code): void {
  fn.add(total.set(f64.sub(total.get, by)));
}
