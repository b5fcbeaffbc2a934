import { zipSync } from "fflate";
import type { ListedResult } from "../../base/listed-result.ts";
import type { Continuum, ContinuumPiece, FixedPoint } from "../../base/result.ts";
import { npy, texts } from "./npy.ts";

const LISTS = ["vertices", "rays", "lines"] as const;

/**
 * A batch of results as a NumPy archive (numpy.load without pickle); docs/formats.md documents the arrays.
 *
 * @param results walked twice: once for the sizes, once for the numbers.
 */
export function writeNpz(results: Iterable<ListedResult>): Uint8Array {
  const sizes = sizesOf(results);
  const models = modelArrays(sizes);
  const points = pointArrays(sizes);
  const continua = continuumArrays(sizes);
  const begun = { pieces: 0, vertices: 0, rays: 0, lines: 0 };
  let [k, i, c] = [0, 0, 0];
  for (const result of results) {
    putModel(models, k++, result);
    for (const point of result.fixedPoints) putPoint(points, i++, point, sizes);
    for (const continuum of result.continua) putContinuum(continua, c++, continuum, begun, sizes);
    models.first.data[k] = BigInt(i);
    continua.continuum_first.data[k] = BigInt(c);
  }
  const arrays = Object.entries<Numbers | string[]>({ ...models, ...points, ...continua });
  const files = arrays.map(([name, values]) => [
    `${name}.npy`,
    Array.isArray(values) ? texts(values) : npy(values.descr, values.shape, values.data),
  ]);
  // the same results give the same bytes
  return zipSync(Object.fromEntries(files), { level: 6, mtime: "1980-01-01T12:00:00Z" });
}

/**
 * K models, n fixed points, m continua with P listed pieces of so many vertices, rays and lines; R, H, D are the
 * largest latent dimension, number of hyperplanes and dimension of a continuum. Smaller models have NaN or false in the
 * remaining entries.
 */
type Sizes = Record<"K" | "n" | "m" | "R" | "H" | "D" | "P" | (typeof LISTS)[number], number>;

function sizesOf(results: Iterable<ListedResult>): Sizes {
  const sizes = { K: 0, n: 0, m: 0, R: 0, H: 0, D: 0, P: 0, vertices: 0, rays: 0, lines: 0 };
  for (const { model, fixedPoints, continua } of results) {
    sizes.K++;
    sizes.n += fixedPoints.length;
    sizes.m += continua.length;
    sizes.R = Math.max(sizes.R, model.latentDim);
    sizes.H = Math.max(sizes.H, model.hyperplanes);
    for (const { dimension, pieces } of continua) {
      sizes.D = Math.max(sizes.D, dimension);
      sizes.P += piecesOf(pieces).length;
      for (const piece of piecesOf(pieces)) for (const list of LISTS) sizes[list] += piece[list].length;
    }
  }
  return sizes;
}

/** The pieces of a continuum; results of earlier versions have none. */
function piecesOf(pieces: readonly ContinuumPiece[] | undefined): readonly ContinuumPiece[] {
  return pieces ?? [];
}

/** An array of numbers of one of NumPy's types. */
interface Numbers<T extends ArrayBufferView = ArrayBufferView> {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly data: T;
}

const lengthOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

function f8(...shape: number[]): Numbers<Float64Array> {
  return { descr: "<f8", shape, data: new Float64Array(lengthOf(shape)).fill(Number.NaN) };
}

function c16(...shape: number[]): Numbers<Float64Array> {
  return { descr: "<c16", shape, data: f8(2, ...shape).data };
}

function i8(...shape: number[]): Numbers<BigInt64Array> {
  return { descr: "<i8", shape, data: new BigInt64Array(lengthOf(shape)) };
}

function b1(...shape: number[]): Numbers<Uint8Array> {
  return { descr: "|b1", shape, data: new Uint8Array(lengthOf(shape)) };
}

