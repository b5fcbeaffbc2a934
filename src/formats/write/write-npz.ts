import { zipSync } from "fflate";
import { largestOf } from "../../base/largest.ts";
import type { ListedResult } from "../../base/listed-result.ts";
import type { ContinuumPiece } from "../../base/result.ts";

const LISTS = ["vertices", "rays", "lines"] as const;

/** The pieces of a continuum; results of earlier versions have none. */
function piecesOf(pieces: readonly ContinuumPiece[] | undefined): readonly ContinuumPiece[] {
  return pieces ?? [];
}

/**
 * A batch of results as a NumPy archive (numpy.load without pickle); docs/formats.md documents the arrays.
 *
 * K models, n fixed points, m continua with P listed pieces; R, H, D are the largest latent dimension, number of
 * hyperplanes and dimension of a continuum. Smaller models have NaN or false in the remaining entries.
 *
 * @param results walked twice: once for the sizes, once for the numbers.
 */
export function writeNpz(results: Iterable<ListedResult>): Uint8Array {
  let [K, n, m, R, H, D, P] = [0, 0, 0, 0, 0, 0, 0];
  const generators = { vertices: 0, rays: 0, lines: 0 };
  for (const { model, fixedPoints, continua } of results) {
    K++;
    n += fixedPoints.length;
    m += continua.length;
    R = Math.max(R, model.latentDim);
    H = Math.max(H, model.hyperplanes);
    for (const { dimension, pieces } of continua) {
      D = Math.max(D, dimension);
      P += piecesOf(pieces).length;
      for (const piece of piecesOf(pieces)) for (const list of LISTS) generators[list] += piece[list].length;
    }
  }
  const perModel = {
    name: [] as string[],
    kind: [] as string[],
    sha256: [] as string[],
    latent_dim: new BigInt64Array(K),
    hyperplanes: new BigInt64Array(K),
    complete: new Uint8Array(K),
    first: new BigInt64Array(K + 1),
    continuum_first: new BigInt64Array(K + 1),
  };
  const stability: string[] = [];
  const because: string[] = [];
  const points = {
    z: nan(n * R),
    error: nan(n),
    eigenvalues: nan(2 * n * R),
    spectral: nan(n),
    spectralBounds: nan(2 * n),
    directions: new BigInt64Array(3 * n).fill(-1n),
    margin: nan(n),
    active: new Uint8Array(n * H),
    ties: new Uint8Array(n * H),
  };
  const continuum = {
    dimension: new BigInt64Array(m),
    point: nan(m * R),
    basis: nan(m * D * R),
    bounded: new Uint8Array(m),
    pieces: new BigInt64Array(m),
    set: new BigInt64Array(m),
    pieceFirst: new BigInt64Array(m + 1),
  };
  const lists = LISTS.map((list) => ({
    list,
    first: new BigInt64Array(P + 1),
    vectors: nan(generators[list] * R),
    count: 0,
  }));
  let [k, i, c, p] = [0, 0, 0, 0];
  for (const { model, fixedPoints, continua, complete } of results) {
    perModel.name.push(model.name);
    perModel.kind.push(model.kind);
    perModel.sha256.push(model.sha256);
    perModel.latent_dim[k] = BigInt(model.latentDim);
    perModel.hyperplanes[k] = BigInt(model.hyperplanes);
    perModel.complete[k] = complete ? 1 : 0;
    for (const point of fixedPoints) {
      points.z.set(point.z, i * R);
      points.error[i] = point.error;
      points.eigenvalues.set(point.eigenvalues.flat(), 2 * i * R);
      points.spectral[i] = point.spectralAbscissa ?? point.spectralRadius ?? Number.NaN;
      points.spectralBounds.set(point.spectralBounds ?? [], 2 * i);
      points.margin[i] = point.nearlyDegenerate?.margin ?? Number.NaN;
      because.push(point.nearlyDegenerate?.because.join("; ") ?? "");
      if (point.directions !== undefined) {
        const { stable, neutral, unstable } = point.directions;
        points.directions.set([stable, neutral, unstable].map(BigInt), 3 * i);
      }
      for (const j of point.active) points.active[i * H + j] = 1;
      for (const j of point.ties) points.ties[i * H + j] = 1;
      stability.push(point.stability);
      i++;
    }
    for (const { dimension, point, basis, bounded, pieceCount, pieces, connectedSet } of continua) {
      continuum.dimension[c] = BigInt(dimension);
      continuum.point.set(point, c * R);
      basis.forEach((row, d) => {
        continuum.basis.set(row, (c * D + d) * R);
      });
      continuum.bounded[c] = bounded ? 1 : 0;
      continuum.pieces[c] = BigInt(pieceCount ?? -1);
      continuum.set[c] = BigInt(connectedSet ?? -1);
      for (const piece of piecesOf(pieces)) {
        p++;
        for (const into of lists) {
          for (const vector of piece[into.list]) into.vectors.set(vector, into.count++ * R);
          into.first[p] = BigInt(into.count);
        }
      }
      c++;
      continuum.pieceFirst[c] = BigInt(p);
    }
    k++;
    perModel.first[k] = BigInt(i);
    perModel.continuum_first[k] = BigInt(c);
  }
  return zipSync(
    {
      "name.npy": texts(perModel.name),
      "kind.npy": texts(perModel.kind),
      "sha256.npy": texts(perModel.sha256),
      "latent_dim.npy": npy("<i8", [K], perModel.latent_dim),
      "hyperplanes.npy": npy("<i8", [K], perModel.hyperplanes),
      "complete.npy": npy("|b1", [K], perModel.complete),
      "first.npy": npy("<i8", [K + 1], perModel.first),
      "z.npy": npy("<f8", [n, R], points.z),
      "error.npy": npy("<f8", [n], points.error),
      "eigenvalues.npy": npy("<c16", [n, R], points.eigenvalues),
      "spectral.npy": npy("<f8", [n], points.spectral),
      "spectral_bounds.npy": npy("<f8", [n, 2], points.spectralBounds),
      "directions.npy": npy("<i8", [n, 3], points.directions),
      "margin.npy": npy("<f8", [n], points.margin),
      "because.npy": texts(because),
      "stability.npy": texts(stability),
      "active.npy": npy("|b1", [n, H], points.active),
      "ties.npy": npy("|b1", [n, H], points.ties),
      "continuum_first.npy": npy("<i8", [K + 1], perModel.continuum_first),
      "continuum_dimension.npy": npy("<i8", [m], continuum.dimension),
      "continuum_point.npy": npy("<f8", [m, R], continuum.point),
      "continuum_basis.npy": npy("<f8", [m, D, R], continuum.basis),
      "continuum_bounded.npy": npy("|b1", [m], continuum.bounded),
      "continuum_set.npy": npy("<i8", [m], continuum.set),
      "continuum_pieces.npy": npy("<i8", [m], continuum.pieces),
      "piece_first.npy": npy("<i8", [m + 1], continuum.pieceFirst),
      ...Object.fromEntries(
        lists.flatMap(({ list, first, vectors, count }) => [
          [`piece_${list}_first.npy`, npy("<i8", [P + 1], first)],
          [`piece_${list}.npy`, npy("<f8", [count, R], vectors)],
        ]),
      ),
    },
    // the same results give the same bytes
    { level: 6, mtime: "1980-01-01T12:00:00Z" },
  );
}

function nan(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** Texts of one length, padded with NUL, as NumPy's unicode type keeps them. */
function texts(values: readonly string[]): Uint8Array {
  const points = values.map((value) => Array.from(value, (char) => char.codePointAt(0) ?? 0));
  const width = largestOf(points, ({ length }) => length, 1);
  const data = new Uint32Array(values.length * width);
  points.forEach((codes, i) => {
    data.set(codes, i * width);
  });
  return npy(`<U${width}`, [values.length], data);
}

/**
 * A .npy file, version 1.0 (numpy.lib.format). Numbers are written in the byte order of the machine, which is
 * little-endian on every platform that runs this program.
 */
export function npy(descr: string, shape: readonly number[], data: ArrayBufferView): Uint8Array {
  const tuple = `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = 10;
  const header = `${dict.padEnd(Math.ceil((start + dict.length + 1) / 64) * 64 - start - 1)}\n`;
  const out = new Uint8Array(start + header.length + data.byteLength);
  out.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(out.buffer).setUint16(8, header.length, true);
  out.set(new TextEncoder().encode(header), start);
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + header.length);
  return out;
}
