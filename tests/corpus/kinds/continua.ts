import type { Random } from "../../support/random.ts";
import { diagonal, type ModelObject } from "../build.ts";

const identity = (R: number) => diagonal(new Array<number>(R).fill(1));

/** Models with lines, rays, segments and planes of fixed points, alone or beside isolated ones. */
export function continua(random: Random): ModelObject[] {
  const slope = random.dyadic(6);
  return [
    // every z ≥ 0, and the regular side ends there
    { A: [[1]], U: [[-1]], V: [[-1]], hx: [0], hz: [0] },
    // a segment
    { A: [[1]], U: [[1], [-1]], V: [[-0.5], [0.5]], hx: [1, 1], hz: [0] },
    // the identity, and a plane
    { A: identity(2), U: [[1, 0]], V: [[0, 0]], hx: [0], hz: [0, 0] },
    { A: diagonal([1, 1, 0.5]), U: [[0, 0, 1]], V: [[0, 0, 1]], hx: [1], hz: [0, 0, 0] },
    // a ray in the region z_1 < 0 and an isolated point at z_1 = 2
    {
      A: diagonal([1, 0.5]),
      U: [
        [1, 0],
        [1, 0],
      ],
      V: [
        [1, 0],
        [-2, 0],
      ],
      hx: [0, 1],
      hz: [0, slope],
    },
    // a line through two regions
    { A: diagonal([0.5, 1]), U: [[1, 1]], V: [[0, 0]], hx: [0.25], hz: [0.5, 0] },
    // singular, but the solutions lie outside the region
    { A: [[1]], U: [[1]], V: [[-1]], hx: [0], hz: [-1] },
  ];
}

/** Isolated fixed points that no regular mask holds: every matrix round them is singular. */
export function singularIsolated(random: Random): ModelObject[] {
  const axes = [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ];
  const weight = () => 1 + random.unit();
  const pair = [weight(), weight()];
  // G = (a|x| + b|y|, 0)
  const cone = {
    A: identity(2),
    U: axes,
    V: [
      [pair[0]!, 0],
      [pair[0]!, 0],
      [pair[1]!, 0],
      [pair[1]!, 0],
    ],
    hx: [0, 0, 0, 0],
    hz: [0, 0],
  };
  const apex = [random.dyadic(10), random.dyadic(10)];
  const hx = axes.map(([x, y]) => x! * apex[0]! + y! * apex[1]!);
  return [
    cone,
    { ...cone, hx },
    // |x| in one dimension with a zero slope on one side is a continuum; with both it is a point
    { A: [[1]], U: [[1], [-1]], V: [[1], [1]], hx: [0, 0], hz: [0] },
    // the tip of the cone lies below zero: none, and above: a whole diamond of fixed points
    { ...cone, hz: [-0.25, 0] },
    { ...cone, hz: [0.25, 0] },
  ];
}
