import { type Code, FunctionBuilder, f64, f64x2, i32, type Local } from "../../wasm/assembler.ts";
import { Verdict } from "./kernel.ts";
import { type Layout, layoutOf, type PairPart, pairByte, pairBytes, type StateViews, strideOf } from "./workspace.ts";

export const ZERO = i32.const(0);
export const number = f64.const;
export const NONE = f64x2.splat(number(0));

/** Code that reads a part of the current pair. */
export type PartReader = (part: PairPart, i?: number) => Code;

type Place = keyof Layout["at"] | keyof StateViews;

/**
 * The function that encloses a box, or proposes a functional for it, as it is written: its locals, and code for its
 * numbers in memory.
 */
export class KernelCode {
  readonly R: number;
  readonly L: number;
  /** Whether all that is wanted is a functional: for `propose`, not `enclose`. */
  readonly proposes: boolean;
  readonly layout: Layout;
  readonly fn = new FunctionBuilder(1);
  /** The number of units that stay undecided so far. */
  readonly left: Local;
  /** The end of the pairs that are written out. */
  readonly end: Local;
  readonly c: Local[] = [];
  readonly r: Local[] = [];
  readonly wide: Local[] = [];
  /** Locals of Â and of Â diag(r), row-major. */
  readonly A: Local[] = [];
  readonly Ar: Local[] = [];
  readonly G: Local[] = [];
  readonly E: Local[] = [];
  readonly Q: Local[] = [];
  /** Locals of the lower triangle of W, row-major. */
  readonly W: Local[] = [];
  /** Locals of the inverse of the completed W. */
  readonly inverse: Local[] = [];

  constructor(R: number, L: number, proposes: boolean) {
    this.R = R;
    this.L = L;
    this.proposes = proposes;
    this.layout = layoutOf(R, L);
    this.left = this.fn.i32();
    this.end = this.fn.i32();
  }

  return(verdict: Verdict): void {
    if (this.proposes) {
      this.fn.return(this.left.get);
      return;
    }
    this.fn.return(i32.or(i32.shl(this.left.get, i32.const(2)), i32.const(verdict)));
  }

  /** Returns from the function for a box that y discards. */
  discard(y: readonly Code[]): void {
    this.storeFunctional(y);
    this.return(Verdict.EMPTY);
  }

  storeFunctional(y: readonly Code[]): void {
    y.forEach((component, i) => {
      this.store("y", i, component);
    });
  }

  get span(): number[] {
    return range(this.R);
  }

  /** Byte offset of entry i of an array, or of a part of `state`. */
  byte(name: Place, i = 0): number {
    const R = this.R;
    const parts = { lo: 0, hi: R, M: 2 * R, k: 2 * R + R * R } as const;
    if (name in parts) return 8 * (this.layout.at.state + parts[name as keyof typeof parts] + i);
    return 8 * (this.layout.at[name as keyof Layout["at"]] + i);
  }

  load(name: Place, i = 0): Code {
    return f64.load(ZERO, this.byte(name, i));
  }

  store(name: Place, i: number, value: Code): void {
    this.fn.add(f64.store(ZERO, this.byte(name, i), value));
  }

  /** The unit at a place of `undecided`. */
  unitAt(place: Code, skip = 0): Code {
    return i32.load(i32.shl(place, i32.const(2)), this.layout.undecidedByte + 4 * skip);
  }

  /** Byte offset of a unit's row from that of `data`. */
  rowOf(unit: Code): Code {
    return i32.mul(unit, i32.const(8 * strideOf(this.R)));
  }

  /** Runs over the pairs that are written out; `write` gets a reader of their parts. */
  eachPair(write: (part: PartReader) => void): void {
    const fn = this.fn;
    const pair = fn.i32(ZERO);
    fn.while(i32.lessSigned(pair.get, this.end.get), () => {
      write((part, i = 0) => f64x2.load(pair.get, this.pairByte(part, i)));
      fn.add(pair.set(i32.add(pair.get, i32.const(pairBytes(this.R)))));
    });
  }

  pairByte(part: PairPart, i: number): number {
    return this.byte("pairs") + pairByte(this.R, part, i);
  }

  bothLanes(sums: readonly Local[]): Local[] {
    return sums.map(({ get }) => this.fn.f64(f64.add(f64x2.lane(get, 0), f64x2.lane(get, 1))));
  }
}

export function fourTimes(index: Code): Code {
  return i32.shl(index, i32.const(2));
}

/** from, …, to − 1. */
export function range(to: number, from = 0): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

export function increase(fn: FunctionBuilder, total: Local, by: Code): void {
  fn.add(total.set(f64.add(total.get, by)));
}

export function decrease(fn: FunctionBuilder, total: Local, by: Code): void {
  fn.add(total.set(f64.sub(total.get, by)));
}
