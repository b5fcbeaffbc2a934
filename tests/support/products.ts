import { Random } from "./random.ts";

/** A model z' = A z + Vᵀ relu(U z − hx) − hz in the form of files. */
export interface PlainModel {
  readonly A: number[][];
  readonly U: number[][];
  readonly V: number[][];
  readonly hx: number[];
  readonly hz: number[];
}

/** A product of small networks in coordinates that hide it. */
export interface ProductModel {
  /** R = Σ dims, and two hyperplanes for each clipped unit. */
  readonly model: PlainModel;
  /** The small networks: the model's fixed points are all combinations of theirs. */
  readonly factors: readonly PlainModel[];
  /** R×R: the combination x of points of the factors is the fixed point T⁻¹x of the model. */
  readonly inverse: readonly (readonly number[])[];
}

/** Entries of small networks are multiples of this: they stay exact in other coordinates. */
const GRAIN = 2 ** -6;

/** A clipped network of `units` units relu(u·z − h) − relu(u·z − h − w). */
function clippedNetwork(random: Random, R: number, units: number, gain: number): PlainModel {
  const number = (): number => Math.max(1, Math.round(random.unit() / GRAIN)) * GRAIN * random.sign();
  const model: PlainModel = { A: [], U: [], V: [], hx: [], hz: [] };
  for (let i = 0; i < R; i++) {
    model.A.push(Array.from({ length: R }, (_, n) => (n === i ? 0.5 * Math.abs(number()) : 0)));
    model.hz.push(0.25 * number());
  }
  const scale = 2 ** Math.round(Math.log2(gain / Math.sqrt(units)));
  for (let j = 0; j < units; j++) {
    const u = Array.from({ length: R }, number);
    const v = Array.from({ length: R }, () => scale * number());
    const h = number();
    model.U.push(u, [...u]);
    model.V.push(
      v,
      v.map((x) => -x),
    );
    model.hx.push(h, h + Math.abs(number()) + GRAIN);
  }
  return model;
}

/**
 * The product of clipped networks of these dimensions, in coordinates turned by a signed permutation and dyadic shears:
 * all numbers are exact, so the numbers of fixed points multiply.
 * @param units of each factor. @param gain how steep they are: with more there are more fixed points, and boxes.
 */
export function productOf(dims: readonly number[], units: number, seed: number, gain = 2): ProductModel {
  const random = new Random(seed);
  const factors = dims.map((R) => clippedNetwork(random, R, units, gain));
  const R = dims.reduce((sum, dim) => sum + dim, 0);
  const [T, inverse] = coordinates(random, R);
  const A = Array.from({ length: R }, () => new Array<number>(R).fill(0));
  const hz: number[] = [];
  const U: number[][] = [];
  const V: number[][] = [];
  const hx: number[] = [];
  let first = 0;
  for (const factor of factors) {
    const dim = factor.hz.length;
    const wide = (row: readonly number[]): number[] =>
      Array.from({ length: R }, (_, k) => (k >= first && k < first + dim ? row[k - first]! : 0));
    factor.A.forEach((row, i) => {
      A[first + i] = wide(row);
    });
    hz.push(...factor.hz);
    U.push(...factor.U.map(wide));
    V.push(...factor.V.map(wide));
    hx.push(...factor.hx);
    first += dim;
  }
  const model: PlainModel = {
    A: multiply(inverse, multiply(A, T)),
    U: multiply(U, T),
    // rows of V are vectors of the space
    V: V.map((v) => apply(inverse, v)),
    hx,
    hz: apply(inverse, hz),
  };
  return { model, factors, inverse };
}

/** A signed permutation times shears, x = T z, and T⁻¹. */
function coordinates(random: Random, R: number): [number[][], number[][]] {
  const unit = (): number[][] => Array.from({ length: R }, (_, i) => Array.from({ length: R }, (_, n) => +(i === n)));
  const order = Array.from({ length: R }, (_, k) => k);
  for (let k = R - 1; k > 0; k--) {
    const other = random.integer(0, k);
    [order[k], order[other]] = [order[other]!, order[k]!];
  }
  const signs = order.map(() => random.sign());
  let T = order.map((k, i) => unit()[k]!.map((x) => x * signs[i]!));
  let inverse = Array.from({ length: R }, (_, k) => order.map((to, i) => (to === k ? signs[i]! : 0)));
  for (let times = 0; times < R; times++) {
    const i = times;
    const n = (times + random.integer(1, Math.max(1, R - 1))) % R;
    if (i === n) continue;
    const by = random.pick([0.5, -0.5, 1, -1]);
    const shear = unit();
    const back = unit();
    shear[i]![n] = by;
    back[i]![n] = -by;
    T = multiply(shear, T);
    inverse = multiply(inverse, back);
  }
  return [T, inverse];
}

function multiply(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) => b[0]!.map((_, n) => row.reduce((sum, x, k) => sum + x * b[k]![n]!, 0)));
}

function apply(matrix: readonly (readonly number[])[], x: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, each, k) => sum + each * x[k]!, 0));
}
