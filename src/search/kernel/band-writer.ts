import { type Code, type FunctionBuilder, f64, f64x2, type Local } from "../../wasm/assembler.ts";

/** Code for `narrowestBand` of two units side by side. */
export class BandWriter {
  readonly slope: Local;
  readonly value: Local;
  readonly width: Local;
  readonly #fn: FunctionBuilder;
  readonly #bottom: Local;
  readonly #middle: Local;
  readonly #outside: Local;

  constructor(fn: FunctionBuilder) {
    this.#fn = fn;
    [this.slope, this.value, this.width] = [fn.f64x2(), fn.f64x2(), fn.f64x2()];
    [this.#bottom, this.#middle, this.#outside] = [fn.f64x2(), fn.f64x2(), fn.f64x2()];
  }

  write(b0: Code, b1: Code, low: Code, high: Code, centre: Code): void {
    const { slope, value, width } = this;
    const [bottom, middle, outside] = [this.#bottom, this.#middle, this.#outside];
    const top = middle;
    this.#fn.add(
      bottom.set(f64x2.min(f64x2.max(low, b0), b1)),
      top.set(f64x2.max(f64x2.min(high, b1), b0)),
      outside.set(f64x2.max(f64x2.sub(bottom.get, low), f64x2.sub(high, top.get))),
      middle.set(f64x2.sub(top.get, bottom.get)),
      slope.set(f64x2.div(middle.get, f64x2.add(middle.get, outside.get))),
      width.set(f64x2.mul(f64x2.splat(f64.const(0.5)), f64x2.mul(slope.get, outside.get))),
    );
    const rise = f64x2.mul(slope.get, f64x2.sub(centre, bottom.get));
    this.#fn.add(value.set(f64x2.add(f64x2.sub(bottom.get, b0), f64x2.add(rise, width.get))));
  }
}
