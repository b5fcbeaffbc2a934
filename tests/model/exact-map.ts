/**
 * The defining maps of docs/design.md#model-files, evaluated in dyadic rationals straight from the raw arrays: what the
 * systems that src/model builds are compared with.
 */
import {
  add,
  compare,
  type Dyadic,
  fromNumber,
  multiply,
  negate,
  ONE,
  sign,
  subtract,
  ZERO,
} from "../../src/model/dyadic.ts";
import type { PiecewiseLinearSystem } from "../../src/model/system.ts";

export type Raw = Record<string, unknown>;
type Phi = (x: Dyadic) => Dyadic;

const vec = (values: unknown): Dyadic[] => (values as number[]).map(fromNumber);
const mat = (rows: unknown): Dyadic[][] => (rows as number[][]).map(vec);
const square = (value: unknown): Dyadic[][] =>
  Array.isArray((value as unknown[])[0])
    ? mat(value)
    : vec(value).map((d, i, all) => all.map((_, k) => (i === k ? d : ZERO)));
const dot = (a: Dyadic[], b: Dyadic[]): Dyadic => a.reduce((t, x, i) => add(t, multiply(x, b[i]!)), ZERO);
const times = (A: Dyadic[][], x: Dyadic[]): Dyadic[] => A.map((row) => dot(row, x));
const plus = (...vectors: Dyadic[][]): Dyadic[] =>
  vectors[0]!.map((_, i) => vectors.reduce((t, v) => add(t, v[i]!), ZERO));
const minus = (a: Dyadic[], b: Dyadic[]): Dyadic[] => a.map((x, i) => subtract(x, b[i]!));
const transpose = (A: Dyadic[][]): Dyadic[][] => A[0]!.map((_, k) => A.map((row) => row[k]!));
const relu: Phi = (x) => (sign(x) > 0 ? x : ZERO);
const larger = (a: Dyadic, b: Dyadic): Dyadic => (compare(a, b) > 0 ? a : b);
const smaller = (a: Dyadic, b: Dyadic): Dyadic => (compare(a, b) < 0 ? a : b);

/** φ as the integral of its slope from 0 to x, piece by piece. */
export function activationOf(spec: unknown): Phi {
  if (spec === undefined || spec === "relu") return relu;
  if (spec === "hardtanh") return (x) => larger(smaller(x, ONE), negate(ONE));
  if (typeof spec === "object" && spec !== null && "leaky" in spec) {
    return (x) => (sign(x) > 0 ? x : multiply(fromNumber(spec.leaky as number), x));
  }
  const { breakpoints, slopes } = spec as { breakpoints: number[]; slopes: number[] };
  const b = breakpoints.map(fromNumber);
  return (x) => {
    const [low, high] = sign(x) < 0 ? [x, ZERO] : [ZERO, x];
    let total: Dyadic = ZERO;
    slopes.forEach((slope, t) => {
      const from = t === 0 ? low : larger(low, b[t - 1]!);
      const to = t === b.length ? high : smaller(high, b[t]!);
      if (compare(to, from) > 0) total = add(total, multiply(fromNumber(slope), subtract(to, from)));
    });
    return sign(x) < 0 ? negate(total) : total;
  };
}

