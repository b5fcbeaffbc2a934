import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { Random } from "../../tests/support/random.ts";
import { type ModelFile, shortened } from "./model.ts";

const SIGMA = 10;
const RHO = 28;
const BETA = 8 / 3;
const DT = 0.01;
const UNITS = 60;
const SEED = 3;
/** Centre and size of the attractor. */
const CENTRE = [0, 0, 25];
const SIZE = 10;
const RIDGE = 1e-3;

const away = Math.sqrt(BETA * (RHO - 1));
/** The three fixed points of the Lorenz system, (±√72, ±√72, 27) and 0. */
export const LORENZ_FIXED_POINTS = [
  [-away, -away, RHO - 1],
  [0, 0, 0],
  [away, away, RHO - 1],
];

function velocity([x, y, z]: readonly number[]): number[] {
  return [SIGMA * (y! - x!), x! * (RHO - z!) - y!, x! * y! - BETA * z!];
}

/** One step of the classical Runge–Kutta method. */
function step(p: readonly number[]): number[] {
  const along = (k: readonly number[], t: number) => p.map((x, i) => x + t * k[i]!);
  const k1 = velocity(p);
  const k2 = velocity(along(k1, DT / 2));
  const k3 = velocity(along(k2, DT / 2));
  const k4 = velocity(along(k3, DT));
  return p.map((x, i) => x + (DT / 6) * (k1[i]! + 2 * k2[i]! + 2 * k3[i]! + k4[i]!));
}

interface Sample {
  readonly at: readonly number[];
  readonly weight: number;
}

/**
 * The attractor, a box round it so that the fit can't go astray outside, and, heavily, the neighbourhood of the fixed
 * points.
 */
function samples(random: Random): Sample[] {
  const out: Sample[] = [];
  let p = [1, 1, 20];
  for (let i = 0; i < 500; i++) p = step(p);
  for (let i = 0; i < 2000; i++) {
    p = step(step(p));
    out.push({ at: p, weight: 1 });
  }
  for (let i = 0; i < 1500; i++) {
    out.push({ at: [random.real(22), random.real(28), 25 + random.real(27)], weight: 0.15 });
  }
  for (const point of LORENZ_FIXED_POINTS) {
    for (let i = 0; i < 60; i++) out.push({ at: point.map((x) => x + random.real(1.5)), weight: 20 });
  }
  return out;
}

/**
 * An shPLRNN fitted to Lorenz-63 in one linear solve: U and hx are random features, A, V and hz come from weighted
 * ridge regression of the increment over dt = 0.01. Its fixed points lie near those of the true system.
 */
export function lorenz63(): ModelFile {
  const random = new Random(SEED);
  const U: number[][] = [];
  const hx: number[] = [];
  for (let j = 0; j < UNITS; j++) {
    const direction = random.vector(3, () => random.normal());
    const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0));
    const u = direction.map((x) => shortened(x / length / SIZE));
    U.push(u);
    hx.push(shortened(random.real(2.2) + u.reduce((sum, x, k) => sum + x * CENTRE[k]!, 0)));
  }
  const drawn = samples(random);
  const features = ({ at, weight }: Sample) => {
    const units = U.map((u, j) => Math.max(0, u.reduce((sum, x, k) => sum + x * at[k]!, 0) - hx[j]!));
    return [...at, 1, ...units].map((x) => weight * x);
  };
  const X = new Matrix(drawn.map(features));
  const Y = new Matrix(drawn.map(({ at, weight }) => step(at).map((x, i) => weight * (x - at[i]!))));
  const gram = X.transpose().mmul(X).add(Matrix.eye(X.columns).mul(RIDGE));
  const weights = new CholeskyDecomposition(gram).solve(X.transpose().mmul(Y)).to2DArray();
  const [linear, constant, units] = [weights.slice(0, 3), weights[3]!, weights.slice(4)];
  return {
    name: "lorenz63",
    kind: "shPLRNN",
    dt: DT,
    A: [0, 1, 2].map((i) => [0, 1, 2].map((k) => shortened((i === k ? 1 : 0) + linear[k]![i]!))),
    U,
    V: units.map((row) => row.map(shortened)),
    hx,
    hz: constant.map((x) => shortened(-x)),
  };
}
