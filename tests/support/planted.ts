import { add, type Dyadic, fromNumber, multiply, negate, sign, ZERO } from "../../src/model/dyadic.ts";
import type { ExactSystem } from "../../src/model/exact-system.ts";
import { ExactArray } from "../../src/model/system.ts";
import type { Random } from "./random.ts";

/** A system with an exact zero at a float64 point, for boxes round that point. */
export interface Planted {
  readonly system: ExactSystem;
  readonly zero: Float64Array;
}

/**
 * Powers of two by which the numbers of one system may lie apart, from none to far past the range of doubles' products.
 */
const SPANS = [0, 0, 20, 60, 100, 200] as const;

/**
 * A small system of numbers at scales of its own for coordinates, kinks and slopes, with parallel rows (V-shapes,
 * clamps, ramps that cancel, kinks through the zero, kinks far out on units that hardly bend there), zeros and
 * subnormals; its g is such that G(zero) = 0, exactly.
 */
export function plant(random: Random, R: number): Planted {
  const span = random.pick(SPANS);
  const power = () => 2 ** random.integer(-span, span);
  const number = () => random.pick([random.real(), random.real(), random.dyadic(3), random.sign()]);
  const coordinates = random.vector(R, () => random.pick([1, power()]));
  const zero = Float64Array.from(coordinates, (scale) =>
    random.pick([0, number() * scale, 2 ** -20 * number() * scale]),
  );
  const U: number[][] = [];
  const V: number[][] = [];
  const h: number[] = [];
  const put = (u: readonly number[], v: readonly number[], through: boolean) => {
    const x = u.reduce((sum, each, k) => sum + each * zero[k]!, 0);
    const near = x + random.pick([0, 2 ** -52, -(2 ** -50), 2 ** -30]) * x;
    U.push([...u]);
    V.push([...v]);
    h.push(
      through ? near : random.pick([0, number(), number() * power(), near + number() * 2 ** -random.integer(0, 60)]),
    );
  };
  for (let group = random.integer(1, 4); group > 0; group--) {
    const u = coordinates.map((scale) => (random.unit() < 0.3 ? 0 : number() / scale));
    const v = random.vector(R, () => (random.unit() < 0.2 ? 0 : number() * random.pick([1, 1, power()])));
    put(u, v, random.unit() < 0.4);
    for (let twin = random.pick([0, 0, 1, 1, 2, 3]); twin > 0; twin--) {
      const s = random.pick([1, -1, 2, -0.5]);
      const t = random.pick([1, -1, -0.75, 2 ** -random.integer(30, 70), power()]);
      put(
        u.map((x) => s * x),
        random.unit() < 0.7 ? v.map((x) => t * x) : random.vector(R, number),
        random.unit() < 0.4,
      );
    }
  }
  const subnormal = () => random.pick([1, 3, -5]) * 5e-324;
  if (random.unit() < 0.1) V[random.integer(0, V.length - 1)]![random.integer(0, R - 1)] = subnormal();
  const M = random.vector(R * R, () => (random.unit() < 0.3 ? 0 : number() * random.pick([1, power()])));
  const system = {
    dim: R,
    count: h.length,
    M: ExactArray.ofNumbers(M),
    g: ExactArray.ofNumbers(new Float64Array(R)),
    U: ExactArray.ofNumbers(U.flat()),
    V: ExactArray.ofNumbers(V.flat()),
    h: ExactArray.ofNumbers(h),
  };
  return { system: { ...system, g: ExactArray.ofDyadics(valueAt(system, zero)) }, zero };
}

/** G(z) of a system, exactly. */
export function valueAt({ dim: R, count: N, M, g, U, V, h }: ExactSystem, z: ArrayLike<number>): Dyadic[] {
  const at = Array.from(z, fromNumber);
  const dot = (row: (k: number) => Dyadic): Dyadic => at.reduce((sum, x, k) => add(sum, multiply(row(k), x)), ZERO);
  const out = at.map((_, i) =>
    add(
      dot((k) => M.at(i * R + k)),
      negate(g.at(i)),
    ),
  );
  for (let j = 0; j < N; j++) {
    const x = add(
      dot((k) => U.at(j * R + k)),
      negate(h.at(j)),
    );
    if (sign(x) <= 0) continue;
    for (let i = 0; i < R; i++) out[i] = add(out[i]!, multiply(V.at(j * R + i), x));
  }
  return out;
}
