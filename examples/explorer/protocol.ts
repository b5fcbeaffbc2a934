/** What the page and its workers say to each other. Everything here can be cloned. */

import type { ReadOptions } from "../../src/formats/read/read.ts";
import type { Analysis, FindOptions, FixedPoint, Progress, Result } from "../../src/index.ts";
import type { Picture, View } from "../../src/plot/index.ts";

/** A file, or the .npy files of a folder, which together are a model. */
export interface ModelFile {
  /** Of the file or of the folder. */
  readonly name: string;
  readonly content: Blob | ReadonlyMap<string, Blob>;
}

/** A file as it was opened: workers read it themselves, so that the page never holds its numbers. */
export interface Source extends ModelFile {
  readonly id: number;
  readonly reading: ReadOptions;
}

/** One model of a file, with its constant input. */
export interface ModelRef {
  readonly source: Source;
  readonly index: number;
  readonly input: Readonly<Record<string, number>>;
}

/** What the page shows of a model before it is solved. */
export interface ModelCard {
  readonly name: string;
  readonly kind: string;
  readonly latentDim: number;
  readonly units: number;
  readonly hyperplanes: number;
  readonly time: "discrete" | "continuous";
  /** Exact decimal string. */
  readonly regions: string;
  /** Seconds that the method which "auto" takes is likely to need, to an order of magnitude. */
  readonly seconds: number;
  /** The constant input s as the file has it; empty if the model takes none. */
  readonly input: readonly number[];
}

/** One model of a file, or why it is none. */
export type Reading = { readonly name: string } & ({ readonly card: ModelCard } | { readonly error: string });

export type RunOptions = Pick<FindOptions, "method" | "backend" | "threads" | "maxSeconds">;

/** A point before the run has ended. */
export type EarlyPoint = Pick<FixedPoint, "z" | "active" | "ties">;

/** What a run says on its way; `at` is the model's place in the run. */
export type RunEvent =
  | { readonly type: "progress"; readonly at: number; readonly progress: Progress }
  | { readonly type: "points"; readonly at: number; readonly points: readonly EarlyPoint[] }
  | { readonly type: "result"; readonly at: number; readonly result: Result }
  | { readonly type: "failure"; readonly at: number; readonly message: string };

export interface DrawOptions {
  readonly picture: Exclude<Picture, "all">;
  readonly plane?: readonly [number, number] | "pca" | undefined;
  readonly view?: View | undefined;
}

export interface Drawn {
  /** A whole SVG document. */
  readonly svg: string;
  /** Of the state space: where the fixed points are, in data units, x0 y0 x1 y1 … */
  readonly places?: Float64Array;
}

/**
 * Where a trajectory begins: a place of the picture; directions across it are those of a fixed point, or of the
 * picture's origin.
 */
export interface OrbitStart {
  readonly place: readonly [number, number];
  readonly plane?: DrawOptions["plane"];
  readonly through: number | undefined;
}

export interface Orbit {
  readonly start: readonly number[];
  /** In data units of the picture, x0 y0 x1 y1 … */
  readonly path: Float64Array;
  readonly steps: number;
  /** The fixed point it came to rest at, if one of those known; or how it ended otherwise. */
  readonly end: { readonly point: number } | "left" | "rest" | "moving";
}

export type ExportFormat = "json" | "csv" | "npz";

/** Requests by name: what each takes and gives. */
export interface Requests {
  read: { readonly take: { readonly source: Source }; readonly give: readonly Reading[] };
  /** Answers at the end of the run; `RunEvent`s come before. */
  run: {
    readonly take: { readonly run: number; readonly models: readonly ModelRef[]; readonly options: RunOptions };
    readonly give: null;
  };
  cancel: { readonly take: { readonly run: number }; readonly give: null };
  /** Remembers a result under a key for later requests; `undefined` forgets it. */
  keep: {
    readonly take: { readonly key: number; readonly model: ModelRef; readonly result: Result | undefined };
    readonly give: null;
  };
  /** The incomplete result of a run that was ended from outside, or goes on, from the points it had found. */
  partial: {
    readonly take: {
      readonly model: ModelRef;
      readonly points: readonly EarlyPoint[];
      readonly options: RunOptions;
      readonly because: string;
    };
    readonly give: Result;
  };
  draw: { readonly take: { readonly key: number; readonly options: DrawOptions }; readonly give: Drawn };
  analyse: { readonly take: { readonly key: number; readonly point: number }; readonly give: Analysis };
  orbit: { readonly take: { readonly key: number; readonly start: OrbitStart }; readonly give: Orbit };
  /** Follows a known start in another projection. */
  project: {
    readonly take: { readonly key: number; readonly start: readonly number[]; readonly plane?: DrawOptions["plane"] };
    readonly give: Orbit;
  };
  export: {
    readonly take: { readonly keys: readonly number[]; readonly format: ExportFormat };
    readonly give: { readonly bytes: Uint8Array<ArrayBuffer> };
  };
}

export type RequestName = keyof Requests;

export interface RequestMessage<Name extends RequestName = RequestName> {
  readonly id: number;
  readonly name: Name;
  readonly take: Requests[Name]["take"];
}

export type WorkerMessage =
  | { readonly id: number; readonly give: unknown }
  | { readonly id: number; readonly error: string; readonly expected: boolean }
  | { readonly run: number; readonly event: RunEvent };
