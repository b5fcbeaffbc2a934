import { ModelError } from "./errors.ts";
import { shapeOf, vectorLength } from "./forms.ts";
import { expectSize, isNumericArray, type Matrix, readMatrix, readSquare, readVector } from "./matrix.ts";
import { MODEL_KEYS } from "./schema.ts";

/**
 * The arrays of one model, read by name. Remembers which were read, for the content hash and the list of ignored keys.
 */
export class Fields {
  /** Arrays read so far, by key, as the network uses them (a diagonal in full). */
  readonly read = new Map<string, Matrix>();
  /** Biases that were taken as zero because they are absent. */
  readonly absent: string[] = [];
  readonly #raw: Readonly<Record<string, unknown>>;
  readonly #family: string;

  /** @param family named in the error when an array is missing. */
  constructor(raw: Readonly<Record<string, unknown>>, family: string) {
    this.#raw = raw;
    this.#family = family;
  }

  has(key: string): boolean {
    return this.#raw[key] !== undefined;
  }

  matrix(key: string): Matrix {
    return this.#take(key, readMatrix);
  }

  /** A matrix of the given size; `why` says where the size comes from. */
  matrixOf(key: string, rows: number, cols: number, why: string): Matrix {
    const matrix = this.matrix(key);
    expectSize(matrix, key, rows, cols, why);
    return matrix;
  }

  vector(key: string): Matrix {
    return this.#take(key, readVector);
  }

  vectorOf(key: string, length: number, why: string): Matrix {
    const vector = this.vector(key);
    expectSize(vector, key, length, 1, why);
    return vector;
  }

  /**
   * A vector that is zero where there is none: if its key is absent, or the number 0. Which were absent is remembered,
   * as nobody said that they are zero.
   */
  biasOf(key: string, length: number, why: string): Matrix {
    const given = this.#raw[key];
    if (given !== undefined && given !== 0) return this.vectorOf(key, length, why);
    const other = given === undefined ? this.#unknownVector(length) : undefined;
    if (other !== undefined) {
      throw new ModelError(
        key,
        `is missing, and ${other} has its length`,
        undefined,
        `Name it ${key}, or add "${key}": 0 if there is no such bias.`,
      );
    }
    if (given === undefined) this.absent.push(key);
    const zeros = { data: new Float64Array(length), rows: length, cols: 1 };
    this.read.set(key, zeros);
    return zeros;
  }

  /** One number for all of a length, or a vector of that length; returns the vector. */
  oneOrEach(key: string, length: number, why: string): Matrix {
    const given = this.#raw[key];
    const isOne = typeof given === "number" || (isNumericArray(given) && given.data.length === 1);
    if (!isOne) return this.vectorOf(key, length, why);
    const [one] = readVector(typeof given === "number" ? [given] : { data: given.data, shape: [1] }, key).data;
    const each = { data: new Float64Array(length).fill(one!), rows: length, cols: 1 };
    this.read.set(key, each);
    return each;
  }

  /** A key that no family reads, with a vector of this length. */
  #unknownVector(length: number): string | undefined {
    return Object.keys(this.#raw).find((key) => {
      const shape = MODEL_KEYS.has(key) ? undefined : shapeOf(this.#raw[key]);
      return shape !== undefined && vectorLength(shape) === length;
    });
  }

  /** A square matrix, given in full or as its diagonal. */
  square(key: string): Matrix {
    return this.#take(key, readSquare);
  }

  #take(key: string, read: (value: unknown, field: string) => Matrix): Matrix {
    if (!this.has(key)) {
      throw new ModelError(key, `is missing: a model of kind ${this.#family} needs it`, undefined, `Add "${key}".`);
    }
    const matrix = read(this.#raw[key], key);
    this.read.set(key, matrix);
    return matrix;
  }
}
