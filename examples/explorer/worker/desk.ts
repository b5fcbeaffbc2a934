import { csvLines } from "../../../src/formats/write/write-csv.ts";
import { JsonDocument } from "../../../src/formats/write/write-json.ts";
import { writeNpz } from "../../../src/formats/write/write-npz.ts";
import {
  type Analysis,
  analyse,
  countRegions,
  type FixedPoint,
  type Model,
  type Result,
  VERSION,
} from "../../../src/index.ts";
import { sealed } from "../../../src/model/seal.ts";
import { type Axis, plotModel, project, stateAxes } from "../../../src/plot/index.ts";
import { linearise } from "../../../src/stability/stability.ts";
import type { Drawn, DrawOptions, EarlyPoint, ExportFormat, ModelRef, Orbit, Requests } from "../protocol.ts";
import type { Library } from "./library.ts";
import { follow, pathOf } from "./orbit.ts";

interface Kept {
  readonly ref: ModelRef;
  readonly result: Result;
}

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
    const { model, result } = await this.#open(key);
    const { picture, view } = options;
    const plot = { picture, view, plane: planeOf(model, options.plane) };
    const svg = plotModel(model, result, plot);
    if (picture !== "state") return { svg };
    const axes = stateAxes(model, result, plot);
    return { svg, places: Float64Array.from(result.fixedPoints.flatMap(({ z }) => placeOf(model, z, axes))) };
  }

  async analyse({ key, point }: Requests["analyse"]["take"]): Promise<Analysis> {
    const { model, result } = await this.#open(key);
    return analyse(model.system, result.fixedPoints[point], { dt: model.dt });
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
      seconds: {},
      provenance: {
        version: VERSION,
        options: { ...options, input: ref.input },
        runtime: navigator.userAgent,
        date: new Date().toISOString(),
      },
    });
  }

  async #open(key: number): Promise<{ model: Model; result: Result }> {
    const kept = this.#kept.get(key);
    if (kept === undefined) throw new Error(`no result is kept under ${key}`);
    return { model: await this.#library.model(kept.ref), result: kept.result };
  }
}

/** For R = 2 the plane itself is the default, and "pca" means nothing new. */
function planeOf(model: Model, plane: DrawOptions["plane"]): DrawOptions["plane"] {
  return model.system.latentDim <= 2 ? undefined : plane;
}

/** Where a state is in the picture: for R = 1 on the diagonal of the map, or on the zero line of the flow. */
function placeOf({ system }: Model, z: ArrayLike<number>, axes: readonly [Axis, Axis]): [number, number] {
  if (system.latentDim === 1) return [z[0], system.time === "discrete" ? z[0] : 0];
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
  const base = through === undefined ? middleOf(fixedPoints, axes[0].origin) : fixedPoints[through].z;
  const along = axes.map((axis, i) => place[i] - project(base, axis));
  // the axes are orthonormal
  return base.map((x, k) => x + along[0] * axes[0].direction[k] + along[1] * axes[1].direction[k]);
}

function middleOf(fixedPoints: readonly FixedPoint[], origin: readonly number[]): readonly number[] {
  if (fixedPoints.length === 0) return origin;
  return origin.map((_, k) => fixedPoints.reduce((sum, { z }) => sum + z[k], 0) / fixedPoints.length);
}

function orbitFrom(model: Model, result: Result, start: readonly number[], axes: readonly [Axis, Axis]): Orbit {
  const { states, end } = follow(model.system, start, result.fixedPoints);
  const flow: readonly [Axis, Axis] = [axes[0], { ...axes[1], direction: [0] }];
  const drawnOn = model.system.latentDim > 1 ? axes : model.system.time === "discrete" ? undefined : flow;
  return { start, path: pathOf(states, drawnOn), steps: states.length - 1, end };
}

/** A point found early, with what can be said of it at once. */
function pointOf({ system }: Model, point: EarlyPoint): FixedPoint {
  const error = 2 ** -52 * Math.max(...point.z.map(Math.abs));
  return { ...point, status: "certified", error, ...linearise(system, point) };
}

function byPlace({ z: a }: FixedPoint, { z: b }: FixedPoint): number {
  const k = a.findIndex((x, i) => x !== b[i]);
  return k < 0 ? 0 : a[k] - b[k];
}

function written(results: readonly Result[], format: ExportFormat): Uint8Array<ArrayBuffer> {
  if (format === "npz") return Uint8Array.from(writeNpz(results));
  const text = format === "csv" ? [...csvLines(results)].join("") : jsonOf(results);
  return new TextEncoder().encode(text);
}

function jsonOf(results: readonly Result[]): string {
  const document = new JsonDocument();
  const parts = results.map((result) => document.add(result));
  return parts.join("") + document.end();
}
