import { scaleSystem } from "../../arrangement/scaling.ts";
import { solveAffine } from "../../exact/elimination.ts";
import { scaleToIntegers } from "../../exact/integers.ts";
import { compare, ofNumber, type Rational, sign } from "../../exact/rational.ts";
import { writeBits } from "../../exact/region.ts";
import { approximateInverse } from "../../float/inverse.ts";
import { add, type Dyadic, fromNumber, multiply, negate } from "../../model/dyadic.ts";
import { bit, setBit } from "../../model/mask.ts";
import { ExactArray } from "../../model/system.ts";
import { LoopKernel } from "../kernel/kernel.ts";
import { BoxSearch, type SearchEvents } from "../queue/box-search.ts";
import { type Box, type SearchProblem, searchProblem } from "../roots/problem.ts";
import { foldExactly, rowsOf, type SearchSystem } from "../roots/search-system.ts";
import { type Decisions, decide } from "./decisions.ts";

/** The largest number of boxes of the search round one point. */
const MOST_CONE_BOXES = 300_000;
/** The largest number of exact Newton steps. */
const MOST_STEPS = 12;
/** Half of the slopes that a unit may have, from 0 to 1, with the rounding of the sum of the middle ones. */
const HALF = 0.5 * (1 + 2 ** -49);

/**
 * Endings (a) and (c) of docs/design.md#endings for a box at which splitting gets stuck. The box is grown by its own
 * size on every side: the ending then also settles its neighbours, which meet the same point at a face or a corner.
 */
export function endAtSpecialPoint(search: BoxSearch, box: Box): boolean {
  const { problem } = search;
  const grown = grow(box, problem.horizon);
  const decisions = decide(problem.table, grown);
  if (!uniqueZero(search, grown, decisions) && !concurrencyPoint(search, grown, decisions)) return false;
  search.done.push(grown);
  search.tally.points++;
  return true;
}

function grow({ lo, hi }: Box, horizon: number): Box {
  const grown = { lo: lo.slice(), hi: hi.slice() };
  for (let i = 0; i < lo.length; i++) {
    grown.lo[i]! -= hi[i]! - lo[i]!;
    grown.hi[i]! += hi[i]! - lo[i]!;
    if (i === horizon) grown.lo[i] = Math.max(0, grown.lo[i]!);
  }
  return grown;
}

/**
 * (a) For any two points of the box, G(z) − G(z') = S(z − z') with S = M + Σ s_j v_j u_jᵀ and s_j between 0 and 1, the
 * slopes of an undecided ramp or clamp. If ‖I − YS‖ < 1 for all such S there is at most one zero. So an exact zero that
 * is found is the only one.
 */
function uniqueZero(search: BoxSearch, box: Box, decisions: Decisions): boolean {
  const { problem } = search;
  if (!injective(problem, box, decisions)) return false;
  const zero = exactZeroNear(problem.system, box);
  if (zero === undefined || !inside(zero.z, box)) return false;
  if (problem.horizon < 0 || sign(zero.z[problem.horizon]!) > 0) search.events.emit(zero.mask, false);
  return true;
}

function injective({ table }: SearchProblem, { lo, hi }: Box, { undecided, M, errors }: Decisions): boolean {
  const { dim: R, data, stride } = table;
  const A = M.slice();
  for (const j of undecided) {
    for (let i = 0; i < R; i++) {
      for (let n = 0; n < R; n++) A[i * R + n]! += 0.5 * data[j * stride + R + i]! * data[j * stride + n]!;
    }
  }
  const Y = new Float64Array(R * R);
  if (!approximateInverse(A.slice(), Y, R)) return false;
  const r = lo.map((x, i) => Math.max(hi[i]! - x, Number.MIN_VALUE));
  for (let i = 0; i < R; i++) {
    let spread = 0;
    for (let n = 0; n < R; n++) {
      let defect = n === i ? -1 : 0;
      for (let a = 0; a < R; a++) {
        defect += Y[i * R + a]! * A[a * R + n]!;
        spread += Math.abs(Y[i * R + a]!) * errors[a * R + n]! * r[n]!;
      }
      spread += Math.abs(defect) * r[n]!;
    }
    for (const j of undecided) {
      let t = 0;
      let p = 0;
      for (let n = 0; n < R; n++) {
        t += Y[i * R + n]! * data[j * stride + R + n]!;
        p += Math.abs(data[j * stride + n]!) * r[n]!;
      }
      spread += HALF * Math.abs(t) * p;
      if (!(spread < r[i]!)) return false;
    }
    if (!(spread * (1 + 2 ** -40) < r[i]!)) return false;
  }
  return true;
}

