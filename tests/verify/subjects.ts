import { type FindOptions, findFixedPoints } from "../../src/index.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { parseModel } from "../../src/model/parse.ts";
import type { Model } from "../../src/model/types.ts";
import { Random } from "../support/random.ts";

/** A result as JSON leaves it, open to any change. */
// biome-ignore lint/suspicious/noExplicitAny: what a tamperer writes has no type
export type Loose = any;

export interface Subject {
  readonly model: Model;
  readonly result: Loose;
}

/** A decision network: one fixed point within each of several regions. */
export const DECISION = {
  A: [0.5, 0.4],
  U: [
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
    [1, 1],
  ],
  V: [
    [1.3, 0],
    [-1.3, 0],
    [0, 1.7],
    [0, -1.7],
    [0.01, 0.02],
  ],
  hx: [0.3, 0.3, 0.2, 0.25, 0.1],
  hz: [0.01, 0.02],
};

/** Its fixed point, (1/3 + rounding, 0), lies on hyperplanes 1 and 2, which are x₂ = 0 and −x₂ = 0. */
export const TIED = {
  A: [0.25, 0.5],
  U: [
    [1, 0],
    [0, 1],
    [0, -1],
  ],
  V: [
    [0, 0],
    [0, 0.25],
    [0, 0.25],
  ],
  hx: [0, 0, 0],
  hz: [-0.25, 0],
};

const large = (() => {
  const random = Random.of(1, "more than twenty dimensions");
  return {
    A: random.vector(22, () => random.real(0.4)),
    U: random.matrix(3, 22, () => random.real()),
    V: random.matrix(3, 22, () => random.real(0.01)),
    hx: [0.1, 0.2, 0.3],
    hz: random.vector(22, () => random.real()),
  };
})();

/** Kinds of results: what they are of, and how they are made. */
const SUBJECTS = {
  /** Nine points, each within a region. */
  untied: { model: DECISION },
  search: { model: DECISION, options: { method: "search" } },
  /** Above the dimensions in which classes are derived exactly. */
  large: { model: large },
  virtual: { model: DECISION, options: { virtual: true } },
  incomplete: { model: DECISION, options: { method: "search", maxSeconds: 1e-9 } },
  /** On z₂ = 0 and −z₂ = 0; both sides contract. */
  tied: {
    model: TIED,
  },
  /** The same, and one side expands. */
  undetermined: {
    model: {
      A: [0.25, 0.5],
      U: [
        [1, 0],
        [0, 1],
      ],
      V: [
        [0, 0],
        [0, 2],
      ],
      hx: [0, 0],
      hz: [-0.25, 0],
    },
  },
  /** z' = 3z/4 for z ≥ 0, z/4 for z ≤ 0. */
  tiedOnLine: { model: { A: [0.5], U: [[1], [-1]], V: [[0.25], [0.25]], hx: [0, 0], hz: [0] } },
  /** z' = z/2 for z ≤ 0, 3z/2 for z ≥ 0. */
  semistable: { model: { A: [0.5], U: [[1]], V: [[1]], hx: [0], hz: [0] } },
  /** Eigenvalues 1.25 and −1. */
  neutral: { model: { A: [1.25, -1], U: [[1, 0]], V: [[0, 0]], hx: [5], hz: [0.3, 0.2] } },
  /** A saddle by its determinant, which is −1.3e-18; the computed eigenvalue is 0. */
  knife: {
    model: {
      kind: "continuous",
      A: [
        [-0.1, 0.3],
        [0.07, -0.21],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [5],
      hz: [0.125, 0.25],
    },
  },
  /** z' = z/2 + 1/4 below 0.5 + 1e-14, 2z − … above: two points 1.5e-14 apart. */
  neighbours: { model: { A: [0.5], U: [[1]], V: [[1.5]], hx: [0.5 + 1e-14], hz: [-0.25] } },
  /** z₂ = 1/3, cut by z₁ = 0.1. */
  line: {
    model: {
      A: [
        [1, 0.3],
        [0, 1],
      ],
      U: [[1, 0]],
      V: [[0, 0]],
      hx: [0.1],
      hz: [0.1, 0],
    },
  },
  /** All z ≥ 0: z' = z there and z/2 below. */
  ray: { model: { A: [1], U: [[-1]], V: [[0.5]], hx: [0], hz: [0] } },
  /** All |z| ≥ 1. */
  twoRays: { model: { A: [1], U: [[1], [1], [1]], V: [[1], [-2], [1]], hx: [-1, 0, 1], hz: [0] } },
  plane: { model: { A: [1, 1, 0.5], U: [[1, 0, 0]], V: [[0, 0, 0]], hx: [0], hz: [0, 0, -1] } },
  /** |z₁| + |z₂| = 1. */
  ring: {
    model: {
      A: [1, 1],
      U: [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ],
      V: [
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
      ],
      hx: [0, 0, 0, 0],
      hz: [1, 0],
    },
  },
  /** z₁ ≤ 0.1, z₂ ≤ 1/3. */
  corner: {
    model: {
      A: [1, 1],
      U: [
        [1, 0],
        [0, 3],
      ],
      V: [
        [-0.5, 0],
        [0, -0.5],
      ],
      hx: [0.1, 1],
      hz: [0, 0],
    },
  },
  /** The quarters z₁ ≤ 0 and z₂ ≥ 0 or ≤ 0 of a plane, and the ray z₁ ≥ 0, z₂ = 0. */
  rayAndPlane: {
    model: {
      A: [1, 1],
      U: [
        [1, 0],
        [0, 1],
        [0, -1],
        [1, 1],
        [1, -1],
      ],
      V: [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, -1],
        [0, 1],
      ],
      hx: [0, 0, 0, 0, 0],
      hz: [0, 0],
    },
  },
  /** All z up to 1e320. */
  farEnd: { model: { kind: "continuous", A: [[0]], U: [[1e-230]], V: [[1]], hx: [1e90], hz: [0] } },
  /** All z up to 1e-240, a fraction of many digits. */
  longFraction: { model: { kind: "continuous", A: [[0]], U: [[1e90]], V: [[1]], hx: [1e-150], hz: [0] } },
  continuous: {
    model: { kind: "continuous", U: [[1], [-1]], V: [[3], [-3]], hx: [0.5, 0.5], hz: [0] },
  },
  /** Three points, whose signs of det(I − J) add up to +1. */
  clipped: { model: { kind: "clippedShPLRNN", A: [0.5], W1: [[4]], W2: [[1]], h1: [-1.5], h2: [1] } },
} satisfies Record<string, { model: object; options?: FindOptions }>;

export type SubjectName = keyof typeof SUBJECTS;

export const SUBJECT_NAMES = Object.keys(SUBJECTS) as SubjectName[];

const solved = new Map<SubjectName, Promise<Subject>>();

/** Solved once; the result is a copy of its own. */
export async function subject(name: SubjectName): Promise<Subject> {
  let made = solved.get(name);
  if (made === undefined) {
    const { model: value, options }: { model: object; options?: FindOptions } = SUBJECTS[name];
    made = parseModel(value as ModelInput, { name }).then(async (model) => ({
      model,
      result: await findFixedPoints(model, options),
    }));
    solved.set(name, made);
  }
  const { model, result } = await made;
  return { model, result: JSON.parse(JSON.stringify(result)) };
}
