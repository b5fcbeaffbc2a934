import { gamma, type Precision } from "../bounds/precision.ts";
import {
  type Code as Bytes,
  FunctionBuilder,
  f64,
  f64x2,
  i32,
  i32x2,
  type Local,
  moduleOf,
  v128,
} from "../wasm/assembler.ts";
import { LARGEST_DEFECT, MOST_IN_BUCKET } from "./line-kernel.ts";
import {
  Code,
  type FloatName,
  type IntegerName,
  type LineLayout,
  type LineShape,
  lineLayout,
  roomFor,
  rowStride,
  systemEntry,
  systemLength,
  tiedStride,
} from "./line-workspace.ts";
import { laplace } from "./minors.ts";

/** line-kernel.ts, operation for operation, for one shape: a module with its functions. */
export function writeLineKernel(shape: LineShape, precision: Precision): Uint8Array<ArrayBuffer> {
  const writer = new LineKernelWriter(shape, precision);
  const { dismisses } = shape;
  return moduleOf({
    parametrise: writer.parametrise(),
    cross: writer.cross(),
    sort: writer.sort(),
    ...(dismisses ? { tie: writer.tie(), dismiss: writer.dismiss(), dismissEnd: writer.dismissEnd() } : {}),
  });
}

const ZERO = i32.const(0);
const ONE = i32.const(1);
const number = f64.const;
const splat = (value: number): Bytes => f64x2.splat(number(value));

