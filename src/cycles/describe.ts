import type { Steps } from "../base/steps.ts";
import type { ExactMatrix } from "../exact/matrix.ts";
import { indices } from "../exact/region.ts";
import type { ExactSigns } from "../finalize/exact-region.ts";
import { type Dyadic, dyadic, multiply, negate, ONE, subtract, ZERO } from "../model/dyadic.ts";
import { setBit } from "../model/mask.ts";
import { ExactArray, type PiecewiseLinearSystem, sum } from "../model/system.ts";
import { classify } from "../stability/classify.ts";
import { type LinearisationReport, linearisingSides } from "../stability/stability.ts";
import type { ComposedWords } from "./composed.ts";
import type { CycleLinearisation, CycleSide } from "./result.ts";
import type { Word } from "./word.ts";

/** A point of a cycle on hyperplanes. */
interface TiedPoint {
  readonly at: number;
  readonly ties: readonly number[];
}

/**
 * The multipliers and the class of a cycle, in steps: those of the fixed point z_0 of F^k (docs/design.md#cycles).
 * @param signs of the cycle's points, in the order of the orbit.
 *
 * Without ties F^k is linear near z_0, with the product of the k Jacobians. Where the cycle touches hyperplanes, F^k is
 * linear on cones. With d_s the displacement at the m points that touch one, the maps from one of these points to the
 * next form a system in mR dimensions with the tied hyperplanes only, all through 0; its m-th iterate is F^k at each of
 * the m points, so its class is that of the cycle. In one dimension there are two sides, and each has one slope.
 */
export function* linearisingCycle(
  system: PiecewiseLinearSystem,
  composed: ComposedWords,
  signs: readonly ExactSigns[],
): Steps<CycleLinearisation> {
  const word: Word = signs.map(({ positive }) => positive);
  const tied = signs.flatMap(({ ties }, at): TiedPoint[] => {
    const tiedHere = indices(ties);
    return tiedHere.length === 0 ? [] : [{ at, ties: tiedHere }];
  });
  if (tied.length === 0) {
    const local = linearSystem(yield* composed.multiplying(word));
    const { report } = yield* linearisingSides(local, { active: [], ties: [] });
    const { linearisations: _, spectralAbscissa: __, ...rest } = report;
    return rest;
  }
  if (system.latentDim === 1) return yield* onLine(system, composed, word, tied);
  return yield* onCones(system, composed, word, tied);
}

/** The linear map x ↦ P x as a system without hyperplanes. */
function linearSystem({ n, integers, exponent }: ExactMatrix): PiecewiseLinearSystem {
  const P = integers.map((m) => dyadic(m, exponent));
  return localSystem(n, minusIdentity(P, n), [], []);
}

function minusIdentity(P: readonly Dyadic[], n: number): Dyadic[] {
  return P.map((x, at) => (at % (n + 1) === 0 ? subtract(x, ONE) : x));
}

/** A system all of whose hyperplanes pass through 0. */
function localSystem(
  n: number,
  M: readonly Dyadic[],
  U: readonly number[],
  V: readonly Dyadic[],
): PiecewiseLinearSystem {
  const hyperplanes = U.length / n;
  return {
    latentDim: n,
    hyperplanes,
    time: "discrete",
    M: ExactArray.ofDyadics(M),
    g: ExactArray.ofNumbers(new Float64Array(n)),
    U: Float64Array.from(U),
    V: ExactArray.ofDyadics(V),
    h: ExactArray.ofNumbers(new Float64Array(hyperplanes)),
  };
}

/** Two sides, d > 0 and d < 0, each with the product of the slopes that it meets on its way. */
function* onLine(
  system: PiecewiseLinearSystem,
  composed: ComposedWords,
  word: Word,
  tied: readonly TiedPoint[],
): Steps<CycleLinearisation> {
  const sides: Word[] = [];
  const slopes: Dyadic[] = [];
  for (const start of [-1, 1]) {
    let sign = start;
    let slope = ONE;
    const side: Uint32Array[] = [];
    for (const [t, mask] of word.entries()) {
      const own = mask.slice();
      for (const j of tied.find(({ at }) => at === t)?.ties ?? []) if (system.U[j]! * sign > 0) setBit(own, j);
      side.push(own);
      const { J } = yield* composed.stepping(own);
      slope = multiply(slope, dyadic(J[0]!, composed.exponent));
      if (J[0]! < 0n) sign = -sign;
      if (J[0] === 0n) sign = 0;
    }
    sides.push(side);
    slopes.push(slope);
  }
  const [left, right] = slopes as [Dyadic, Dyadic];
  const local = localSystem(1, [subtract(left, ONE)], [1], [subtract(right, left)]);
  const { report } = yield* linearisingSides(local, { active: [], ties: [0] });
  const { spectralAbscissa: _, linearisations, ...rest } = report;
  return {
    ...rest,
    // in the order of the format's keys, as digests need it
    linearisations: (linearisations ?? []).map(({ active, eigenvalues, directions }) => ({
      active: sides[active.length === 0 ? 0 : 1]!.map(indices),
      eigenvalues,
      directions,
    })),
  };
}

