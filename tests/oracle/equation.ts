import { type Binary, binaryOf, NOTHING, opposite, product, sum, UNIT } from "./binary.ts";

/** A model file's object: the raw arrays. */
export type RawModel = Readonly<Record<string, unknown>>;

/**
 * one + Σ_k z[k]·z_k + Σ_t units[t]·φ(argument of unit t): what a line of a defining map is before φ is written out.
 */
export interface Form {
  readonly one: Binary;
  readonly z: readonly Binary[];
  readonly units: ReadonlyMap<number, Binary>;
}

/** A model's equation G(z) = 0, read off its defining map: z' − z in discrete time, ż in continuous time. */
export interface Equation {
  readonly latentDim: number;
  readonly time: "discrete" | "continuous";
  /** Arguments of φ, forms without units, in the README's order of hyperplanes. */
  readonly arguments: readonly Form[];
  /** R forms. */
  readonly G: readonly Form[];
  readonly activation: PiecewiseLinear;
}

/** φ(x) = slopes[p]·x + offsets[p] on piece p, from breakpoint p − 1 to breakpoint p. */
export interface PiecewiseLinear {
  readonly breakpoints: readonly Binary[];
  readonly slopes: readonly Binary[];
  readonly offsets: readonly Binary[];
}

/**
 * The equation of a raw model of any kind, by carrying forms instead of numbers through its defining map as the README
 * has it. Shares nothing with src: what src/model makes of a model is what this must tell apart.
 */
export function equationOf(raw: RawModel): Equation {
  const kind = (raw.kind ?? "shPLRNN") as string;
  const given = (raw.A ?? raw.U ?? raw.W) as readonly (number | readonly number[])[];
  const R = raw.A === undefined && raw.U !== undefined ? (given[0] as readonly number[]).length : given.length;
  const units: Form[] = [];
  /** φ of a form: a new unit. */
  const phi = (argument: Form): Form => {
    units.push(argument);
    return { one: NOTHING, z: none(R), units: new Map([[units.length - 1, UNIT]]) };
  };
  const z = Array.from({ length: R }, (_, k): Form => {
    const coordinates = none(R);
    coordinates[k] = UNIT;
    return { one: NOTHING, z: coordinates, units: new Map() };
  });
  const constants = (values: unknown) => (values as readonly number[]).map((x) => constant(R, binaryOf(x)));
  const times = (matrix: unknown, forms: readonly Form[]) =>
    rowsOf(matrix, R).map((row) =>
      row.reduce((total, x, k) => plus(total, scaled(x, forms[k]!)), constant(R, NOTHING)),
    );
  const s = raw.s === undefined ? undefined : constants(raw.s);
  const input = (weights: unknown, length: number): Form[] =>
    weights === undefined || s === undefined ? Array.from({ length }, () => constant(R, NOTHING)) : times(weights, s);

  /** A vector that may be absent. */
  const bias = (key: string): Form[] =>
    raw[key] === undefined ? Array.from({ length: R }, () => constant(R, NOTHING)) : constants(raw[key]);
  /** (1 − α) z + α x */
  const leaky = (x: readonly Form[]): Form[] => {
    const alpha = typeof raw.alpha === "number" ? new Array<number>(R).fill(raw.alpha) : (raw.alpha as number[]);
    return z.map((each, i) => {
      const a = binaryOf(alpha[i]!);
      return plus(scaled(sum(UNIT, opposite(a)), each), scaled(a, x[i]!));
    });
  };

  const rightHandSide = (): Form[] => {
    switch (kind) {
      case "shPLRNN":
      case "continuous": {
        if (raw.W1 !== undefined) {
          const h2 = constants(raw.h2);
          const x = all(times(raw.W2, z), h2, input(raw.Wu, h2.length));
          return all(times(raw.A, z), times(raw.W1, x.map(phi)), constants(raw.h1));
        }
        const hx = constants(raw.hx);
        const x = all(times(raw.U, z), hx.map(negative), input(raw.Wu, hx.length));
        const linear = raw.A === undefined ? z.map(negative) : times(raw.A, z);
        return all(linear, times(transposed(raw.V), x.map(phi)), constants(raw.hz).map(negative));
      }
      case "continuousClippedShPLRNN":
      case "clippedShPLRNN": {
        const h2 = constants(raw.h2);
        const x = all(times(raw.W2, z), input(raw.Wu, h2.length));
        const shifted = all(x, h2).map(phi);
        const clipped = all(shifted, x.map(phi).map(negative));
        return all(times(raw.A, z), times(raw.W1, clipped), constants(raw.h1));
      }
      case "PLRNN":
        return all(times(raw.A, z), times(raw.W, all(z, input(raw.Wu, R)).map(phi)), constants(raw.h));
      case "continuousALRNN":
      case "ALRNN": {
        const P = raw.P as number;
        const driven = input(raw.Wu, P);
        const mixed = z.map((x, i) => (i < R - P ? x : phi(plus(x, driven[i - (R - P)]!))));
        return all(times(raw.A, z), times(raw.W, mixed), constants(raw.h));
      }
      case "dendPLRNN": {
        const alpha = (raw.alpha as readonly number[]).map(binaryOf);
        const H = rowsOf(raw.H, R);
        const driven = input(raw.Wu, R);
        const bases = alpha.map((a, b) =>
          z.map((x, i) => scaled(a, phi(all([x], [driven[i]!], [constant(R, opposite(H[i]![b]!))])[0]!))),
        );
        const dendrites = bases.reduce(
          (total, basis) => all(total, basis),
          z.map(() => constant(R, NOTHING)),
        );
        return all(times(raw.A, z), times(raw.W, dendrites), constants(raw.h));
      }
      case "RNN": {
        const x = all(times(raw.W, z), bias("h"), bias("b"), input(raw.Wu, R)).map(phi);
        return raw.A === undefined ? x : all(times(raw.A, z), x);
      }
      case "leakyRNN": {
        const x = all(times(raw.W, z), bias("h"), bias("b"), input(raw.Wu, R)).map(phi);
        return leaky(x);
      }
      case "leakyPLRNN": {
        const driven = all(z, input(raw.Wu, R)).map(phi);
        return leaky(all(times(raw.W, driven), bias("h"), bias("b"), input(raw.C, R)));
      }
      case "TLN": {
        const x = all(times(raw.W, z), constants(raw.b), input(raw.Wu, R));
        return all(z.map(negative), x.map(phi));
      }
      default:
        throw new RangeError(`the oracle knows no models of kind ${kind}`);
    }
  };
  const time = kind.startsWith("continuous") || kind === "TLN" ? "continuous" : "discrete";
  const change = time === "discrete" ? all(rightHandSide(), z.map(negative)) : rightHandSide();
  // the input of a leaky PLRNN stands inside its leak
  const G = raw.C === undefined || s === undefined || kind === "leakyPLRNN" ? change : all(change, times(raw.C, s));
  return { latentDim: R, time, arguments: units, G, activation: activationOf(raw.activation) };
}

