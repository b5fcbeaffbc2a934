import { clearDenominators } from "../exact/affine.ts";
import { solveAffine } from "../exact/elimination.ts";
import type { ExactMatrix } from "../exact/matrix.ts";
import { compare, fitFloat64, ofNumber, quotient, type Rational, rational } from "../exact/rational.ts";
import { indices } from "../exact/region.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { CandidateSink } from "../stages/run.ts";
import type { ExactConnectedSet } from "./connected.ts";
import { ContinuumCollector, type ExactContinuum } from "./continua.ts";
import { type ExactCandidate, ExactRegions, type ExactSigns } from "./exact-region.ts";

/** A fixed point, decided exactly. */
export interface CertifiedPoint {
  readonly exact: readonly Rational[];
  /** `exact` correctly rounded. */
  readonly z: readonly number[];
  /** max |z − exact|, rounded up. */
  readonly error: number;
  /** Hyperplanes with u_j·z > h_j, ascending. */
  readonly active: readonly number[];
  /** Hyperplanes with u_j·z = h_j, ascending. */
  readonly ties: readonly number[];
  /** Sign of det(M + VᵀDU) in its region; only without ties, where there is one region. */
  readonly determinantSign?: -1 | 1;
  /** M + VᵀDU in its region; only without ties, where a region led to it. */
  readonly field?: ExactMatrix;
}

export interface FinalAnswer {
  /** In ascending exact lexicographic order. */
  readonly fixedPoints: readonly CertifiedPoint[];
  readonly continua: readonly ExactContinuum[];
  /** What those hang together in; undefined where there are too many pieces to tell. */
  readonly connectedSets: readonly ExactConnectedSet[] | undefined;
  /**
   * Fixed points that exist but lie past the largest float64, and continua whose point or basis does: they are not in the lists, because
   * there is no number to give, and an answer without them is incomplete. (What rounds to 0 is listed as 0.)
   */
  readonly outOfRange: { readonly fixedPoints: number; readonly continua: number };
  readonly counts: { readonly exactSolves: number; readonly repeats: number; readonly singularRegions: number };
}

interface FoundPoint extends ExactSigns {
  readonly candidate: ExactCandidate;
  readonly approximate: readonly number[];
  /** J of the region that led to it. */
  readonly J: readonly bigint[] | undefined;
}

/**
 * The one finish for all methods and backends (DESIGN.md section 3): candidates are solved exactly, kept iff they lie in their
 * own closed region, and told apart exactly. The answer does not depend on what found the candidates, or in which order.
 *
 * Identity needs no coordinates: a mask with a regular matrix that agrees with the exact signs of a known fixed point wherever
 * those are not zero has that point as its only candidate.
 */
export class Finalizer implements CandidateSink {
  readonly #system: PiecewiseLinearSystem;
  /** Made for the first candidate: many small models have none. */
  #lazyExact: ExactRegions | undefined;
  #lazyContinua: ContinuumCollector | undefined;
  readonly #points: FoundPoint[] = [];
  readonly #pointKeys = new Set<string>();
  readonly #singularKeys = new Set<string>();
  readonly #onFound: ((point: Pick<CertifiedPoint, "z" | "active" | "ties">) => void) | undefined;
  #exactSolves = 0;
  #repeats = 0;

  /** @param onFound hears of each point as it is certified. */
  constructor(system: PiecewiseLinearSystem, onFound?: (point: Pick<CertifiedPoint, "z" | "active" | "ties">) => void) {
    this.#onFound = onFound;
    this.#system = system;
  }