/** z' − z in discrete time, ż in continuous time. */
export function definingMap(raw: Raw, z: Dyadic[]): Dyadic[] {
  const phi = activationOf(raw.activation);
  const apply = (x: Dyadic[]): Dyadic[] => x.map(phi);
  const s = raw.s === undefined ? undefined : vec(raw.s);
  const zeros = (n: number): Dyadic[] => new Array<Dyadic>(n).fill(ZERO);
  const latentInput = raw.C === undefined || s === undefined ? zeros(z.length) : times(mat(raw.C), s);
  const unitInput = (n: number): Dyadic[] =>
    raw.Wu === undefined || s === undefined ? zeros(n) : times(mat(raw.Wu), s);
  const bias = (key: string): Dyadic[] => (raw[key] === undefined ? zeros(z.length) : vec(raw[key]));
  const recurrent = (): Dyadic[] => plus(times(mat(raw.W), z), bias("h"), bias("b"), unitInput(z.length));
  const leaky = (x: Dyadic[]): Dyadic[] =>
    z.map((each, i) => {
      const alpha = fromNumber(Array.isArray(raw.alpha) ? (raw.alpha[i] as number) : (raw.alpha as number));
      return add(multiply(subtract(ONE, alpha), each), multiply(alpha, x[i]!));
    });
  const rhs = (): Dyadic[] => {
    switch (raw.kind) {
      case "PLRNN":
        return plus(times(square(raw.A), z), times(mat(raw.W), apply(plus(z, unitInput(z.length)))), vec(raw.h));
      case "RNN":
        return plus(raw.A === undefined ? zeros(z.length) : times(square(raw.A), z), apply(recurrent()));
      case "leakyRNN":
        return leaky(apply(recurrent()));
      case "leakyPLRNN":
        return leaky(plus(times(mat(raw.W), apply(plus(z, unitInput(z.length)))), bias("h"), bias("b"), latentInput));
      case "continuousALRNN":
      case "ALRNN": {
        const first = z.length - (raw.P as number);
        const input = unitInput(raw.P as number);
        const phiZ = z.map((x, i) => (i < first ? x : phi(add(x, input[i - first]!))));
        return plus(times(square(raw.A), z), times(mat(raw.W), phiZ), vec(raw.h));
      }
      case "dendPLRNN": {
        const alpha = vec(raw.alpha);
        const H = mat(raw.H);
        const input = unitInput(z.length);
        const basis = z.map((x, i) =>
          alpha.reduce((t, a, b) => add(t, multiply(a, phi(subtract(add(x, input[i]!), H[i]![b]!)))), ZERO),
        );
        return plus(times(square(raw.A), z), times(mat(raw.W), basis), vec(raw.h));
      }
      case "TLN": {
        const b = vec(raw.b);
        return minus(apply(plus(times(mat(raw.W), z), b, unitInput(b.length))), z);
      }
      case "continuousClippedShPLRNN":
      case "clippedShPLRNN": {
        const h2 = vec(raw.h2);
        const x = plus(times(mat(raw.W2), z), unitInput(h2.length));
        return plus(times(square(raw.A), z), times(mat(raw.W1), minus(apply(plus(x, h2)), apply(x))), vec(raw.h1));
      }
      default: {
        if (raw.W1 !== undefined) {
          const h2 = vec(raw.h2);
          const x = plus(times(mat(raw.W2), z), h2, unitInput(h2.length));
          return plus(times(square(raw.A), z), times(mat(raw.W1), apply(x)), vec(raw.h1));
        }
        const hx = vec(raw.hx);
        const x = plus(minus(times(mat(raw.U), z), hx), unitInput(hx.length));
        const linear = raw.A === undefined ? z.map(negate) : times(square(raw.A), z);
        return minus(plus(linear, times(transpose(mat(raw.V)), apply(x))), vec(raw.hz));
      }
    }
  };
  const value = raw.kind === "leakyPLRNN" ? rhs() : plus(rhs(), latentInput);
  const isFlow = raw.kind === "TLN" || String(raw.kind).startsWith("continuous");
  return isFlow ? value : minus(value, z);
}

/** G(z) = M z + Vᵀ relu(U z − h) − g, exactly. */
export function exactG(system: PiecewiseLinearSystem, z: Dyadic[]): Dyadic[] {
  const { latentDim: R, hyperplanes: N, U, M, V, g, h } = system;
  const out = Array.from({ length: R }, (_, i) =>
    z.reduce((t, x, k) => add(t, multiply(M.at(i * R + k), x)), negate(g.at(i))),
  );
  for (let j = 0; j < N; j++) {
    const x = relu(z.reduce((t, zk, k) => add(t, multiply(fromNumber(U[j * R + k]!), zk)), negate(h.at(j))));
    for (let i = 0; i < R; i++) out[i] = add(out[i]!, multiply(V.at(j * R + i), x));
  }
  return out;
}