function* onCones(
  system: PiecewiseLinearSystem,
  composed: ComposedWords,
  word: Word,
  tied: readonly TiedPoint[],
): Steps<CycleLinearisation> {
  const R = system.latentDim;
  const k = word.length;
  const m = tied.length;
  const size = m * R;
  const M = new Array<Dyadic>(size * size).fill(ZERO);
  const U: number[] = [];
  const V: Dyadic[] = [];
  const unitOf: { readonly at: number; readonly j: number }[] = [];
  for (let i = 0; i < size; i++) M[i * (size + 1)] = negate(ONE);
  for (const [p, { at, ties }] of tied.entries()) {
    const next = (p + 1) % m;
    const until = tied[next]!.at + (next > p ? 0 : k);
    const onward = Array.from({ length: until - at - 1 }, (_, t) => word[(at + 1 + t) % k]!);
    const B = dyadics(yield* composed.multiplying(onward));
    const whole = dyadics(yield* composed.multiplying([word[at]!, ...onward]));
    for (let i = 0; i < R; i++)
      for (let c = 0; c < R; c++) {
        const place = (next * R + i) * size + p * R + c;
        M[place] = sum([M[place]!, whole[i * R + c]!]);
      }
    for (const j of ties) {
      unitOf.push({ at, j });
      for (let c = 0; c < size; c++) U.push(Math.floor(c / R) === p ? system.U[j * R + (c % R)]! : 0);
      const v = Array.from({ length: R }, (_, i) =>
        sum(Array.from({ length: R }, (_, l) => multiply(B[i * R + l]!, system.V.at(j * R + l)))),
      );
      for (let c = 0; c < size; c++) V.push(Math.floor(c / R) === next ? v[c % R]! : ZERO);
    }
  }
  const local = localSystem(size, M, U, V);
  const ties = Array.from({ length: unitOf.length }, (_, unit) => unit);
  const { report } = yield* linearisingSides(local, { active: [], ties });
  const sides: CycleSide[] = [];
  for (const { active } of report.linearisations ?? []) {
    const masks = word.map((mask) => mask.slice());
    for (const unit of active) {
      const { at, j } = unitOf[unit]!;
      setBit(masks[at]!, j);
    }
    const { eigenvalues, directions } = classify(yield* composed.multiplying(masks), "discrete");
    sides.push({ active: masks.map(indices), eigenvalues, directions });
  }
  return onCycle(report, sides, m);
}

/**
 * What a report on the system of m points says of the cycle: with m > 1 the system's multipliers are the m-th roots of
 * those of the cycle, each m times.
 */
function onCycle(report: LinearisationReport, sides: CycleSide[], m: number): CycleLinearisation {
  const { stability, directions, hyperbolic, spectralRadius, spectralBounds } = report;
  const isOwn = m === 1;
  // of the side that stands for the point, as the product from z_0 on: from another point on it rounds otherwise
  const own = report.linearisations?.findIndex(({ eigenvalues }) => eigenvalues === report.eigenvalues) ?? 0;
  return {
    eigenvalues: sides[isOwn ? own : 0]?.eigenvalues ?? [],
    ...(isOwn && spectralRadius !== undefined ? { spectralRadius } : {}),
    ...(isOwn && spectralBounds !== undefined ? { spectralBounds } : {}),
    stability,
    ...(isOwn && directions !== undefined ? { directions } : {}),
    ...(hyperbolic === undefined ? {} : { hyperbolic }),
    linearisations: sides,
  };
}

function dyadics({ integers, exponent }: ExactMatrix): Dyadic[] {
  return integers.map((m) => dyadic(m, exponent));
}
