import { filled, type Gappy } from "../base/filled.ts";
import { isLong, LazyList, type List } from "../base/list.ts";
import { memo } from "../base/memo.ts";
import { allOf, type Steps } from "../base/steps.ts";
import { runningSha256, sha256 } from "./sha256.ts";

/** The verdict of a record's digest: it fits, it does not fit, or there is none. */
export type Seal = "whole" | "broken" | "missing";

/** The algorithm of a digest, in front of its hex digits. */
const PREFIX = "sha256:";

/**
 * Most characters of a JSON text that is kept with its record, since writing many small records twice would take longer
 * than their digests.
 */
const MOST_KEPT = 2 ** 16;

/** The order in which the program writes the keys of results, parts and failures. Other keys follow, ascending. */
const ORDER: ReadonlyMap<string, number> = new Map(
  `schema model name kind latentDim units hyperplanes rank sha256 part search found periods period completeUpTo cycles points fixedPoints virtualFixedPoints continua
  connectedSets dimension point basis z region active ties status error eigenvalues spectralRadius spectralAbscissa spectralBounds stability
  unclassified directions hyperbolic stable neutral unstable undecided linearisations distance nearlyDegenerate margin because precision regions words transverse bounded closed
  pieceCount pieces ends connectedSet vertices rays lines exact exactDigits omitted complete incompleteBecause curves crossings singletons doubletons chao1 degreeSum degreeMustBe method backend adapter backendNote proof noProofBecause proofFile bytes boxes nodes counts seconds provenance version options
  runtime date definition shard`
    .split(/\s+/)
    .map((key, place) => [key, place]),
);

/** Objects whose keys depend on the run; these ascend. */
const MAPS: ReadonlySet<string> = new Set(["counts", "seconds", "options", "input"]);

const texts = memo<object, string>();

/** The same values with the keys of all objects in the order of the format. @param own key of the value itself */
function inOrder(value: unknown, own = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => inOrder(item));
  // its maker writes the keys in order
  if (value instanceof LazyList) return value;
  const place = (key: string): number => (MAPS.has(own) ? 0 : (ORDER.get(key) ?? ORDER.size + 1e3));
  const entries = Object.entries(value).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, inOrder(item, key)]));
}

/** The same map with its keys ascending, as in a sealed record; of several maps, all keys. */
export function ascending<T extends object>(map: T): T;
export function ascending<A extends object, B extends object>(map: A, more: B): A & B;
export function ascending(map: Readonly<Record<string, unknown>>, more: typeof map = {}): object {
  const to: Record<string, unknown> = {};
  for (const key of sortedKeys([...Object.keys(map), ...Object.keys(more)])) {
    const item = more[key] ?? map[key];
    to[key] = typeof item === "object" && item !== null ? ascending(item) : item;
  }
  return to;
}

/** Lists of keys and their order: the runs of a batch have the same few lists. */
const knownOrders: { readonly keys: readonly string[]; readonly sorted: readonly string[] }[] = [];
const MOST_ORDERS = 8;

function sortedKeys(keys: readonly string[]): readonly string[] {
  const known = knownOrders.find((order) => isSameList(order.keys, keys));
  if (known !== undefined) return known.sorted;
  const sorted = [...keys].sort();
  if (knownOrders.length >= MOST_ORDERS) knownOrders.length = 0;
  knownOrders.push({ keys, sorted });
  return sorted;
}

