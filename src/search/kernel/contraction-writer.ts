import { f64, f64x2, i32, type Local } from "../../wasm/assembler.ts";
import { ABSOLUTE, outward, SHARE } from "./bounds.ts";
import { BLUR, REGULARISER, RIDGE } from "./contraction.ts";
import { EnclosureWriter } from "./enclosure-writer.ts";
import { decrease, increase, NONE, number, range } from "./kernel-code.ts";
import type { TriedFunctional } from "./sweep-writer.ts";

/** The second half of `enclose` and of `propose`, contraction.ts: discards or contracts by functionals of G. */
export class ContractionWriter extends EnclosureWriter {
  /**
   * Completes W and inverts it by Cholesky factors as in dense.ts. The code that `write` adds runs unless W is singular.
   */
  invert(write: () => void): void {
    if (!this.proposes) {
      this.store("volume", 0, number(1));
      this.store("blurred", 0, number(0));
    }
    this.store("nearness", 0, number(this.proposes ? 0 : 1));
    const S = this.#regularised();
    this.fn.if(this.#factor(S).get, () => {
      this.#invertFactor(S);
      this.#square(S);
      write();
    });
  }

  /** The lower triangle of RIDGE·W + A r² Aᵀ and a share of its trace. */
  #regularised(): Local[] {
    const { fn, R, A, r } = this;
    for (const i of range(R * R)) this.Ar[i] = fn.f64(f64.mul(A[i]!.get, r[i % R]!.get));
    const trace = fn.f64(number(0));
    const S: Local[] = [];
    for (const i of this.span) {
      for (const n of range(i + 1)) {
        const total = fn.f64(f64.mul(number(RIDGE), this.W[i * R + n]!.get));
        for (const a of this.span) increase(fn, total, f64.mul(this.Ar[i * R + a]!.get, this.Ar[n * R + a]!.get));
        S[i * R + n] = total;
      }
      increase(fn, trace, S[i * R + i]!.get);
    }
    for (const i of this.span) increase(fn, S[i * R + i]!, f64.mul(trace.get, number(REGULARISER)));
    return S;
  }

  /** S ← its Cholesky factor, with the reciprocals of its pivots. @returns whether there is one: 1 or 0. */
  #factor(S: readonly Local[]): Local {
    const { fn, R } = this;
    const regular = fn.i32(i32.const(1));
    for (const c of this.span) {
      const pivot = S[c * R + c]!;
      for (const k of range(c)) decrease(fn, pivot, f64.mul(S[c * R + k]!.get, S[c * R + k]!.get));
      fn.add(regular.set(i32.and(regular.get, f64.greater(pivot.get, number(0)))));
      fn.add(pivot.set(f64.div(number(1), f64.sqrt(pivot.get))));
      for (const i of range(R, c + 1)) {
        const entry = S[i * R + c]!;
        for (const k of range(c)) decrease(fn, entry, f64.mul(S[i * R + k]!.get, S[c * R + k]!.get));
        fn.add(entry.set(f64.mul(entry.get, pivot.get)));
      }
    }
    return regular;
  }

  #invertFactor(S: readonly Local[]): void {
    const { fn, R } = this;
    for (const c of this.span) {
      for (const i of range(R, c + 1)) {
        const entry = S[i * R + c]!;
        fn.add(entry.set(f64.mul(entry.get, S[c * R + c]!.get)));
        for (const k of range(i, c + 1)) increase(fn, entry, f64.mul(S[i * R + k]!.get, S[k * R + c]!.get));
        fn.add(entry.set(f64.mul(f64.neg(entry.get), S[i * R + i]!.get)));
      }
    }
  }

  /** The inverse of W: SᵀS of the inverse factor S, both of its triangles. */
  #square(S: readonly Local[]): void {
    const { fn, R, inverse } = this;
    for (const i of this.span) {
      for (const n of range(i + 1)) {
        const total = fn.f64(number(0));
        for (const k of range(R, i)) increase(fn, total, f64.mul(S[k * R + i]!.get, S[k * R + n]!.get));
        inverse[i * R + n] = total;
        inverse[n * R + i] = total;
      }
    }
  }

  /** W⁻¹ G. */
  #functional(): Local[] {
    const { fn, R, G, inverse, span } = this;
    return span.map((n) => fn.f64(f64.sum(span.map((a) => f64.mul(inverse[n * R + a]!.get, G[a]!.get)))));
  }

  /** The rows r² Aᵀ W⁻¹. */
  #rows(): Local[][] {
    const { fn, R, A, r, inverse, span } = this;
    return span.map((i) => {
      const square = fn.f64(f64.mul(r[i]!.get, r[i]!.get));
      return span.map((n) => {
        const column = span.map((a) => f64.mul(A[a * R + i]!.get, inverse[a * R + n]!.get));
        return fn.f64(f64.mul(f64.sum(column), square.get));
      });
    });
  }

  /** Σ w|y·v| over the undecided units. */
  #sumRadius(y: readonly Local[]): Local {
    const { fn, span } = this;
    const pairOfY = y.map(({ get }) => fn.f64x2(f64x2.splat(get)));
    const total = fn.f64x2(NONE);
    this.eachPair((read) => {
      const t = f64x2.sum(span.map((n) => f64x2.mul(pairOfY[n]!.get, read("weighted", n))));
      fn.add(total.set(f64x2.add(total.get, f64x2.abs(t))));
    });
    return this.bothLanes([total])[0]!;
  }

  excludeByFunctional(): TriedFunctional {
    const fn = this.fn;
    const R = this.R;
    const y = this.#functional();
    const slopes: Local[] = [];
    const value = fn.f64(number(0));
    const spread = this.#sumRadius(y);
    for (const i of this.span) {
      increase(fn, value, f64.mul(y[i]!.get, this.G[i]!.get));
      increase(fn, spread, f64.mul(f64.abs(y[i]!.get), this.E[i]!.get));
    }
    for (const n of this.span) {
      slopes.push(fn.f64(f64.sum(this.span.map((i) => f64.mul(y[i]!.get, this.A[i * R + n]!.get)))));
      increase(fn, spread, f64.mul(f64.abs(slopes[n]!.get), this.r[n]!.get));
    }
    const share = f64.add(f64.mul(f64.abs(value.get), number(SHARE)), number(ABSOLUTE));
    if (!this.proposes) {
      fn.if(f64.greater(f64.abs(value.get), f64.add(spread.get, share)), () => this.discard(y.map(({ get }) => get)));
    }
    this.store("nearness", 0, f64.div(f64.abs(value.get), spread.get));
    this.storeFunctional(y.map(({ get }) => get));
    return { y, value, slopes };
  }

  intersect(): void {
    const fn = this.fn;
    const R = this.R;
    const volume = fn.f64(number(1));
    const Y = this.#rows();
    const radii = Y.map((y) => this.#sumRadius(y));
    for (const i of this.span) {
      const move = fn.f64(number(0));
      const error = fn.f64(number(0));
      const spread = radii[i]!;
      const defect = fn.f64();
      for (const n of this.span) {
        const y = Y[i]![n]!;
        increase(fn, move, f64.mul(y.get, this.G[n]!.get));
        increase(fn, error, f64.mul(f64.abs(y.get), this.E[n]!.get));
        fn.add(defect.set(number(n === i ? -1 : 0)));
        for (const a of this.span) increase(fn, defect, f64.mul(Y[i]![a]!.get, this.A[a * R + n]!.get));
        increase(fn, spread, f64.mul(f64.abs(defect.get), this.r[n]!.get));
      }
      const size = f64.sum([f64.abs(this.c[i]!.get), f64.abs(move.get), spread.get, error.get]);
      const rounding = f64.add(f64.mul(size, number(outward(R))), number(ABSOLUTE));
      const half = fn.f64(f64.add(f64.add(spread.get, error.get), rounding));
      const middle = fn.f64(f64.sub(this.c[i]!.get, move.get));
      const low = fn.f64(f64.sub(middle.get, half.get));
      const high = fn.f64(f64.add(middle.get, half.get));
      const [lo, hi] = [fn.f64(this.load("lo", i)), fn.f64(this.load("hi", i))];
      fn.if(i32.or(f64.greater(low.get, hi.get), f64.less(high.get, lo.get)), () =>
        this.discard(Y[i]!.map(({ get }) => get)),
      );
      const width = fn.f64(f64.sub(hi.get, lo.get));
      fn.if(f64.notEqual(width.get, number(0)), () => {
        const blurs = f64.greater(error.get, f64.mul(number(BLUR), this.r[i]!.get));
        fn.if(blurs, () => this.store("blurred", 0, number(1)));
        fn.if(f64.greater(low.get, lo.get), () => fn.add(lo.set(low.get)));
        fn.if(f64.less(high.get, hi.get), () => fn.add(hi.set(high.get)));
        this.store("lo", i, lo.get);
        this.store("hi", i, hi.get);
        fn.add(volume.set(f64.mul(volume.get, f64.div(f64.sub(hi.get, lo.get), width.get))));
      });
    }
    this.store("volume", 0, volume.get);
  }

  sumSpread(): void {
    const fn = this.fn;
    const totals = this.span.map(() => fn.f64x2(NONE));
    const weight = fn.f64x2();
    this.eachPair((read) => {
      fn.add(weight.set(f64x2.sum(this.span.map((n) => f64x2.abs(read("weighted", n))))));
      totals.forEach((total, i) => {
        fn.add(total.set(f64x2.add(total.get, f64x2.mul(weight.get, f64x2.abs(read("u", i))))));
      });
    });
    this.bothLanes(totals).forEach(({ get }, i) => {
      this.store("spread", i, get);
    });
  }
}
