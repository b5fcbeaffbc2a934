import { csvLines } from "../../../src/formats/write/write-csv.ts";
import { JsonDocument } from "../../../src/formats/write/write-json.ts";
import { writeNpz } from "../../../src/formats/write/write-npz.ts";
import {
  type Analysis,
  analyse,
  type Cycle,
  compareCheckpoints,
  countRegions,
  type FixedPoint,
  type Model,
  OptionError,
  type Result,
  type Sweep,
  VERSION,
} from "../../../src/index.ts";
import { sealed } from "../../../src/model/seal.ts";
import { type Axis, plotCheckpoints, plotModel, plotSweep, project, stateAxes } from "../../../src/plot/index.ts";
import { linearise } from "../../../src/stability/stability.ts";
import type { Drawn, DrawOptions, EarlyPoint, ExportFormat, Frame3, ModelRef, Orbit, Requests } from "../protocol.ts";
import type { Library } from "./library.ts";
import { eigenvalueMarks, livelyCoordinate, marksAt, placesOf, rowMarks } from "./marks.ts";
import { closed, follow, pathOf } from "./orbit.ts";
import { behindOf } from "./turning.ts";

interface Kept {
  readonly ref: ModelRef;
  readonly result: Result;
  readonly cycles?: readonly Cycle[] | undefined;
  readonly sweep?: Sweep | undefined;
}

/** A picture without a state space. */
const STILL = { cycles: [], live: false } as const;

/** What is done with results: pictures, analyses, trajectories, files. */
export class Desk {
  readonly #library: Library;
  readonly #kept = new Map<number, Kept>();

  constructor(library: Library) {
    this.#library = library;
  }

  async keep({ key, model, result }: Requests["keep"]["take"]): Promise<null> {
    if (result === undefined) this.#kept.delete(key);
    else this.#kept.set(key, { ref: model, result });
    return null;
  }

  async draw({ key, options }: Requests["draw"]["take"]): Promise<Drawn> {
    const { picture, coordinate, maxWidth } = options;
    if (picture === "training") return this.#drawTraining(key, options);
    const { model, result, cycles = [], sweep } = await this.#open(key);
    if (picture === "branches") {
      if (sweep === undefined) throw new OptionError("picture", "needs the branches first", picture, "Follow them.");
      const k = coordinate ?? livelyCoordinate(sweep.samples.flatMap(({ points }) => points));
      return {
        ...STILL,
        svg: plotSweep(sweep, { coordinate: k, maxWidth }),
        marks: marksAt(result.fixedPoints.map(({ z }) => [options.at ?? sweep.parameter.from, z[k]!] as const)),
      };
    }
    const plot = { picture, view: options.view, plane: planeOf(model, options.plane), cycles, maxWidth };
    const svg = plotModel(model, result, plot);
    if (picture === "eigenvalues") return { ...STILL, svg, marks: eigenvalueMarks(result) };
    if (picture === "masks") return { ...STILL, svg, marks: rowMarks(result) };
    const axes = stateAxes(model, result, plot);
    return {
      svg,
      marks: marksAt(result.fixedPoints.map(({ z }) => placeOf(model, z, axes))),
      cycles: cycles.map(({ points }) => pathOf(closed(points.map(({ z }) => z)), drawnOn(model, axes))),
      live: true,
    };
  }

  async #drawTraining(key: number, { keys = [], coordinate, maxWidth }: DrawOptions): Promise<Drawn> {
    const results = keys.flatMap((each) => this.#kept.get(each)?.result ?? []);
    const checkpoints = compareCheckpoints(results, keys.length);
    const k = coordinate ?? livelyCoordinate(results.flatMap(({ fixedPoints }) => fixedPoints));
    const own = this.#kept.get(key)?.result;
    const at = own === undefined ? -1 : results.indexOf(own);
    const places = at < 0 ? [] : own!.fixedPoints.map(({ z }) => [at, z[k]!] as const);
    return { ...STILL, svg: plotCheckpoints(checkpoints, { coordinate: k, maxWidth }), marks: marksAt(places) };
  }

  async attach({ key, cycles, sweep }: Requests["attach"]["take"]): Promise<null> {
    const kept = this.#kept.get(key);
    if (kept !== undefined) this.#kept.set(key, { ...kept, cycles: cycles ?? kept.cycles, sweep: sweep ?? kept.sweep });
    return null;
  }

  /** The frame of the projection that is shown, for a turn of it. */
  async frame({ key, plane }: Requests["frame"]["take"]): Promise<Frame3> {
    const { model, result } = await this.#open(key);
    const [{ direction: across }, { direction: up }] = stateAxes(model, result, { plane: planeOf(model, plane) });
    return { across, up, behind: behindOf(across, up, placesOf(result)) };
  }

  async analyse({ key, point }: Requests["analyse"]["take"]): Promise<Analysis> {
    const { model, result } = await this.#open(key);
    return analyse(model.system, result.fixedPoints[point]!, { dt: model.dt });
  }

