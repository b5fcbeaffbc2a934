import tgpu from "typegpu";
import { BOX_BLOCK, BOX_KINK, boxProjection } from "../float/boxes.ts";
import { F32, gamma } from "../float/precision.ts";
import { ItemStatus, NO_HYPERPLANE, Verdict } from "../stages/batch.ts";
import {
  BoxVerdict,
  FILTER_BLUR,
  FILTER_REGULARISER,
  FILTER_RIDGE,
  LARGEST_FUNCTIONAL,
  SMALLEST_ROW,
} from "../stages/box-filter.ts";
import { boxLayout, layouts, type StageName } from "./layouts.ts";
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

/**
 * Constants in front of a stage's source: the sizes of arrays, as WGSL has no generics, and the bounds of src/bounds.
 */
function prelude(stage: StageName, shape: Shape, workgroup: number): string {
  const { rank, latentDim, words } = shape;
  const stride = strides(shape);
  const dimension = stage === "solve" ? latentDim : rank;
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

function constants(unsigned: Readonly<Record<string, number>>, floats: Readonly<Record<string, number>>): string {
  return [
    ...Object.entries(unsigned).map(([name, value]) => `const ${name} = ${value}u;`),
    ...Object.entries(floats).map(([name, value]) => `const ${name} = f32(${value});`),
  ].join("\n");
}

const needsInverse: Record<StageName, boolean> = { intersect: true, expand: false, dedup: false, solve: true };

/** Matrices up to this size are unrolled into registers; the code grows like the cube of the size. */
const MAX_UNROLLED = 6;

/** The complete WGSL of a stage for one shape. */
export function stageSource(stage: StageName, shape: Shape, workgroup: number): string {
  const { rank, latentDim } = shape;
  const source = `${needsInverse[stage] ? shaders.inverse : ""}\n${shaders[stage]}`;
  const dimension = stage === "solve" ? latentDim : rank;
  const constants = { R: latentDim, RHO: rank, DIM: dimension, SQUARE: dimension ** 2 };
  const body = dimension <= MAX_UNROLLED ? unroll(source, constants) : source;
  return tgpu.resolve({
    template: `${prelude(stage, shape, workgroup)}\n${body}`,
    externals: { layout: layouts[stage] },
    names: "strict",
  });
}

/** The complete WGSL of the box filter in R dimensions, at most MOST_FILTER_DIMENSIONS. */
export function boxSource(dim: number, workgroup: number): string {
  const prelude = constants(
    { R: dim, WORKGROUP: workgroup, BLOCK: BOX_BLOCK, EMPTY: BoxVerdict.empty, BLURRED: BoxVerdict.blurred },
    {
      TINY: F32.tiny,
      PROJECTION: boxProjection(dim),
      KINK: BOX_KINK,
      SLACK: F32.slack,
      RIDGE: FILTER_RIDGE,
      REGULARISER: FILTER_REGULARISER,
      BLUR: FILTER_BLUR,
      SMALLEST_ROW,
      LARGEST_FUNCTIONAL,
    },
  );
  return tgpu.resolve({
    template: `${prelude}\n${unroll(shaders.boxes, { R: dim })}`,
    externals: { layout: boxLayout },
    names: "strict",
  });
}
