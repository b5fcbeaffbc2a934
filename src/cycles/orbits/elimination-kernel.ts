import { FunctionBuilder, f64, f64x2, i32, type ModuleBytes, moduleOf } from "../../wasm/assembler.ts";
import { instantiate } from "../../wasm/instance.ts";

/** The inner loop of a pivot, over a tableau that it has its own memory for. */
export interface Elimination {
  /** Rows of `stride` numbers. */
  readonly T: Float64Array;
  /** Row i += T[i, column] · row `row`, with T[i, column] = 0 before, for all other rows i. */
  eliminate(row: number, column: number): void;
}

/** By WebAssembly if the host has it, else by loops, with the same numbers to the last bit. @param stride even. */
export function eliminationFor(rows: number, stride: number): Elimination {
  return wasmElimination(rows, stride) ?? new LoopElimination(rows, stride);
}

export class LoopElimination implements Elimination {
  readonly T: Float64Array;
  readonly #stride: number;

  constructor(rows: number, stride: number) {
    this.T = new Float64Array(rows * stride);
    this.#stride = stride;
  }

  eliminate(row: number, column: number): void {
    const T = this.T;
    const stride = this.#stride;
    const from = row * stride;
    for (let at = 0; at < T.length; at += stride) {
      if (at === from) continue;
      const factor = T[at + column]!;
      if (factor === 0) continue;
      T[at + column] = 0;
      for (let j = 0; j < stride; j++) T[at + j]! += factor * T[from + j]!;
    }
  }
}

/** @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them. */
export function wasmElimination(rows: number, stride: number): Elimination | undefined {
  const length = rows * stride;
  const made = instantiate("orbits eliminate", Math.max(8 * length, 1), writeElimination);
  if (made === undefined) return undefined;
  const { functions } = made;
  return {
    T: new Float64Array(made.buffer, 0, length),
    eliminate: (row, column) => {
      functions.eliminate(8 * length, 8 * stride, 8 * row * stride, 8 * column);
    },
  };
}

/** eliminate(bytes of all rows, bytes of one, first byte of the row, byte of the column in it). */
function writeElimination(): ModuleBytes<"eliminate"> {
  const fn = new FunctionBuilder(4);
  const [end, stride, from, column] = fn.parameters(4);
  const at = fn.i32(i32.const(0));
  const factor = fn.f64();
  const factors = fn.f64x2();
  const to = fn.i32();
  const rest = fn.i32();
  const source = fn.i32();
  fn.while(i32.lessUnsigned(at.get, end.get), () => {
    const place = i32.add(at.get, column.get);
    fn.if(i32.notEqual(at.get, from.get), () => {
      fn.add(factor.set(f64.load(place, 0)));
      fn.if(f64.notEqual(factor.get, f64.const(0)), () => {
        fn.add(f64.store(place, 0, f64.const(0)));
        fn.add(factors.set(f64x2.splat(factor.get)));
        fn.add(to.set(at.get), source.set(from.get), rest.set(i32.add(at.get, stride.get)));
        fn.while(i32.lessUnsigned(to.get, rest.get), () => {
          fn.add(
            f64x2.store(to.get, 0, f64x2.add(f64x2.load(to.get, 0), f64x2.mul(factors.get, f64x2.load(source.get, 0)))),
            to.set(i32.add(to.get, i32.const(16))),
            source.set(i32.add(source.get, i32.const(16))),
          );
        });
      });
    });
    fn.add(at.set(i32.add(at.get, stride.get)));
  });
  fn.return(i32.const(0));
  return moduleOf({ eliminate: fn });
}
