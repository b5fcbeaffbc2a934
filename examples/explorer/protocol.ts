/** What the page and its workers say to each other. Everything here can be cloned. */

import type { Holding } from "../../src/formats/read/names/holdings.ts";
import type { Proposal } from "../../src/formats/read/names/proposals.ts";
import type { ReadOptions } from "../../src/formats/read/read.ts";
import type {
  Analysis,
  CheckReport,
  Cycle,
  CyclesResult,
  FindOptions,
  FixedPoint,
  Progress,
  Result,
  Sweep,
  SweepRange,
} from "../../src/index.ts";
import type { Turned, View } from "../../src/plot/index.ts";

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
  /** Of the model's numbers, by which a proof names it. */
  readonly sha256: string;
}

/** What a file holds whose arrays are no model under their names, and how they would be one. */
export interface Misfit {
  readonly holdings: readonly Holding[];
  readonly proposals: readonly Proposal[];
}

/** One model of a file, or why it is none. */
export type Reading = { readonly name: string } & (
  | { readonly card: ModelCard }
  | { readonly error: string; readonly misfit?: Misfit | undefined }
);

/** What a proof is about: the fixed points, or the cycles, of the model with this hash. */
export interface ProofSubject {
  readonly model: string;
  readonly of: "fixed points" | "cycles";
}

/** What a file is: models, or a proof. */
export type FileReading = { readonly models: readonly Reading[] } | { readonly proof: ProofSubject };

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
  readonly picture: "state" | "eigenvalues" | "masks" | "branches" | "training";
  readonly plane?: readonly [number, number] | "pca" | Turned | undefined;
  readonly view?: View | undefined;
  /** As of `FigureOptions`: the width that the picture has on the page. */
  readonly maxWidth?: number | undefined;
  /** Of "branches" and "training": the latent coordinate on the vertical axis. */
  readonly coordinate?: number | undefined;
  /** Of "branches": the value of the input that the fixed points are of. */
  readonly at?: number | undefined;
  /** Of "training": the models, in their order. */
  readonly keys?: readonly number[] | undefined;
}

/** Where the fixed points are in a picture, in data units of its first plotting area. */
export interface Marks {
  /** The index of the fixed point of each mark. */
  readonly points: readonly number[];
  /** x0 y0 x1 y1 … */
  readonly at: Float64Array;
  /** Whether a mark is a place, or the whole row of height 1 below it. */
  readonly shape: "place" | "row";
}

export interface Drawn {
  /** A whole SVG document. */
  readonly svg: string;
  readonly marks: Marks;
  /** Of the state space: each cycle as a closed path x0 y0 x1 y1 …, in the order in which they were attached. */
  readonly cycles: readonly Float64Array[];
  /** Whether the view may be changed, and places are states: so it is of the state space alone. */
  readonly live: boolean;
}

/** The two directions of a projection as they are now, and the next one, which lies behind them. */
export interface Frame3 {
  readonly across: readonly number[];
  readonly up: readonly number[];
  readonly behind: readonly number[];
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
  read: { readonly take: { readonly source: Source }; readonly give: FileReading };
  /** The model that a link carries, as a JSON text. */
  unlink: { readonly take: { readonly text: string }; readonly give: { readonly json: string } };
  /** The text by which a link carries a model. */
  link: { readonly take: { readonly model: ModelRef }; readonly give: { readonly text: string } };
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
  /** Adds to what is kept under a key what its pictures are to show. */
  attach: {
    readonly take: {
      readonly key: number;
      readonly cycles?: readonly Cycle[] | undefined;
      readonly sweep?: Sweep | undefined;
    };
    readonly give: null;
  };
  /** All cycles up to a period; incomplete after `maxSeconds` or a cancel. */
  cycles: {
    readonly take: {
      readonly run: number;
      readonly model: ModelRef;
      readonly maxPeriod: number;
      readonly options: Pick<RunOptions, "threads" | "maxSeconds">;
    };
    readonly give: CyclesResult;
  };
  /** The proof of a complete result, or why there is none. */
  prove: {
    readonly take: {
      readonly run: number;
      readonly model: ModelRef;
      readonly result: Result | CyclesResult;
      readonly maxSeconds: number | undefined;
    };
    readonly give: { readonly proof: Uint8Array } | { readonly because: string };
  };
  check: {
    readonly take: {
      readonly run: number;
      readonly model: ModelRef;
      readonly result: Result | CyclesResult;
      readonly proof: ModelFile;
    };
    readonly give: CheckReport;
  };
  sweep: {
    readonly take: {
      readonly run: number;
      readonly model: ModelRef;
      readonly range: SweepRange;
      /** With `maxPeriod` also the branches of cycles. */
      readonly options: Pick<RunOptions, "threads" | "maxSeconds"> & { readonly maxPeriod?: number | undefined };
    };
    readonly give: Sweep;
  };
  /** The frame of a projection, to be turned. */
  frame: { readonly take: { readonly key: number; readonly plane?: DrawOptions["plane"] }; readonly give: Frame3 };
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
  /** The worker holds the lock of its name, for as long as it lives. */
  | { readonly lives: true }
  | { readonly id: number; readonly give: unknown }
  | { readonly id: number; readonly error: string; readonly expected: boolean }
  | { readonly run: number; readonly event: RunEvent };
