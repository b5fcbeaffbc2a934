import { type Code as Bytes, type FunctionBuilder, f64, f64x2, i32, type Local } from "../../wasm/assembler.ts";
import { type FloatName, type IntegerName, type LineLayout, type LineShape, lineLayout } from "./workspace.ts";

export const ZERO = i32.const(0);
export const ONE = i32.const(1);
export const number = f64.const;
export const splat = (value: number): Bytes => f64x2.splat(number(value));

/** The common base of the writers of line kernels: a shape, and code that reads and writes its workspace. */
export class LineCode {
  protected readonly shape: LineShape;
  protected readonly at: LineLayout;
  protected readonly R: number;
  /** ρ − 1, the size of L. */
  protected readonly L: number;

  constructor(shape: LineShape) {
    this.shape = shape;
    this.at = lineLayout(shape);
    this.R = shape.latentDim;
    this.L = shape.rank - 1;
  }

  /** The number of hyperplanes. */
  protected get n(): Bytes {
    return this.readInteger("size", ZERO);
  }

  protected readInteger(name: IntegerName, address: Bytes, skip = 0): Bytes {
    return i32.load(address, this.at[name] + 4 * skip);
  }

  protected writeInteger(name: IntegerName, address: Bytes, value: Bytes, skip = 0): Bytes {
    return i32.store(address, this.at[name] + 4 * skip, value);
  }

  protected readFloat(name: FloatName, address: Bytes): Bytes {
    return f64.load(address, this.at[name]);
  }

  protected writeFloat(name: FloatName, address: Bytes, value: Bytes): Bytes {
    return f64.store(address, this.at[name], value);
  }
}

/** 0, …, to − 1. */
export function range(to: number): number[] {
  return Array.from({ length: to }, (_, i) => i);
}

/** Sums from the left. */
export function sum(terms: readonly Bytes[]): Bytes {
  return terms.reduce((a, b) => f64x2.add(a, b));
}

/** Byte offsets of an int32 and of a float64. */
export const four = (index: Local): Bytes => i32.shl(index.get, i32.const(2));
export const eightTimes = (index: Bytes): Bytes => i32.shl(index, i32.const(3));
export const eight = (index: Local): Bytes => eightTimes(index.get);

/** 1 where the lowest bit is set, else −1. */
export function sideOf(code: Bytes): Bytes {
  return f64.convert(i32.sub(i32.shl(i32.and(code, ONE), ONE), ONE));
}

export function upTo(fn: FunctionBuilder, index: Local, end: Bytes, write: () => void): void {
  fn.while(i32.lessSigned(index.get, end), () => {
    write();
    fn.add(index.set(i32.add(index.get, ONE)));
  });
}
