import { ModelError } from "./errors.ts";

/** A validated dense matrix of finite numbers, row-major. A vector is one with a single column. */
export interface Matrix {
  readonly data: Float64Array;
  readonly rows: number;
  readonly cols: number;
}

/** An array as it comes from binary files: flat data, row-major, and its shape. */
export interface NumericArray {
  readonly data: Float64Array | Float32Array;
  readonly shape: readonly number[];
}

/**
 * Largest |x| of a model's numbers. A term of the system is a product of at most three of them, so that sums of 2^60
 * terms stay finite in float64.
 */
export const MAX_MAGNITUDE = 2 ** 300;

/** Most entries of one matrix of a model (256 MiB of float64). */
export const MAX_ENTRIES = 2 ** 25;

type NumberRow = readonly unknown[] | Float64Array | Float32Array;

function isRow(value: unknown): value is NumberRow {
  return Array.isArray(value) || isFloatArray(value);
}

function isFloatArray(value: unknown): value is Float64Array | Float32Array {
  // by tag, so that arrays from another realm (a frame, the context of a test runner) count too
  const tag = Object.prototype.toString.call(value);
  return tag === "[object Float64Array]" || tag === "[object Float32Array]";
}

export function isNumericArray(value: unknown): value is NumericArray {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return false;
  return "data" in value && isFloatArray(value.data) && "shape" in value && Array.isArray(value.shape);
}

/** Whether x is a finite number of at most MAX_MAGNITUDE. */
function isGood(x: unknown): x is number {
  return typeof x === "number" && Math.abs(x) <= MAX_MAGNITUDE;
}

/** Throws ModelError: x is not good. */
function refuseNumber(x: unknown, field: string): never {
  if (typeof x !== "number") throw new ModelError(field, "must be a number", x, "Write it as a plain number.");
  if (!Number.isFinite(x)) {
    throw new ModelError(field, "must be finite", x, "Check the training run or the export that wrote it.");
  }
  throw new ModelError(
    field,
    "is so large that products of the model's numbers would overflow; the limit is 2^300, about 2e90",
    x,
    "Rescale the units or the latent variables.",
  );
}

function checkEntryCount(field: string, rows: number, cols: number): void {
  if (rows * cols > MAX_ENTRIES) {
    throw new ModelError(field, `has more than ${MAX_ENTRIES} entries`, `${rows}×${cols}`, "Use a smaller model.");
  }
}

/** Dimensions of a flat array, checked against its data. */
function flatShape(value: NumericArray, field: string): readonly number[] {
  let size = 1;
  for (const extent of value.shape) {
    if (!Number.isSafeInteger(extent) || extent < 0) {
      throw new ModelError(field, "has a shape that is not whole numbers", extent, "Give non-negative integers.");
    }
    size *= extent;
  }
  if (size !== value.data.length) {
    throw new ModelError(
      field,
      `has shape ${value.shape.join("×")}, which does not fit its data`,
      `${value.data.length} numbers`,
      "Give as many numbers as the shape says.",
    );
  }
  return value.shape;
}

/** How many dimensions a raw array has: 0 for a single number or anything else. */
function dimensionsOf(value: unknown): number {
  if (isNumericArray(value)) return value.shape.length;
  if (!isRow(value)) return 0;
  // `at` as in `shapeOf`
  return value.length > 0 && isRow(value.at(0)) ? 2 : 1;
}

function rejectEmpty(field: string, value: unknown): never {
  throw new ModelError(field, "is empty", value, "Give at least one row and one column.");
}