/**
 * Newton's method from the centre in exact arithmetic: each step goes to the zero of the linear map of the current
 * region.
 */
function exactZeroNear(system: SearchSystem, { lo, hi }: Box): { z: Rational[]; mask: Uint32Array } | undefined {
  const R = system.dim;
  let z: Rational[] = Array.from(lo, (x, i) => ofNumber(0.5 * (x + hi[i]!)));
  for (let step = 0; step < MOST_STEPS; step++) {
    const signs = signsAt(system, z);
    const { A, b } = foldExactly(system, (j) => signs[j]! > 0);
    const { values } = scaleToIntegers([...A, ...b]);
    const solutions = solveAffine(
      values.slice(0, R * R),
      R,
      R,
      values.slice(R * R).map((x) => -x),
    );
    if (solutions === undefined || solutions.basis.length > 0) return undefined;
    z = [...solutions.point];
    const there = signsAt(system, z);
    if (there.every((s, j) => s === 0 || s > 0 === signs[j]! > 0)) return { z, mask: maskOf(signs) };
  }
  return undefined;
}

function maskOf(signs: readonly number[]): Uint32Array {
  const mask = new Uint32Array(Math.max(1, Math.ceil(signs.length / 32)));
  signs.forEach((s, j) => {
    if (s > 0) setBit(mask, j);
  });
  return mask;
}

/** Exact signs of u_j·z − h_j. */
function signsAt({ dim: R, count: N, U, h }: SearchSystem, z: readonly Rational[]): number[] {
  // over a common denominator the signs are those of integers
  const denominator = z.reduce((product, { d }) => product * d, 1n);
  const scaled = z.map(({ n, d }) => n * (denominator / d));
  return Array.from({ length: N }, (_, j) => {
    let total: Dyadic = multiply(negate(h.at(j)), { m: denominator, e: 0 });
    for (let k = 0; k < R; k++) total = add(total, multiply(U.at(j * R + k), { m: scaled[k]!, e: 0 }));
    return total.m > 0n ? 1 : total.m < 0n ? -1 : 0;
  });
}

function inside(z: readonly Rational[], { lo, hi }: Box): boolean {
  return z.every((x, i) => compare(ofNumber(lo[i]!), x) <= 0 && compare(x, ofNumber(hi[i]!)) <= 0);
}

/**
 * (c) All undecided hyperplanes pass through a point q with G(q) = 0, exactly. Then on the box G(z) = H(z − q) with
 * H(d) = A d + Σ v_j relu(u_j·d), which is homogeneous: its zeros are rays, and the faces of a cube round 0 meet every
 * ray. If no face has a zero, q is the only zero in the box; else the zeros lie in the regions emitted.
 */
function concurrencyPoint(search: BoxSearch, box: Box, decisions: Decisions): boolean {
  const { problem, events, tally } = search;
  const { system, horizon } = problem;
  const tied = decisions.tied;
  if (tied === undefined || !nearlyConcurrent(system, tied, box)) return false;
  const R = system.dim;
  const kept = new Set(tied);
  const positive = decisions.mask;
  const { A, b } = foldExactly(system, (j) => bit(positive, j) === 1, kept);
  const q = commonPoint(system, tied, A, b, box);
  if (q === undefined) return false;

  const cone: SearchSystem = {
    dim: R,
    count: tied.length,
    M: ExactArray.ofDyadics(A),
    g: ExactArray.ofNumbers(new Float64Array(R)),
    U: rowsOf(system.U, R, tied),
    V: rowsOf(system.V, R, tied),
    h: ExactArray.ofNumbers(new Float64Array(tied.length)),
  };
  const widths = Array.from(box.lo, (x, i) => box.hi[i]! - x);
  const largest = Math.max(...widths);
  const exponents = widths.map((w) => (w > 0 ? Math.round(Math.log2(w / largest)) : 0));
  const faces = searchProblem(scaleSystem(cone, exponents), -1, false);
  const full = positive.slice();
  const inner = new BoxSearch(
    faces,
    new LoopKernel(faces.table),
    {
      emit: (mask) => {
        writeBits(full, tied, mask);
        events.emit(full, false);
      },
      leaf: () => false,
      special: endAtSpecialPoint,
      isLate: events.isLate,
    },
    { ...tally, unsettled: 0 },
  );
  const limit = tally.boxes + MOST_CONE_BOXES;
  const onHorizon = horizon >= 0 && sign(q[horizon]!) === 0;
  let complete = true;
  for (const face of facesOf(widths, onHorizon ? horizon : -1)) {
    inner.start(face, 0);
    complete = stepOnTime(inner, limit, events);
    if (!complete) break;
  }
  complete &&= inner.tally.unsettled === 0;
  Object.assign(tally, inner.tally, { unsettled: tally.unsettled });
  if (!complete) return false;
  // a mask with all ties clear has q as a solution in its closed region
  if (horizon < 0 || sign(q[horizon]!) > 0) events.emit(positive, false);
  return true;
}

