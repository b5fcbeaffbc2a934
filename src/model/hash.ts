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
  const sorted = [...arrays].sort(([a], [b]) => (a < b ? -1 : 1));
  const head = JSON.stringify({
    format: "stillpoint/model@1",
    kind,
    activation: { breakpoints: activation.breakpoints, slopes: activation.slopes },
    dt: dt ?? null,
    arrays: sorted.map(([key, { rows, cols }]) => [key, rows, cols]),
  });
  const [begin, numbers] = [UTF8.encode(`${head}\n`), littleEndian(sorted.map(([, { data }]) => data))];
  // a small content is hashed in one piece, which is quicker there
  return sha256(numbers.length < LARGE_CONTENT ? [joined(begin, numbers)] : [begin, numbers]);
}

/** From so many bytes on a copy takes longer than a second call of the hash. */
const LARGE_CONTENT = 2 ** 16;

const UTF8 = new TextEncoder();

/**
 * The bytes of float64 numbers in little-endian order, as all machines that run JavaScript today have them in memory;
 * −0 becomes 0.
 */
function littleEndian(arrays: readonly Float64Array[]): Uint8Array {
  const numbers = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) for (let i = 0; i < array.length; i++) numbers[at++] = array[i]! + 0;
  return new Uint8Array(numbers.buffer);
}

function joined(head: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  return bytes;
}
