import type { Precision } from "../../float/precision.ts";
import { type ModuleBytes, moduleOf } from "../../wasm/assembler.ts";
import { CrossingsWriter } from "./crossings-writer.ts";
import { DismissalWriter } from "./dismissal-writer.ts";
import type { LineShape } from "./workspace.ts";

type LineFunction = "parametrise" | "cross" | "tie" | "sort" | "dismiss" | "dismissEnd";

/**
 * Writes the loops as WebAssembly, operation for operation, for one shape: a module with the functions of `LineKernel`.
 */
export function writeLineKernel(shape: LineShape, precision: Precision): ModuleBytes<LineFunction> {
  const crossings = new CrossingsWriter(shape, precision);
  const dismissal = new DismissalWriter(shape);
  return moduleOf({
    parametrise: crossings.parametrise(),
    cross: crossings.cross(),
    tie: crossings.tie(),
    sort: crossings.sort(),
    dismiss: dismissal.dismiss(),
    dismissEnd: dismissal.dismissEnd(),
  });
}