  get #exact(): ExactRegions {
    this.#lazyExact ??= new ExactRegions(this.#system);
    return this.#lazyExact;
  }

  get #continua(): ContinuumCollector {
    this.#lazyContinua ??= new ContinuumCollector(this.#exact.hyperplanes);
    return this.#lazyContinua;
  }

  get found(): number {
    return this.#points.length;
  }

  /** Pieces of continua found so far. */
  get pieces(): number {
    return this.#lazyContinua?.size ?? 0;
  }

  add(mask: Uint32Array, regular: boolean): void {
    if (regular && this.#isKnown(mask)) {
      this.#repeats++;
      return;
    }
    this.#exactSolves++;
    const region = this.#exact.region(mask);
    const candidate = this.#exact.candidate(region);
    if (candidate === undefined) this.#addSingular(mask, region.J, region.b);
    else this.#addCandidate(candidate, mask, region.J);
  }

  #isKnown(mask: Uint32Array): boolean {
    return this.#points.some(({ positive, ties }) => {
      for (let w = 0; w < positive.length; w++) if (((mask[w] ^ positive[w]) & ~ties[w]) !== 0) return false;
      return true;
    });
  }

  #addCandidate(candidate: ExactCandidate, mask?: Uint32Array, J?: readonly bigint[]): void {
    const approximate = roundedPoint(candidate);
    const signs = this.#exact.signs(candidate, approximate, mask);
    if (signs === undefined) return;
    const key = `${signs.positive.join()};${signs.ties.join()}`;
    if (this.#pointKeys.has(key)) {
      this.#repeats++;
      return;
    }
    this.#pointKeys.add(key);
    this.#points.push({ candidate, approximate, J, ...signs });
    if (!approximate.every(Number.isFinite)) return;
    this.#onFound?.({ z: approximate, active: indices(signs.positive), ties: indices(signs.ties) });
  }

  #addSingular(mask: Uint32Array, J: readonly bigint[], b: readonly bigint[]): void {
    const key = mask.join();
    if (this.#singularKeys.has(key)) return;
    this.#singularKeys.add(key);
    const R = this.#system.latentDim;
    const solutions = solveAffine(J, R, R, b);
    if (solutions === undefined) return;
    const piece = this.#continua.addPiece(mask, solutions);
    if (piece.kind === "point") {
      const { denominator, origin } = clearDenominators({ point: piece.z, basis: [] });
      this.#addCandidate({ numerators: origin, denominator });
    }
  }

  /**
   * The candidate of a mask, correctly rounded, if its matrix is regular and it lies outside the closed region: a virtual fixed
   * point. Coordinates past the largest float64 are infinite.
   */
  virtualCandidate(mask: Uint32Array): number[] | undefined {
    const candidate = this.#exact.candidate(this.#exact.region(mask));
    if (candidate === undefined) return undefined;
    const approximate = roundedPoint(candidate);
    return this.#exact.signs(candidate, approximate, mask) === undefined ? approximate : undefined;
  }

  get exactRegions(): ExactRegions {
    return this.#exact;
  }

  finish(): FinalAnswer {
    const all = this.#lazyContinua?.finish() ?? [];
    const continua = all.filter(({ point, basis }) => fitFloat64(point) && basis.every(fitFloat64));
    const alone =
      all.length === 0
        ? this.#points
        : this.#points.filter(({ candidate }) => !all.some((continuum) => continuum.contains(exactPoint(candidate))));
    const inRange = alone.filter(({ approximate }) => approximate.every(Number.isFinite));
    return {
      fixedPoints: inRange.map((point) => this.#certify(point)).sort(byExactOrder),
      continua,
      connectedSets: continua.length === 0 ? [] : this.#continua.connect(continua),
      outOfRange: { fixedPoints: alone.length - inRange.length, continua: all.length - continua.length },
      counts: {
        exactSolves: this.#exactSolves,
        repeats: this.#repeats,
        singularRegions: this.#singularKeys.size,
      },
    };
  }

  #certify({ candidate, approximate, J, positive, ties }: FoundPoint): CertifiedPoint {
    const { numerators, denominator } = candidate;
    let exact: readonly Rational[] | undefined;
    const untied = ties.every((word) => word === 0);
    return {
      // few ask, and lowest terms are costly
      get exact() {
        exact ??= exactPoint(candidate);
        return exact;
      },
      z: approximate,
      error: Math.max(0, ...numerators.map((n, k) => distance(approximate[k], n, denominator))),
      active: indices(positive),
      ties: indices(ties),
      ...(untied ? { determinantSign: denominator > 0n ? 1 : -1 } : {}),
      ...(untied && J !== undefined
        ? { field: { n: this.#system.latentDim, integers: J, exponent: this.#exact.exponent } }
        : {}),
    };
  }
}

function exactPoint({ numerators, denominator }: ExactCandidate): Rational[] {
  return numerators.map((n) => rational(n, denominator));
}

/** z correctly rounded. */
function roundedPoint({ numerators, denominator }: ExactCandidate): number[] {
  return numerators.map((n) => quotient(n, denominator));
}

/** |x − n/d| as a float64 that is not below it. */
function distance(x: number, n: bigint, d: bigint): number {
  const near = ofNumber(x);
  const difference = near.n * d - n * near.d;
  if (difference === 0n) return 0;
  const size = Math.abs(quotient(difference, near.d * d));
  return Math.max(size * (1 + 2 ** -52), size + 2 ** -1074);
}

function byExactOrder(a: CertifiedPoint, b: CertifiedPoint): number {
  for (let k = 0; k < a.z.length; k++) {
    // rounding keeps the order of those it tells apart
    if (a.z[k] !== b.z[k]) return a.z[k] - b.z[k];
    const order = compare(a.exact[k], b.exact[k]);
    if (order !== 0) return order;
  }
  return 0;
}
