import { difference, type ExactMatrix } from "../exact/matrix.ts";
import { MAX_SIDES, type PointSigns } from "../exact/sides.ts";
import type { PiecewiseLinearSystem } from "../model/system.ts";
import type { ComplexPair, FixedPoint, Stability } from "../result.ts";
import { classify, type LinearStability, spectralBound } from "./classify.ts";
import { classifyOnLine, commonlyContracting, commonlyExpanding, slope } from "./conewise.ts";
import { jacobian } from "./linearisation.ts";
import { sidesAt } from "./sides.ts";

export type LinearisationReport = Pick<
  FixedPoint,
  "eigenvalues" | "spectralRadius" | "spectralAbscissa" | "stability" | "linearisations"
>;

/**
 * Eigenvalues and stability class of a fixed point from its exact signs, in the shape of the result format.
 *
 * Without ties: of the one linearisation (`classify`). With ties, every side that has an interior is linearised. `eigenvalues`
 * are those of the side with all ties inactive if it is one of them, else of the side whose Jacobian comes first
 * lexicographically (row-major), so that they don't depend on the numbering of units. The class is that of the linearisation if all sides share one (the dynamics
 * is smooth there); in one dimension that of the two slopes; else `stable` (`unstable`) if one quadratic form contracts (expands)
 * on all sides, and otherwise `undetermined`, because the classes of the sides don't decide.
 *
 * A pure function of exact sums: the order of units changes nothing but the names in `linearisations`. Where the eigenvalue solver fails
 * (`EigenFailure`), `eigenvalues` is empty, there is no spectral radius, and only the exact test decides the class.
 * @param field M + VᵀDU in the region of a point without ties, where it is known.
 */
export function linearise(system: PiecewiseLinearSystem, signs: PointSigns, field?: ExactMatrix): LinearisationReport {
  const { time } = system;
  if (signs.ties.length === 0) {
    const { eigenvalues, stability } = classify(jacobian(system, signs.active, field), time);
    return { eigenvalues, ...spectralField(eigenvalues, time), stability };
  }
  const { sides, complete } = sidesAt(system, signs, MAX_SIDES);
  const matrices = sides.map((active) => jacobian(system, active));
  const classes = matrices.map((J) => classify(J, time));
  const shown = classes[representative(sides, matrices, signs)];
  return {
    eigenvalues: shown.eigenvalues,
    ...spectralField(shown.eigenvalues, time),
    stability: complete ? classifyTogether(system, signs, sides, matrices, classes) : "undetermined",
    linearisations: sides.map((active, s) => ({ active, eigenvalues: classes[s].eigenvalues })),
  };
}

function spectralField(
  eigenvalues: readonly ComplexPair[],
  time: PiecewiseLinearSystem["time"],
): Pick<FixedPoint, "spectralRadius" | "spectralAbscissa"> {
  if (eigenvalues.length === 0) return {};
  const bound = spectralBound(eigenvalues, time);
  return time === "discrete" ? { spectralRadius: bound } : { spectralAbscissa: bound };
}

/** The hyperplanes with bit 1 on the side whose eigenvalues `linearise` gives for the point. */
export function representativeSide(system: PiecewiseLinearSystem, signs: PointSigns): readonly number[] {
  const { sides } = sidesAt(system, signs, MAX_SIDES);
  const matrices = sides.map((active) => jacobian(system, active));
  return sides[representative(sides, matrices, signs)];
}

/** Position of the side whose eigenvalues stand for the point. */
function representative(
  sides: readonly (readonly number[])[],
  matrices: readonly ExactMatrix[],
  { active }: PointSigns,
): number {
  // lexicographic order puts the side with all ties inactive first
  if (sides[0].length === active.length) return 0;
  let first = 0;
  for (let s = 1; s < matrices.length; s++) if (precedes(matrices[s], matrices[first])) first = s;
  return first;
}

function precedes(a: ExactMatrix, b: ExactMatrix): boolean {
  return (difference(a, b).find((x) => x !== 0n) ?? 0n) < 0n;
}

function classifyTogether(
  system: PiecewiseLinearSystem,
  { ties }: PointSigns,
  sides: readonly (readonly number[])[],
  matrices: readonly ExactMatrix[],
  classes: readonly LinearStability[],
): Stability {
  const { time, latentDim, U } = system;
  if (matrices.every((J) => difference(J, matrices[0]).every((x) => x === 0n))) return classes[0].stability;
  if (latentDim === 1) {
    const tie = ties.find((j) => U[j] !== 0)!;
    const firstIsRight = sides[0].includes(tie) === U[tie] > 0;
    const [right, left] = firstIsRight ? matrices : [matrices[1], matrices[0]];
    return classifyOnLine(slope(left), slope(right), time);
  }
  if (classes.every(({ stability }) => stability === "stable") && commonlyContracting(matrices, time)) return "stable";
  if (classes.every(({ stability }) => stability === "unstable") && commonlyExpanding(matrices, time))
    return "unstable";
  return "undetermined";
}