/** The faces of [−1, 1]^R, flat where a box is; of a coordinate that is only positive the half from 0 on. */
function* facesOf(widths: readonly number[], positive: number): Generator<Box> {
  const R = widths.length;
  for (let k = 0; k < R; k++) {
    if (widths[k] === 0) continue;
    for (const side of [1, -1]) {
      if (k === positive && side < 0) continue;
      const face = { lo: new Float64Array(R), hi: new Float64Array(R) };
      for (let i = 0; i < R; i++) {
        if (widths[i] === 0) continue;
        face.lo[i] = i === positive ? 0 : -1;
        face.hi[i] = 1;
      }
      face.lo[k] = side;
      face.hi[k] = side;
      yield face;
    }
  }
}

/** Boxes between two looks at the clock. */
const BOXES_AT_ONCE = 64;

/** @returns whether nothing is left before so many boxes are done in all and it is too late. */
function stepOnTime(inner: BoxSearch, limit: number, { isLate }: SearchEvents): boolean {
  while (inner.tally.boxes < limit) {
    if (inner.step(Math.min(BOXES_AT_ONCE, limit - inner.tally.boxes))) return true;
    if (isLate?.()) return false;
  }
  return false;
}

/** A cheap test in float64 that spares most boxes the exact one: least squares through the hyperplanes. */
function nearlyConcurrent({ dim: R, U, h }: SearchSystem, tied: readonly number[], { lo, hi }: Box): boolean {
  const S = new Float64Array(R * R);
  const t = new Float64Array(R);
  const c = lo.map((x, i) => 0.5 * (x + hi[i]!));
  const residual = (j: number, d: Float64Array) => {
    let s = -h.rounded[j]!;
    for (let k = 0; k < R; k++) s += U.rounded[j * R + k]! * (c[k]! + d[k]!);
    return s;
  };
  const zero = new Float64Array(R);
  for (const j of tied) {
    const s = residual(j, zero);
    for (let i = 0; i < R; i++) {
      t[i]! -= U.rounded[j * R + i]! * s;
      for (let n = 0; n < R; n++) S[i * R + n]! += U.rounded[j * R + i]! * U.rounded[j * R + n]!;
    }
  }
  const inverse = new Float64Array(R * R);
  // a flat of dimension ≥ 1: only the exact test decides
  if (!approximateInverse(S, inverse, R)) return true;
  const d = new Float64Array(R);
  for (let i = 0; i < R; i++) for (let n = 0; n < R; n++) d[i]! += inverse[i * R + n]! * t[n]!;
  if (!d.every(Number.isFinite)) return true;
  return tied.every((j) => {
    let extent = 0;
    for (let k = 0; k < R; k++) extent += Math.abs(U.rounded[j * R + k]!) * (hi[k]! - lo[k]!);
    return Math.abs(residual(j, d)) <= 2 ** -10 * extent;
  });
}

/** A point on all hyperplanes with A q + b = 0 (and the box's fixed coordinates), or undefined. */
function commonPoint(
  system: SearchSystem,
  tied: readonly number[],
  A: readonly Dyadic[],
  b: readonly Dyadic[],
  { lo, hi }: Box,
): Rational[] | undefined {
  const R = system.dim;
  const rows: bigint[] = [];
  const right: bigint[] = [];
  const put = (row: readonly Dyadic[], value: Dyadic) => {
    const { values } = scaleToIntegers([...row, value]);
    right.push(values.pop()!);
    rows.push(...values);
  };
  const unit = (i: number) => Array.from({ length: R }, (_, k) => fromNumber(i === k ? 1 : 0));
  for (let i = 0; i < R; i++) put(A.slice(i * R, i * R + R), negate(b[i]!));
  for (let i = 0; i < R; i++) if (lo[i] === hi[i]) put(unit(i), fromNumber(lo[i]!));
  for (const j of tied) {
    put(
      Array.from({ length: R }, (_, k) => system.U.at(j * R + k)),
      system.h.at(j),
    );
  }
  const solutions = solveAffine(rows, right.length, R, right);
  return solutions === undefined ? undefined : [...solutions.point];
}
