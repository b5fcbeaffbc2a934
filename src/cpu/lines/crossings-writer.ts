import { gamma, type Precision } from "../../float/precision.ts";
import {
  type Code as Bytes,
  FunctionBuilder,
  f64,
  f64x2,
  i32,
  i32x2,
  type Local,
  several,
  v128,
} from "../../wasm/assembler.ts";
import { eight, eightTimes, four, LineCode, number, ONE, range, splat, sum, upTo, ZERO } from "./line-code.ts";
import { LARGEST_DEFECT, MOST_IN_BUCKET } from "./loop-kernel.ts";
import { Code, type FloatName, type LineShape, roomFor } from "./workspace.ts";

/**
 * Writes the part of a kernel that finds a line, crosses it with all hyperplanes and orders the crossings, as
 * loop-kernel.ts does.
 */
export class CrossingsWriter extends LineCode {
  readonly #precision: Precision;

  constructor(shape: LineShape, precision: Precision) {
    super(shape);
    this.#precision = precision;
  }

  parametrise(): FunctionBuilder {
    const fn = new FunctionBuilder(0);
    const n = this.shape.rank;
    const stride = roomFor(this.shape);
    const { huge } = this.#precision;
    const rows = range(this.L).map((t) => fn.i32(eightTimes(this.readInteger("subset", ZERO, t))));
    const entry = (t: number, i: number): Bytes =>
      t < this.L ? f64.load(rows[t]!.get, this.at.columns + 8 * i * stride) : f64.load(ZERO, this.at.direction + 8 * i);
    const B = range(n).map((t) => range(n).map((i) => fn.f64(entry(t, i))));
    const original = B.map((row) => row.map(({ get }) => fn.f64(get)));
    const X = range(n).map(() => range(n).map(() => fn.f64()));
    for (const c of range(n)) {
      const inverse = X[c]![c]!;
      fn.add(inverse.set(f64.div(number(1), B[c]![c]!.get)));
      const scale = (each: Local): void => fn.add(each.set(f64.mul(each.get, inverse.get)));
      B[c]!.slice(c + 1).forEach(scale);
      X[c]!.slice(0, c).forEach(scale);
      for (const i of range(n)) {
        if (i === c) continue;
        const factor = B[i]![c]!.get;
        const subtract = (from: Local, by: Local): void => fn.add(from.set(f64.sub(from.get, f64.mul(factor, by.get))));
        for (let k = c + 1; k < n; k++) subtract(B[i]![k]!, B[c]![k]!);
        for (let k = 0; k < c; k++) subtract(X[i]![k]!, X[c]![k]!);
        fn.add(X[i]![c]!.set(f64.neg(f64.mul(factor, inverse.get))));
      }
    }
    const q = this.#defect(fn, original, X);
    this.#spread(fn, X, q);
    const errors = range(2).map((i) => f64.less(f64.load(ZERO, this.at.lineErrors + 8 * i), number(huge)));
    fn.return(i32.and(errors[0]!, errors[1]!));
    return fn;
  }