function isSameList(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function withoutDigest<T extends object>(record: T): T {
  if (!("digest" in record)) return record;
  const { digest: _, ...content } = record;
  return content as T;
}

function digestOf(pieces: Iterable<string>): string {
  return PREFIX + sha256(pieces);
}

/**
 * The record with its digest, in the place of an old one: `sha256:` and the hex SHA-256 of the record's line of JSON
 * without the digest (docs/design.md#digests).
 *
 * The digest detects that a record was altered by accident, or by someone who did not know of digests. It is no
 * signature: anyone can seal an altered record anew. It depends on the values alone, not on indentation, the order of
 * keys, or the way numbers are written (`sealOf`).
 */
export function sealed<T extends object>(record: T): T & { readonly digest: string } {
  return sealedInOrder(inOrder(withoutDigest(record)) as T);
}

/**
 * `sealed`, quicker, for a record without a digest whose keys are in the order of the format. Keys without a value are
 * left out.
 */
export function sealedInOrder<T extends object>(record: Gappy<T>): T & { readonly digest: string } {
  if (hasLongList(record)) return allOf(sealingLong(record));
  const text = JSON.stringify(record);
  const digest = digestOf([text]);
  const whole = filled(record) as T & { digest: string };
  whole.digest = digest;
  if (text.length <= MOST_KEPT) texts.set(whole, `${text.slice(0, -1)},"digest":"${digest}"}`);
  return whole;
}

/** `sealedInOrder` in steps, for a record whose lists may be long. */
export function* sealingInOrder<T extends object>(record: Gappy<T>): Steps<T & { readonly digest: string }> {
  return hasLongList(record) ? yield* sealingLong(record) : sealedInOrder(record);
}

function* sealingLong<T extends object>(record: Gappy<T>): Steps<T & { readonly digest: string }> {
  const hash = runningSha256();
  for (const piece of jsonPieces(record)) {
    hash.update(piece);
    yield;
  }
  return filled({ digest: PREFIX + hash.hex() }, filled<T>(record));
}

/** A record that was parsed from its line of JSON, which is kept with it unless it is long. */
export function withLine<T extends object>(record: T, line: string): T {
  if (line.length <= MOST_KEPT) texts.set(record, line);
  return record;
}

/** The JSON of a record on one line, in pieces: a result of a million fixed points has no line that fits a string. */
export function jsonLine(record: object): Iterable<string> {
  const known = texts.get(record);
  if (known !== undefined) return [known];
  return hasLongList(record) ? jsonPieces(record) : [JSON.stringify(record)];
}

/** `jsonLine` with a line feed at the end of the last piece, so that a short line is one piece. */
export function* wholeLine(record: object): Generator<string> {
  let held = "";
  for (const piece of jsonLine(record)) {
    if (held !== "") yield held;
    held = piece;
  }
  yield `${held}\n`;
}

/** The number of items of a list in one piece. */
const ITEMS_PER_PIECE = 200;

function isLongList(value: unknown): value is List<unknown> {
  return (Array.isArray(value) || value instanceof LazyList) && isLong(value);
}

function hasLongList(record: object): boolean {
  return Object.values(record).some(isLongList);
}

/** The text of JSON.stringify for a record of plain values, in pieces where a list of the record itself is long. */
function* jsonPieces(record: object): Generator<string> {
  let before = "{";
  for (const [key, value] of Object.entries(record)) {
    if (value === undefined) continue;
    const start = `${before}${JSON.stringify(key)}:`;
    before = ",";
    if (!isLongList(value)) {
      yield start + JSON.stringify(value);
      continue;
    }
    yield `${start}[`;
    for (let at = 0; at < value.length; at += ITEMS_PER_PIECE) {
      const items = JSON.stringify(value.slice(at, at + ITEMS_PER_PIECE)).slice(1, -1);
      yield at === 0 ? items : `,${items}`;
    }
    yield "]";
  }
  yield before === "{" ? "{}" : "}";
}

/** Whether a value that was read is as it was sealed, whatever the order of its keys. Never throws. */
export function sealOf(value: unknown): Seal {
  if (typeof value !== "object" || value === null) return "missing";
  const { digest } = value as { readonly digest?: unknown };
  if (digest === undefined) return "missing";
  try {
    const content = withoutDigest(value);
    if (digest === digestOf(jsonLine(content))) return "whole";
    return digest === digestOf(jsonLine(inOrder(content) as object)) ? "whole" : "broken";
  } catch {
    // nested deeper than the stack allows, or no JSON value: nothing that was ever sealed
    return "broken";
  }
}
