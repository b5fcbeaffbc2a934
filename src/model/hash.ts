import type { Activation } from "./activation.ts";
import type { Matrix } from "./matrix.ts";
import { sha256 } from "./sha256.ts";
import type { ModelKind } from "./types.ts";

/** The content of a model that decides whether two models are the same, whatever their file formats. */
export interface HashedContent {
  readonly kind: ModelKind;
  readonly activation: Activation;
  readonly dt: number | undefined;
  /** Every array by its key, diagonals in full, and the input that was used. */
  readonly arrays: ReadonlyMap<string, Matrix>;
}

/**
 * Hex SHA-256 of the canonical bytes: one line of JSON (kind, activation as breakpoints and slopes, dt, and each
 * array's key and size, in order of keys), a line feed, then the arrays as little-endian float64, row-major, with −0
 * written as 0.
 */
export function contentHash({ kind, activation, dt, arrays }: HashedContent): string {
  const { breakpoints, slopes } = activation;
  const numbers: Float64Array[] = [];
  let sizes = "";
  // kinds and keys are names without anything that JSON would escape
  for (const key of sortedKeys([...arrays.keys()])) {
    const { data, rows, cols } = arrays.get(key)!;
    numbers.push(data);
    sizes += `${sizes === "" ? "" : ","}["${key}",${rows},${cols}]`;
  }
  const line =
    `{"format":"stillpoint/model@1","kind":"${kind}","activation":` +
    `{"breakpoints":[${breakpoints}],"slopes":[${slopes}]},` +
    `"dt":${dt ?? null},"arrays":[${sizes}]}\n`;
  const small = smallContent(line, numbers);
  return sha256(small === undefined ? [UTF8.encode(line), littleEndian(numbers)] : [small]);
}

/** The keys of the last model and their order: models of a batch mostly have the same ones. */
let last: { readonly keys: readonly string[]; readonly sorted: readonly string[] } = { keys: [], sorted: [] };

function sortedKeys(keys: readonly string[]): readonly string[] {
  if (keys.length !== last.keys.length || keys.some((key, i) => key !== last.keys[i]))
    last = { keys, sorted: [...keys].sort() };
  return last.sorted;
}

const UTF8 = new TextEncoder();
/** A small content is hashed in one piece, in memory that is there already. */
const SMALL_NUMBERS = new Float64Array(2 ** 11);
const SMALL_BYTES = new Uint8Array(SMALL_NUMBERS.buffer);

/** @returns undefined for a content that is not small. The bytes are good until the next call. */
function smallContent(line: string, arrays: readonly Float64Array[]): Uint8Array | undefined {
  let count = 0;
  for (const { length } of arrays) count += length;
  // the numbers begin at a multiple of eight
  const end = 8 * Math.ceil(line.length / 8);
  if (end + 8 * count > SMALL_BYTES.length) return undefined;
  const padding = end - line.length;
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    // names of arrays are ASCII, where a character is a byte
    if (code > 127) return undefined;
    SMALL_BYTES[padding + i] = code;
  }
  writeNumbers(arrays, SMALL_NUMBERS, end / 8);
  return SMALL_BYTES.subarray(padding, end + 8 * count);
}

/**
 * The bytes of float64 numbers in little-endian order, as all machines that run JavaScript today have them in memory;
 * −0 becomes 0.
 */
function littleEndian(arrays: readonly Float64Array[]): Uint8Array {
  const numbers = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  writeNumbers(arrays, numbers, 0);
  return new Uint8Array(numbers.buffer);
}

function writeNumbers(arrays: readonly Float64Array[], to: Float64Array, from: number): void {
  let at = from;
  for (const array of arrays) for (let i = 0; i < array.length; i++) to[at++] = array[i]! + 0;
}
