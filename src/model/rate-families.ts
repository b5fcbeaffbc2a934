import { type ExactNumber, plus, times } from "./exact-number.ts";
import type { Fields } from "./fields.ts";
import { type Family, onDiagonal, scalarMatrix } from "./unit-form.ts";

/*
 * Networks whose units are their latent variables, in discrete time: the recurrent layers of PyTorch and Keras with
 * relu, and Euler steps of rate models, z' = z + (Δt/τ)(−z + …). What a leak multiplies stays exact.
 */

/** W and the bias of its units: h, and b where a layer has two of them. */
function recurrent(fields: Fields) {
  const W = fields.matrix("W");
  const N = W.rows;
  if (W.cols !== N) fields.matrixOf("W", N, N, "a recurrent layer has as many inputs as units");
  const why = "N as in W";
  const h = fields.biasOf("h", N, why);
  const b = fields.has("b") ? fields.biasOf("b", N, why) : undefined;
  const bias = Array.from(h.data, (x, i): ExactNumber => (b === undefined ? x : plus(x, b.data[i]!)));
  return { N, W, bias };
}

/** z' = A z + φ(W z + h + b), A = 0 unless given. */
export function rnn(fields: Fields): Family {
  const parts = recurrent(fields);
  const { N } = parts;
  const A = fields.has("A") ? fields.square("A") : undefined;
  if (A !== undefined && A.rows !== N) fields.matrixOf("W", A.rows, A.rows, "N as in A");
  return layer(parts, A === undefined ? new Float64Array(N * N) : A.data, scalarMatrix(N, 1));
}

/** z' = (1 − α) z + α φ(W z + h + b), with one α or one for each unit. */
export function leakyRnn(fields: Fields): Family {
  const parts = recurrent(fields);
  const alpha = fields.oneOrEach("alpha", parts.N, "N as in W").data;
  return layer(parts, kept(alpha), onDiagonal(alpha));
}

/** z' = linear z + V φ(W z + bias). */
function layer(
  { N, W, bias }: ReturnType<typeof recurrent>,
  linear: ArrayLike<ExactNumber>,
  V: ArrayLike<ExactNumber>,
): Family {
  return {
    latentDim: N,
    units: N,
    withInput: (input) => ({
      time: "discrete",
      latentDim: N,
      units: N,
      terms: N,
      linear,
      constant: [...input.latent],
      U: W.data,
      argument: bias.map((x, j) => plus(x, input.unit[j]!)),
      V,
    }),
  };
}

/** z' = (1 − α) z + α (W φ(z) + h + b + C s), with one α or one for each unit. */
export function leakyPlrnn(fields: Fields): Family {
  const { N, W, bias } = recurrent(fields);
  const alpha = fields.oneOrEach("alpha", N, "N as in W").data;
  return {
    latentDim: N,
    units: N,
    withInput: (input) => {
      const V: ExactNumber[] = [];
      for (let j = 0; j < N; j++) for (let i = 0; i < N; i++) V.push(times(alpha[i]!, W.data[i * N + j]!));
      return {
        time: "discrete",
        latentDim: N,
        units: N,
        terms: N,
        linear: kept(alpha),
        constant: bias.map((x, i) => times(alpha[i]!, plus(x, input.latent[i]!))),
        U: scalarMatrix(N, 1),
        argument: [...input.unit],
        V,
      };
    },
  };
}

/** The matrix with 1 − α on its diagonal. */
function kept(alpha: Float64Array): ExactNumber[] {
  const n = alpha.length;
  const out = new Array<ExactNumber>(n * n).fill(0);
  for (let i = 0; i < n; i++) out[i * (n + 1)] = plus(1, -alpha[i]!);
  return out;
}