/** Reads a matrix: nested arrays of rows, or flat data with a two-dimensional shape. Throws ModelError. */
export function readMatrix(value: unknown, field: string): Matrix {
  if (isNumericArray(value)) {
    const shape = flatShape(value, field);
    if (shape.length !== 2) {
      throw new ModelError(
        field,
        "must be a matrix",
        `shape [${shape.join(", ")}]`,
        "Give an array of two dimensions.",
      );
    }
    const rows = shape[0]!;
    const cols = shape[1]!;
    if (rows === 0 || cols === 0) rejectEmpty(field, `shape [${shape.join(", ")}]`);
    checkEntryCount(field, rows, cols);
    for (let i = 0; i < value.data.length; i++) {
      const x = value.data[i];
      if (!isGood(x)) refuseNumber(x, `${field}[${Math.floor(i / cols)}][${i % cols}]`);
    }
    return { data: Float64Array.from(value.data), rows, cols };
  }
  if (!isRow(value)) throw new ModelError(field, "must be a matrix", value, "Give an array of rows.");
  if (value.length === 0) rejectEmpty(field, value);
  const rows = value.length;
  const first: unknown = value[0];
  if (!isRow(first)) throw new ModelError(`${field}[0]`, "must be a row of numbers", first, "Give an array of rows.");
  const cols = first.length;
  if (cols === 0) rejectEmpty(`${field}[0]`, first);
  checkEntryCount(field, rows, cols);
  for (let i = 0; i < rows; i++) {
    const row: unknown = value[i];
    if (!isRow(row)) throw new ModelError(`${field}[${i}]`, "must be a row of numbers", row, "Give an array of rows.");
    if (row.length !== cols) {
      throw new ModelError(
        `${field}[${i}]`,
        `must have ${cols} entries like the rows above it`,
        row,
        "Make all rows equally long.",
      );
    }
  }
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const row = value[i] as NumberRow;
    for (let k = 0; k < cols; k++) {
      const x: unknown = row[k];
      if (!isGood(x)) refuseNumber(x, `${field}[${i}][${k}]`);
      data[i * cols + k] = x;
    }
  }
  return { data, rows, cols };
}

/** Reads a vector: an array of numbers, or flat data of shape [n], [n, 1] or [1, n]. Throws ModelError. */
export function readVector(value: unknown, field: string): Matrix {
  let row: NumberRow;
  if (isNumericArray(value)) {
    const shape = flatShape(value, field);
    // MATLAB has no vectors, only matrices with a single row or column
    if (shape.length === 0 || shape.filter((extent) => extent !== 1).length > 1) {
      throw new ModelError(field, "must be a vector", `shape [${shape.join(", ")}]`, "Give an array of one dimension.");
    }
    row = value.data;
  } else {
    if (!isRow(value)) throw new ModelError(field, "must be a vector", value, "Give an array of numbers.");
    row = value;
  }
  if (row.length === 0) throw new ModelError(field, "is empty", value, "Give at least one number.");
  checkEntryCount(field, row.length, 1);
  const data = new Float64Array(row.length);
  for (let i = 0; i < row.length; i++) {
    const x: unknown = row[i];
    if (!isGood(x)) refuseNumber(x, `${field}[${i}]`);
    data[i] = x;
  }
  return { data, rows: row.length, cols: 1 };
}

/** Reads a square matrix, given in full or as its diagonal; returns it in full. Throws ModelError. */
export function readSquare(value: unknown, field: string): Matrix {
  const flatVector = isNumericArray(value) && value.shape.length === 2 && value.shape.includes(1);
  if (dimensionsOf(value) === 2 && !flatVector) {
    const matrix = readMatrix(value, field);
    if (matrix.rows !== matrix.cols) {
      throw new ModelError(
        field,
        "must be square, or a vector for its diagonal",
        `${matrix.rows}×${matrix.cols}`,
        "Give as many rows as columns.",
      );
    }
    return matrix;
  }
  const diagonal = readVector(value, field);
  const n = diagonal.rows;
  checkEntryCount(field, n, n);
  const data = new Float64Array(n * n);
  for (let i = 0; i < n; i++) data[i * n + i] = diagonal.data[i]!;
  return { data, rows: n, cols: n };
}

/** Throws ModelError unless the matrix has the given size; `why` says where the size comes from. */
export function expectSize(matrix: Matrix, field: string, rows: number, cols: number, why: string): void {
  if (matrix.rows === rows && matrix.cols === cols) return;
  const isVector = cols === 1 && matrix.cols === 1;
  const transposed = matrix.rows === cols && matrix.cols === rows;
  throw new ModelError(
    field,
    isVector ? `must have ${rows} entries (${why})` : `must be ${rows}×${cols} (${why})`,
    isVector ? `${matrix.rows} entries` : `${matrix.rows}×${matrix.cols}`,
    transposed ? "It seems to be transposed." : "Give the arrays of one and the same network.",
  );
}
