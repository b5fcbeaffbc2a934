import { binomial } from "../../arrangement/counts.ts";
import type { Precision } from "../../float/precision.ts";
import type { StageModel } from "../../stages/stage-model.ts";
import { instantiate } from "../../wasm/instance.ts";
import type { LineKernel } from "./kernel.ts";
import { writeLineKernel } from "./kernel-writer.ts";
import { LoopLineKernel } from "./loop-kernel.ts";
import { type LineShape, lineLayout, lineShape, shapeKey } from "./workspace.ts";

export interface LineKernels {
  readonly kernel: LineKernel;
  /** The loops, on the same workspace. */
  readonly loops: LoopLineKernel;
}

/**
 * With at least this many vertices a model's candidates are dismissed by minors, and subsets of ρ − 1 hyperplanes go
 * with the lines.
 */
export const LEAST_VERTICES = 20;

/**
 * From this many vertices of models of one shape on, a kernel saves more time than it takes to write and compile: the
 * loops are slow, and then compiled at length, in a process that has just begun.
 */
const VERTICES_TO_WRITE = 400;
const verticesSeen = new Map<string, number>();

/**
 * The fastest kernel for a model: WebAssembly if the host has it and it pays, else loops, with the same numbers to the
 * last bit.
 */
export function lineKernels(model: StageModel, leastVertices = LEAST_VERTICES): LineKernels {
  const shape = lineShape(model, leastVertices);
  const pays = shape.dismisses && (idleKernels.has(keyOf(model, shape)) || paysToWrite(model, shape));
  const written = pays ? writtenLineKernel(model, shape) : undefined;
  return written ?? loopLineKernel(model, shape);
}

export function loopLineKernel(model: StageModel, shape: LineShape): LineKernels {
  const loops = new LoopLineKernel(model, shape, new ArrayBuffer(lineLayout(shape).bytes));
  return { kernel: loops, loops };
}

/**
 * The kernel in WebAssembly with vectors of two float64.
 * @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them.
 */
export function writtenLineKernel(model: StageModel, shape: LineShape): LineKernels | undefined {
  const { precision } = model;
  const key = keyOf(model, shape);
  const idle = idleKernels.get(key)?.pop();
  if (idle !== undefined) {
    idle.loops.load(model);
    return idle;
  }
  const made = instantiate(key, lineLayout(shape).bytes, () => writeLineKernel(shape, precision));
  if (made === undefined) return undefined;
  const { parametrise, cross, tie, sort, dismiss, dismissEnd } = made.functions;
  const loops = new LoopLineKernel(model, shape, made.buffer);
  return { kernel: { shape, workspace: loops.workspace, parametrise, cross, tie, sort, dismiss, dismissEnd }, loops };
}

/** Kernels that no model uses any more, by shape: it takes longer to make a memory than to solve a small model. */
const idleKernels = new Map<string, LineKernels[]>();
const MOST_IDLE = 2;
const MOST_SHAPES = 16;

/** Gives back kernels that are not used any more. */
export function releaseLineKernels(model: StageModel, kernels: LineKernels): void {
  if (kernels.kernel === kernels.loops) return;
  const key = keyOf(model, kernels.kernel.shape);
  if (idleKernels.size >= MOST_SHAPES && !idleKernels.has(key)) idleKernels.clear();
  const idle = idleKernels.get(key) ?? [];
  if (idle.length < MOST_IDLE) idle.push(kernels);
  idleKernels.set(key, idle);
}

function keyOf({ precision }: StageModel, shape: LineShape): string {
  let key = keys.get(precision)?.get(shape);
  if (key === undefined) {
    key = `line ${shapeKey(shape)} ${wordsOf(precision)}`;
    const ofPrecision = keys.get(precision) ?? new WeakMap<LineShape, string>();
    ofPrecision.set(shape, key);
    keys.set(precision, ofPrecision);
  }
  return key;
}

/** A text takes longer to make than a small model's lines to walk. */
const keys = new WeakMap<Precision, WeakMap<LineShape, string>>();

const constants = new WeakMap<Precision, string>();

/** The constants of a precision that a module holds, as a key. */
function wordsOf(precision: Precision): string {
  let words = constants.get(precision);
  if (words === undefined) {
    const { unit, slack, tiny, huge } = precision;
    words = [unit, slack, tiny, huge].join(" ");
    constants.set(precision, words);
  }
  return words;
}

function paysToWrite({ count, rank }: StageModel, shape: LineShape): boolean {
  const key = shapeKey(shape);
  const seen = (verticesSeen.get(key) ?? 0) + Number(binomial(count, rank));
  verticesSeen.set(key, seen);
  return seen >= VERTICES_TO_WRITE;
}
