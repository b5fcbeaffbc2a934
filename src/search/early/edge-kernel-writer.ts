import {
  type Code,
  FunctionBuilder,
  f64,
  f64x2,
  i32,
  type Local,
  type ModuleBytes,
  moduleOf,
} from "../../wasm/assembler.ts";

/** The arrays of an edge kernel. */
export type EdgeArray = "rows" | "x" | "dx" | "lo" | "hi" | "y" | "control";

/** The places of an edge kernel's numbers in one block of memory, in float64 entries. */
export interface EdgeLayout {
  readonly at: Readonly<Record<EdgeArray, number>>;
  readonly lengths: Readonly<Record<EdgeArray, number>>;
  readonly bytes: number;
}

/** More numbers than this are read again in each turn of the loop and not kept in locals. */
const MOST_LOCALS = 16;

/** For R dimensions and at most D directions. Directions come in pairs; an odd number of them is filled up. */
export function edgeLayout(R: number, D: number): EdgeLayout {
  const even = D + (D % 2);
  const lengths = { rows: even * R, x: even, dx: even, lo: even, hi: even, y: R, control: 4 };
  const at = {} as Record<EdgeArray, number>;
  let next = 0;
  for (const name of Object.keys(lengths) as EdgeArray[]) {
    at[name] = next;
    next += lengths[name] + (lengths[name] % 2);
  }
  return { at, lengths, bytes: 8 * next };
}

/** Writes the loop of `LoopEdgeKernel` as WebAssembly, for two directions at once, operation for operation. */
export function writeEdgeKernel(R: number, D: number): ModuleBytes<"advance"> {
  const { at } = edgeLayout(R, D);
  const f = new FunctionBuilder(0);
  const zero = i32.const(0);
  const scalar = (name: EdgeArray, i: number): Code => f64.load(zero, 8 * (at[name] + i));
  const pair = f.i32(zero);
  const row = f.i32(zero);
  const place = f.f64x2();
  const rate = f.f64x2();
  const isNearer = f.f64x2();
  const infinity = f64x2.splat(f64.const(Number.POSITIVE_INFINITY));
  const best = f.f64x2(infinity);
  const next = f.f64x2(f64x2.splat(f64.const(-1)));
  // the numbers of both directions of a pair, as float64
  const number = f.f64x2(f64x2.zip(f64x2.splat(f64.const(0)), f64x2.splat(f64.const(1)), 0));
  const length = f.f64x2(f64x2.splat(scalar("control", 0)));
  const sense = f.f64x2(f64x2.splat(scalar("control", 1)));
  const kept: Local[] = [];
  for (let k = 0; k < Math.min(R, MOST_LOCALS); k++) kept.push(f.f64x2(f64x2.splat(scalar("y", k))));
  const y = (k: number): Code => kept[k]?.get ?? f64x2.loadSplat(zero, 8 * (at.y + k));
  const load = (name: EdgeArray): Code => f64x2.load(pair.get, 8 * at[name]);
  // 16 bytes for each pair
  const end = f.i32(
    i32.shl(i32.shiftRight(i32.add(i32.truncate(scalar("control", 3)), i32.const(1)), i32.const(1)), i32.const(4)),
  );
  f.while(i32.lessUnsigned(pair.get, end.get), () => {
    const product = (k: number) => f64x2.mul(f64x2.load(row.get, 8 * (at.rows + 2 * k)), y(k));
    f.add(rate.set(product(0)));
    for (let k = 1; k < R; k++) f.add(rate.set(f64x2.add(rate.get, product(k))));
    f.add(rate.set(f64x2.mul(sense.get, rate.get)));
    f.add(place.set(f64x2.add(load("x"), f64x2.mul(length.get, load("dx")))));
    f.add(f64x2.store(pair.get, 8 * at.x, place.get), f64x2.store(pair.get, 8 * at.dx, rate.get));
    const backwards = f64x2.less(rate.get, f64x2.splat(f64.const(0)));
    const gap = f64x2.select(backwards, f64x2.sub(place.get, load("lo")), f64x2.sub(load("hi"), place.get));
    f.add(place.set(f64x2.div(f64x2.max(gap, f64x2.splat(f64.const(0))), f64x2.abs(rate.get))));
    f.add(isNearer.set(f64x2.less(place.get, best.get)));
    f.add(best.set(f64x2.select(isNearer.get, place.get, best.get)));
    f.add(next.set(f64x2.select(isNearer.get, number.get, next.get)));
    f.add(number.set(f64x2.add(number.get, f64x2.splat(f64.const(2)))));
    f.add(pair.set(i32.add(pair.get, i32.const(16))), row.set(i32.add(row.get, i32.const(16 * R))));
  });
  const lane = (of: Local, which: 0 | 1) => f64x2.lane(of.get, which);
  const first = f.i32(i32.truncate(f64x2.lane(next.get, 0)));
  const second = f.i32(i32.truncate(f64x2.lane(next.get, 1)));
  const least = f.f64(f64.min(lane(best, 0), lane(best, 1)));
  f.add(f64.store(zero, 8 * (at.control + 2), least.get));
  const isFirst = f64.less(lane(best, 0), lane(best, 1));
  f.if(isFirst, () => f.return(first.get));
  f.if(f64.less(lane(best, 1), lane(best, 0)), () => f.return(second.get));
  // as near as each other: the lower number, or none
  f.if(i32.lessSigned(first.get, second.get), () => f.return(first.get));
  f.return(second.get);
  return moduleOf({ advance: f });
}
