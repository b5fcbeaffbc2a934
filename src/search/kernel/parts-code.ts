import { type Code, FunctionBuilder, f64, f64x2, i32, type Local, several } from "../../wasm/assembler.ts";
import { type Layout, type PairPart, pairByte, pairBytes, strideOf } from "./workspace.ts";

const ZERO = i32.const(0);

/** What a function over the parts of a box is written with. */
export interface PartsCode {
  /** A function of the numbers of undecided units and of parts. */
  readonly fn: FunctionBuilder;
  readonly parts: Local;
  /** 0 … R − 1. */
  readonly span: readonly number[];
  /** The byte of entry i of an array. */
  byte(name: keyof Layout["at"], i?: number): number;
  /** Entry i of an array of numbers, of M and of k. */
  number(name: keyof Layout["at"], i?: number): Code;
  M(i: number, n: number): Code;
  k(i: number): Code;
  /** The current one of the pairs of units that the kernel has written out, and all of them in turn. */
  read(part: PairPart, i?: number): Code;
  write(part: PairPart, value: Code, i?: number): void;
  eachPair(each: () => void): void;
}

/** Begins a function over the parts of a box in R dimensions, and says where its pairs end. */
export function partsCode(R: number, { at }: Layout): PartsCode {
  const fn = new FunctionBuilder(2);
  const [count, parts] = fn.parameters(2);
  const span = Array.from({ length: R }, (_, i) => i);
  const byte = (name: keyof Layout["at"], i = 0): number => 8 * (at[name] + i);
  const number = (name: keyof Layout["at"], i = 0): Code => f64.load(ZERO, byte(name, i));
  // M stands in `state` after lo and hi
  const M = (i: number, n: number): Code => number("state", 2 * R + i * R + n);
  const k = (i: number): Code => number("state", 2 * R + R * R + i);

  const pair = fn.i32();
  const end = fn.i32();
  const read = (part: PairPart, i = 0): Code => f64x2.load(pair.get, byte("pairs") + pairByte(R, part, i));
  const write = (part: PairPart, value: Code, i = 0): void => {
    fn.add(f64x2.store(pair.get, byte("pairs") + pairByte(R, part, i), value));
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
  return { fn, parts, span, byte, number, M, k, read, write, eachPair };
}

/** Writes of all pairs t = y·v, and p = |u|·halves + the margins of their units. */
export function writePairs(
  R: number,
  { undecidedByte }: Layout,
  { fn, span, byte, read, write, eachPair }: PartsCode,
  y: readonly Local[],
  halfOf: (i: number) => Code,
): void {
  const [place, rowEven, rowOdd] = several(3, () => fn.i32());
  const rowOf = (skip: number): Code =>
    i32.mul(i32.load(place.get, undecidedByte + 4 * skip), i32.const(8 * strideOf(R)));
  const pairOfY = y.map(({ get }) => fn.f64x2(f64x2.splat(get)));
  const halves = span.map((i) => fn.f64x2(f64x2.splat(halfOf(i))));
  eachPair(() => {
    fn.add(rowEven.set(rowOf(0)), rowOdd.set(rowOf(1)), place.set(i32.add(place.get, i32.const(8))));
    write("t", f64x2.sum(span.map((i) => f64x2.mul(pairOfY[i]!.get, read("v", i)))));
    const extent = f64x2.sum(span.map((i) => f64x2.mul(f64x2.abs(read("u", i)), halves[i]!.get)));
    write("p", f64x2.add(extent, f64x2.gather(rowEven.get, rowOdd.get, byte("data", 2 * R + 2))));
  });
}

export function bothLanes({ get }: Local): Code {
  return f64.add(f64x2.lane(get, 0), f64x2.lane(get, 1));
}
