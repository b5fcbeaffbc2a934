/**
 * Pictures of a network's fixed points as SVG text, without a DOM and without files. Where marks would be too many to
 * be seen, some are left out, and the picture says so.
 * @module
 */

import type { Result } from "../base/result.ts";
import { plural } from "../base/words.ts";
import { OptionError } from "../model/errors.ts";
import type { Model } from "../model/types.ts";
import type { Checkpoints } from "../sweep/checkpoints.ts";
import type { Sweep } from "../sweep/result.ts";
import type { SweepGrid } from "../sweep/sweep.ts";
import { type BranchOptions, branchPictures, sweepSubtitle } from "./branch-picture.ts";
import { checkpointPicture } from "./checkpoint-picture.ts";
import { countMapPicture } from "./count-map-picture.ts";
import { cyclesSubtitle } from "./cycles.ts";
import { eigenvaluePictures } from "./eigenvalue-picture.ts";
import { mapPictures } from "./map-picture.ts";
import { maskPicture } from "./mask-picture.ts";
import { besides, type FigureOptions, figure, type Panel } from "./panel.ts";
import { planePicture } from "./plane-picture.ts";
import { type Axis, coordinateAxes } from "./projection.ts";
import { type ProjectionOptions, projectionAxes, projectionPicture, projectionPictures } from "./projection-picture.ts";
import { reachedCheckpoints, reachedResult, reachedSweep } from "./reach.ts";

export type { BranchOptions } from "./branch-picture.ts";
export type { DrawnCycles } from "./cycles.ts";
export { step } from "./dynamics.ts";
export type { View } from "./geometry.ts";
export { maskRows } from "./mask-picture.ts";
export type { FigureOptions } from "./panel.ts";
export { type Axis, project } from "./projection.ts";
export type { ProjectionOptions, Turned } from "./projection-picture.ts";

/** Which picture of a model: its state space, its eigenvalues, its masks, or all three on one sheet. */
export type Picture = "all" | "state" | "eigenvalues" | "masks";
/** The choices of `Picture`. */
export const PICTURES: readonly Picture[] = ["all", "state", "eigenvalues", "masks"];

/** Options of a picture of a model. */
export interface PlotOptions extends ProjectionOptions, FigureOptions {
  readonly picture?: Picture | undefined;
}

/**
 * The picture of a solved model. The state space is shown as the map for R = 1, as the plane for R = 2, and as a
 * projection for R ≥ 3.
 * @returns a whole SVG document.
 * @throws OptionError for an unknown picture, or a plane that the model does not have.
 */
export function plotModel(model: Model, solved: Result, options: PlotOptions = {}): string {
  const { picture = "all" } = options;
  if (!PICTURES.includes(picture)) {
    throw new OptionError("picture", "is not one of the choices", picture, `Use ${PICTURES.join(", ")}.`);
  }
  checkPlane(model, options);
  const { shown: result, note } = reachedResult(solved);
  const { fixedPoints } = result;
  const sheet = (left: Panel[], others: Panel[]): Panel[][] =>
    options.maxWidth === undefined ? besides(left, others) : [[...left, ...others]];
  const state = (): Panel[] => stateOf(model, result, options);
  const eigenvalues = (): Panel[] => eigenvaluePictures(model, result, options);
  const columns: Readonly<Record<Picture, () => Panel[][]>> = {
    all: () =>
      sheet(isProjection(model, options) ? projectionPictures(model, result, options) : state(), [
        ...(fixedPoints.length > 0 ? eigenvalues() : []),
        ...(fixedPoints.length > 1 ? [maskPicture(result, options)] : []),
      ]),
    state: () => [state()],
    eigenvalues: () => [eigenvalues()],
    masks: () => [[maskPicture(result, options)]],
  };
  return figure(model.name, columns[picture](), subtitleOf(result) + cyclesSubtitle(options.cycles) + note, options);
}

function stateOf(model: Model, result: Result, options: PlotOptions): Panel[] {
  const R = model.system.latentDim;
  if (R === 1) return mapPictures(model, result, options.view?.x, options);
  return [
    isProjection(model, options) ? projectionPicture(model, result, options) : planePicture(model, result, options),
  ];
}

/** @throws OptionError for a plane of a model that has one coordinate only */
function checkPlane({ system: { latentDim } }: Model, { plane }: ProjectionOptions): void {
  if (latentDim > 1 || plane === undefined || plane === "pca") return;
  throw new OptionError(
    "plane",
    "needs two latent coordinates, and the model has one",
    JSON.stringify(plane),
    "Leave it out.",
  );
}

function isProjection({ system: { latentDim } }: Model, { plane }: ProjectionOptions): boolean {
  return latentDim > 2 || (latentDim === 2 && plane !== undefined);
}

/**
 * The two axes of the picture of the state space: a state z is drawn at direction·(z − origin) of each. For R = 1 the
 * second axis is the first.
 * @throws OptionError for a plane that the model does not have.
 */
export function stateAxes(model: Model, result: Result, options: ProjectionOptions = {}): readonly [Axis, Axis] {
  const R = model.system.latentDim;
  if (R === 1) return coordinateAxes([0, 0], R);
  return isProjection(model, options)
    ? projectionAxes(model, reachedResult(result).shown, options)
    : coordinateAxes([0, 1], R);
}

function subtitleOf({ model, fixedPoints, continua, complete, incompleteBecause }: Result): string {
  const found = [
    plural(fixedPoints.length, "fixed point"),
    ...(continua.length > 0 ? [plural(continua.length, "continuum", "continua")] : []),
  ].join(" and ");
  const proved = complete ? "complete" : `INCOMPLETE: ${incompleteBecause ?? "no reason given"}`;
  const planes = model.hyperplanes === model.units ? "" : `, ${plural(model.hyperplanes, "hyperplane")}`;
  return `${model.kind}, R = ${model.latentDim}, ${plural(model.units, "unit")}${planes}: ${found} (${proved})`;
}

/**
 * The branches of a sweep. @returns a whole SVG document. @throws OptionError for a coordinate that the model does not
 * have.
 */
export function plotSweep(sweep: Sweep, options: BranchOptions = {}): string {
  const { shown, note } = reachedSweep(sweep);
  return figure(sweep.model.name, [branchPictures(shown, options)], sweepSubtitle(sweep) + note, options);
}

/** The number of fixed points over two inputs. @returns a whole SVG document. */
export function plotSweepGrid(grid: SweepGrid, options: FigureOptions = {}): string {
  return figure(grid.rows[0]?.model.name ?? "", [[countMapPicture(grid, options)]], "", options);
}

/** Fixed points over checkpoints. @returns a whole SVG document. @throws OptionError as `plotSweep`. */
export function plotCheckpoints(checkpoints: Checkpoints, options: BranchOptions = {}): string {
  const names = checkpoints.checkpoints.map(({ model }) => model.name);
  const title = names.length > 1 ? `${names[0]} … ${names.at(-1)}` : (names[0] ?? "");
  const { shown, note } = reachedCheckpoints(checkpoints);
  return figure(title, [[checkpointPicture(shown, options)]], note.replace("; ", ""), options);
}
