import { binomial } from "../arrangement/counts.ts";
import type { StageModel } from "../stages/stage-model.ts";
import { instantiate } from "../wasm/instance.ts";
import { type LineKernel, LoopLineKernel } from "./line-kernel.ts";
import { writeLineKernel } from "./line-kernel-writer.ts";
import { type LineShape, lineLayout, lineShape } from "./line-workspace.ts";

/** Vertices from which writing and compiling a kernel takes less time than it saves. */
const LEAST_VERTICES = 20_000;

export interface LineKernels {
  readonly kernel: LineKernel;
  /** Loops on the same workspace. */
  readonly loops: LoopLineKernel;
}

/** Does a written kernel pay for this model? */
export function isWorthKernel(model: StageModel, leastVertices = LEAST_VERTICES): boolean {
  return lineShape(model).dismisses && binomial(model.count, model.rank) >= leastVertices;
}

/** The fastest kernel for a model: WebAssembly where there is any and it pays, else loops, with the same numbers to the last bit. */
export function lineKernels(model: StageModel, leastVertices?: number): LineKernels {
  const shape = lineShape(model);
  const written = isWorthKernel(model, leastVertices) ? writtenLineKernel(model, shape) : undefined;
  if (written !== undefined) return written;
  const loops = new LoopLineKernel(model, shape, new ArrayBuffer(lineLayout(shape).bytes));
  return { kernel: loops, loops };
}

/**
 * The kernel in WebAssembly with vectors of two float64.
 * @returns undefined where WebAssembly or its vectors are missing, or a content security policy forbids them.
 */
export function writtenLineKernel(model: StageModel, shape: LineShape): LineKernels | undefined {
  const { precision } = model;
  const { unit, slack, tiny, huge } = precision;
  const key = ["line", ...Object.values(shape), unit, slack, tiny, huge].join(" ");
  const made = instantiate(key, lineLayout(shape).bytes, () => writeLineKernel(shape, precision));
  if (made === undefined) return undefined;
  const { parametrise, cross, tie, sort, dismiss, dismissEnd } = made.functions;
  const loops = new LoopLineKernel(model, shape, made.buffer);
  return { kernel: { shape, workspace: loops.workspace, parametrise, cross, tie, sort, dismiss, dismissEnd }, loops };
}