/** φ by its pieces; offsets follow from φ(0) = 0 and continuity. */
export function activationOf(spec: unknown): PiecewiseLinear {
  if (spec === undefined || spec === "relu") return piecewise([0], [0, 1]);
  if (spec === "hardtanh") return piecewise([-1, 1], [0, 1, 0]);
  const { leaky, breakpoints, slopes } = spec as { leaky?: number; breakpoints: number[]; slopes: number[] };
  return leaky === undefined ? piecewise(breakpoints, slopes) : piecewise([0], [leaky, 1]);
}

function piecewise(breaks: readonly number[], slopeValues: readonly number[]): PiecewiseLinear {
  const breakpoints = breaks.map(binaryOf);
  const slopes = slopeValues.map(binaryOf);
  const offsets = slopes.map(() => NOTHING);
  const home = breaks.filter((b) => b <= 0).length;
  // φ is one number at breakpoint t, on both pieces
  const step = (t: number) => product(breakpoints[t]!, sum(slopes[t]!, opposite(slopes[t + 1]!)));
  for (let t = home; t < breaks.length; t++) offsets[t + 1] = sum(offsets[t]!, step(t));
  for (let t = home - 1; t >= 0; t--) offsets[t] = sum(offsets[t + 1]!, opposite(step(t)));
  return { breakpoints, slopes, offsets };
}

function none(length: number): Binary[] {
  return new Array<Binary>(length).fill(NOTHING);
}

function constant(R: number, one: Binary): Form {
  return { one, z: none(R), units: new Map() };
}

function plus(a: Form, b: Form): Form {
  const units = new Map(a.units);
  for (const [t, x] of b.units) units.set(t, sum(units.get(t) ?? NOTHING, x));
  return { one: sum(a.one, b.one), z: a.z.map((x, k) => sum(x, b.z[k]!)), units };
}

/** The sum of vectors of forms. */
function all(...vectors: readonly (readonly Form[])[]): Form[] {
  return vectors[0]!.map((_, i) => vectors.map((vector) => vector[i]!).reduce(plus));
}

function scaled(c: Binary, form: Form): Form {
  const units = new Map([...form.units].map(([t, x]) => [t, product(c, x)]));
  return { one: product(c, form.one), z: form.z.map((x) => product(c, x)), units };
}

function negative(form: Form): Form {
  return scaled(opposite(UNIT), form);
}

/** A matrix, or one given by its diagonal. */
function rowsOf(value: unknown, R: number): Binary[][] {
  const rows = value as readonly (number | readonly number[])[];
  if (rows.every((row) => typeof row === "number")) {
    return rows.map((x, i) => Array.from({ length: R }, (_, k) => (k === i ? binaryOf(x) : NOTHING)));
  }
  return (rows as readonly (readonly number[])[]).map((row) => row.map(binaryOf));
}

function transposed(value: unknown): number[][] {
  const rows = value as readonly (readonly number[])[];
  return rows[0]!.map((_, k) => rows.map((row) => row[k]!));
}