function modelArrays({ K }: Sizes) {
  return {
    name: [] as string[],
    kind: [] as string[],
    sha256: [] as string[],
    latent_dim: i8(K),
    hyperplanes: i8(K),
    complete: b1(K),
    first: i8(K + 1),
  };
}

function putModel(into: ReturnType<typeof modelArrays>, k: number, { model, complete }: ListedResult): void {
  into.name.push(model.name);
  into.kind.push(model.kind);
  into.sha256.push(model.sha256);
  into.latent_dim.data[k] = BigInt(model.latentDim);
  into.hyperplanes.data[k] = BigInt(model.hyperplanes);
  into.complete.data[k] = complete ? 1 : 0;
}

function pointArrays({ n, R, H }: Sizes) {
  const directions = i8(n, 3);
  directions.data.fill(-1n);
  return {
    z: f8(n, R),
    error: f8(n),
    eigenvalues: c16(n, R),
    spectral: f8(n),
    spectral_bounds: f8(n, 2),
    directions,
    margin: f8(n),
    because: [] as string[],
    stability: [] as string[],
    active: b1(n, H),
    ties: b1(n, H),
  };
}

function putPoint(into: ReturnType<typeof pointArrays>, i: number, point: FixedPoint, { R, H }: Sizes): void {
  into.z.data.set(point.z, i * R);
  into.error.data[i] = point.error;
  into.eigenvalues.data.set(point.eigenvalues.flat(), 2 * i * R);
  into.spectral.data[i] = point.spectralAbscissa ?? point.spectralRadius ?? Number.NaN;
  into.spectral_bounds.data.set(point.spectralBounds ?? [], 2 * i);
  into.margin.data[i] = point.nearlyDegenerate?.margin ?? Number.NaN;
  into.because.push(point.nearlyDegenerate?.because.join("; ") ?? "");
  into.stability.push(point.stability);
  if (point.directions !== undefined) {
    const { stable, neutral, unstable } = point.directions;
    into.directions.data.set([stable, neutral, unstable].map(BigInt), 3 * i);
  }
  for (const j of point.active) into.active.data[i * H + j] = 1;
  for (const j of point.ties) into.ties.data[i * H + j] = 1;
}

function continuumArrays({ K, m, R, D, P, vertices, rays, lines }: Sizes) {
  return {
    continuum_first: i8(K + 1),
    continuum_dimension: i8(m),
    continuum_point: f8(m, R),
    continuum_basis: f8(m, D, R),
    continuum_bounded: b1(m),
    continuum_set: i8(m),
    continuum_pieces: i8(m),
    piece_first: i8(m + 1),
    piece_vertices_first: i8(P + 1),
    piece_vertices: f8(vertices, R),
    piece_rays_first: i8(P + 1),
    piece_rays: f8(rays, R),
    piece_lines_first: i8(P + 1),
    piece_lines: f8(lines, R),
  };
}

/** @param begun the numbers of pieces, and of each list, before those of the continuum; counted on. */
function putContinuum(
  into: ReturnType<typeof continuumArrays>,
  c: number,
  { dimension, point, basis, bounded, pieceCount, pieces, connectedSet }: Continuum,
  begun: Record<"pieces" | (typeof LISTS)[number], number>,
  { R, D }: Sizes,
): void {
  into.continuum_dimension.data[c] = BigInt(dimension);
  into.continuum_point.data.set(point, c * R);
  basis.forEach((row, d) => {
    into.continuum_basis.data.set(row, (c * D + d) * R);
  });
  into.continuum_bounded.data[c] = bounded ? 1 : 0;
  into.continuum_pieces.data[c] = BigInt(pieceCount ?? -1);
  into.continuum_set.data[c] = BigInt(connectedSet ?? -1);
  for (const piece of piecesOf(pieces)) {
    begun.pieces++;
    for (const list of LISTS) {
      for (const vector of piece[list]) into[`piece_${list}`].data.set(vector, begun[list]++ * R);
      into[`piece_${list}_first`].data[begun.pieces] = BigInt(begun[list]);
    }
  }
  into.piece_first.data[c + 1] = BigInt(begun.pieces);
}
