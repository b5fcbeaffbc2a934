import { allOf, type Steps } from "../base/steps.ts";
import { divide, multiply, ofDyadic, type Rational, sign, toNumber } from "../exact/rational.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { Model } from "../model/types.ts";
import { holdsAll } from "./bounded-box.ts";
import { readClaim } from "./claim.ts";
import { type Apex, apexOf, coneFaces, idleCoordinates, isInCone, listedInCone } from "./cones.ts";
import { coordinatesOf } from "./coordinates.ts";
import { coneRoot, type ExactRoot, exactRoot, type Face } from "./exact-root.ts";
import { MOST_PATTERNS, patternFilter } from "./patterns.ts";
import { ARRAYS, type ProofArray, type ProofHeader, readHeader, splitRoots } from "./proof.ts";
import { reasonOf, require } from "./refusal.ts";
import { Regions } from "./regions.ts";
import { rootTable } from "./root.ts";
import { LIMIT } from "./rounding.ts";
import { isStar } from "./star.ts";
import { walkTree } from "./walk.ts";

/** What a proof file holds. */
export interface ProofFile {
  /** The text of `header`. */
  readonly header: string;
  readonly arrays: ReadonlyMap<string, ProofArray>;
}

/** Whether a proof of fixed points was accepted: of how many points and continua, or why not. */
export type PointsCheckReport =
  | { readonly accepted: true; readonly points: number; readonly continua: number }
  | { readonly accepted: false; readonly because: string };

/**
 * Whether a proof shows that a result lists all fixed points of a model. Rests on `model/` and `exact/` alone;
 * docs/proof.md has the format and the argument. Any result and any file may be given: what is malformed is not
 * accepted.
 */
export function checkProof(model: Model, result: unknown, proof: ProofFile): PointsCheckReport {
  let named: string | undefined;
  try {
    const claim = readClaim(result);
    named = claim.sha256;
    const header = readHeader(proof.header);
    require(header.model === named, "the proof is of another model than the result");
    const regions = new Regions(model.system);
    regions.list(claim);
    const size = header.space === "patterns" ? 0 : ARRAYS.length;
    require(proof.arrays.size <= size, "the proof has arrays that nothing is about");
    if (header.space === "patterns") allOf(checkingPatterns(model.system, regions));
    else checkTrees(model, regions, header, proof.arrays);
    return { accepted: true, points: claim.points.length, continua: claim.continua.length };
  } catch (error) {
    return { accepted: false, because: reasonOf(error, model.sha256, named) };
  }
}

/**
 * Throws a Refusal where a region holds solutions that are not listed, of all regions that some pattern may have. In
 * steps of some patterns, or of one that is decided exactly.
 */
export function* checkingPatterns(system: PiecewiseLinearSystem, regions: Regions): Steps<void> {
  const N = system.hyperplanes;
  require(N <= MOST_PATTERNS, `patterns are for at most ${MOST_PATTERNS} hyperplanes, the model has ${N}`);
  const surelyEmpty = patternFilter(system);
  for (let pattern = 0; pattern < 2 ** N; pattern++) {
    if (pattern % PATTERNS_A_STEP === 0) yield;
    if (surelyEmpty?.(pattern)) continue;
    require(regions.listed(Uint32Array.of(pattern)), () =>
      `region ${pattern.toString(2)} holds fixed points that are not listed`);
    yield;
  }
}

const PATTERNS_A_STEP = 64;

