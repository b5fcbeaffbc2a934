import type { FixedPoint } from "../base/result.ts";
import { OptionError } from "../model/errors.ts";
import type { Progress } from "../stages/run.ts";

/** Options of `findFixedPoints` and `findFixedPointsOfMany`. */
export interface FindOptions {
  /**
   * "regions" visits every region, "search" branches and bounds. "auto" (default) takes the method with the lower
   * estimate. Where regions would take 20 ms or more, "auto" tries a short search first; where a model has so few
   * hyperplanes that this is quicker, it tries all 2^n masks. A result's `method` says which method
   * gave the answer.
   */
  readonly method?: "auto" | "regions" | "search" | undefined;
  /** "auto" (default) takes a real GPU where it pays and the CPU otherwise. */
  readonly backend?: "auto" | "cpu" | "webgpu" | undefined;
  /** Worker threads; default 1. */
  readonly threads?: number | undefined;
  /**
   * The address of `dist/browser/worker.js` of this package, for pages where it is not found by itself: workers made of
   * text may be forbidden by a Content-Security-Policy. Of no use in Node.
   */
  readonly workerUrl?: string | URL | undefined;
  /** A GPU device of your own for backend "webgpu"; it is not destroyed. */
  readonly device?: GPUDevice | undefined;
  /**
   * Asked before "auto" looks for a GPU in this process, since drivers that are loaded then may write to standard error
   * and can't be silenced. The answer false means that no GPU is worth loading them.
   */
  readonly gpuProbe?: (() => Promise<boolean>) | undefined;
  /**
   * How the regions method makes masks: "owned" (default) makes one mask for each region, "branch" the note's 2^ρ
   * settings at each vertex.
   */
  readonly expand?: "owned" | "branch" | undefined;
  /**
   * Whether to list virtual fixed points too, the candidates outside their own region. Only with the regions method.
   */
  readonly virtual?: boolean | undefined;
  /** Replaces components of the model's constant input: { s0: 1.5 }. */
  readonly input?: Readonly<Record<string, number>> | undefined;
  /** Seconds after which to stop with an honest incomplete answer. */
  readonly maxSeconds?: number | undefined;
  /** Regions (or boxes) after which to stop with an honest incomplete answer. */
  readonly maxRegions?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called from time to time while a run goes on. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /**
   * Called with each fixed point when it is certified, in no order. A point that proves to lie on a continuum is not in
   * the result. Not called for models that are solved side by side on threads.
   */
  readonly onFixedPoint?: ((point: Pick<FixedPoint, "z" | "active" | "ties">) => void) | undefined;
}

/** The options without callbacks and handles: what a result or another thread can keep. */
export function plainOptions<T extends Omit<FindOptions, "method">>(
  options: T,
): Omit<T, "signal" | "onProgress" | "onFixedPoint" | "device" | "gpuProbe" | "workerUrl"> {
  const { signal, onProgress, onFixedPoint, device, gpuProbe, workerUrl, ...plain } = options;
  return plain;
}

function oneOf(option: string, value: unknown, allowed: readonly string[]): void {
  if (value !== undefined && !allowed.includes(value as string)) {
    throw new OptionError(option, "is not one of the choices", value, `Use ${allowed.join(", ")}.`);
  }
}

function positive(option: string, value: number | undefined, integer: boolean): void {
  if (value === undefined) return;
  // a text would be compared as a number, and recorded as a text
  if (typeof value !== "number" || !(value > 0) || (integer && !Number.isSafeInteger(value))) {
    throw new OptionError(option, `must be a positive ${integer ? "integer" : "number"}`, value, "Correct or omit it.");
  }
}

/** @throws OptionError for a part whose number is none of 1 … of. */
export function checkPart({ index, of }: { readonly index: number; readonly of: number }): void {
  if (!Number.isSafeInteger(of) || !Number.isSafeInteger(index) || index < 1 || index > of) {
    throw new OptionError("part", "must be one of 1 … of", `${index} of ${of}`, "Count parts from 1.");
  }
}

/** @throws OptionError for anything out of range. */
export function checkOptions(options: FindOptions): void {
  oneOf("method", options.method, ["auto", "regions", "search"]);
  oneOf("backend", options.backend, ["auto", "cpu", "webgpu"]);
  oneOf("expand", options.expand, ["owned", "branch"]);
  positive("threads", options.threads, true);
  positive("maxSeconds", options.maxSeconds, false);
  positive("maxRegions", options.maxRegions, true);
  if (options.virtual && options.method === "search") {
    throw new OptionError(
      "virtual",
      "needs every region, which the search method does not visit",
      "search",
      "Use method regions.",
    );
  }
}

/** Options that a result may depend on, and what they are when not given. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  method: "auto",
  backend: "auto",
  expand: null,
  virtual: false,
  input: {},
  maxSeconds: null,
  maxRegions: null,
};

/** A text that is the same for all options that give the same result. The number of threads does not count. */
export function optionsKey(options: object): string {
  const given = new Map<string, unknown>(Object.entries(options));
  return JSON.stringify(Object.entries(DEFAULTS).map(([key, value]) => [key, given.get(key) ?? value]));
}
