import tgpu from "typegpu";
import { DELTA_BITS, DIRECTION_BITS } from "../arrangement/directions.ts";
import { ABSOLUTE32, HALF_WIDTH32, outward32, rowError, STRANDS, TILE } from "../float/box-step.ts";
import { BOX_KINK, boxProjection } from "../float/boxes.ts";
import { F32, gamma } from "../float/precision.ts";
import { ItemStatus, NO_HYPERPLANE, Verdict } from "../stages/batch.ts";
import {
  Answer,
  COUNT_WORDS,
  Count,
  FEW_UNDECIDED,
  Field,
  LARGEST_FUNCTIONAL,
  LARGEST_ROW,
  MOST_STACK_PARTS,
  recordLayout,
  SMALLEST_ROW,
  SMALLEST_SIDE,
  STACK_BLUR,
  STACK_REGULARISER,
  STACK_RIDGE,
  STACK_SHRINK,
  STALE_PER_COORDINATE,
  STATE_DEPTHS,
  STATE_WORDS,
  State,
  StepKind,
} from "../stages/box-stack.ts";
import { NEARNESS_FOR_HALVES, NEARNESS_FOR_QUARTERS } from "../stages/halving.ts";
import {
  IntegerBits,
  integerLayout,
  LARGEST_EXPONENT,
  OFFSET_ERROR,
  RefineBits,
  ROW_ERROR,
} from "../stages/integer-model.ts";
import { layouts, type StackShader, type StageName, stackLayouts } from "./layouts.ts";
import { shaders } from "./shaders.ts";
import { unroll } from "./unroll.ts";

/** The sizes of arrays in a shader, which all models of a dispatch share. */
export interface Shape {
  /** ρ. */
  readonly rank: number;
  /** R. */
  readonly latentDim: number;
  /** 32-bit words of a mask. */
  readonly words: number;
}

/** With a smaller pivot a subset is undecided: 1/pivot stays far inside float32. */
const SMALLEST_PIVOT = 2 ** -40;
/**
 * With a larger entry in an inverse a subset is undecided: a sum of n³ products with operands up to F32.huge then stays
 * finite for n ≤ 30.
 */
const LARGEST_INVERSE = 2 ** 50;
/** With a larger ‖I − XB‖ a subset is undecided, as on the CPU. */
const LARGEST_DEFECT = 0.25;

/** Words of one record: an item, a mask, and rows of `arrangement` and `regions`. */
export function strides({ rank, latentDim, words }: Shape) {
  return { item: rank + 2, mask: words + 2, plane: rank + 6, unit: 2 * latentDim + 3 } as const;
}

/** In the place of a model: the record holds no mask. In the place of a hyperplane: there is none. */
export const NO_MODEL = NO_HYPERPLANE;

/** Flags beside the status of an item, and beside the item in a mask's tag. */
export const Flag = { perturbed: 1 << 8, status: 0xff } as const;
export const Tag = { item: 0x3fffffff, perturbed: 0x40000000, branched: 0x80000000 } as const;

/** Whether a stage is a second look, in integers. */
function looksAgain(stage: StageName): boolean {
  return stage === "refine" || stage === "reintersect";
}

/** The dimension of the matrices of a stage. */
function dimensionOf(stage: StageName, { rank, latentDim }: Shape): number {
  return stage === "solve" || stage === "refine" ? latentDim : rank;
}

/**
 * Constants in front of a stage's source: the sizes of arrays, as WGSL has no generics, and the bounds of src/float.
 */
function prelude(stage: StageName, shape: Shape, workgroup: number): string {
  const { rank, latentDim, words } = shape;
  const stride = strides(shape);
  const dimension = dimensionOf(stage, shape);
  const unsigned: Record<string, number> = {
    R: latentDim,
    RHO: rank,
    DIM: dimension,
    WORDS: words,
    WORKGROUP: workgroup,
    ITEM_STRIDE: stride.item,
    MASK_STRIDE: stride.mask,
    PLANE_STRIDE: stride.plane,
    UNIT_STRIDE: stride.unit,
    NONE: NO_MODEL,
    OK: ItemStatus.ok,
    DEPENDENT: ItemStatus.dependent,
    ESCALATE: ItemStatus.escalate,
    STATUS: Flag.status,
    PERTURBED: Flag.perturbed,
    ESCALATED: 0x80000000,
    TAG_ITEM: Tag.item,
    TAG_PERTURBED: Tag.perturbed,
    TAG_BRANCHED: Tag.branched,
    IN_BATCH: 0x80000000,
    LOST: 0xffffffff,
    NO_SLOT: 0xfffffffe,
    NO: Verdict.no,
    YES: Verdict.yes,
    UNDECIDED: Verdict.undecided,
    SINGULAR: Verdict.singular,
    ...(looksAgain(stage) ? integerConstants(latentDim, dimension) : {}),
  };
  const floats: Record<string, number> = {
    TINY: F32.tiny,
    HUGE: F32.huge,
    SLACK: F32.slack,
    GAMMA_DEFECT: gamma(dimension + 3, F32),
    GAMMA_POINT: gamma(dimension + 4, F32),
    SMALLEST_PIVOT,
    LARGEST_INVERSE,
    LARGEST_DEFECT,
  };
  return constants(unsigned, floats);
}

