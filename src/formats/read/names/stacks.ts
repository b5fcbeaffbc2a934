import { FileError } from "../../../model/errors.ts";
import { isNumericArray } from "../../../model/matrix.ts";
import type { Budget } from "../budget.ts";
import type { Entries, Entry } from "../entries.ts";

/** The largest number of models of one stack, as of one JSON array. */
const MAX_MODELS = 2 ** 17;

/** Axes of a matrix; a model needs at least one, and no array of more axes. */
const MATRIX_AXES = 2;

interface Shaped {
  readonly name: string;
  readonly shape: readonly number[];
}

/**
 * Models whose arrays are stacked: each has one more leading axis than a model needs, of one length for all of them.
 * The entries of model k have the k-th slices of the arrays in their place; texts and single numbers are of all
 * models. Undefined if no array has more axes than a matrix. Throws FileError if only some arrays are stacked.
 *
 * @param used the names of the entries that the model is made of.
 */
export function slicesOfStack(
  entries: Entries,
  used: ReadonlySet<string>,
  file: string,
  budget: Budget,
): Entries[] | undefined {
  const arrays: Shaped[] = [];
  for (const name of used) {
    const shape = entries.get(name)?.shape();
    if (shape?.some((extent) => extent !== 1)) arrays.push({ name, shape });
  }
  // a vector may have any number of axes of length 1
  const stacked = arrays.find(
    ({ shape }) => shape.length > MATRIX_AXES && shape.filter((extent) => extent !== 1).length > 1,
  );
  if (stacked === undefined) return undefined;
  const count = stacked.shape[0]!;
  const other = arrays.find(({ shape }) => shape[0] !== count || shape.length > MATRIX_AXES + 1);
  if (other !== undefined) {
    throw new FileError(
      file,
      `holds ${other === stacked ? "" : `${shown(stacked)} and `}${shown(other)}, which are no model and no stack of models`,
      "Give matrices and vectors, or all of them with one more leading axis of the same length.",
    );
  }
  if (count > MAX_MODELS) {
    throw new FileError(file, `is a stack of ${count} models; the limit is ${MAX_MODELS}`, "Split it.");
  }
  if (count === 0) throw new FileError(file, `is an empty stack: ${shown(stacked)}`, "Give at least one model.");
  budget.objects(count * entries.size);
  const whole = arrays.map(({ name, shape }) => [name, onceRead(entries.get(name)!), shape.slice(1)] as const);
  return Array.from({ length: count }, (_, k): Entries => {
    const slices = new Map(entries);
    // all slices have the same shapes, so one is enough to find what was left out
    if (k === 0) for (const [name, entry] of entries) if (!used.has(name)) slices.set(name, spareSlice(entry, count));
    for (const [name, read, shape] of whole) slices.set(name, sliceOf(read, k, shape));
    return slices;
  });
}

function shown({ name, shape }: Shaped): string {
  return `${name} of shape (${shape.join(", ")})`;
}

function onceRead(entry: Entry): () => unknown {
  let value: { readonly read: unknown } | undefined;
  return () => {
    value ??= { read: entry.read() };
    return value.read;
  };
}

/** An array that the models do not use, as it would be in the first of them: a bias may stand under another name. */
function spareSlice(entry: Entry, count: number): Entry {
  const shapeOfSlice = (): readonly number[] | undefined => {
    const shape = entry.shape();
    const isStacked = shape?.[0] === count && (shape.length === MATRIX_AXES || shape.length === MATRIX_AXES + 1);
    return isStacked ? shape.slice(1) : undefined;
  };
  return {
    shape: () => shapeOfSlice() ?? entry.shape(),
    claims: () => entry.claims() / (shapeOfSlice() === undefined ? 1 : count),
    read: () => {
      const shape = shapeOfSlice();
      return shape === undefined ? entry.read() : sliceOf(() => entry.read(), 0, shape).read();
    },
  };
}

/** @param shape of the slice. What it claims was asked for with the whole array. */
function sliceOf(read: () => unknown, k: number, shape: readonly number[]): Entry {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return {
    shape: () => shape,
    claims: () => 0,
    read: () => {
      const value = read();
      if (isNumericArray(value)) return { data: value.data.subarray(k * size, (k + 1) * size), shape };
      return Array.isArray(value) ? value[k] : value;
    },
  };
}
