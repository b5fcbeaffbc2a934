import { bothLanes, type PartsCode, partsCode, writePairs } from "../search/kernel/parts-code.ts";
import type { Layout } from "../search/kernel/workspace.ts";
import { type Code, type FunctionBuilder, f64, f64x2, i32, type Local, several, v128 } from "../wasm/assembler.ts";

const ZERO = i32.const(0);
const NONE = f64x2.splat(f64.const(0));

/**
 * Writes bound.ts as WebAssembly, operation for operation: a function of the numbers of undecided units and of parts.
 * It reads the pairs that the kernel has written out.
 */
export function writeBound(R: number, layout: Layout): FunctionBuilder {
  const code = partsCode(R, layout);
  const { fn, parts, span, byte, number, M, k } = code;

  // first the numbers that all parts share
  const y = span.map((i) => fn.f64(number("y", i)));
  const constant = fn.f64(f64.sum(span.map((i) => f64.mul(y[i]!.get, k(i)))));
  const folded = span.map((n) => fn.f64(f64.sum(span.map((i) => f64.mul(y[i]!.get, M(i, n))))));
  writePairs(R, layout, code, y, (i) => number("partHalves", i));

  const [part, centre] = [fn.i32(), fn.i32()];
  const lines = linesOf(code);
  fn.while(i32.lessSigned(part.get, parts.get), () => {
    fn.add(centre.set(i32.mul(part.get, i32.const(8 * R))));
    for (const total of [lines.values, ...lines.slopes]) fn.add(total.set(NONE));
    lines.add(span.map((i) => fn.f64x2(f64x2.loadSplat(centre.get, byte("partCentres", i)))));
    const sum = fn.f64(f64.add(bothLanes(lines.values), constant.get));
    const spread = fn.f64(f64.const(0));
    lines.slopes.forEach((total, n) => {
      const middle = f64.load(centre.get, byte("partCentres", n));
      fn.add(sum.set(f64.add(sum.get, f64.mul(folded[n]!.get, middle))));
      const steep = f64.abs(f64.add(bothLanes(total), folded[n]!.get));
      fn.add(spread.set(f64.add(spread.get, f64.mul(steep, number("partHalves", n)))));
    });
    const eightTimes = i32.shl(part.get, i32.const(3));
    fn.add(f64.store(eightTimes, byte("partBounds"), f64.sub(sum.get, spread.get)));
    fn.add(part.set(i32.add(part.get, i32.const(1))));
  });
  fn.return(ZERO);
  return fn;
}

/** The lines under the undecided units on a part of the box, summed with the weights t: constants and slopes. */
interface Lines {
  readonly values: Local;
  readonly slopes: readonly Local[];
  add(c: readonly Local[]): void;
}

function linesOf({ fn, span, read, eachPair }: PartsCode): Lines {
  const [x, p, t, b0, b1, rises] = several(6, () => fn.f64x2());
  const [low, high, start, slope, flat, value] = several(6, () => fn.f64x2());
  const u = span.map(() => fn.f64x2());
  const values = fn.f64x2();
  const slopes = span.map(() => fn.f64x2());
  const clamped = (q: Code): Code => f64x2.min(f64x2.max(q, b0.get), b1.get);
  const add = (c: readonly Local[]): void =>
    eachPair(() => {
      for (const i of span) fn.add(u[i]!.set(read("u", i)));
      fn.add(x.set(f64x2.sum(span.map((i) => f64x2.mul(u[i]!.get, c[i]!.get)))));
      fn.add(p.set(read("p")), b0.set(read("b0")), b1.set(read("b1")), t.set(read("t")));
      fn.add(low.set(f64x2.sub(x.get, p.get)), high.set(f64x2.add(x.get, p.get)));
      fn.add(rises.set(f64x2.greater(t.get, NONE)));
      // the ends between which the line is a chord
      fn.add(low.set(f64x2.select(rises.get, f64x2.max(low.get, b0.get), low.get)));
      fn.add(high.set(f64x2.select(rises.get, high.get, f64x2.min(high.get, b1.get))));
      fn.add(start.set(clamped(low.get)));
      const isFlat = [f64x2.lessEqual(x.get, b0.get), f64x2.greaterEqual(x.get, b1.get)] as const;
      fn.add(flat.set(f64x2.select(rises.get, ...isFlat)));
      const chord = f64x2.div(f64x2.sub(clamped(high.get), start.get), f64x2.sub(high.get, low.get));
      const sloped = v128.andNot(f64x2.greater(high.get, low.get), flat.get);
      fn.add(slope.set(v128.and(sloped, chord)));
      const onLine = f64x2.add(start.get, f64x2.mul(slope.get, f64x2.sub(x.get, low.get)));
      fn.add(value.set(f64x2.select(flat.get, f64x2.select(rises.get, b0.get, b1.get), onLine)));
      const weighted = f64x2.mul(t.get, f64x2.sub(value.get, b0.get));
      fn.add(values.set(f64x2.add(values.get, weighted)));
      fn.add(slope.set(f64x2.mul(t.get, slope.get)));
      slopes.forEach((total, n) => {
        fn.add(total.set(f64x2.add(total.get, f64x2.mul(slope.get, u[n]!.get))));
      });
    });
  return { values, slopes, add };
}
