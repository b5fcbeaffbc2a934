import tgpu from "typegpu";
import * as d from "typegpu/data";

/**
 * Typed layouts of the data that the four stages read and write. Both sides take the offsets of struct members from
 * here: the shaders name `layout.$.member`, the host asks `memoryLayoutOf`.
 */

/** The parameters of a batch: one uniform for all stages. */
export const Params = d.struct({
  items: d.u32,
  segments: d.u32,
  /** Records of `masks` that belong to each item: 1, or 2^ρ in branch mode. */
  home: d.u32,
  branch: d.u32,
  /** Most undecided bits that `expand` branches on; an item with more goes to the CPU. */
  maxUndecided: d.u32,
  /** Records of `masks` behind all homes. */
  extraCapacity: d.u32,
  /** The number of the table's slots, less 1. */
  slotMask: d.u32,
  maxProbes: d.u32,
  /** First record of `unique` that this batch writes. */
  base: d.u32,
  /** 1 if later batches need this batch's masks. */
  remember: d.u32,
  /** The share of "no" verdicts that are audited, times 2^32. */
  auditThreshold: d.u32,
  auditSeed: d.u32,
  /** Room in `open`; 0 if what `solve` leaves open gets no second look. */
  openCapacity: d.u32,
  /** Room in `openItems`; 0 if what `intersect` leaves open gets no second look. */
  openItemCapacity: d.u32,
});

/** A range of subsets, whose items follow one another from `firstItem` on. */
export const SegmentRecord = d.struct({
  model: d.u32,
  size: d.u32,
  firstItem: d.u32,
  /** Low and high word. */
  firstRank: d.vec2u,
});

/** Where a model's numbers begin in `arrangement`, `regions` and `integers`. */
export const ModelRecord = d.struct({ count: d.u32, arrangement: d.u32, regions: d.u32, integers: d.u32 });

/** Counts of one batch, over all models. */
export const Counters = d.struct({
  /** Masks made by branching on undecided bits. */
  extra: d.atomic(d.u32),
  unique: d.atomic(d.u32),
  candidates: d.atomic(d.u32),
  /** Masks that `solve` left open, whether there was room for them in `open` or not. */
  open: d.atomic(d.u32),
  escalated: d.atomic(d.u32),
  /** Masks for which the probe of the table was given up. */
  forgotten: d.atomic(d.u32),
});

/** Counts of one batch, for each model. */
export const Tally = d.struct({
  dependent: d.atomic(d.u32),
  extra: d.atomic(d.u32),
  duplicates: d.atomic(d.u32),
});

const words = d.arrayOf(d.u32);
const atomicWords = d.arrayOf(d.atomic(d.u32));
const floats = d.arrayOf(d.f32);
const read = "readonly";
const write = "mutable";
const params = { uniform: Params } as const;

/**
 * The bindings of each stage, in order. They fit in the guaranteed 8 storage buffers. Strides are in 32-bit words: an
 * item of `items` is its status, its model and ρ hyperplanes; `positive` and `undecided` have one mask per item;
 * `openItems` is a count and places of items; a
 * record of `masks` and `unique` is a mask, its model and a tag; one of `results` is a verdict and z, or after a second
 * look the low words of its point; one of `open` is the place of a record of `unique` in its batch; one of `candidates`
 * is a verdict and a record of `unique`; one of `escalated` is a model and ρ hyperplanes.
 */
