import type { Shape } from "../../../model/forms.ts";
import { isNumericArray, type NumericArray } from "../../../model/matrix.ts";
import { MAX_DEPTH } from "../budget.ts";

/** An array of the file by its name there, or undefined. */
export type Get = (name: string) => unknown;

/** The names that the training code of one laboratory gives to the parameters of its models. */
export interface Layout {
  /** The description in the list of layouts. */
  readonly about: string;
  /** The equation of the model, for messages. */
  readonly map: string;
  /** Sets of names by which the layout is recognised, all of one set in one module. */
  readonly required: readonly (readonly string[])[];
  /** Numbers that no file of this layout holds, and what they are. */
  readonly unknown?: Readonly<Record<string, string>>;
  /** What must hold of the network for this layout to be right, and no file tells. */
  readonly condition?: string;
  /**
   * Whether arrays of these shapes are of this layout, or why they are none that can be read.
   * @param shape of an array of the file by its name there
   */
  readonly fits?: (shape: (name: string) => Shape | undefined) => boolean | string;
  /** Whether its names are also a model's own, so that they tell nothing. */
  readonly isPlain?: boolean;
  /** All names that it reads. */
  readonly names: readonly string[];
  /** The model's keys and values. @param get an array of the file by its name there, or undefined */
  readonly build: (get: Get, file: string) => Record<string, unknown>;
}

/** The values that the file holds, under the keys of the model. */
export function pick(get: Get, names: Readonly<Record<string, string>>): Record<string, unknown> {
  const found = Object.entries(names).map(([key, name]) => [key, get(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined && value !== null));
}

/** All numbers of an array of at most `depth` dimensions, in order. */
export function numbersOf(value: unknown, depth = MAX_DEPTH): number[] {
  if (typeof value === "number") return [value];
  if (isNumericArray(value)) return Array.from(value.data);
  return Array.isArray(value) && depth > 0 ? value.flatMap((item) => numbersOf(item, depth - 1)) : [];
}

/**
 * The same array with a function applied to each number. A value nested deeper than `depth` is no array of a model and
 * stays as it is.
 */
export function mapNumbers(value: unknown, f: (x: number) => number, depth = MAX_DEPTH): unknown {
  if (typeof value === "number") return f(value);
  if (isNumericArray(value)) return { data: value.data.map(f), shape: value.shape } satisfies NumericArray;
  return Array.isArray(value) && depth > 0 ? value.map((item) => mapNumbers(item, f, depth - 1)) : value;
}