  async orbit({ key, start: { place, plane, through } }: Requests["orbit"]["take"]): Promise<Orbit> {
    const { model, result } = await this.#open(key);
    const axes = stateAxes(model, result, { plane: planeOf(model, plane) });
    return orbitFrom(model, result, startOf(model, result, place, axes, through), axes);
  }

  async project({ key, start, plane }: Requests["project"]["take"]): Promise<Orbit> {
    const { model, result } = await this.#open(key);
    return orbitFrom(model, result, start, stateAxes(model, result, { plane: planeOf(model, plane) }));
  }

  async export({ keys, format }: Requests["export"]["take"]): Promise<Requests["export"]["give"]> {
    const results = keys.flatMap((key) => this.#kept.get(key)?.result ?? []);
    return { bytes: written(results, format) };
  }

  async partial({ model: ref, points, options, because }: Requests["partial"]["take"]): Promise<Result> {
    const model = await this.#library.model(ref);
    const { model: summary, auto } = await countRegions(model);
    return sealed<Result>({
      schema: "stillpoint/result@1",
      model: summary,
      fixedPoints: points.map((point) => pointOf(model, point)).sort(byPlace),
      continua: [],
      complete: false,
      incompleteBecause: because,
      method: options.method === "regions" || options.method === "search" ? options.method : auto,
      backend: options.backend === "webgpu" ? "webgpu" : "cpu",
      adapter: null,
      counts: {},
      seconds: { total: 0 },
      provenance: {
        version: VERSION,
        options: { ...options, input: ref.input },
        runtime: navigator.userAgent,
        date: new Date().toISOString(),
      },
    });
  }

  async #open(key: number): Promise<Omit<Kept, "ref"> & { model: Model }> {
    const kept = this.#kept.get(key);
    if (kept === undefined) throw new Error(`no result is kept under ${key}`);
    const { ref, ...rest } = kept;
    return { ...rest, model: await this.#library.model(ref) };
  }
}

/** For R = 2 the plane itself is the default, and "pca" means nothing new. */
function planeOf(model: Model, plane: DrawOptions["plane"]): DrawOptions["plane"] {
  return model.system.latentDim <= 2 ? undefined : plane;
}

/** Where a state is in the picture: for R = 1 on the diagonal of the map, or on the zero line of the flow. */
function placeOf({ system }: Model, z: ArrayLike<number>, axes: readonly [Axis, Axis]): [number, number] {
  if (system.latentDim === 1) return [z[0]!, system.time === "discrete" ? z[0]! : 0];
  return [project(z, axes[0]), project(z, axes[1])];
}

function startOf(
  { system }: Model,
  { fixedPoints }: Result,
  place: readonly [number, number],
  axes: readonly [Axis, Axis],
  through: number | undefined,
): number[] {
  if (system.latentDim === 1) return [place[0]];
  const base = through === undefined ? middleOf(fixedPoints, axes[0].origin) : fixedPoints[through]!.z;
  const along = axes.map((axis, i) => place[i]! - project(base, axis));
  // the axes are orthonormal
  return base.map((x, k) => x + along[0]! * axes[0].direction[k]! + along[1]! * axes[1].direction[k]!);
}

function middleOf(fixedPoints: readonly FixedPoint[], origin: readonly number[]): readonly number[] {
  if (fixedPoints.length === 0) return origin;
  return origin.map((_, k) => fixedPoints.reduce((sum, { z }) => sum + z[k]!, 0) / fixedPoints.length);
}

function orbitFrom(model: Model, result: Result, start: readonly number[], axes: readonly [Axis, Axis]): Orbit {
  const { states, end } = follow(model.system, start, result.fixedPoints);
  return { start, path: pathOf(states, drawnOn(model, axes)), steps: states.length - 1, end };
}

/** The axes on which a path is drawn; undefined for the staircase of a map in one dimension. */
function drawnOn({ system }: Model, axes: readonly [Axis, Axis]): readonly [Axis, Axis] | undefined {
  if (system.latentDim > 1) return axes;
  return system.time === "discrete" ? undefined : [axes[0], { ...axes[1], direction: [0] }];
}

/** A point found early, with what can be said of it at once. */
function pointOf({ system }: Model, point: EarlyPoint): FixedPoint {
  const error = 2 ** -52 * Math.max(...point.z.map(Math.abs));
  return { ...point, status: "certified", error, ...linearise(system, point) };
}

function byPlace({ z: a }: FixedPoint, { z: b }: FixedPoint): number {
  const k = a.findIndex((x, i) => x !== b[i]);
  return k < 0 ? 0 : a[k]! - b[k]!;
}

function written(results: readonly Result[], format: ExportFormat): Uint8Array<ArrayBuffer> {
  if (format === "npz") return Uint8Array.from(writeNpz(results));
  const text = format === "csv" ? [...csvLines(results)].join("") : jsonOf(results);
  return new TextEncoder().encode(text);
}

function jsonOf(results: readonly Result[]): string {
  const document = new JsonDocument();
  const pieces = results.flatMap((result) => [...document.add(result)]);
  return [...pieces, ...document.end()].join("");
}