class LineKernelWriter {
  readonly #shape: LineShape;
  readonly #precision: Precision;
  readonly #at: LineLayout;
  readonly #R: number;
  /** ρ − 1, the size of L. */
  readonly #L: number;
  readonly #readInteger = (name: IntegerName, address: Bytes, skip = 0): Bytes =>
    i32.load(address, this.#at[name] + 4 * skip);
  readonly #writeInteger = (name: IntegerName, address: Bytes, value: Bytes, skip = 0): Bytes =>
    i32.store(address, this.#at[name] + 4 * skip, value);
  readonly #readFloat = (name: FloatName, address: Bytes): Bytes => f64.load(address, this.#at[name]);
  readonly #writeFloat = (name: FloatName, address: Bytes, value: Bytes): Bytes =>
    f64.store(address, this.#at[name], value);

  constructor(shape: LineShape, precision: Precision) {
    this.#shape = shape;
    this.#precision = precision;
    this.#at = lineLayout(shape);
    this.#R = shape.latentDim;
    this.#L = shape.rank - 1;
  }

  parametrise(): FunctionBuilder {
    const fn = new FunctionBuilder(0);
    const n = this.#shape.rank;
    const stride = roomFor(this.#shape);
    const { huge } = this.#precision;
    const rows = range(this.#L).map((t) => fn.i32(eightTimes(this.#readInteger("subset", ZERO, t))));
    const entry = (t: number, i: number): Bytes =>
      t < this.#L
        ? f64.load(rows[t].get, this.#at.columns + 8 * i * stride)
        : f64.load(ZERO, this.#at.direction + 8 * i);
    const B = range(n).map((t) => range(n).map((i) => fn.f64(entry(t, i))));
    const original = B.map((row) => row.map(({ get }) => fn.f64(get)));
    const X = range(n).map(() => range(n).map(() => fn.f64()));
    for (const c of range(n)) {
      const inverse = X[c][c];
      fn.add(inverse.set(f64.div(number(1), B[c][c].get)));
      const scale = (each: Local): void => fn.add(each.set(f64.mul(each.get, inverse.get)));
      B[c].slice(c + 1).forEach(scale);
      X[c].slice(0, c).forEach(scale);
      for (const i of range(n)) {
        if (i === c) continue;
        const factor = B[i][c].get;
        const subtract = (from: Local, by: Local): void => fn.add(from.set(f64.sub(from.get, f64.mul(factor, by.get))));
        for (let k = c + 1; k < n; k++) subtract(B[i][k], B[c][k]);
        for (let k = 0; k < c; k++) subtract(X[i][k], X[c][k]);
        fn.add(X[i][c].set(f64.neg(f64.mul(factor, inverse.get))));
      }
    }
    const q = this.#defect(fn, original, X);
    this.#spread(fn, X, q);
    const errors = range(2).map((i) => f64.less(f64.load(ZERO, this.#at.lineErrors + 8 * i), number(huge)));
    fn.return(i32.and(errors[0], errors[1]));
    return fn;
  }

  /** `inverseDefect`; returns 0 where it is too large. */
  #defect(fn: FunctionBuilder, B: readonly (readonly Local[])[], X: readonly (readonly Local[])[]): Local {
    const n = B.length;
    const { slack, tiny } = this.#precision;
    const [residual, magnitude, sum, absolute, product] = range(5).map(() => fn.f64());
    const increase = (total: Local, by: Bytes): void => fn.add(total.set(f64.add(total.get, by)));
    for (const i of range(n)) {
      for (const j of range(n)) {
        fn.add(sum.set(number(i === j ? -1 : 0)), absolute.set(number(i === j ? 1 : 0)));
        for (const k of range(n)) {
          fn.add(product.set(f64.mul(X[i][k].get, B[k][j].get)));
          increase(sum, product.get);
          increase(absolute, f64.abs(product.get));
        }
        increase(residual, f64.abs(sum.get));
        increase(magnitude, absolute.get);
      }
    }
    const relative = gamma(n + 3, this.#precision);
    const total = f64.add(f64.add(residual.get, f64.mul(number(relative), magnitude.get)), number(n * n * tiny));
    const q = fn.f64(f64.mul(total, number(slack)));
    fn.add(f64.store(ZERO, this.#at.defect, q.get));
    fn.if(i32.isZero(f64.less(q.get, number(LARGEST_DEFECT))), () => fn.return(ZERO));
    return q;
  }

  /** p, y and x with their errors. */
  #spread(fn: FunctionBuilder, X: readonly (readonly Local[])[], q: Local): void {
    const n = X.length;
    const { slack, tiny, huge } = this.#precision;
    const relative = gamma(n + 4, this.#precision);
    const [size, spread, sum, absolute, term] = range(5).map(() => fn.f64());
    const rest = fn.f64(f64.sub(number(1), q.get));
    const grow = (to: Local, value: Bytes): void => fn.add(to.set(f64.max(to.get, value)));
    const storeError = (i: number, value: Bytes): void => fn.add(f64.store(ZERO, this.#at.lineErrors + 8 * i, value));
    // past the range of safe products nothing is decided
    const solutionError = (spreadBy: Bytes): Bytes => {
      fn.if(i32.isZero(f64.lessEqual(size.get, number(huge))), () => fn.return(ZERO));
      const relativePart = f64.div(f64.add(f64.mul(q.get, size.get), spreadBy), rest.get);
      const whole = f64.add(relativePart, f64.mul(number(relative), size.get));
      return f64.add(f64.mul(whole, number(slack)), number(tiny));
    };
    for (const t of range(n)) {
      fn.add(size.set(number(0)));
      for (const i of range(n)) {
        const place = t < this.#L ? this.#at.x + 8 * (t * n + i) : this.#at.y + 8 * i;
        fn.add(f64.store(ZERO, place, X[i][t].get));
        grow(size, f64.abs(X[i][t].get));
      }
      if (t === this.#L) storeError(1, solutionError(number(0)));
      else {
        const bitError = f64.mul(f64.add(f64.div(q.get, rest.get), number(relative)), number(slack));
        storeError(2 + t, f64.mul(bitError, size.get));
      }
    }
    fn.add(size.set(number(0)));
    const h = range(this.#L).map((t) => fn.f64(f64.load(eightTimes(this.#readInteger("subset", ZERO, t)), this.#at.h)));
    for (const i of range(n)) {
      fn.add(sum.set(number(0)), absolute.set(number(0)));
      for (const t of range(this.#L)) {
        fn.add(term.set(f64.mul(X[i][t].get, h[t].get)));
        fn.add(sum.set(f64.add(sum.get, term.get)), absolute.set(f64.add(absolute.get, f64.abs(term.get))));
      }
      fn.add(f64.store(ZERO, this.#at.p + 8 * i, sum.get));
      grow(size, f64.abs(sum.get));
      grow(spread, absolute.get);
    }
    storeError(0, solutionError(f64.mul(number(relative), spread.get)));
  }

  /** Two hyperplanes at a time. */
  cross(): FunctionBuilder {
    const fn = new FunctionBuilder(0);
    const { rank } = this.#shape;
    const { slack, tiny, huge } = this.#precision;
    const stride = roomFor(this.#shape);
    const end = fn.i32(eightTimes(this.#n));
    const once = (name: FloatName, i: number): Local => fn.f64x2(f64x2.loadSplat(ZERO, this.#at[name] + 8 * i));
    const [p, y] = [range(rank).map((i) => once("p", i)), range(rank).map((i) => once("y", i))];
    const lineErrors = range(2).map((i) => once("lineErrors", i));
    const moments = range(3).map(() => fn.f64x2(splat(0)));
    const at = fn.i32(ZERO);
    const u = range(rank).map(() => fn.f64x2());
    const [a, b, t, size, steepness, slopeError, offsetError, uNorm, code] = range(9).map(() => fn.f64x2());
    const read = (name: FloatName, skip = 0): Bytes => f64x2.load(at.get, this.#at[name] + 8 * skip);
    const write = (name: FloatName, value: Bytes): void => fn.add(f64x2.store(at.get, this.#at[name], value));
    const times = (line: readonly Local[]): Bytes => sum(range(rank).map((i) => f64x2.mul(u[i].get, line[i].get)));
    fn.while(i32.lessSigned(at.get, end.get), () => {
      for (const i of range(rank)) fn.add(u[i].set(read("columns", i * stride)));
      const terms = range(rank).map((i) => f64x2.mul(u[i].get, p[i].get));
      fn.add(a.set(terms.reduce((total, term) => f64x2.add(total, term), f64x2.neg(read("h")))));
      fn.add(b.set(times(y)));
      const products = [f64x2.mul(a.get, a.get), f64x2.mul(a.get, b.get), f64x2.mul(b.get, b.get)];
      for (const [i, product] of products.entries()) fn.add(moments[i].set(f64x2.add(moments[i].get, product)));
      fn.add(uNorm.set(read("uNorm")));
      fn.add(slopeError.set(f64x2.mul(uNorm.get, lineErrors[1].get)));
      fn.add(offsetError.set(f64x2.add(f64x2.mul(uNorm.get, lineErrors[0].get), read("hError"))));
      fn.add(t.set(f64x2.div(f64x2.neg(a.get), b.get)), size.set(f64x2.abs(t.get)), steepness.set(f64x2.abs(b.get)));
      write("t", t.get);
      write("beta", b.get);
      const spread = f64x2.add(offsetError.get, f64x2.mul(size.get, slopeError.get));
      const error = f64x2.div(spread, f64x2.sub(steepness.get, slopeError.get));
      write("error", f64x2.add(f64x2.mul(error, splat(slack)), splat(tiny)));
      fn.add(code.set(v128.and(f64x2.greater(b.get, splat(0)), v128.bits(Code.POSITIVE))));
      const steep = v128.and(
        f64x2.greater(steepness.get, f64x2.mul(splat(2), slopeError.get)),
        f64x2.less(size.get, splat(huge)),
      );
      write("codes", v128.or(code.get, v128.andNot(v128.bits(Code.FLAT), steep)));
      fn.add(at.set(i32.add(at.get, i32.const(16))));
    });
    for (const [i, { get }] of moments.entries()) fn.add(f64x2.store(ZERO, this.#at.moments + 16 * i, get));
    fn.return(ZERO);
    return fn;
  }

  /** Two hyperplanes at a time, from the pair of the first to that of the last. */
  tie(): FunctionBuilder {
    const fn = new FunctionBuilder(2);
    const [from, to] = fn.parameters;
    const { rank } = this.#shape;
    const stride = roomFor(this.#shape);
    const once = (name: FloatName, i: number): Local => fn.f64x2(f64x2.loadSplat(ZERO, this.#at[name] + 8 * i));
    const x = range(this.#L).map((s) => range(rank).map((i) => once("x", s * rank + i)));
    const lineErrors = range(this.#L).map((s) => once("lineErrors", 2 + s));
    const at = fn.i32(i32.shl(i32.and(from.get, i32.const(-2)), i32.const(3)));
    const u = range(rank).map(() => fn.f64x2());
    const [alpha, bound, positive, code] = range(4).map(() => fn.f64x2());
    const read = (name: FloatName, skip = 0): Bytes => f64x2.load(at.get, this.#at[name] + 8 * skip);
    const note = (flags: Bytes): void => fn.add(code.set(v128.or(code.get, flags)));
    fn.while(i32.lessSigned(at.get, i32.shl(to.get, i32.const(3))), () => {
      for (const i of range(rank)) fn.add(u[i].set(read("columns", i * stride)));
      fn.add(positive.set(f64x2.greater(read("beta"), splat(0))), code.set(read("codes")));
      for (const s of range(this.#L)) {
        fn.add(alpha.set(sum(range(rank).map((i) => f64x2.mul(u[i].get, x[s][i].get)))));
        fn.add(bound.set(f64x2.add(f64x2.mul(read("uNorm"), lineErrors[s].get), splat(this.#precision.tiny))));
        note(v128.andNot(v128.bits(Code.UNDECIDED), f64x2.greater(f64x2.abs(alpha.get), bound.get)));
        const isSet = v128.xor(f64x2.greater(alpha.get, splat(0)), positive.get);
        note(v128.and(isSet, v128.bits(1 << (Code.TIED_SHIFT + s))));
      }
      fn.add(f64x2.store(at.get, this.#at.codes, code.get), at.set(i32.add(at.get, i32.const(16))));
    });
    fn.return(ZERO);
    return fn;
  }

  /** As in the loops, but where they sort by comparison it returns the crossings' number less one, negated. */
  sort(): FunctionBuilder {
    const fn = new FunctionBuilder(0);
    const n = fn.i32(this.#n);
    const [j, crossings, s, bucket, size, most, place] = range(7).map(() => fn.i32());
    const t = fn.f64();
    const [readInteger, writeInteger] = [this.#readInteger, this.#writeInteger];
    const [readFloat, writeFloat] = [this.#readFloat, this.#writeFloat];
    upTo(fn, j, n.get, () => {
      const code = i32.load(eight(j), this.#at.codes);
      fn.if(i32.isZero(i32.and(code, i32.const(Code.FLAT | Code.OWN))), () => {
        fn.add(writeInteger("unsorted", four(crossings), j.get), crossings.set(i32.add(crossings.get, ONE)));
      });
    });
    const giveUp = (): void => fn.return(i32.sub(i32.const(-1), crossings.get));
    this.#fillBuckets(fn, crossings, giveUp);

    upTo(fn, s, crossings.get, () => {
      fn.add(j.set(readInteger("unsorted", four(s))), bucket.set(readInteger("bucketOf", four(j))));
      fn.add(size.set(i32.add(readInteger("buckets", four(bucket), 1), ONE)));
      fn.add(writeInteger("buckets", four(bucket), size.get, 1));
      fn.if(i32.lessSigned(most.get, size.get), () => fn.add(most.set(size.get)));
    });
    fn.if(i32.lessSigned(i32.const(MOST_IN_BUCKET), most.get), giveUp);
    fn.add(s.set(ONE), size.set(readInteger("buckets", ZERO)));
    upTo(fn, s, crossings.get, () => {
      fn.add(size.set(i32.add(readInteger("buckets", four(s)), size.get)));
      fn.add(writeInteger("buckets", four(s), size.get));
    });
    fn.add(s.set(ZERO));
    upTo(fn, s, crossings.get, () => {
      fn.add(j.set(readInteger("unsorted", four(s))), bucket.set(readInteger("bucketOf", four(j))));
      fn.add(place.set(readInteger("buckets", four(bucket))));
      fn.add(writeInteger("buckets", four(bucket), i32.add(place.get, ONE)));
      fn.add(writeInteger("order", four(place), j.get), writeFloat("starts", eight(place), readFloat("t", eight(j))));
    });

    const before = {
      t: f64.load(i32.sub(eight(place), i32.const(8)), this.#at.starts),
      j: i32.load(i32.sub(four(place), i32.const(4)), this.#at.order),
    };
    fn.add(s.set(ONE));
    upTo(fn, s, crossings.get, () => {
      fn.add(place.set(s.get), t.set(readFloat("starts", eight(s))));
      fn.if(f64.greater(before.t, t.get), () => {
        fn.add(j.set(readInteger("order", four(s))), size.set(ONE));
        fn.while(size.get, () => {
          fn.add(writeFloat("starts", eight(place), before.t), writeInteger("order", four(place), before.j));
          fn.add(place.set(i32.sub(place.get, ONE)), size.set(ZERO));
          fn.if(place.get, () => fn.add(size.set(f64.greater(before.t, t.get))));
        });
        fn.add(writeFloat("starts", eight(place), t.get), writeInteger("order", four(place), j.get));
      });
    });
    this.#bound(fn, crossings);
    fn.return(crossings.get);
    return fn;
  }

  /** The bucket of every hyperplane, two at a time, those without a crossing too; and no bucket has any yet. */
  #fillBuckets(fn: FunctionBuilder, crossings: Local, giveUp: () => void): void {
    const end = fn.i32(i32.shl(this.#n, i32.const(2)));
    const moment = (i: number): Bytes =>
      f64.add(f64.load(ZERO, this.#at.moments + 16 * i), f64.load(ZERO, this.#at.moments + 16 * i + 8));
    const [ab, bb, t0, scale] = [fn.f64(moment(1)), fn.f64(moment(2)), fn.f64(), fn.f64()];
    fn.add(t0.set(f64.div(f64.neg(ab.get), bb.get)));
    fn.add(scale.set(f64.sqrt(f64.div(f64.add(moment(0), f64.mul(t0.get, ab.get)), bb.get))));
    fn.if(i32.isZero(f64.greater(scale.get, number(0))), giveUp);
    const [centre, width] = [fn.f64x2(f64x2.splat(t0.get)), fn.f64x2(f64x2.splat(scale.get))];
    const half = fn.f64x2(f64x2.splat(f64.mul(number(0.5), f64.convert(crossings.get))));
    const last = fn.f64x2(i32x2.splat(i32.sub(crossings.get, ONE)));
    const [s, d] = [fn.i32(), fn.f64x2()];
    fn.while(i32.lessSigned(s.get, end.get), () => {
      const t = f64x2.load(i32.shl(s.get, ONE), this.#at.t);
      fn.add(d.set(f64x2.sub(t, centre.get)));
      const spread = f64x2.add(f64x2.div(d.get, f64x2.add(f64x2.abs(d.get), width.get)), splat(1));
      const bucket = i32x2.min(i32x2.truncate(f64x2.mul(spread, half.get)), last.get);
      fn.add(v128.storeHalf(s.get, this.#at.bucketOf, bucket));
      fn.add(v128.storeHalf(s.get, this.#at.buckets, splat(0)));
      fn.add(s.set(i32.add(s.get, i32.const(8))));
    });
    fn.add(v128.storeHalf(s.get, this.#at.buckets, splat(0)));
  }

  #bound(fn: FunctionBuilder, crossings: Local): void {
    const [readInteger, writeInteger] = [this.#readInteger, this.#writeInteger];
    const [readFloat, writeFloat] = [this.#readFloat, this.#writeFloat];
    const [s, j, clear] = [fn.i32(), fn.i32(), fn.i32(ONE)];
    const [lowest, highest] = [fn.f64(), fn.f64()];
    const low = f64.sub(readFloat("t", eight(j)), readFloat("error", eight(j)));
    const high = f64.add(readFloat("t", eight(j)), readFloat("error", eight(j)));
    const forwards = (write: () => void): void => {
      fn.add(s.set(ZERO), highest.set(number(Number.NEGATIVE_INFINITY)));
      upTo(fn, s, crossings.get, () => {
        fn.add(j.set(readInteger("order", four(s))));
        write();
        fn.add(highest.set(f64.max(highest.get, high)));
      });
    };
    forwards(() => {
      fn.add(writeInteger("boundary", four(s), ONE));
      fn.if(i32.isZero(f64.less(highest.get, low)), () => fn.add(clear.set(ZERO)));
    });
    fn.add(writeInteger("boundary", four(crossings), ONE));
    fn.if(i32.isZero(clear.get), () => {
      fn.add(s.set(crossings.get), lowest.set(number(Number.POSITIVE_INFINITY)));
      fn.add(writeFloat("starts", eight(s), lowest.get));
      fn.while(s.get, () => {
        fn.add(s.set(i32.sub(s.get, ONE)), j.set(readInteger("order", four(s))));
        fn.add(lowest.set(f64.min(lowest.get, low)), writeFloat("starts", eight(s), lowest.get));
      });
      forwards(() => fn.add(writeInteger("boundary", four(s), f64.less(highest.get, readFloat("starts", eight(s))))));
    });
  }

  /** Two vertices at a time. */
  dismiss(): FunctionBuilder {
    const fn = new FunctionBuilder(3);
    const [crossings, from, to] = fn.parameters;
    const L = this.#L;
    const half = systemLength(this.#R) / 2;
    this.#tie(fn);
    const sums = this.#start(fn);
    const pair = this.#pairJudge(fn);
    const [s, j, code, row, pending, count, tied, at, s0, s1, live, found, dismissed] = range(13).map(() => fn.i32());
    const side = fn.f64();
    const sideBoth = fn.f64x2();
    const open = (place: Local): void =>
      fn.add(this.#writeInteger("open", four(count), place.get), count.set(i32.add(count.get, ONE)));

    const take = (): void => {
      fn.add(tied.set(i32.mul(i32.shiftRight(code.get, i32.const(Code.TIED_SHIFT)), i32.const(this.#pairBytes))));
      fn.add(at.set(i32.mul(pending.get, i32.const(this.#pairBytes))));
      for (const i of range(this.#pairBytes / 16)) {
        const own = f64x2.load(tied.get, this.#at.tied + 16 * i);
        fn.add(f64x2.store(at.get, this.#at.pair + 16 * i, i < half ? f64x2.add(sums[i].get, own) : own));
      }
      fn.add(f64.store(at.get, this.#at.pair + 8 * (2 * half + L), side.get));
      fn.if(
        pending.get,
        () => fn.add(s1.set(s.get), pair.row1.set(row.get)),
        () => fn.add(s0.set(s.get), pair.row0.set(row.get)),
      );
      fn.add(pending.set(i32.add(pending.get, ONE)));
    };
    const judge = (): void => {
      pair.judge();
      // an odd one out has stale numbers beside it
      const both = i32.or(ONE, i32.shl(i32.equal(pending.get, i32.const(2)), ONE));
      fn.add(live.set(i32.and(both, i32.sub(i32.const(3), pair.dismissed.get))));
      const dismiss = (): void => fn.add(dismissed.set(i32.add(dismissed.get, ONE)));
      for (const lane of [0, 1] as const) {
        const place = lane === 0 ? s0 : s1;
        const judgeOthers = (): void => {
          pair.extract(lane);
          this.#isOutsideOthers(fn, place, crossings, pair, found);
          fn.if(found.get, dismiss, () => open(place));
        };
        fn.if(i32.and(live.get, i32.const(1 + lane)), judgeOthers, () => {
          if (lane === 0) dismiss();
          else fn.if(i32.equal(pending.get, i32.const(2)), dismiss);
        });
      }
      fn.add(pending.set(ZERO));
    };

    fn.while(i32.isZero(i32.lessSigned(crossings.get, s.get)), () => {
      fn.if(i32.lessSigned(s.get, crossings.get), () => {
        fn.add(j.set(this.#readInteger("order", four(s))), code.set(i32.load(eight(j), this.#at.codes)));
        fn.add(row.set(this.#rowOf(j.get)), side.set(sideOf(code.get)), sideBoth.set(f64x2.splat(side.get)));
        this.#addRow(fn, sums, sideBoth, row);
        fn.if(i32.lessUnsigned(i32.sub(j.get, from.get), i32.sub(to.get, from.get)), () => {
          const clear = i32.and(this.#readInteger("boundary", four(s)), this.#readInteger("boundary", four(s), 1));
          const decided = i32.isZero(i32.and(code.get, i32.const(Code.UNDECIDED)));
          fn.if(i32.and(clear, decided), take, () => open(s));
        });
      });
      const last = i32.and(i32.equal(s.get, crossings.get), pending.get);
      fn.if(i32.or(i32.equal(pending.get, i32.const(2)), last), judge);
      fn.add(s.set(i32.add(s.get, ONE)));
    });
    fn.add(this.#writeInteger("dismissed", ZERO, dismissed.get));
    fn.return(count.get);
    return fn;
  }

  /** In one lane of two. */
  dismissEnd(): FunctionBuilder {
    const fn = new FunctionBuilder(1);
    const [setting] = fn.parameters;
    const n = fn.i32(this.#n);
    const [bit, row, j, code, dismissed] = range(5).map(() => fn.i32());
    upTo(fn, j, n.get, () => {
      fn.add(code.set(i32.or(code.get, i32.load(eight(j), this.#at.codes))));
    });
    fn.if(i32.and(code.get, i32.const(Code.FLAT)), () => fn.return(ZERO));
    const sums = this.#start(fn);
    const pair = this.#pairJudge(fn);
    const weight = fn.f64x2();
    const sides = this.#at.pair + 8 * systemLength(this.#R);
    for (const t of range(this.#L)) {
      fn.add(bit.set(i32.and(i32.shiftRight(setting.get, i32.const(t)), ONE)));
      fn.add(f64.store(ZERO, sides + 8 * t, sideOf(bit.get)));
      fn.add(row.set(this.#rowOf(this.#readInteger("subset", ZERO, t))), weight.set(f64x2.splat(f64.convert(bit.get))));
      this.#addRow(fn, sums, weight, row);
    }
    for (const [i, { get }] of sums.entries()) fn.add(f64x2.store(ZERO, this.#at.pair + 16 * i, get));
    // there is no hyperplane besides L: its first is looked at twice
    fn.add(pair.row0.set(this.#rowOf(this.#readInteger("subset", ZERO))));
    fn.add(f64.store(ZERO, sides + 8 * this.#L, f64.load(ZERO, sides)));
    pair.judge();
    fn.if(i32.and(pair.dismissed.get, ONE), () => fn.return(ONE));
    pair.extract(0);
    fn.if(i32.isZero(pair.regular.get), () => fn.return(ZERO));
    fn.add(j.set(ZERO));
    upTo(fn, j, n.get, () => {
      fn.add(code.set(i32.load(eight(j), this.#at.codes)));
      fn.if(i32.isZero(i32.and(code.get, i32.const(Code.OWN))), () => {
        fn.add(row.set(this.#rowOf(j.get)));
        fn.if(pair.isBeyond(row, f64.neg(sideOf(code.get))), () => fn.add(dismissed.set(ONE)));
        fn.if(dismissed.get, () => fn.return(ONE));
      });
    });
    fn.return(ZERO);
    return fn;
  }

  /** The number of hyperplanes. */
  get #n(): Bytes {
    return this.#readInteger("size", ZERO);
  }

  get #pairBytes(): number {
    return 8 * tiedStride(this.#R, this.#L + 1);
  }

  #rowOf(j: Bytes): Bytes {
    return i32.mul(j, i32.const(8 * rowStride(this.#R)));
  }

  #addRow(fn: FunctionBuilder, sums: readonly Local[], weight: Local, row: Local): void {
    sums.forEach((sum, i) => {
      const term = f64x2.load(row.get, this.#at.rows + 16 * i);
      fn.add(sum.set(f64x2.add(sum.get, f64x2.mul(weight.get, term))));
    });
  }

  /** The system before the first crossing, without the terms of L. */
  #start(fn: FunctionBuilder): Local[] {
    const sums = range(systemLength(this.#R) / 2).map((i) => fn.f64x2(f64x2.load(ZERO, this.#at.base + 16 * i)));
    const [n, j, row, weight] = [fn.i32(this.#n), fn.i32(), fn.i32(), fn.f64x2()];
    upTo(fn, j, n.get, () => {
      const code = i32.and(i32.load(eight(j), this.#at.codes), i32.const(Code.POSITIVE | Code.FLAT | Code.OWN));
      fn.add(weight.set(f64x2.splat(f64.convert(i32.isZero(code)))));
      this.#addRow(fn, sums, weight, row);
      fn.add(row.set(i32.add(row.get, i32.const(8 * rowStride(this.#R)))));
    });
    return sums;
  }

  #tie(fn: FunctionBuilder): void {
    const { tied, rows } = this.#at;
    const stride = this.#pairBytes;
    const half = systemLength(this.#R) / 2;
    for (const i of range(stride / 16)) fn.add(f64x2.store(ZERO, tied + 16 * i, splat(i < half ? 0 : -1)));
    const [setting, to, before, bit, row] = range(5).map(() => fn.i32());
    fn.add(setting.set(ONE));
    upTo(fn, setting, i32.const(1 << this.#L), () => {
      const rest = i32.and(setting.get, i32.sub(setting.get, ONE));
      fn.add(to.set(i32.mul(setting.get, i32.const(stride))), before.set(i32.mul(rest, i32.const(stride))));
      fn.add(bit.set(i32.trailingZeros(setting.get)), row.set(this.#rowOf(this.#readInteger("subset", four(bit)))));
      for (const i of range(stride / 16)) {
        const sums = f64x2.load(before.get, tied + 16 * i);
        const sum = i < half ? f64x2.add(sums, f64x2.load(row.get, rows + 16 * i)) : sums;
        fn.add(f64x2.store(to.get, tied + 16 * i, sum));
      }
      fn.add(f64.store(i32.add(to.get, eight(bit)), tied + 16 * half, number(1)));
    });
  }

  /** Judges the two systems of `pair` by the hyperplanes of their own vertices: that at row0 or row1, and L. */
  #pairJudge(fn: FunctionBuilder): PairJudge {
    const R = this.#R;
    const forms = this.#at.rows + 8 * systemLength(R);
    const [row0, row1, dismissed, regular] = range(4).map(() => fn.i32());
    const own = range(this.#L).map((t) => fn.i32(this.#rowOf(this.#readInteger("subset", ZERO, t))));
    const minors = range(R + 1).map(() => fn.f64x2());
    const [sign, isRegular, outside] = range(3).map(() => fn.f64x2());
    const m = range(R + 1).map(() => fn.f64());
    const signHere = fn.f64();
    const ofPair = (at: number): Bytes => {
      const byte = this.#at.pair + 16 * (at >> 1);
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
        const D = minors[R].get;
        fn.add(sign.set(f64x2.select(f64x2.greater(D, splat(0)), splat(1), splat(-1))));
        fn.add(isRegular.set(f64x2.greater(f64x2.abs(D), f64x2.loadSplat(ZERO, this.#at.determinantError))));
        fn.add(outside.set(isBeyond((c) => f64x2.gather(row0.get, row1.get, forms + 8 * c), sideOfPair(this.#L))));
        own.forEach((row, t) => {
          const beyond = isBeyond((c) => f64x2.loadSplat(row.get, forms + 8 * c), sideOfPair(t));
          fn.add(outside.set(v128.or(outside.get, beyond)));
        });
        fn.add(dismissed.set(v128.signs(v128.and(outside.get, isRegular.get))));
      },
      extract: (lane) => {
        for (const [c, each] of m.entries()) fn.add(each.set(f64x2.lane(minors[c].get, lane)));
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
    const R = this.#R;
    const entry = (k: number, column: number): Bytes => system(systemEntry(R, k, column));
    let before = range(R + 1).map((column) => fn.f64x2(entry(0, column)));
    laplace(R).forEach((row, index) => {
      const k = index + 1;
      const entries = range(R + 1).map((column) => fn.f64x2(entry(k, column)));
      before = row.map(({ columns, minors }, place) => {
        const products = columns.map((column, i) => f64x2.mul(entries[column].get, before[minors[i]].get));
        const total = products.reduce((all, product, i) => (i % 2 === 0 ? f64x2.add : f64x2.sub)(all, product));
        if (k < R - 1) return fn.f64x2(total);
        fn.add(into[place].set(total));
        return into[place];
      });
    });
  }

  /** Whether the candidate of the lane extracted is surely beyond a crossing of the line, the nearest first, into `found`. */
  #isOutsideOthers(fn: FunctionBuilder, s: Local, crossings: Local, pair: PairJudge, found: Local): void {
    const [goesOn, low, high, j, row] = range(5).map(() => fn.i32());
    const test = (place: Local, after: boolean): void => {
      fn.add(j.set(this.#readInteger("order", four(place))), row.set(this.#rowOf(j.get)));
      const side = sideOf(i32.load(eight(j), this.#at.codes));
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

/** Code that judges two systems side by side. */
interface PairJudge {
  /** Byte offsets of the rows of the two vertices' own hyperplanes. */
  readonly row0: Local;
  readonly row1: Local;
  /** Of `judge`: a bit for each lane. */
  readonly dismissed: Local;
  /** Of `extract`: whether its lane's matrix is surely regular. */
  readonly regular: Local;
  judge(): void;
  extract(lane: 0 | 1): void;
  /** Is the candidate that was extracted surely on the other side of the hyperplane with this row? */
  isBeyond(row: Local, side: Bytes): Bytes;
}

/** 0, …, to − 1. */
function range(to: number): number[] {
  return Array.from({ length: to }, (_, i) => i);
}

/** From the left. */
function sum(terms: readonly Bytes[]): Bytes {
  return terms.reduce((a, b) => f64x2.add(a, b));
}

/** Byte offsets of an int32 and of a float64. */
const four = (index: Local): Bytes => i32.shl(index.get, i32.const(2));
const eightTimes = (index: Bytes): Bytes => i32.shl(index, i32.const(3));
const eight = (index: Local): Bytes => eightTimes(index.get);

/** 1 where the lowest bit is set, else −1. */
function sideOf(code: Bytes): Bytes {
  return f64.convert(i32.sub(i32.shl(i32.and(code, ONE), ONE), ONE));
}

function upTo(fn: FunctionBuilder, index: Local, end: Bytes, write: () => void): void {
  fn.while(i32.lessSigned(index.get, end), () => {
    write();
    fn.add(index.set(i32.add(index.get, ONE)));
  });
}
