import { add, type Dyadic, fromNumber, multiply, negate, sign, subtract, ZERO } from "../../src/model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

/**
 * The equations of DESIGN.md section 7 as they stand there, in exact arithmetic and apart from src/model: what a model file
 * says its dynamics are.
 */

type Numbers = readonly number[];
type Rows = readonly Numbers[];
type Point = readonly Dyadic[];

interface Arrays {
  readonly A?: Numbers | Rows;
  readonly U?: Rows;
  readonly V?: Rows;
  readonly hx?: Numbers;
  readonly hz?: Numbers;
  readonly W1?: Rows;
  readonly W2?: Rows;
  readonly h1?: Numbers;
  readonly h2?: Numbers;
  readonly W?: Rows;
  readonly h?: Numbers;
  readonly alpha?: Numbers;
  readonly H?: Rows;
  readonly b?: Numbers;
  readonly P?: number;
  readonly kind?: string;
  readonly activation?: unknown;
  readonly C?: Rows;
  readonly Wu?: Rows;
  readonly s?: Numbers;
}

const sum = (values: readonly Dyadic[]): Dyadic => values.reduce(add, ZERO);
const row = (a: Numbers, x: Point): Dyadic => sum(a.map((value, k) => multiply(fromNumber(value), x[k]!)));
const times = (matrix: Rows, x: Point): Dyadic[] => matrix.map((a) => row(a, x));
const exact = (a: Numbers): Dyadic[] => a.map(fromNumber);
const plus = (...vectors: Point[]): Dyadic[] => vectors[0]!.map((_, i) => sum(vectors.map((v) => v[i]!)));
const minus = (a: Point, b: Point): Dyadic[] => a.map((x, i) => subtract(x, b[i]!));
const transposed = (matrix: Rows): number[][] => matrix[0]!.map((_, k) => matrix.map((r) => r[k]!));

function linear(A: Numbers | Rows, z: Point): Dyadic[] {
  return A.map((a, i) => (typeof a === "number" ? multiply(fromNumber(a), z[i]!) : row(a, z)));
}

/** φ, with φ(0) = 0: the slope of each piece times the part of [0, x] or [x, 0] that lies in it. */
function activationOf(spec: unknown): (x: Dyadic) => Dyadic {
  const { breakpoints, slopes } = pieces(spec);
  const smaller = (a: Dyadic, b: Dyadic) => (sign(subtract(a, b)) < 0 ? a : b);
  const larger = (a: Dyadic, b: Dyadic) => (sign(subtract(a, b)) > 0 ? a : b);
  return (x) => {
    const low = smaller(x, ZERO);
    const high = larger(x, ZERO);
    let integral = ZERO;
    slopes.forEach((slope, t) => {
      const from = t === 0 ? low : larger(low, fromNumber(breakpoints[t - 1]!));
      const to = t === breakpoints.length ? high : smaller(high, fromNumber(breakpoints[t]!));
      const length = subtract(to, from);
      if (sign(length) > 0) integral = add(integral, multiply(fromNumber(slope), length));
    });
    return sign(x) < 0 ? negate(integral) : integral;
  };
}

function pieces(spec: unknown): { breakpoints: Numbers; slopes: Numbers } {
  if (spec === undefined || spec === "relu") return { breakpoints: [0], slopes: [0, 1] };
  if (spec === "hardtanh") return { breakpoints: [-1, 1], slopes: [0, 1, 0] };
  const named = spec as { leaky?: number; breakpoints?: Numbers; slopes?: Numbers };
  if (named.leaky !== undefined) return { breakpoints: [0], slopes: [named.leaky, 1] };
  return { breakpoints: named.breakpoints!, slopes: named.slopes! };
}

/** z' − z (discrete time) or the right-hand side of the differential equation, at z, exactly. */
export function velocity(model: Readonly<Record<string, unknown>>, z: Point): Dyadic[] {
  const m = model as Arrays;
  const phi = activationOf(m.activation);
  const s = exact(m.s ?? (m.C ?? m.Wu)?.[0]?.map(() => 0) ?? []);
  const zero = z.map(() => ZERO);
  const intoLatent = m.C ? times(m.C, s) : zero;
  const driven = (x: Point) => (m.Wu ? plus(x, times(m.Wu, s)) : [...x]);
  const kind = m.kind ?? "shPLRNN";
  switch (kind) {
    case "shPLRNN":
    case "continuous": {
      const own = kind === "shPLRNN" ? z : zero;
      if (m.U) {
        const A = m.A ? linear(m.A, z) : z.map(negate);
        const units = driven(minus(times(m.U, z), exact(m.hx!))).map(phi);
        return minus(plus(A, times(transposed(m.V!), units), intoLatent), plus(exact(m.hz!), own));
      }
      const units = driven(plus(times(m.W2!, z), exact(m.h2!))).map(phi);
      return minus(plus(linear(m.A!, z), times(m.W1!, units), exact(m.h1!), intoLatent), own);
    }
    case "clippedShPLRNN": {
      const x = driven(times(m.W2!, z));
      const units = minus(plus(x, exact(m.h2!)).map(phi), x.map(phi));
      return minus(plus(linear(m.A!, z), times(m.W1!, units), exact(m.h1!), intoLatent), z);
    }
    case "PLRNN":
      return minus(plus(linear(m.A!, z), times(m.W!, driven(z).map(phi)), exact(m.h!), intoLatent), z);
    case "ALRNN": {
      const first = z.length - m.P!;
      const rectified = driven(z.slice(first)).map(phi);
      const mixed = [...z.slice(0, first), ...rectified];
      return minus(plus(linear(m.A!, z), times(m.W!, mixed), exact(m.h!), intoLatent), z);
    }
    case "dendPLRNN": {
      const bases = m.alpha!.map((a, b) =>
        minus(driven(z), exact(m.H!.map((r) => r[b]!))).map((x) => multiply(fromNumber(a), phi(x))),
      );
      return minus(plus(linear(m.A!, z), times(m.W!, plus(...bases)), exact(m.h!), intoLatent), z);
    }
    case "TLN":
      return plus(z.map(negate), driven(plus(times(m.W!, z), exact(m.b!))).map(phi), intoLatent);
    default:
      throw new Error(`no such kind: ${kind}`);
  }
}

/** G(z) = M z + Vᵀ relu(U z − h) − g of a system, exactly. */
export function exactG(system: PiecewiseLinearSystem, z: Point): Dyadic[] {
  const { latentDim: R, hyperplanes: N } = system;
  return Array.from({ length: R }, (_, i) => {
    let total = negate(system.g.at(i));
    for (let k = 0; k < R; k++) total = add(total, multiply(system.M.at(i * R + k), z[k]!));
    for (let j = 0; j < N; j++) {
      let x = negate(system.h.at(j));
      for (let k = 0; k < R; k++) x = add(x, multiply(fromNumber(system.U[j * R + k]!), z[k]!));
      if (sign(x) > 0) total = add(total, multiply(system.V.at(j * R + i), x));
    }
    return total;
  });
}
