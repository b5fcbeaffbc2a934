import { divide, multiply, ofDyadic, sign, toNumber } from "../exact/rational.ts";
import type { Model } from "../model/types.ts";
import { holdsAll } from "./bounded-box.ts";
import { readClaim } from "./claim.ts";
import { coneRoot, exactRoot, type Face } from "./exact-root.ts";
import { MOST_PATTERNS, patternFilter } from "./patterns.ts";
import { type ProofArray, type ProofHeader, readHeader, splitRoots } from "./proof.ts";
import { Refusal, require } from "./refusal.ts";
import { type ListedPoint, Regions } from "./regions.ts";
import { keepsSides, rootTable } from "./root.ts";
import { LIMIT } from "./rounding.ts";
import { isStar } from "./star.ts";
import { walkTree } from "./walk.ts";

/** What a proof file holds. */
export interface ProofFile {
  /** The text of `header`. */
  readonly header: string;
  readonly arrays: ReadonlyMap<string, ProofArray>;
}

/** Whether a proof was accepted: of how many points and continua, or why not. */
export type CheckReport =
  | { readonly accepted: true; readonly points: number; readonly continua: number }
  | { readonly accepted: false; readonly because: string };

/**
 * Whether a proof shows that a result lists all fixed points of a model. Rests on `model/` and `exact/` alone;
 * docs/proof.md has the format and the argument. Any result and any file may be given: what is malformed is not
 * accepted.
 */
export function checkProof(model: Model, result: unknown, proof: ProofFile): CheckReport {
  try {
    const claim = readClaim(result);
    const header = readHeader(proof.header);
    require(header.model === claim.sha256, "the proof is of another model than the result");
    require(model.sha256 === claim.sha256, "the result is of another model");
    const regions = new Regions(model.system);
    regions.list(claim);
    if (header.space === "patterns") checkPatterns(model, regions);
    else checkTrees(model, regions, header, proof.arrays);
    return { accepted: true, points: claim.points.length, continua: claim.continua.length };
  } catch (error) {
    if (error instanceof Refusal) return { accepted: false, because: error.message };
    throw error;
  }
}

function checkPatterns({ system }: Model, regions: Regions): void {
  const N = system.hyperplanes;
  require(N <= MOST_PATTERNS, `patterns are for at most ${MOST_PATTERNS} hyperplanes, the model has ${N}`);
  const surelyEmpty = patternFilter(system);
  for (let pattern = 0; pattern < 2 ** N; pattern++) {
    if (surelyEmpty?.(pattern)) continue;
    require(regions.listed(Uint32Array.of(pattern)), () =>
      `region ${pattern.toString(2)} holds fixed points that are not listed`);
  }
}