  /** `inverseDefect`; returns 0 where it is too large. */
  #defect(fn: FunctionBuilder, B: readonly (readonly Local[])[], X: readonly (readonly Local[])[]): Local {
    const n = B.length;
    const { slack, tiny } = this.#precision;
    const [residual, magnitude, sum, absolute, product] = several(5, () => fn.f64());
    const increase = (total: Local, by: Bytes): void => fn.add(total.set(f64.add(total.get, by)));
    for (const i of range(n)) {
      for (const j of range(n)) {
        fn.add(sum.set(number(i === j ? -1 : 0)), absolute.set(number(i === j ? 1 : 0)));
        for (const k of range(n)) {
          fn.add(product.set(f64.mul(X[i]![k]!.get, B[k]![j]!.get)));
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
    fn.add(f64.store(ZERO, this.at.defect, q.get));
    fn.if(i32.isZero(f64.less(q.get, number(LARGEST_DEFECT))), () => fn.return(ZERO));
    return q;
  }

  /** Computes p, y and x with their errors. */
  #spread(fn: FunctionBuilder, X: readonly (readonly Local[])[], q: Local): void {
    const n = X.length;
    const { slack, tiny, huge } = this.#precision;
    const relative = gamma(n + 4, this.#precision);
    const [size, spread, sum, absolute, term] = several(5, () => fn.f64());
    const rest = fn.f64(f64.sub(number(1), q.get));
    const grow = (to: Local, value: Bytes): void => fn.add(to.set(f64.max(to.get, value)));
    const storeError = (i: number, value: Bytes): void => fn.add(f64.store(ZERO, this.at.lineErrors + 8 * i, value));
    // beyond the range of safe products nothing is decided
    const solutionError = (spreadBy: Bytes): Bytes => {
      fn.if(i32.isZero(f64.lessEqual(size.get, number(huge))), () => fn.return(ZERO));
      const relativePart = f64.div(f64.add(f64.mul(q.get, size.get), spreadBy), rest.get);
      const whole = f64.add(relativePart, f64.mul(number(relative), size.get));
      return f64.add(f64.mul(whole, number(slack)), number(tiny));
    };
    for (const t of range(n)) {
      fn.add(size.set(number(0)));
      for (const i of range(n)) {
        const place = t < this.L ? this.at.x + 8 * (t * n + i) : this.at.y + 8 * i;
        fn.add(f64.store(ZERO, place, X[i]![t]!.get));
        grow(size, f64.abs(X[i]![t]!.get));
      }
      if (t === this.L) storeError(1, solutionError(number(0)));
      else {
        const bitError = f64.mul(f64.add(f64.div(q.get, rest.get), number(relative)), number(slack));
        storeError(2 + t, f64.mul(bitError, size.get));
      }
    }
    fn.add(size.set(number(0)));
    const h = range(this.L).map((t) => fn.f64(f64.load(eightTimes(this.readInteger("subset", ZERO, t)), this.at.h)));
    for (const i of range(n)) {
      fn.add(sum.set(number(0)), absolute.set(number(0)));
      for (const t of range(this.L)) {
        fn.add(term.set(f64.mul(X[i]![t]!.get, h[t]!.get)));
        fn.add(sum.set(f64.add(sum.get, term.get)), absolute.set(f64.add(absolute.get, f64.abs(term.get))));
      }
      fn.add(f64.store(ZERO, this.at.p + 8 * i, sum.get));
      grow(size, f64.abs(sum.get));
      grow(spread, absolute.get);
    }
    storeError(0, solutionError(f64.mul(number(relative), spread.get)));
  }

  /** Writes `cross`, two hyperplanes at a time. */
  cross(): FunctionBuilder {
    const fn = new FunctionBuilder(0);
    const { rank } = this.shape;
    const { slack, tiny, huge } = this.#precision;
    const stride = roomFor(this.shape);
    const end = fn.i32(eightTimes(this.n));
    const once = (name: FloatName, i: number): Local => fn.f64x2(f64x2.loadSplat(ZERO, this.at[name] + 8 * i));
    const [p, y] = [range(rank).map((i) => once("p", i)), range(rank).map((i) => once("y", i))];
    const lineErrors = range(2).map((i) => once("lineErrors", i));
    const moments = several(3, () => fn.f64x2(splat(0)));
    const at = fn.i32(ZERO);
    const u = range(rank).map(() => fn.f64x2());
    const [a, b, t, size, steepness, slopeError, offsetError, uNorm, code] = several(9, () => fn.f64x2());
    const read = (name: FloatName, skip = 0): Bytes => f64x2.load(at.get, this.at[name] + 8 * skip);
    const write = (name: FloatName, value: Bytes): void => fn.add(f64x2.store(at.get, this.at[name], value));
    const times = (line: readonly Local[]): Bytes => sum(range(rank).map((i) => f64x2.mul(u[i]!.get, line[i]!.get)));
    fn.while(i32.lessSigned(at.get, end.get), () => {
      for (const i of range(rank)) fn.add(u[i]!.set(read("columns", i * stride)));
      const terms = range(rank).map((i) => f64x2.mul(u[i]!.get, p[i]!.get));
      fn.add(a.set(terms.reduce((total, term) => f64x2.add(total, term), f64x2.neg(read("h")))));
      fn.add(b.set(times(y)));
      const products = [f64x2.mul(a.get, a.get), f64x2.mul(a.get, b.get), f64x2.mul(b.get, b.get)];
      for (const [i, product] of products.entries()) fn.add(moments[i]!.set(f64x2.add(moments[i]!.get, product)));
      fn.add(uNorm.set(read("uNorm")));
      fn.add(slopeError.set(f64x2.mul(uNorm.get, lineErrors[1]!.get)));
      fn.add(offsetError.set(f64x2.add(f64x2.mul(uNorm.get, lineErrors[0]!.get), read("hError"))));
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
    for (const [i, { get }] of moments.entries()) fn.add(f64x2.store(ZERO, this.at.moments + 16 * i, get));
    fn.return(ZERO);
    return fn;
  }

  /** Writes `tie`, two hyperplanes at a time, from the pair of the first to the pair of the last. */
  tie(): FunctionBuilder {
    const fn = new FunctionBuilder(2);
    const [from, to] = fn.parameters(2);
    const { rank } = this.shape;
    const stride = roomFor(this.shape);
    const once = (name: FloatName, i: number): Local => fn.f64x2(f64x2.loadSplat(ZERO, this.at[name] + 8 * i));
    const x = range(this.L).map((s) => range(rank).map((i) => once("x", s * rank + i)));
    const lineErrors = range(this.L).map((s) => once("lineErrors", 2 + s));
    const at = fn.i32(i32.shl(i32.and(from.get, i32.const(-2)), i32.const(3)));
    const u = range(rank).map(() => fn.f64x2());
    const [alpha, bound, positive, code] = several(4, () => fn.f64x2());
    const read = (name: FloatName, skip = 0): Bytes => f64x2.load(at.get, this.at[name] + 8 * skip);
    const note = (flags: Bytes): void => fn.add(code.set(v128.or(code.get, flags)));
    fn.while(i32.lessSigned(at.get, i32.shl(to.get, i32.const(3))), () => {
      for (const i of range(rank)) fn.add(u[i]!.set(read("columns", i * stride)));
      fn.add(positive.set(f64x2.greater(read("beta"), splat(0))), code.set(read("codes")));
      for (const s of range(this.L)) {
        fn.add(alpha.set(sum(range(rank).map((i) => f64x2.mul(u[i]!.get, x[s]![i]!.get)))));
        fn.add(bound.set(f64x2.add(f64x2.mul(read("uNorm"), lineErrors[s]!.get), splat(this.#precision.tiny))));
        note(v128.andNot(v128.bits(Code.UNDECIDED), f64x2.greater(f64x2.abs(alpha.get), bound.get)));
        const isSet = v128.xor(f64x2.greater(alpha.get, splat(0)), positive.get);
        note(v128.and(isSet, v128.bits(1 << (Code.TIED_SHIFT + s))));
      }
      fn.add(f64x2.store(at.get, this.at.codes, code.get), at.set(i32.add(at.get, i32.const(16))));
    });
    fn.return(ZERO);
    return fn;
  }

  /**
   * Writes `sort` as in the loops. Where the loops sort by comparison, the code returns the number of crossings less
   * one, negated.
   */
  sort(): FunctionBuilder {
    const fn = new FunctionBuilder(0);
    const n = fn.i32(this.n);
    const [j, crossings, s, bucket, size, most, place] = several(7, () => fn.i32());
    const t = fn.f64();
    upTo(fn, j, n.get, () => {
      const code = i32.load(eight(j), this.at.codes);
      fn.if(i32.isZero(i32.and(code, i32.const(Code.FLAT | Code.OWN))), () => {
        fn.add(this.writeInteger("unsorted", four(crossings), j.get), crossings.set(i32.add(crossings.get, ONE)));
      });
    });
    const giveUp = (): void => fn.return(i32.sub(i32.const(-1), crossings.get));
    this.#fillBuckets(fn, crossings, giveUp);

    upTo(fn, s, crossings.get, () => {
      fn.add(j.set(this.readInteger("unsorted", four(s))), bucket.set(this.readInteger("bucketOf", four(j))));
      fn.add(size.set(i32.add(this.readInteger("buckets", four(bucket), 1), ONE)));
      fn.add(this.writeInteger("buckets", four(bucket), size.get, 1));
      fn.if(i32.lessSigned(most.get, size.get), () => fn.add(most.set(size.get)));
    });
    fn.if(i32.lessSigned(i32.const(MOST_IN_BUCKET), most.get), giveUp);
    fn.add(s.set(ONE), size.set(this.readInteger("buckets", ZERO)));
    upTo(fn, s, crossings.get, () => {
      fn.add(size.set(i32.add(this.readInteger("buckets", four(s)), size.get)));
      fn.add(this.writeInteger("buckets", four(s), size.get));
    });
    fn.add(s.set(ZERO));
    upTo(fn, s, crossings.get, () => {
      fn.add(j.set(this.readInteger("unsorted", four(s))), bucket.set(this.readInteger("bucketOf", four(j))));
      fn.add(place.set(this.readInteger("buckets", four(bucket))));
      fn.add(this.writeInteger("buckets", four(bucket), i32.add(place.get, ONE)));
      fn.add(
        this.writeInteger("order", four(place), j.get),
        this.writeFloat("starts", eight(place), this.readFloat("t", eight(j))),
      );
    });

    const before = {
      t: f64.load(i32.sub(eight(place), i32.const(8)), this.at.starts),
      j: i32.load(i32.sub(four(place), i32.const(4)), this.at.order),
    };
    fn.add(s.set(ONE));
    upTo(fn, s, crossings.get, () => {
      fn.add(place.set(s.get), t.set(this.readFloat("starts", eight(s))));
      fn.if(f64.greater(before.t, t.get), () => {
        fn.add(j.set(this.readInteger("order", four(s))), size.set(ONE));
        fn.while(size.get, () => {
          fn.add(this.writeFloat("starts", eight(place), before.t), this.writeInteger("order", four(place), before.j));
          fn.add(place.set(i32.sub(place.get, ONE)), size.set(ZERO));
          fn.if(place.get, () => fn.add(size.set(f64.greater(before.t, t.get))));
        });
        fn.add(this.writeFloat("starts", eight(place), t.get), this.writeInteger("order", four(place), j.get));
      });
    });
    this.#bound(fn, crossings);
    fn.return(crossings.get);
    return fn;
  }

  /**
   * Empties the buckets and notes the bucket of every hyperplane, two at a time. Nothing reads the bucket of a
   * hyperplane without a crossing.
   */
  #fillBuckets(fn: FunctionBuilder, crossings: Local, giveUp: () => void): void {
    const end = fn.i32(i32.shl(this.n, i32.const(2)));
    const moment = (i: number): Bytes =>
      f64.add(f64.load(ZERO, this.at.moments + 16 * i), f64.load(ZERO, this.at.moments + 16 * i + 8));
    const [ab, bb, t0, scale] = [fn.f64(moment(1)), fn.f64(moment(2)), fn.f64(), fn.f64()];
    fn.add(t0.set(f64.div(f64.neg(ab.get), bb.get)));
    fn.add(scale.set(f64.sqrt(f64.div(f64.add(moment(0), f64.mul(t0.get, ab.get)), bb.get))));
    fn.if(i32.isZero(f64.greater(scale.get, number(0))), giveUp);
    const [centre, width] = [fn.f64x2(f64x2.splat(t0.get)), fn.f64x2(f64x2.splat(scale.get))];
    const half = fn.f64x2(f64x2.splat(f64.mul(number(0.5), f64.convert(crossings.get))));
    const last = fn.f64x2(i32x2.splat(i32.sub(crossings.get, ONE)));
    const [s, d] = [fn.i32(), fn.f64x2()];
    fn.while(i32.lessSigned(s.get, end.get), () => {
      const t = f64x2.load(i32.shl(s.get, ONE), this.at.t);
      fn.add(d.set(f64x2.sub(t, centre.get)));
      const spread = f64x2.add(f64x2.div(d.get, f64x2.add(f64x2.abs(d.get), width.get)), splat(1));
      const bucket = i32x2.min(i32x2.truncate(f64x2.mul(spread, half.get)), last.get);
      fn.add(v128.storeHalf(s.get, this.at.bucketOf, bucket));
      fn.add(v128.storeHalf(s.get, this.at.buckets, splat(0)));
      fn.add(s.set(i32.add(s.get, i32.const(8))));
    });
    fn.add(v128.storeHalf(s.get, this.at.buckets, splat(0)));
  }

  #bound(fn: FunctionBuilder, crossings: Local): void {
    const [s, j, clear] = [fn.i32(), fn.i32(), fn.i32(ONE)];
    const [lowest, highest] = [fn.f64(), fn.f64()];
    const low = f64.sub(this.readFloat("t", eight(j)), this.readFloat("error", eight(j)));
    const high = f64.add(this.readFloat("t", eight(j)), this.readFloat("error", eight(j)));
    const forwards = (write: () => void): void => {
      fn.add(s.set(ZERO), highest.set(number(Number.NEGATIVE_INFINITY)));
      upTo(fn, s, crossings.get, () => {
        fn.add(j.set(this.readInteger("order", four(s))));
        write();
        fn.add(highest.set(f64.max(highest.get, high)));
      });
    };
    forwards(() => {
      fn.add(this.writeInteger("boundary", four(s), ONE));
      fn.if(i32.isZero(f64.less(highest.get, low)), () => fn.add(clear.set(ZERO)));
    });
    fn.add(this.writeInteger("boundary", four(crossings), ONE));
    fn.if(i32.isZero(clear.get), () => {
      fn.add(s.set(crossings.get), lowest.set(number(Number.POSITIVE_INFINITY)));
      fn.add(this.writeFloat("starts", eight(s), lowest.get));
      fn.while(s.get, () => {
        fn.add(s.set(i32.sub(s.get, ONE)), j.set(this.readInteger("order", four(s))));
        fn.add(lowest.set(f64.min(lowest.get, low)), this.writeFloat("starts", eight(s), lowest.get));
      });
      forwards(() =>
        fn.add(this.writeInteger("boundary", four(s), f64.less(highest.get, this.readFloat("starts", eight(s))))),
      );
    });
  }
}
