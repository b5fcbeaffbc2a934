import { type FunctionBuilder, f64, f64x2, i32, type Local, several, v128 } from "../../wasm/assembler.ts";
import { SHARE, UNDERFLOW } from "./bounds.ts";
import { bothLanes, type PartsCode, partsCode, writePairs } from "./parts-code.ts";
import type { Layout } from "./workspace.ts";

const NONE = f64x2.splat(f64.const(0));

/**
 * Writes sieve.ts as WebAssembly, operation for operation: a function of the numbers of undecided units and of parts.
 */
export function writeSieve(R: number, layout: Layout): FunctionBuilder {
  const code = partsCode(R, layout);
  const { fn, parts, span, byte, number, M, k } = code;

  // first the sums that all parts share
  const y = span.map((i) => fn.f64(number("y", i)));
  const constant = fn.f64(f64.sum(span.map((i) => f64.mul(y[i]!.get, k(i)))));
  const error = fn.f64(f64.sum(span.map((i) => f64.mul(f64.abs(y[i]!.get), number("E", i)))));
  const middle = fn.f64(f64.sum(span.map((i) => f64.mul(y[i]!.get, number("G", i)))));
  const slopesOfBox = span.map((n) => fn.f64(f64.sum(span.map((i) => f64.mul(y[i]!.get, number("A", i * R + n))))));
  const folded = span.map((n) => fn.f64(f64.sum(span.map((i) => f64.mul(y[i]!.get, M(i, n))))));
  writePairs(R, layout, code, y, (i) => f64.add(number("partHalves", i), number("margin", i)));
  turnPairs(code);

  const [part, centre, discarded] = several(3, () => fn.i32());
  const lines = linesOf(code);
  const [expected, side] = [fn.f64(), fn.f64()];
  fn.while(i32.lessSigned(part.get, parts.get), () => {
    fn.add(centre.set(i32.mul(part.get, i32.const(8 * R))));
    for (const total of [lines.values, ...lines.slopes]) fn.add(total.set(NONE));
    const c = span.map((i) => fn.f64x2(f64x2.loadSplat(centre.get, byte("partCentres", i))));
    fn.add(expected.set(middle.get), side.set(f64.const(1)));
    for (const n of span) {
      const moved = f64.sub(f64.load(centre.get, byte("partCentres", n)), number("c", n));
      fn.add(expected.set(f64.add(expected.get, f64.mul(slopesOfBox[n]!.get, moved))));
    }
    fn.if(
      f64.less(expected.get, f64.const(0)),
      () => {
        fn.add(side.set(f64.const(-1)));
        lines.add(c, -1);
      },
      () => lines.add(c, 1),
    );
    const value = fn.f64(f64.add(bothLanes(lines.values), f64.mul(side.get, constant.get)));
    const spread = fn.f64(error.get);
    const steep = fn.f64();
    lines.slopes.forEach((total, n) => {
      fn.add(steep.set(f64.add(bothLanes(total), f64.mul(side.get, folded[n]!.get))));
      const at = f64.load(centre.get, byte("partCentres", n));
      fn.add(value.set(f64.add(value.get, f64.mul(steep.get, at))));
      fn.add(spread.set(f64.add(spread.get, f64.mul(f64.abs(steep.get), number("partHalves", n)))));
    });
    const share = f64.add(f64.mul(f64.abs(value.get), f64.const(SHARE)), f64.const(UNDERFLOW));
    const verdict = i32.shl(f64.greater(value.get, f64.add(spread.get, share)), part.get);
    fn.add(discarded.set(i32.or(discarded.get, verdict)));
    fn.add(part.set(i32.add(part.get, i32.const(1))));
  });
  fn.return(discarded.get);
  return fn;
}

/**
 * Turns the units of all pairs with t < 0: φ of −x in place of x. The same operations then serve all units, with the
 * same bits, as a change of signs is exact.
 */
function turnPairs({ fn, span, read, write, eachPair }: PartsCode): void {
  const [falls, sign, b0, b1] = several(4, () => fn.f64x2());
  eachPair(() => {
    fn.add(falls.set(f64x2.less(read("t"), NONE)), sign.set(v128.and(falls.get, f64x2.splat(f64.const(-0)))));
    fn.add(b0.set(read("b0")), b1.set(read("b1")));
    for (const i of span) write("turned", v128.xor(read("u", i), sign.get), i);
    write("lower", f64x2.select(falls.get, f64x2.neg(b1.get), b0.get));
    write("upper", f64x2.select(falls.get, f64x2.neg(b0.get), b1.get));
    write("base", v128.xor(b0.get, sign.get));
    write("t", f64x2.abs(read("t")));
  });
}

/** The lines under the undecided units on a part of the box, summed with the weights t: constants and slopes. */
interface Lines {
  readonly values: Local;
  readonly slopes: readonly Local[];
  /** Adds all. @param side of 0 on which y·G is expected. */
  add(c: readonly Local[], side: 1 | -1): void;
}

function linesOf({ fn, span, read, eachPair }: PartsCode): Lines {
  const [x, p, s, t, lower, upper, low, high] = several(8, () => fn.f64x2());
  const [bottom, top, inside, most] = several(4, () => fn.f64x2());
  const values = fn.f64x2();
  const slopes = span.map(() => fn.f64x2());
  const add = (c: readonly Local[], side: 1 | -1): void => {
    const rises = side > 0;
    const pivot = rises ? bottom : top;
    eachPair(() => {
      fn.add(x.set(f64x2.sum(span.map((i) => f64x2.mul(read("turned", i), c[i]!.get)))));
      fn.add(p.set(read("p")), lower.set(read("lower")), upper.set(read("upper")));
      fn.add(low.set(f64x2.sub(x.get, p.get)), high.set(f64x2.add(x.get, p.get)));
      fn.add(
        s.set(rises ? read("t") : f64x2.neg(read("t"))),
        bottom.set(f64x2.min(f64x2.max(low.get, lower.get), upper.get)),
        top.set(f64x2.max(f64x2.min(high.get, upper.get), lower.get)),
        inside.set(f64x2.sub(top.get, bottom.get)),
      );
      const outside = rises ? f64x2.sub(high.get, top.get) : f64x2.sub(bottom.get, low.get);
      fn.add(most.set(f64x2.div(inside.get, f64x2.add(inside.get, outside))));
      const isSteep = rises ? f64x2.greater(x.get, pivot.get) : f64x2.less(x.get, pivot.get);
      fn.add(t.set(f64x2.mul(s.get, v128.and(isSteep, most.get))));
      const height = f64x2.mul(s.get, f64x2.sub(pivot.get, read("base")));
      fn.add(values.set(f64x2.add(values.get, f64x2.sub(height, f64x2.mul(t.get, pivot.get)))));
      slopes.forEach((total, n) => {
        fn.add(total.set(f64x2.add(total.get, f64x2.mul(t.get, read("turned", n)))));
      });
    });
  };
  return { values, slopes, add };
}
