import { ModelError } from "./errors.ts";
import { type ExactNumber, negated, plus, times } from "./exact-number.ts";
import type { Fields } from "./fields.ts";
import type { Matrix } from "./matrix.ts";
import { leakyPlrnn, leakyRnn, rnn } from "./rate-families.ts";
import type { Time } from "./system.ts";
import type { ModelKind } from "./types.ts";
import { checkTerms, columnsAsRows, type Family, listOf, scalarMatrix } from "./unit-form.ts";

type FamilyReader = (fields: Fields, P: number | undefined) => Family;

/** One reader for each family of docs/design.md#model-files. All throw ModelError. */
export const FAMILIES: Readonly<Record<ModelKind, FamilyReader>> = {
  shPLRNN,
  clippedShPLRNN: (fields) => clipped("discrete", fields),
  PLRNN: plrnn,
  ALRNN: (fields, P) => almostLinear("discrete", fields, P),
  dendPLRNN: dendritic,
  RNN: rnn,
  leakyRNN: leakyRnn,
  leakyPLRNN: leakyPlrnn,
  continuous,
  continuousALRNN: (fields, P) => almostLinear("continuous", fields, P),
  continuousClippedShPLRNN: (fields) => clipped("continuous", fields),
  TLN: thresholdLinear,
};

/** The families that need P. */
export const WITH_P: ReadonlySet<ModelKind> = new Set(["ALRNN", "continuousALRNN"]);

const AS_A = "R as in A";

/** A shPLRNN in either of its two forms. */
function shPLRNN(fields: Fields): Family {
  const first = ["U", "V", "hx", "hz"].find((key) => fields.has(key));
  const second = ["W1", "W2", "h1", "h2"].find((key) => fields.has(key));
  if (first !== undefined && second !== undefined) {
    throw new ModelError(
      first,
      `does not go with ${second}: the model mixes its two forms`,
      `${first} and ${second}`,
      "Give either A, U, V, hx, hz or A, W1, W2, h1, h2.",
    );
  }
  return second === undefined ? firstForm(fields) : secondForm(fields);
}

/** z' = A z + Vᵀ φ(U z − hx) − hz. */
function firstForm(fields: Fields): Family {
  return lowRank("discrete", fields, fields.square("A"));
}

/** τ ż = A z + Vᵀ φ(U z − hx) − hz, A = −I unless given. */
function continuous(fields: Fields): Family {
  return lowRank("continuous", fields, fields.has("A") ? fields.square("A") : undefined);
}

function lowRank(time: Time, fields: Fields, A: Matrix | undefined): Family {
  const U = fields.matrix("U");
  const R = A?.rows ?? U.cols;
  const N = U.rows;
  if (U.cols !== R) fields.matrixOf("U", N, R, AS_A);
  const V = fields.matrixOf("V", N, R, `[N][R], N as in U, ${A ? AS_A : "R as in U"}`);
  const hx = fields.biasOf("hx", N, "N as in U");
  const hz = fields.biasOf("hz", R, A ? AS_A : "R as in U");
  return {
    latentDim: R,
    units: N,
    withInput: (input) => ({
      time,
      latentDim: R,
      units: N,
      terms: N,
      linear: A === undefined ? scalarMatrix(R, -1) : A.data,
      constant: input.latent.map((x, i) => plus(x, negated(hz.data[i]!))),
      U: U.data,
      argument: input.unit.map((x, j) => plus(x, negated(hx.data[j]!))),
      V: V.data,
    }),
  };
}

/** The arrays of the second form, A, W1, W2, h1, h2; a clipped unit without h2 would be none. */
function secondFormArrays(fields: Fields, isClipped: boolean) {
  const A = fields.square("A");
  const R = A.rows;
  const W2 = fields.matrix("W2");
  const N = W2.rows;
  if (W2.cols !== R) fields.matrixOf("W2", N, R, `[N][R], ${AS_A}`);
  const W1 = fields.matrixOf("W1", R, N, `[R][N], ${AS_A}, N as in W2`);
  const h1 = fields.biasOf("h1", R, AS_A);
  const h2 = isClipped ? fields.vectorOf("h2", N, "N as in W2") : fields.biasOf("h2", N, "N as in W2");
  return { R, N, A, W1, W2, h1, h2 };
}

/** z' = A z + W1 φ(W2 z + h2) + h1. */
function secondForm(fields: Fields): Family {
  const { R, N, A, W1, W2, h1, h2 } = secondFormArrays(fields, false);
  return {
    latentDim: R,
    units: N,
    withInput: (input) => ({
      time: "discrete",
      latentDim: R,
      units: N,
      terms: N,
      linear: A.data,
      constant: input.latent.map((x, i) => plus(x, h1.data[i]!)),
      U: W2.data,
      argument: input.unit.map((x, j) => plus(x, h2.data[j]!)),
      V: columnsAsRows(W1),
    }),
  };
}

