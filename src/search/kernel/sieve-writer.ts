import { type Code, FunctionBuilder, f64, f64x2, i32, type Local } from "../../wasm/assembler.ts";
import { BandWriter } from "./band-writer.ts";
import { ABSOLUTE, SHARE } from "./bounds.ts";
import { type Layout, type PairPart, pairByte, pairBytes, strideOf } from "./workspace.ts";

const ZERO = i32.const(0);
const NONE = f64x2.splat(f64.const(0));

/**
 * Writes sieve.ts as WebAssembly, operation for operation: a function of the numbers of undecided units and of parts.
 */
export function writeSieve(R: number, { at, undecidedByte }: Layout): FunctionBuilder {
  const fn = new FunctionBuilder(2);
  const [count, parts] = fn.parameters;
  const span = Array.from({ length: R }, (_, i) => i);
  const byte = (name: keyof Layout["at"], i = 0): number => 8 * (at[name] + i);
  const number = (name: keyof Layout["at"], i = 0): Code => f64.load(ZERO, byte(name, i));
  // M stands in `state` after lo and hi
  const M = (i: number, n: number): Code => number("state", 2 * R + i * R + n);
  const k = (i: number): Code => number("state", 2 * R + R * R + i);

  const pair = fn.i32();
  const end = fn.i32();
  const read = (part: PairPart, i = 0): Code => f64x2.load(pair.get, byte("pairs") + pairByte(R, part, i));
  const write = (part: PairPart, value: Code): void => {
    fn.add(f64x2.store(pair.get, byte("pairs") + pairByte(R, part), value));
  };
  const eachPair = (each: () => void): void => {
    fn.add(pair.set(ZERO));
    fn.while(i32.lessSigned(pair.get, end.get), () => {
      each();
      fn.add(pair.set(i32.add(pair.get, i32.const(pairBytes(R)))));
    });
  };

  const pairs = i32.shiftRight(i32.add(count.get, i32.const(1)), i32.const(1));
  fn.add(end.set(i32.mul(pairs, i32.const(pairBytes(R)))));

  // first the sums that all parts share
  const y = span.map((i) => fn.f64(number("y", i)));
  const constant = fn.f64(f64.sum(span.map((i) => f64.mul(y[i].get, k(i)))));
  const error = fn.f64(f64.sum(span.map((i) => f64.mul(f64.abs(y[i].get), number("E", i)))));
  const folded = span.map((n) => fn.f64(f64.sum(span.map((i) => f64.mul(y[i].get, M(i, n))))));
  const [place, rowEven, rowOdd] = [fn.i32(), fn.i32(), fn.i32()];
  const rowOf = (skip: number): Code =>
    i32.mul(i32.load(place.get, undecidedByte + 4 * skip), i32.const(8 * strideOf(R)));
  const pairOfY = y.map(({ get }) => fn.f64x2(f64x2.splat(get)));
  const wide = span.map((i) => fn.f64x2(f64x2.splat(f64.add(number("partHalves", i), number("margin", i)))));
  eachPair(() => {
    fn.add(rowEven.set(rowOf(0)), rowOdd.set(rowOf(1)), place.set(i32.add(place.get, i32.const(8))));
    const both = (n: number): Code => f64x2.gather(rowEven.get, rowOdd.get, byte("data", n));
    write("t", f64x2.sum(span.map((i) => f64x2.mul(pairOfY[i].get, read("v", i)))));
    const extent = f64x2.sum(span.map((i) => f64x2.mul(f64x2.abs(read("u", i)), wide[i].get)));
    write("p", f64x2.add(extent, both(2 * R + 2)));
  });

  const [part, centre, discarded] = [fn.i32(), fn.i32(), fn.i32()];
  const [x, p, t, b0, b1, low, high] = Array.from({ length: 7 }, () => fn.f64x2());
  const band = new BandWriter(fn);
  const u = span.map(() => fn.f64x2());
  const [values, widths, ...slopes] = Array.from({ length: R + 2 }, () => fn.f64x2());
  const bothLanes = ({ get }: Local): Code => f64.add(f64x2.lane(get, 0), f64x2.lane(get, 1));
  fn.while(i32.lessSigned(part.get, parts.get), () => {
    fn.add(centre.set(i32.mul(part.get, i32.const(8 * R))));
    for (const total of [values, widths, ...slopes]) fn.add(total.set(NONE));
    const c = span.map((i) => fn.f64x2(f64x2.loadSplat(centre.get, byte("partCentres", i))));
    eachPair(() => {
      for (const i of span) fn.add(u[i].set(read("u", i)));
      fn.add(x.set(f64x2.sum(span.map((i) => f64x2.mul(u[i].get, c[i].get)))));
      fn.add(p.set(read("p")), b0.set(read("b0")), b1.set(read("b1")));
      fn.add(low.set(f64x2.sub(x.get, p.get)), high.set(f64x2.add(x.get, p.get)));
      band.write(b0.get, b1.get, low.get, high.get, x.get);
      fn.add(t.set(read("t")));
      fn.add(values.set(f64x2.add(values.get, f64x2.mul(t.get, band.value.get))));
      fn.add(widths.set(f64x2.add(widths.get, f64x2.abs(f64x2.mul(t.get, band.width.get)))));
      fn.add(t.set(f64x2.mul(t.get, band.slope.get)));
      slopes.forEach((total, n) => {
        fn.add(total.set(f64x2.add(total.get, f64x2.mul(t.get, u[n].get))));
      });
    });
    const value = fn.f64(f64.add(bothLanes(values), constant.get));
    const spread = fn.f64(f64.add(bothLanes(widths), error.get));
    slopes.forEach((total, n) => {
      const middle = f64.load(centre.get, byte("partCentres", n));
      fn.add(value.set(f64.add(value.get, f64.mul(folded[n].get, middle))));
      const steep = f64.abs(f64.add(bothLanes(total), folded[n].get));
      fn.add(spread.set(f64.add(spread.get, f64.mul(steep, number("partHalves", n)))));
    });
    const share = f64.add(f64.mul(f64.abs(value.get), f64.const(SHARE)), f64.const(ABSOLUTE));
    const verdict = i32.shl(f64.greater(f64.abs(value.get), f64.add(spread.get, share)), part.get);
    fn.add(discarded.set(i32.or(discarded.get, verdict)));
    fn.add(part.set(i32.add(part.get, i32.const(1))));
  });
  fn.return(discarded.get);
  return fn;
}