/** One root box and the face that it is on. */
export interface RootBox {
  readonly face: Face | undefined;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

/**
 * The faces of the cube |w_k| ≤ 2^exponents[k], 0 ≤ τ ≤ 1 of homogeneous coordinates: τ = 1, then w_k =
 * ±2^exponents[k]. Coordinates without exponent stay 0.
 */
export function cubeRoots(exponents: readonly (number | undefined)[]): RootBox[] {
  const half = Float64Array.from(exponents, (e) => (e === undefined ? 0 : 2 ** e));
  const roots: RootBox[] = [{ face: undefined, lo: half.map((s) => 0 - s), hi: half }];
  exponents.forEach((exponent, k) => {
    if (exponent === undefined) return;
    for (const side of [1, -1] as const) {
      const lo = half.map((s) => 0 - s);
      const hi = half.slice();
      lo[k] = 0;
      hi[k] = 1;
      roots.push({ face: { k, side, exponent }, lo, hi });
    }
  });
  return roots;
}

type TreeHeader = Exclude<ProofHeader, { space: "patterns" }>;

function rootsOf(system: ExactRoot, header: TreeHeader): RootBox[] {
  if (header.space === "box") {
    const { lo, hi } = header;
    require(holdsAll(system, lo, hi), "the root box does not hold all fixed points");
    return [{ face: undefined, lo: Float64Array.from(lo), hi: Float64Array.from(hi) }];
  }
  const { halfwidths } = header;
  require(halfwidths.length === system.dim, "there must be a halfwidth for each coordinate");
  const isIdle = halfwidths.some((s) => s === 0) ? idleCoordinates(system) : [];
  return cubeRoots(exponentsOf(halfwidths, isIdle));
}

/** Throws a Refusal unless half-widths are powers of two, or 0 for the `flat` coordinates. */
function exponentsOf(halfwidths: readonly number[], flat: readonly number[]): (number | undefined)[] {
  return halfwidths.map((s, k) => {
    require((s === 0) === flat.includes(k), "halfwidths are 0 for other coordinates than those that may be left out");
    if (s === 0) return undefined;
    const exponent = Math.round(Math.log2(s));
    require(s > 0 && s <= LIMIT && 2 ** exponent === s, "halfwidths must be powers of two");
    return exponent;
  });
}

function checkTrees(model: Model, regions: Regions, header: TreeHeader, arrays: ReadonlyMap<string, ProofArray>): void {
  const coordinates = coordinatesOf(model.system, header.rows, header.added);
  const { root: system } = coordinates;
  const R = system.dim;
  const roots = rootsOf(system, header);
  const tips = new Map<number, Apex>();
  const cones = header.cones.map(({ point, halfwidths }) => {
    const tip = apexOf(regions, coordinates, point);
    require(tip !== undefined, "a cone is about something that is not listed");
    require(halfwidths.length === R, "a cone must have a halfwidth for each coordinate");
    exponentsOf(halfwidths, tip.pivots);
    tips.set(point, tip);
    return { tip, faces: coneFaces(halfwidths) };
  });
  const faces = cones.reduce((sum, cone) => sum + cone.faces.length, 0);
  require(header.lengths.length === roots.length + faces, "there must be lengths for each root");
  const pieces = splitRoots(arrays, header.lengths, R);
  roots.forEach(({ face, lo, hi }, r) => {
    const { scale, parts } = pieces[r]!;
    const table = rootTable(exactRoot(system, face), lo, hi, scale);
    const covers: { lo: ArrayLike<number>; hi: ArrayLike<number> }[] = [];
    for (let c = 0; c < parts.coverPoint.length; c++) {
      const number = parts.coverPoint[c]!;
      const box = Array.prototype.slice.call(parts.coverBox, c * 2 * R, (c + 1) * 2 * R);
      const cover = { lo: box.slice(0, R), hi: box.slice(R) };
      require(cover.lo.every((x, n) => Number.isFinite(x) && x <= cover.hi[n]), "a cover is no box");
      if (parts.coverCone[c] === 1) {
        const tip = face === undefined ? tips.get(number) : undefined;
        require(tip !== undefined && isInCone(table, tip, cover.lo, cover.hi), "a cover is not within its cone");
      } else {
        const point = regions.points[number];
        require(point !== undefined && parts.coverCone[c] === 0, "a cover names a point that is not listed");
        const x = onFace(coordinates.at(point.z), face);
        const star = x !== undefined && isStar(table, x, point.signs, cover.lo, cover.hi);
        require(star, "a cover is not shown to hold one point");
      }
      covers.push(cover);
    }
    walkTree(table, lo, hi, header.recent, parts, covers, (mask) => regions.listed(mask));
  });
  let at = roots.length;
  for (const { tip, faces } of cones) {
    const root = coneRoot(system, tip.signs);
    const listed = listedInCone(regions, tip.signs);
    for (const { lo, hi } of faces) {
      const { scale, parts } = pieces[at++]!;
      require(parts.coverPoint.length === 0, "faces of cones have no covers");
      walkTree(rootTable(root, lo, hi, scale), lo, hi, header.recent, parts, [], listed);
    }
  }
}

/** Where the ray from the origin to (x, 1) meets a face, rounded; undefined if it does not. */
export function onFace(x: readonly Rational[], face: Face | undefined): number[] | undefined {
  if (face === undefined) return x.map(toNumber);
  const { k, side, exponent } = face;
  if (sign(x[k]!) !== side) return undefined;
  const factor = divide(ofDyadic({ m: BigInt(side), e: exponent }), x[k]!);
  return x.map((xi, i) => toNumber(i === k ? factor : multiply(xi, factor)));
}