/** Sizes and shifts of `src/cpu/refine/` and `src/stages/integer-model.ts`. */
function integerConstants(latentDim: number, dimension: number): Record<string, number> {
  return {
    SQUARE: dimension ** 2,
    BASE: integerLayout(latentDim).base,
    OFFSET_ERROR,
    ROW_ERROR,
    FIRST_SHIFT: IntegerBits.offset - IntegerBits.row,
    DIRECTION_SHIFT: IntegerBits.offset - DIRECTION_BITS - 32,
    DELTA_SHIFT: IntegerBits.offset - DELTA_BITS - 32,
    MINUS_ONE: 2 ** 32 - 2 ** (IntegerBits.offset - 32),
    NORM_SHIFT: IntegerBits.row - IntegerBits.norm,
    POINT: RefineBits.point,
    FINER: RefineBits.finer,
    RESIDUAL: RefineBits.residual,
    STEP: RefineBits.step,
    DEFECT: RefineBits.defect,
    ROW_SHIFT: RefineBits.rowShift,
    ERROR_BITS: RefineBits.error,
    LEAST_PRODUCT: RefineBits.leastProduct,
    LARGEST_PRODUCT: RefineBits.largestProduct,
    LARGEST_EXPONENT,
  };
}

function constants(unsigned: Readonly<Record<string, number>>, floats: Readonly<Record<string, number>>): string {
  return [
    ...Object.entries(unsigned).map(([name, value]) => `const ${name} = ${value}u;`),
    ...Object.entries(floats).map(([name, value]) => `const ${name} = f32(${value});`),
  ].join("\n");
}

/** The shaders that a stage's source is made of. */
export const shadersOf: Record<StageName, readonly (keyof typeof shaders)[]> = {
  intersect: ["inverse", "intersect"],
  reintersect: ["wide", "rough", "equations", "reintersect"],
  expand: ["expand"],
  dedup: ["dedup"],
  solve: ["inverse", "handover", "solve"],
  refine: ["wide", "rough", "equations", "handover", "refine"],
};

/** Matrices up to this size are unrolled into registers; the code grows like the cube of the size. */
const MAX_UNROLLED = 6;

/** The complete WGSL of a stage for one shape. */
export function stageSource(stage: StageName, shape: Shape, workgroup: number): string {
  const { rank, latentDim } = shape;
  const source = shadersOf[stage].map((name) => shaders[name]).join("\n");
  const dimension = dimensionOf(stage, shape);
  const constants = { R: latentDim, RHO: rank, DIM: dimension, SQUARE: dimension ** 2 };
  const body = dimension <= MAX_UNROLLED ? unroll(source, constants) : source;
  return tgpu.resolve({
    template: `${prelude(stage, shape, workgroup)}\n${body}`,
    externals: { layout: layouts[stage] },
    names: "strict",
  });
}

/** The sizes of a stack of boxes in a shader. */
export interface StackShape {
  /** R. */
  readonly dim: number;
  /** 32-bit words of a set of units. */
  readonly words: number;
}

/** The complete WGSL of a shader of a stack of boxes. @param lanes invocations of a workgroup. */
export function stackSource(shader: StackShader, { dim, words }: StackShape, lanes: number): string {
  const layout = recordLayout(dim, 32 * words);
  const prelude = constants(
    {
      R: dim,
      WORDS: words,
      UNITS: 32 * words,
      LANES: lanes,
      TILE,
      STRANDS,
      MOST_PARTS: MOST_STACK_PARTS,
      RECORD_STRIDE: layout.stride,
      SYSTEM: Field.system,
      DEPTH: Field.depth,
      STALE: Field.stale,
      COUNT: Field.count,
      LO: layout.lo,
      KIND: Answer.kind,
      PARTS: Answer.parts,
      LOOKED: Answer.looked,
      HALVINGS: Answer.halvings,
      AXES: Answer.axes,
      CUTS: Answer.cuts,
      RECORD: Answer.record,
      EMPTY: StepKind.empty,
      AGAIN: StepKind.again,
      SPLIT: StepKind.split,
      KEPT: StepKind.kept,
      TOP: State.top,
      SLAB: State.slab,
      KEPT_COUNT: State.kept,
      ROUNDS: State.rounds,
      AUDIT: State.audit,
      DEPTHS: State.depths,
      LAST_DEPTH: STATE_DEPTHS - 1,
      STATE_WORDS,
      COUNT_WORDS,
      BOXES: Count.boxes,
      SIEVED: Count.sieved,
      EVALUATIONS: Count.evaluations,
      PART_EVALUATIONS: Count.partEvaluations,
      FEW_UNDECIDED,
      MOST_STALE: STALE_PER_COORDINATE * dim,
    },
    {
      TINY: F32.tiny,
      UNIT: F32.unit,
      SLACK: F32.slack,
      PROJECTION: boxProjection(dim),
      KINK: BOX_KINK,
      ROW_ERROR: rowError(dim),
      OUTWARD: outward32(dim),
      ABSOLUTE: ABSOLUTE32,
      HALF_WIDTH: HALF_WIDTH32,
      RIDGE: STACK_RIDGE,
      REGULARISER: STACK_REGULARISER,
      BLUR: STACK_BLUR,
      SMALLEST_ROW,
      LARGEST_FUNCTIONAL,
      LARGEST_ROW,
      SMALLEST_SIDE,
      SHRINK: STACK_SHRINK,
      NEARNESS_FOR_HALVES,
      NEARNESS_FOR_QUARTERS,
    },
  );
  return tgpu.resolve({
    template: `${prelude}\n${unroll(shaders[shader], { R: dim })}`,
    externals: { layout: stackLayouts[shader] },
    names: "strict",
  });
}