/** z' or ż = A z + W1 (φ(W2 z + h2) − φ(W2 z)) + h1: term j for φ(u_j·z + h2_j), term L + j for −φ(u_j·z). */
function clipped(time: Time, fields: Fields): Family {
  const { R, N: L, A, W1, W2, h1, h2 } = secondFormArrays(fields, true);
  return {
    latentDim: R,
    units: L,
    withInput: (input) => {
      const U = new Float64Array(2 * L * R);
      U.set(W2.data);
      U.set(W2.data, L * R);
      const columns = columnsAsRows(W1);
      const V = new Float64Array(2 * columns.length);
      V.set(columns);
      for (let i = 0; i < columns.length; i++) V[columns.length + i] = 0 - columns[i]!;
      return {
        time,
        latentDim: R,
        units: L,
        terms: 2 * L,
        linear: A.data,
        constant: input.latent.map((x, i) => plus(x, h1.data[i]!)),
        U,
        argument: [...input.unit.map((x, j) => plus(x, h2.data[j]!)), ...input.unit],
        V,
      };
    },
  };
}

/** The arrays of the families whose units are latent variables: A, W, h. */
function latentUnitArrays(fields: Fields) {
  const A = fields.square("A");
  const M = A.rows;
  const why = "M as in A";
  return { M, A, W: fields.matrixOf("W", M, M, `[M][M], ${why}`), h: fields.biasOf("h", M, why) };
}

/** z' = A z + W φ(z) + h. */
function plrnn(fields: Fields): Family {
  const arrays = latentUnitArrays(fields);
  return lastCoordinates("discrete", arrays, arrays.M);
}

/** z' or ż = A z + W φ(z) + h with φ on the last P coordinates only; term j is coordinate M − P + j. */
function almostLinear(time: Time, fields: Fields, P: number | undefined): Family {
  const arrays = latentUnitArrays(fields);
  if (P === undefined) throw new ModelError("P", "is missing: an almost linear network needs it", P, 'Add "P".');
  if (P > arrays.M) {
    throw new ModelError(
      "P",
      `must be at most M = ${arrays.M}, the number of latent variables`,
      P,
      "Check P against A.",
    );
  }
  return lastCoordinates(time, arrays, P);
}

function lastCoordinates(
  time: Time,
  { M, A, W, h }: { M: number; A: Matrix; W: Matrix; h: Matrix },
  P: number,
): Family {
  const first = M - P;
  return {
    latentDim: M,
    units: P,
    withInput: (input) => {
      const linear = listOf(A.data);
      for (let i = 0; i < M; i++) {
        for (let k = 0; k < first; k++) linear[i * M + k] = plus(linear[i * M + k]!, W.data[i * M + k]!);
      }
      const V = new Float64Array(P * M);
      const U = new Float64Array(P * M);
      for (let j = 0; j < P; j++) {
        U[j * M + first + j] = 1;
        for (let i = 0; i < M; i++) V[j * M + i] = W.data[i * M + first + j]!;
      }
      return {
        time,
        latentDim: M,
        units: P,
        terms: P,
        linear,
        constant: input.latent.map((x, i) => plus(x, h.data[i]!)),
        U,
        argument: [...input.unit],
        V,
      };
    },
  };
}

/** z' = A z + W Σ_b α_b φ(z − H_b) + h: term b·M + i for basis b and coordinate i. */
function dendritic(fields: Fields): Family {
  const { M, A, W, h } = latentUnitArrays(fields);
  const alpha = fields.vector("alpha");
  const B = alpha.rows;
  const H = fields.matrixOf("H", M, B, "[M][B], M as in A, B as in alpha");
  checkTerms(B * M, M);
  return {
    latentDim: M,
    units: M,
    withInput: (input) => {
      const U = new Float64Array(B * M * M);
      const V: ExactNumber[] = [];
      const argument: ExactNumber[] = [];
      for (let b = 0; b < B; b++) {
        for (let i = 0; i < M; i++) {
          U[(b * M + i) * M + i] = 1;
          argument.push(plus(input.unit[i]!, negated(H.data[i * B + b]!)));
          for (let k = 0; k < M; k++) V.push(times(alpha.data[b]!, W.data[k * M + i]!));
        }
      }
      return {
        time: "discrete",
        latentDim: M,
        units: M,
        terms: B * M,
        linear: A.data,
        constant: input.latent.map((x, i) => plus(x, h.data[i]!)),
        U,
        argument,
        V,
      };
    },
  };
}

/** ẋ = −x + φ(W x + b). */
function thresholdLinear(fields: Fields): Family {
  const W = fields.matrix("W");
  const N = W.rows;
  if (W.cols !== N) fields.matrixOf("W", N, N, "a threshold-linear network has as many inputs as units");
  const b = fields.vectorOf("b", N, "N as in W");
  return {
    latentDim: N,
    units: N,
    withInput: (input) => ({
      time: "continuous",
      latentDim: N,
      units: N,
      terms: N,
      linear: scalarMatrix(N, -1),
      constant: [...input.latent],
      U: W.data,
      argument: input.unit.map((x, j) => plus(x, b.data[j]!)),
      V: scalarMatrix(N, 1),
    }),
  };
}