/** One root box and the face that it is on. */
export interface RootBox {
  readonly face: Face | undefined;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/**
 * The faces of the cube |w_k| ≤ 2^exponents[k], 0 ≤ τ ≤ 1 of homogeneous coordinates: τ = 1, then w_k =
 * ±2^exponents[k].
 */
export function cubeRoots(exponents: readonly number[]): RootBox[] {
  const half = Float64Array.from(exponents, (e) => 2 ** e);
  const roots: RootBox[] = [{ face: undefined, lo: half.map((s) => -s), hi: half }];
  exponents.forEach((exponent, k) => {
    for (const side of [1, -1] as const) {
      const lo = half.map((s) => -s);
      const hi = half.slice();
      lo[k] = 0;
      hi[k] = 1;
      roots.push({ face: { k, side, exponent }, lo, hi });
    }
  });
  return roots;
}

type TreeHeader = Exclude<ProofHeader, { space: "patterns" }>;

function rootsOf(model: Model, header: TreeHeader): RootBox[] {
  const R = model.system.latentDim;
  if (header.space === "box") {
    const { lo, hi } = header;
    require(holdsAll(model.system, lo, hi), "the root box does not hold all fixed points");
    return [{ face: undefined, lo: Float64Array.from(lo), hi: Float64Array.from(hi) }];
  }
  const { halfwidths } = header;
  require(halfwidths.length === R, "there must be a halfwidth for each coordinate");
  return cubeRoots(exponentsOf(halfwidths));
}

function exponentsOf(halfwidths: readonly number[]): number[] {
  return halfwidths.map((s) => {
    const exponent = Math.round(Math.log2(s));
    require(s > 0 && s <= LIMIT && 2 ** exponent === s, "halfwidths must be powers of two");
    return exponent;
  });
}

/** The faces d_k = ±halfwidths[k] of the cube |d_i| ≤ halfwidths[i] about a point, in the order of `cubeRoots`. */
export function coneFaces(halfwidths: readonly number[]): Pick<RootBox, "lo" | "hi">[] {
  return halfwidths.flatMap((s, k) =>
    [s, -s].map((side) => {
      const hi = Float64Array.from(halfwidths);
      const lo = hi.map((x) => -x);
      lo[k] = side;
      hi[k] = side;
      return { lo, hi };
    }),
  );
}

function checkTrees(model: Model, regions: Regions, header: TreeHeader, arrays: ReadonlyMap<string, ProofArray>): void {
  const R = model.system.latentDim;
  const roots = rootsOf(model, header);
  const faces = header.cones.length * 2 * R;
  require(header.lengths.length === roots.length + faces, "there must be lengths for each root");
  require(header.recent + 5 + R <= 256, "recent is out of range");
  const pieces = splitRoots(arrays, header.lengths, R);
  roots.forEach(({ face, lo, hi }, r) => {
    const { scale, parts } = pieces[r]!;
    const table = rootTable(exactRoot(model.system, face), lo, hi, scale);
    const covers: { lo: ArrayLike<number>; hi: ArrayLike<number> }[] = [];
    for (let c = 0; c < parts.coverPoint.length; c++) {
      const point = regions.points[parts.coverPoint[c]!];
      require(point !== undefined, "a cover names a point that is not listed");
      const box = Array.prototype.slice.call(parts.coverBox, c * 2 * R, (c + 1) * 2 * R);
      const cover = { lo: box.slice(0, R), hi: box.slice(R) };
      require(cover.lo.every((x, n) => Number.isFinite(x) && x <= cover.hi[n]), "a cover is no box");
      if (parts.coverCone[c] === 1) {
        const isCone = face === undefined && header.cones.some((cone) => cone.point === parts.coverPoint[c]);
        require(isCone && keepsSides(table, point.signs, cover.lo, cover.hi), "a cover is not within its cone");
      } else {
        const x = parts.coverCone[c] === 0 ? onFace(point, face) : undefined;
        const star = x !== undefined && isStar(table, x, point.signs, cover.lo, cover.hi);
        require(star, "a cover is not shown to hold one point");
      }
      covers.push(cover);
    }
    walkTree(table, lo, hi, header.recent, parts, covers, (mask) => regions.listed(mask));
  });
  checkCones(model, regions, header, pieces.slice(roots.length));
}

/**
 * Where the hyperplanes off a point x keep their sides, G(x + d) is homogeneous in d (`coneRoot`): if it has no zero on
 * the faces of one cube about x, it has none there but x.
 */
function checkCones(
  { system }: Model,
  regions: Regions,
  { cones, recent }: TreeHeader,
  pieces: ReturnType<typeof splitRoots>,
): void {
  cones.forEach(({ point, halfwidths }, q) => {
    require(point < regions.points.length, "a cone is about a point that is not listed");
    require(halfwidths.length === system.latentDim, "a cone must have a halfwidth for each coordinate");
    exponentsOf(halfwidths);
    const root = coneRoot(system, regions.points[point]!.signs);
    coneFaces(halfwidths).forEach(({ lo, hi }, f) => {
      const { scale, parts } = pieces[q * 2 * system.latentDim + f]!;
      require(parts.coverPoint.length === 0, "faces of cones have no covers");
      // nor regions to try: no listed point is on them
      walkTree(rootTable(root, lo, hi, scale), lo, hi, recent, parts, [], () => false);
    });
  });
}

/** Where the ray from the origin to (z, 1) meets a face, rounded; undefined if it does not. */
export function onFace({ z }: ListedPoint, face: Face | undefined): number[] | undefined {
  if (face === undefined) return z.map(toNumber);
  const { k, side, exponent } = face;
  if (sign(z[k]!) !== side) return undefined;
  const factor = divide(ofDyadic({ m: BigInt(side), e: exponent }), z[k]!);
  return z.map((x, i) => toNumber(i === k ? factor : multiply(x, factor)));
}
