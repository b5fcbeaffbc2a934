import {
  type Code as Bytes,
  FunctionBuilder,
  f64,
  f64x2,
  i32,
  type Local,
  several,
  v128,
} from "../../wasm/assembler.ts";
import { eight, four, LineCode, number, ONE, range, sideOf, splat, sum, upTo, ZERO } from "./line-code.ts";
import { laplace } from "./minors.ts";
import { Code, rowStride, systemEntry, systemLength, tiedStride } from "./workspace.ts";

/** Code that judges two systems side by side, one in each lane. */
interface PairJudge {
  /** Byte offsets of the rows of the two vertices' own hyperplanes. */
  readonly row0: Local;
  readonly row1: Local;
  /** Result of `judge`: a bit for each lane. */
  readonly dismissed: Local;
  /** Result of `extract`: whether the lane's matrix is surely regular. */
  readonly regular: Local;
  judge(): void;
  extract(lane: 0 | 1): void;
  /** Whether the extracted candidate is surely on the other side of the hyperplane with this row. */
  isBeyond(row: Local, side: Bytes): Bytes;
}

/** Writes the part of a kernel that dismisses vertices, as loop-dismissal.ts does. */
export class DismissalWriter extends LineCode {
  /** Writes `dismiss`, two vertices at a time. */
  dismiss(): FunctionBuilder {
    const fn = new FunctionBuilder(3);
    const [crossings, from, to] = fn.parameters(3);
    this.#tie(fn);
    const sums = this.#start(fn);
    const pair = this.#pairJudge(fn);
    const [s, j, code, row, pending, count, tied, at, s0, s1, live, found, dismissed] = several(13, () => fn.i32());
    const side = fn.f64();
    const sideBoth = fn.f64x2();
    const open = (place: Local): void =>
      fn.add(this.writeInteger("open", four(count), place.get), count.set(i32.add(count.get, ONE)));
    const take = (): void => {
      fn.add(tied.set(i32.mul(i32.shiftRight(code.get, i32.const(Code.TIED_SHIFT)), i32.const(this.#pairBytes))));
      fn.add(at.set(i32.mul(pending.get, i32.const(this.#pairBytes))));
      this.#storeSystem(fn, at, tied, sums, side);
      fn.if(
        pending.get,
        () => fn.add(s1.set(s.get), pair.row1.set(row.get)),
        () => fn.add(s0.set(s.get), pair.row0.set(row.get)),
      );
      fn.add(pending.set(i32.add(pending.get, ONE)));
    };
    const judge = (): void => {
      pair.judge();
      // the last of an odd number of vertices has stale numbers beside it
      const both = i32.or(ONE, i32.shl(i32.equal(pending.get, i32.const(2)), ONE));
      fn.add(live.set(i32.and(both, i32.sub(i32.const(3), pair.dismissed.get))));
      const dismiss = (): void => fn.add(dismissed.set(i32.add(dismissed.get, ONE)));
      const judgeOthers = (lane: 0 | 1, place: Local): void => {
        pair.extract(lane);
        this.#isOutsideOthers(fn, place, crossings, pair, found);
        fn.if(found.get, dismiss, () => open(place));
      };
      fn.if(i32.and(live.get, ONE), () => judgeOthers(0, s0), dismiss);
      fn.if(
        i32.and(live.get, i32.const(2)),
        () => judgeOthers(1, s1),
        () => fn.if(i32.equal(pending.get, i32.const(2)), dismiss),
      );
      fn.add(pending.set(ZERO));
    };
    fn.while(i32.isZero(i32.lessSigned(crossings.get, s.get)), () => {
      fn.if(i32.lessSigned(s.get, crossings.get), () => {
        fn.add(j.set(this.readInteger("order", four(s))), code.set(i32.load(eight(j), this.at.codes)));
        fn.add(row.set(this.#rowOf(j.get)), side.set(sideOf(code.get)), sideBoth.set(f64x2.splat(side.get)));
        this.#addRow(fn, sums, sideBoth, row);
        fn.if(i32.lessUnsigned(i32.sub(j.get, from.get), i32.sub(to.get, from.get)), () => {
          const clear = i32.and(this.readInteger("boundary", four(s)), this.readInteger("boundary", four(s), 1));
          const decided = i32.isZero(i32.and(code.get, i32.const(Code.UNDECIDED)));
          fn.if(i32.and(clear, decided), take, () => open(s));
        });
      });
      const last = i32.and(i32.equal(s.get, crossings.get), pending.get);
      fn.if(i32.or(i32.equal(pending.get, i32.const(2)), last), judge);
      fn.add(s.set(i32.add(s.get, ONE)));
    });
    fn.add(this.writeInteger("dismissed", ZERO, dismissed.get));
    fn.return(count.get);
    return fn;
  }

  /** The system of a vertex, its tied hyperplanes added, and the side of its own hyperplane into `pair` at a byte. */
  #storeSystem(fn: FunctionBuilder, at: Local, tied: Local, sums: readonly Local[], side: Local): void {
    const half = systemLength(this.R) / 2;
    for (const i of range(this.#pairBytes / 16)) {
      const own = f64x2.load(tied.get, this.at.tied + 16 * i);
      fn.add(f64x2.store(at.get, this.at.pair + 16 * i, i < half ? f64x2.add(sums[i]!.get, own) : own));
    }
    fn.add(f64.store(at.get, this.at.pair + 8 * (2 * half + this.L), side.get));
  }

  /** Writes `dismissEnd`, in one lane of two. */
  dismissEnd(): FunctionBuilder {
    const fn = new FunctionBuilder(1);
    const [setting] = fn.parameters(1);
    const n = fn.i32(this.n);
    const [bit, row, j, code, dismissed] = several(5, () => fn.i32());
    upTo(fn, j, n.get, () => {
      fn.add(code.set(i32.or(code.get, i32.load(eight(j), this.at.codes))));
    });
    fn.if(i32.and(code.get, i32.const(Code.FLAT)), () => fn.return(ZERO));
    const sums = this.#start(fn);
    const pair = this.#pairJudge(fn);
    const weight = fn.f64x2();
    const sides = this.at.pair + 8 * systemLength(this.R);
    for (const t of range(this.L)) {
      fn.add(bit.set(i32.and(i32.shiftRight(setting.get, i32.const(t)), ONE)));
      fn.add(f64.store(ZERO, sides + 8 * t, sideOf(bit.get)));
      fn.add(row.set(this.#rowOf(this.readInteger("subset", ZERO, t))), weight.set(f64x2.splat(f64.convert(bit.get))));
      this.#addRow(fn, sums, weight, row);
    }
    for (const [i, { get }] of sums.entries()) fn.add(f64x2.store(ZERO, this.at.pair + 16 * i, get));
    // the region has no hyperplane besides L: the first of L is looked at twice
    fn.add(pair.row0.set(this.#rowOf(this.readInteger("subset", ZERO))));
    fn.add(f64.store(ZERO, sides + 8 * this.L, f64.load(ZERO, sides)));
    pair.judge();
    fn.if(i32.and(pair.dismissed.get, ONE), () => fn.return(ONE));
    pair.extract(0);
    fn.if(i32.isZero(pair.regular.get), () => fn.return(ZERO));
    fn.add(j.set(ZERO));
    upTo(fn, j, n.get, () => {
      fn.add(code.set(i32.load(eight(j), this.at.codes)));
      fn.if(i32.isZero(i32.and(code.get, i32.const(Code.OWN))), () => {
        fn.add(row.set(this.#rowOf(j.get)));
        fn.if(pair.isBeyond(row, f64.neg(sideOf(code.get))), () => fn.add(dismissed.set(ONE)));
        fn.if(dismissed.get, () => fn.return(ONE));
      });
    });
    fn.return(ZERO);
    return fn;
  }

  get #pairBytes(): number {
    return 8 * tiedStride(this.R, this.L + 1);
  }

  #rowOf(j: Bytes): Bytes {
    return i32.mul(j, i32.const(8 * rowStride(this.R)));
  }

  #addRow(fn: FunctionBuilder, sums: readonly Local[], weight: Local, row: Local): void {
    sums.forEach((sum, i) => {
      const term = f64x2.load(row.get, this.at.rows + 16 * i);
      fn.add(sum.set(f64x2.add(sum.get, f64x2.mul(weight.get, term))));
    });
  }

  /** Computes the system before the first crossing, without the terms of L. */
  #start(fn: FunctionBuilder): Local[] {
    const sums = range(systemLength(this.R) / 2).map((i) => fn.f64x2(f64x2.load(ZERO, this.at.base + 16 * i)));
    const [n, j, row, weight] = [fn.i32(this.n), fn.i32(), fn.i32(), fn.f64x2()];
    upTo(fn, j, n.get, () => {
      const code = i32.and(i32.load(eight(j), this.at.codes), i32.const(Code.POSITIVE | Code.FLAT | Code.OWN));
      fn.add(weight.set(f64x2.splat(f64.convert(i32.isZero(code)))));
      this.#addRow(fn, sums, weight, row);
      fn.add(row.set(i32.add(row.get, i32.const(8 * rowStride(this.R)))));
    });
    return sums;
  }

  #tie(fn: FunctionBuilder): void {
    const { tied, rows } = this.at;
    const stride = this.#pairBytes;
    const half = systemLength(this.R) / 2;
    for (const i of range(stride / 16)) fn.add(f64x2.store(ZERO, tied + 16 * i, splat(i < half ? 0 : -1)));
    const [setting, to, before, bit, row] = several(5, () => fn.i32());
    fn.add(setting.set(ONE));
    upTo(fn, setting, i32.const(1 << this.L), () => {
      const rest = i32.and(setting.get, i32.sub(setting.get, ONE));
      fn.add(to.set(i32.mul(setting.get, i32.const(stride))), before.set(i32.mul(rest, i32.const(stride))));
      fn.add(bit.set(i32.trailingZeros(setting.get)), row.set(this.#rowOf(this.readInteger("subset", four(bit)))));
      for (const i of range(stride / 16)) {
        const sums = f64x2.load(before.get, tied + 16 * i);
        const sum = i < half ? f64x2.add(sums, f64x2.load(row.get, rows + 16 * i)) : sums;
        fn.add(f64x2.store(to.get, tied + 16 * i, sum));
      }
      fn.add(f64.store(i32.add(to.get, eight(bit)), tied + 16 * half, number(1)));
    });
  }

  /**
   * Judges the two systems of `pair` by the hyperplanes of their own vertices: the hyperplane at row0 or row1, and L.
   */
  #pairJudge(fn: FunctionBuilder): PairJudge {
    const R = this.R;
    const forms = this.at.rows + 8 * systemLength(R);
    const [row0, row1, dismissed, regular] = several(4, () => fn.i32());
    const own = range(this.L).map((t) => fn.i32(this.#rowOf(this.readInteger("subset", ZERO, t))));
    const minors = range(R + 1).map(() => fn.f64x2());
    const [sign, isRegular, outside] = several(3, () => fn.f64x2());
    const m = range(R + 1).map(() => fn.f64());
    const signHere = fn.f64();
    const ofPair = (at: number): Bytes => {
      const byte = this.at.pair + 16 * (at >> 1);
      return f64x2.zip(f64x2.load(ZERO, byte), f64x2.load(ZERO, byte + this.#pairBytes), at % 2 === 0 ? 0 : 1);
    };
    const isBeyond = (read: (c: number) => Bytes, side: Bytes): Bytes => {
      const q = sum(minors.map(({ get }, c) => f64x2.mul(read(c), get)));
      return f64x2.less(f64x2.mul(f64x2.mul(q, side), sign.get), read(R + 1));
    };
    const sideOfPair = (t: number): Bytes => ofPair(systemLength(R) + t);
    return {
      row0,
      row1,
      dismissed,
      regular,
      judge: () => {
        this.#expand(fn, ofPair, minors);
        const D = minors[R]!.get;
        fn.add(sign.set(f64x2.select(f64x2.greater(D, splat(0)), splat(1), splat(-1))));
        fn.add(isRegular.set(f64x2.greater(f64x2.abs(D), f64x2.loadSplat(ZERO, this.at.determinantError))));
        fn.add(outside.set(isBeyond((c) => f64x2.gather(row0.get, row1.get, forms + 8 * c), sideOfPair(this.L))));
        own.forEach((row, t) => {
          const beyond = isBeyond((c) => f64x2.loadSplat(row.get, forms + 8 * c), sideOfPair(t));
          fn.add(outside.set(v128.or(outside.get, beyond)));
        });
        fn.add(dismissed.set(v128.signs(v128.and(outside.get, isRegular.get))));
      },
      extract: (lane) => {
        for (const [c, each] of m.entries()) fn.add(each.set(f64x2.lane(minors[c]!.get, lane)));
        fn.add(signHere.set(f64x2.lane(sign.get, lane)));
        fn.add(regular.set(i32.and(i32.shiftRight(v128.signs(isRegular.get), i32.const(lane)), ONE)));
      },
      isBeyond: (row, side) => {
        const read = (c: number): Bytes => f64.load(row.get, forms + 8 * c);
        const q = m.map(({ get }, c) => f64.mul(read(c), get)).reduce((a, b) => f64.add(a, b));
        return f64.less(f64.mul(f64.mul(q, side), signHere.get), read(R + 1));
      },
    };
  }

  /** The R + 1 minors of two systems side by side. */
  #expand(fn: FunctionBuilder, system: (at: number) => Bytes, into: readonly Local[]): void {
    const R = this.R;
    const entry = (k: number, column: number): Bytes => system(systemEntry(R, k, column));
    let before = range(R + 1).map((column) => fn.f64x2(entry(0, column)));
    laplace(R).forEach((row, index) => {
      const k = index + 1;
      const entries = range(R + 1).map((column) => fn.f64x2(entry(k, column)));
      before = row.map(({ columns, minors }, place) => {
        const products = columns.map((column, i) => f64x2.mul(entries[column]!.get, before[minors[i]!]!.get));
        const total = products.reduce((all, product, i) => (i % 2 === 0 ? f64x2.add : f64x2.sub)(all, product));
        if (k < R - 1) return fn.f64x2(total);
        fn.add(into[place]!.set(total));
        return into[place]!;
      });
    });
  }

  /**
   * Puts into `found` whether the candidate of the extracted lane is surely beyond a crossing of the line, the nearest
   * crossings first.
   */
  #isOutsideOthers(fn: FunctionBuilder, s: Local, crossings: Local, pair: PairJudge, found: Local): void {
    const [goesOn, low, high, j, row] = several(5, () => fn.i32());
    const test = (place: Local, after: boolean): void => {
      fn.add(j.set(this.readInteger("order", four(place))), row.set(this.#rowOf(j.get)));
      const side = sideOf(i32.load(eight(j), this.at.codes));
      fn.if(pair.isBeyond(row, after ? f64.neg(side) : side), () => fn.add(found.set(ONE)));
    };
    fn.add(found.set(ZERO), low.set(i32.sub(s.get, ONE)), high.set(i32.add(s.get, ONE)));
    // a matrix that may be singular has no candidate to test
    fn.add(goesOn.set(pair.regular.get));
    fn.while(goesOn.get, () => {
      fn.if(i32.isZero(i32.lessSigned(low.get, ZERO)), () => test(low, false));
      fn.if(i32.and(i32.lessSigned(high.get, crossings.get), i32.isZero(found.get)), () => test(high, true));
      fn.add(low.set(i32.sub(low.get, ONE)), high.set(i32.add(high.get, ONE)));
      const more = i32.or(i32.isZero(i32.lessSigned(low.get, ZERO)), i32.lessSigned(high.get, crossings.get));
      fn.add(goesOn.set(i32.and(more, i32.isZero(found.get))));
    });
  }
}