export const layouts = {
  intersect: tgpu.bindGroupLayout({
    params,
    segments: { storage: d.arrayOf(SegmentRecord), access: read },
    models: { storage: d.arrayOf(ModelRecord), access: read },
    arrangement: { storage: floats, access: read },
    binomials: { storage: d.arrayOf(d.vec2u), access: read },
    items: { storage: words, access: write },
    positive: { storage: words, access: write },
    undecided: { storage: words, access: write },
    openItems: { storage: atomicWords, access: write },
  }),
  reintersect: tgpu.bindGroupLayout({
    params,
    models: { storage: d.arrayOf(ModelRecord), access: read },
    integers: { storage: words, access: read },
    openItems: { storage: words, access: read },
    items: { storage: words, access: write },
    positive: { storage: words, access: write },
    undecided: { storage: words, access: write },
  }),
  expand: tgpu.bindGroupLayout({
    params,
    items: { storage: atomicWords, access: write },
    positive: { storage: words, access: read },
    undecided: { storage: words, access: read },
    masks: { storage: words, access: write },
    counters: { storage: Counters, access: write },
    tallies: { storage: d.arrayOf(Tally), access: write },
    escalated: { storage: words, access: write },
  }),
  dedup: tgpu.bindGroupLayout({
    params,
    masks: { storage: words, access: read },
    slots: { storage: atomicWords, access: write },
    winners: { storage: words, access: write },
    unique: { storage: words, access: write },
    counters: { storage: Counters, access: write },
    tallies: { storage: d.arrayOf(Tally), access: write },
  }),
  solve: tgpu.bindGroupLayout({
    params,
    models: { storage: d.arrayOf(ModelRecord), access: read },
    regions: { storage: floats, access: read },
    unique: { storage: words, access: read },
    items: { storage: words, access: read },
    results: { storage: words, access: write },
    open: { storage: words, access: write },
    candidates: { storage: words, access: write },
    counters: { storage: Counters, access: write },
  }),
  refine: tgpu.bindGroupLayout({
    params,
    models: { storage: d.arrayOf(ModelRecord), access: read },
    integers: { storage: words, access: read },
    unique: { storage: words, access: read },
    items: { storage: words, access: read },
    open: { storage: words, access: read },
    results: { storage: words, access: write },
    candidates: { storage: words, access: write },
    counters: { storage: Counters, access: write },
  }),
} as const;

/** Parameters of a stack of boxes, in records; the number of systems; a 0 that no compiler knows beforehand. */
export const StackParams = d.struct({ capacity: d.u32, slab: d.u32, kept: d.u32, systems: d.u32, zero: d.u32 });

const stackParams = { uniform: StackParams } as const;

/** The bindings of the shaders of a stack of boxes, by name; records and answers as stages/box-stack.ts has them. */
export const stackLayouts = {
  box_step: tgpu.bindGroupLayout({
    params: stackParams,
    rows: { storage: floats, access: read },
    folds: { storage: d.arrayOf(d.i32), access: read },
    base: { storage: floats, access: read },
    state: { storage: words, access: read },
    stack: { storage: words, access: read },
    answers: { storage: words, access: write },
  }),
  box_plan: tgpu.bindGroupLayout({
    params: stackParams,
    state: { storage: atomicWords, access: write },
    answers: { storage: words, access: read },
    /** Where the first part of each box of the slab goes on the stack, or the box itself among the kept ones. */
    places: { storage: words, access: write },
    /** Workgroups of the next step, and of the next scatter. */
    groups: { storage: words, access: write },
  }),
  box_scatter: tgpu.bindGroupLayout({
    answers: { storage: words, access: read },
    places: { storage: words, access: read },
    stack: { storage: words, access: write },
    kept: { storage: words, access: write },
  }),
} as const;

export type StackShader = keyof typeof stackLayouts;

export type StageName = keyof typeof layouts;

const VISIBLE_TO_COMPUTE = 4;

interface BufferEntry {
  readonly uniform?: unknown;
  readonly access?: string;
}

/** A layout of buffers in the form that a device takes: bindings in the order of the layout's members. */
export function groupLayoutOf(
  device: GPUDevice,
  label: string,
  layout: { entries: Record<string, unknown> },
): GPUBindGroupLayout {
  return device.createBindGroupLayout({
    label,
    entries: (Object.values(layout.entries) as BufferEntry[]).map(({ uniform, access }, binding) => ({
      binding,
      visibility: VISIBLE_TO_COMPUTE,
      buffer: { type: uniform !== undefined ? "uniform" : access === "readonly" ? "read-only-storage" : "storage" },
    })),
  });
}
