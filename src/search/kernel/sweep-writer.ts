import { type Code, f64, f64x2, i32, type Local, several, v128 } from "../../wasm/assembler.ts";
import { SHARE, UNDERFLOW } from "./bounds.ts";
import { increase, type KernelCode, NONE, number, ZERO } from "./kernel-code.ts";

/** The functional that came nearest to discarding the box: y, y·Ĝ and yÂ. */
export interface TriedFunctional {
  readonly y: readonly Local[];
  readonly value: Local;
  readonly slopes: readonly Local[];
}

/** The sign bit of both lanes. */
const SIGN = f64x2.splat(number(-0));

/** Writes sweep.ts: where y nearly discards the box, better lines may discard it. */
export function writeSweep(code: KernelCode, tried: TriedFunctional): void {
  const { fn } = code;
  const nearly = f64.greaterEqual(code.load("nearness"), code.load("sweepFrom"));
  fn.if(nearly, () => {
    const sign = fn.f64(number(1));
    fn.if(f64.less(tried.value.get, number(0)), () => fn.add(sign.set(number(-1))));
    const turned = ({ get }: Local) => fn.f64(f64.mul(sign.get, get));
    const y = tried.y.map(turned);
    code.storeFunctional(y.map(({ get }) => get));
    const lines = writeLines(code, y, tried.slopes.map(turned));
    const value = code.bothLanes([lines.value])[0]!;
    const totals = code.bothLanes(lines.slopes);
    const spread = fn.f64(number(0));
    for (const i of code.span) {
      increase(fn, value, f64.mul(y[i]!.get, code.load("k", i)));
      increase(fn, spread, f64.mul(f64.abs(y[i]!.get), code.load("E", i)));
    }
    for (const n of code.span) {
      for (const i of code.span) increase(fn, totals[n]!, f64.mul(y[i]!.get, code.load("M", i * code.R + n)));
      increase(fn, value, f64.mul(totals[n]!.get, code.c[n]!.get));
      increase(fn, spread, f64.mul(f64.abs(totals[n]!.get), code.r[n]!.get));
    }
    const share = f64.add(f64.mul(f64.abs(value.get), number(SHARE)), number(UNDERFLOW));
    fn.if(f64.greater(value.get, f64.add(spread.get, share)), () => {
      code.store("swept", 0, number(1));
      code.discard(y.map(({ get }) => get));
    });
    const centre = f64.abs(tried.value.get);
    const near = fn.f64(f64.div(centre, f64.sub(centre, f64.sub(value.get, spread.get))));
    fn.if(f64.greater(near.get, code.load("nearness")), () => {
      fn.if(f64.less(near.get, number(1)), () => code.store("nearness", 0, near.get));
    });
  });
}

/** Chooses the lines of all undecided units, two at a time, and sums them: lanes of the constants and of the slopes. */
function writeLines(
  code: KernelCode,
  y: readonly Local[],
  start: readonly Local[],
): { readonly value: Local; readonly slopes: readonly Local[] } {
  const { fn, span } = code;
  const both = (x: readonly Local[]) => x.map(({ get }) => fn.f64x2(f64x2.splat(get)));
  const [pairOfY, q, r] = [both(y), both(start), both(code.r)];
  const extents = span.map(() => fn.f64x2());
  const value = fn.f64x2(NONE);
  const slopes = span.map(() => fn.f64x2(NONE));
  const u = span.map(() => fn.f64x2());
  const [s, b0, low, high, bottom, top, middle, band] = several(8, () => fn.f64x2());
  const [up, pivot, most, reach, t, flat, steep, slope] = several(8, () => fn.f64x2());
  const place = fn.i32(ZERO);
  code.eachPair((read) => {
    for (const i of span) fn.add(u[i]!.set(read("u", i)), extents[i]!.set(f64x2.mul(u[i]!.get, r[i]!.get)));
    fn.add(s.set(f64x2.sum(span.map((i) => f64x2.mul(pairOfY[i]!.get, read("v", i))))));
    const b1 = read("b1");
    const kept = (name: "low" | "high" | "projection") => f64x2.load(place.get, code.byte(name));
    fn.add(b0.set(read("b0")), band.set(read("slope")), low.set(kept("low")), high.set(kept("high")));
    fn.add(
      bottom.set(f64x2.min(f64x2.max(low.get, b0.get), b1)),
      top.set(f64x2.max(f64x2.min(high.get, b1), b0.get)),
      middle.set(f64x2.sub(top.get, bottom.get)),
      up.set(f64x2.greater(s.get, NONE)),
      pivot.set(f64x2.select(up.get, bottom.get, top.get)),
    );
    const outside = f64x2.select(up.get, f64x2.sub(high.get, top.get), f64x2.sub(bottom.get, low.get));
    fn.add(most.set(f64x2.div(middle.get, f64x2.add(middle.get, outside))));
    fn.add(reach.set(f64x2.sub(kept("projection"), pivot.get)));
    writeDerivative(code, flat, f64x2.neg(f64x2.mul(s.get, band.get)), { s, t, reach, u, q, extents });
    writeDerivative(code, steep, f64x2.mul(s.get, f64x2.sub(most.get, band.get)), { s, t, reach, u, q, extents });
    fn.add(
      slope.set(f64x2.mul(most.get, f64x2.div(flat.get, f64x2.sub(flat.get, steep.get)))),
      slope.set(v128.andNot(slope.get, f64x2.lessEqual(flat.get, NONE))),
      slope.set(f64x2.select(f64x2.greaterEqual(steep.get, NONE), most.get, slope.get)),
      f64x2.store(place.get, code.byte("slopes"), slope.get),
      t.set(f64x2.mul(s.get, slope.get)),
    );
    const height = f64x2.mul(s.get, f64x2.sub(pivot.get, b0.get));
    fn.add(value.set(f64x2.add(value.get, f64x2.sub(height, f64x2.mul(t.get, pivot.get)))));
    fn.add(s.set(f64x2.mul(s.get, f64x2.sub(slope.get, band.get))));
    for (const n of span) {
      fn.add(slopes[n]!.set(f64x2.add(slopes[n]!.get, f64x2.mul(t.get, u[n]!.get))));
      fn.add(u[n]!.set(f64x2.mul(s.get, u[n]!.get)));
      const change = f64x2.add(f64x2.zip(u[n]!.get, u[n]!.get, 0), f64x2.zip(u[n]!.get, u[n]!.get, 1));
      fn.add(q[n]!.set(f64x2.add(q[n]!.get, change)));
    }
    fn.add(place.set(i32.add(place.get, i32.const(16))));
  });
  return { value, slopes };
}

/**
 * Into `end` the derivative in a pair's slopes, where y·G's slopes q change by change·u. The extents are u r: u times r
 * with a sign has the same bits with that sign.
 */
function writeDerivative(
  { fn, span }: KernelCode,
  end: Local,
  change: Code,
  { s, t, reach, u, q, extents }: Record<"s" | "t" | "reach", Local> & Record<"u" | "q" | "extents", readonly Local[]>,
): void {
  fn.add(t.set(change));
  const corner = span.map((n) => {
    const turn = f64x2.add(q[n]!.get, f64x2.mul(t.get, u[n]!.get));
    return v128.xor(v128.and(turn, SIGN), extents[n]!.get);
  });
  fn.add(end.set(f64x2.mul(s.get, f64x2.sub(reach.get, f64x2.sum(corner)))));
}
