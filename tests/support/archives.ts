import { deflateRawSync, inflateRawSync } from "node:zlib";
import { inflateSync } from "fflate";
import { crc32 } from "../../src/formats/read/zip.ts";
import type { Random } from "./random.ts";

/** One entry of a zip archive: fields of its headers as they are written, and its bytes as they are packed. */
export interface ArchiveEntry {
  name: string;
  flags: number;
  method: number;
  crc: number;
  size: number;
  body: Uint8Array;
  /** Of the local header and of the directory. */
  extra: [Uint8Array, Uint8Array];
  /** As NumPy writes it: the local header has all ones for both sizes. */
  isSizeLeft: boolean;
}

const NOTHING = new Uint8Array(0);

/** The entries of an archive that is whole. */
export function entriesOf(bytes: Uint8Array): ArchiveEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  const entries: ArchiveEntry[] = [];
  for (let at = view.getUint32(end + 16, true); at < end; ) {
    const nameLength = view.getUint16(at + 28, true);
    const local = view.getUint32(at + 42, true);
    const from = local + 30 + nameLength + view.getUint16(local + 28, true);
    entries.push({
      name: new TextDecoder("latin1").decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      size: view.getUint32(at + 24, true),
      body: bytes.slice(from, from + view.getUint32(at + 20, true)),
      extra: [NOTHING, NOTHING],
      isSizeLeft: false,
    });
    at += 46 + nameLength;
  }
  return entries;
}

/** What an archive may have beside its entries. */
export interface Beside {
  readonly before?: Uint8Array;
  readonly between?: Uint8Array;
  readonly comment?: Uint8Array;
  /** The entries of the directory, if others. */
  readonly directory?: readonly number[];
}

/** An archive of entries, one after the other. */
export function archiveOf(entries: readonly ArchiveEntry[], beside: Beside = {}): Uint8Array {
  const parts: Uint8Array[] = [beside.before ?? NOTHING];
  let length = parts[0]!.length;
  const put = (part: Uint8Array): void => {
    parts.push(part);
    length += part.length;
  };
  const head = (entry: ArchiveEntry, isLocal: boolean): Uint8Array => {
    const { flags, method, crc, size, body, name, extra, isSizeLeft } = entry;
    const part = new Uint8Array(26);
    const view = new DataView(part.buffer);
    view.setUint16(0, 20, true);
    view.setUint16(2, flags, true);
    view.setUint16(4, method, true);
    view.setUint32(10, crc, true);
    view.setUint32(14, isLocal && isSizeLeft ? 0xffffffff : body.length, true);
    view.setUint32(18, isLocal && isSizeLeft ? 0xffffffff : size, true);
    view.setUint16(22, name.length, true);
    view.setUint16(24, extra[isLocal ? 0 : 1].length, true);
    return part;
  };
  const latin = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));
  const offsets = entries.map((entry) => {
    const offset = length;
    for (const part of [latin("PK\x03\x04"), head(entry, true), latin(entry.name), entry.extra[0], entry.body])
      put(part);
    put(beside.between ?? NOTHING);
    return offset;
  });
  const start = length;
  const listed = beside.directory ?? entries.map((_, i) => i);
  for (const i of listed) {
    const entry = entries[i]!;
    const tail = new Uint8Array(14);
    new DataView(tail.buffer).setUint32(10, offsets[i]!, true);
    const parts = [
      latin("PK\x01\x02"),
      Uint8Array.of(20, 0),
      head(entry, false),
      tail,
      latin(entry.name),
      entry.extra[1],
    ];
    for (const part of parts) put(part);
  }
  const comment = beside.comment ?? NOTHING;
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  end.set(latin("PK\x05\x06"));
  view.setUint16(8, listed.length, true);
  view.setUint16(10, listed.length, true);
  view.setUint32(12, length - start, true);
  view.setUint32(16, start, true);
  view.setUint16(20, comment.length, true);
  put(end);
  put(comment);
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What an entry unpacks to. */
export function unpacked({ method, body }: ArchiveEntry): Uint8Array {
  return method === 0 ? body : new Uint8Array(inflateRawSync(body));
}

/** An entry of other bytes, with the right size and checksum. */
export function repacked(entry: ArchiveEntry, bytes: Uint8Array, isStored = false): ArchiveEntry {
  return {
    ...entry,
    method: isStored ? 0 : 8,
    crc: crc32(bytes),
    size: bytes.length,
    body: isStored ? bytes : new Uint8Array(deflateRawSync(bytes)),
  };
}

type Damage = (bytes: Uint8Array, random: Random) => Uint8Array;

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function drawn(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.integer(0, 255));
}

/** A copy with a few bytes changed, at places that `at` draws. */
function changed(bytes: Uint8Array, random: Random, at: () => number): Uint8Array {
  const copy = bytes.slice();
  const interesting = [0, 1, 2, 4, 8, 0x7f, 0x80, 0xff];
  for (let n = random.pick([1, 1, 1, 2, 4]); n > 0; n--) {
    const place = at();
    copy[place] = random.pick([
      copy[place]! ^ (1 << random.integer(0, 7)),
      random.integer(0, 255),
      random.pick(interesting),
      copy[place]! + random.sign(),
    ]);
  }
  return copy;
}

/** The bytes of headers, directory and end: everything but what entries hold. */
function structure(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  const places: number[] = [];
  const add = (from: number, to: number): void => {
    for (let i = from; i < to; i++) places.push(i);
  };
  const directory = view.getUint32(end + 16, true);
  for (let at = directory; at < end; at += 46 + view.getUint16(at + 28, true)) {
    const local = view.getUint32(at + 42, true);
    add(local, local + 30 + view.getUint16(at + 28, true));
  }
  add(directory, bytes.length);
  return places;
}

/** Does something to one entry. */
function ofEntry(change: (entry: ArchiveEntry, random: Random) => Partial<ArchiveEntry>): Damage {
  return (bytes, random) => {
    const entries = entriesOf(bytes);
    const at = random.integer(0, entries.length - 1);
    entries[at] = { ...entries[at]!, ...change(entries[at]!, random) };
    return archiveOf(entries);
  };
}

/** A damaged stream, with the size and checksum of what a lenient reader makes of it: then nothing else is wrong. */
function mended(entry: ArchiveEntry, body: Uint8Array): ArchiveEntry {
  // fflate takes codes that zlib does not, and zlib, told so, a stream that is cut off
  for (const read of [inflateSync, (packed: Uint8Array) => inflateRawSync(packed, { finishFlush: 2 })]) {
    try {
      const bytes = new Uint8Array(read(body));
      return { ...entry, method: 8, body, size: bytes.length, crc: crc32(bytes) };
    } catch {
      // this library refuses the stream: the other one may take it
    }
  }
  return { ...entry, method: 8, body };
}

/** A text with one place changed: a character dropped, doubled, replaced or put in. */
function edited(text: string, random: Random, alphabet: readonly string[]): string {
  const at = random.integer(0, text.length - 1);
  const piece = random.pick(alphabet);
  return random.pick([
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) + text[at] + text.slice(at),
    text.slice(0, at) + piece + text.slice(at + 1),
    text.slice(0, at) + piece + text.slice(at),
  ]);
}

const DICTIONARY = [" ", "\n", "0", "1", "9", ",", "'", '"', "(", ")", "<", ">", "|", "=", "f", "u", "i", "L", "True"];
const JSON_PIECES = [
  "null",
  "true",
  "[]",
  "{}",
  '""',
  "NaN",
  "Infinity",
  "-0",
  "1e400",
  "1.0",
  "0.5",
  "-1",
  " ",
  "[",
  "}",
];

/** What may befall the file of a proof. Those that `CONTENT` does not name leave its arrays alone, or make them unreadable. */
export const DAMAGE: Readonly<Record<string, Damage>> = {
  "bits flipped": (bytes, random) => {
    const copy = bytes.slice();
    for (let n = random.integer(1, 3); n > 0; n--) {
      copy[random.integer(0, copy.length - 1)]! ^= 1 << random.integer(0, 7);
    }
    return copy;
  },
  "bytes replaced": (bytes, random) => changed(bytes, random, () => random.integer(0, bytes.length - 1)),
  "bytes inserted": (bytes, random) => {
    const at = random.integer(0, bytes.length);
    return joined(bytes.subarray(0, at), drawn(random, random.integer(1, 8)), bytes.subarray(at));
  },
  "bytes removed": (bytes, random) => {
    const at = random.integer(0, bytes.length - 1);
    return joined(bytes.subarray(0, at), bytes.subarray(at + random.integer(1, 8)));
  },
  truncated: (bytes, random) => bytes.slice(0, random.pick([random.integer(0, bytes.length), bytes.length - 1])),
  appended: (bytes, random) => joined(bytes, random.pick([drawn(random, random.integer(1, 40)), bytes, NOTHING])),
  "put before": (bytes, random) => joined(random.pick([drawn(random, random.integer(1, 40)), bytes]), bytes),
  "ranges swapped": (bytes, random) => {
    const cuts = Array.from({ length: 3 }, () => random.integer(0, bytes.length)).sort((a, b) => a - b);
    const [a, b, c] = cuts as [number, number, number];
    return joined(bytes.subarray(0, a), bytes.subarray(b, c), bytes.subarray(a, b), bytes.subarray(c));
  },
  "a field edited": (bytes, random) => {
    const places = structure(bytes);
    return changed(bytes, random, () => random.pick(places));
  },
  "the end edited": (bytes, random) => changed(bytes, random, () => bytes.length - random.integer(1, 22)),
  "one field in both headers": (bytes, random) => {
    const entries = entriesOf(bytes);
    const entry = random.pick(entries);
    const key = random.pick(["flags", "flags", "method", "crc", "size"] as const);
    entry[key] = random.pick([1 << random.integer(0, 15), entry[key] + random.sign(), 0]) >>> 0;
    return archiveOf(entries);
  },
  "other name": ofEntry(({ name }, random) => ({
    name: random.pick([
      `${name}x`,
      `./${name}`,
      name.toUpperCase(),
      name.replace(".npy", ""),
      `${name}\0`,
      "é.npy",
      "../a",
    ]),
  })),
  "sizes left to the directory": (bytes, random) => {
    const wide = Uint8Array.of(1, 0, 16, 0, ...drawn(random, 16));
    return archiveOf(entriesOf(bytes).map((entry) => ({ ...entry, isSizeLeft: true, extra: [wide, NOTHING] })));
  },
  "extra fields": ofEntry((_, random) => {
    const extra = joined(Uint8Array.of(random.pick([1, 0x75, 0x55]), random.pick([0, 0x70]), 4, 0), drawn(random, 4));
    return {
      extra: random.pick([
        [extra, extra],
        [extra, NOTHING],
        [NOTHING, extra],
      ]),
    };
  }),
  "entries in another order": (bytes, random) => {
    const entries = entriesOf(bytes);
    const order = random.shuffled(entries.map((_, i) => i));
    return random.pick([archiveOf(entries, { directory: order }), archiveOf(order.map((i) => entries[i]!))]);
  },
  "an entry left out, doubled or put in": (bytes, random) => {
    const entries = entriesOf(bytes);
    const entry = random.pick(entries);
    const every = entries.map((_, i) => i);
    return random.pick([
      archiveOf(entries.filter((each) => each !== entry)),
      archiveOf([...entries, entry]),
      archiveOf([...entries, { ...entry, name: random.pick(["units.npy", "more.npy", "ops.npy", "README"]) }]),
      archiveOf(entries, { directory: every.slice(1) }),
      archiveOf(entries, { directory: [...every, random.integer(0, entries.length - 1)] }),
    ]);
  },
  "something between": (bytes, random) => {
    const more = drawn(random, random.integer(1, 20));
    const where = random.pick(["before", "between", "comment"] as const);
    return archiveOf(entriesOf(bytes), { [where]: more });
  },
  "stored or packed": ofEntry((entry) => repacked(entry, unpacked(entry), entry.method === 8)),
  "packed bytes damaged": (bytes, random) => {
    const entries = entriesOf(bytes);
    const at = random.integer(0, entries.length - 1);
    const { body } = repacked(entries[at]!, unpacked(entries[at]!));
    const body2 = random.pick([
      changed(body, random, () => random.integer(0, body.length - 1)),
      changed(body, random, () => random.integer(0, Math.min(12, body.length - 1))),
      changed(body, random, () => body.length - 1),
      joined(body, drawn(random, random.integer(1, 3))),
      body.slice(0, body.length - random.integer(1, 2)),
    ]);
    entries[at] = mended(entries[at]!, body2);
    return archiveOf(entries);
  },
  "bytes of an array added or dropped": ofEntry((entry, random) => {
    const bytes = unpacked(entry);
    return repacked(
      entry,
      random.pick([bytes.slice(0, -1), joined(bytes, Uint8Array.of(0)), NOTHING]),
      random.unit() < 0.5,
    );
  }),
  "the header of an array edited": ofEntry((entry, random) => {
    const bytes = unpacked(entry);
    const end = 10 + bytes[8]! + 256 * bytes[9]!;
    if (random.unit() < 0.2)
      return repacked(
        entry,
        changed(bytes, random, () => random.integer(0, 9)),
      );
    const text = edited(new TextDecoder().decode(bytes.subarray(10, end)), random, DICTIONARY);
    const head = bytes.slice(0, 10);
    if (random.unit() < 0.7) new DataView(head.buffer).setUint16(8, text.length, true);
    return repacked(entry, joined(head, new TextEncoder().encode(text), bytes.subarray(end)));
  }),
  "the proof's header edited": (bytes, random) => {
    const entries = entriesOf(bytes);
    const at = entries.findIndex(({ name }) => name === "header.npy");
    const old = unpacked(entries[at]!);
    const start = 10 + old[8]! + 256 * old[9]!;
    const json = new TextDecoder().decode(old.subarray(start));
    // a value that is another one or written otherwise, or any place
    const values = [...json.matchAll(/"[^"]*":?|-?\d[\d.e+-]*|\[\]/g)].filter(([text]) => !text.endsWith(":"));
    const value = random.pick(values);
    const [v] = value;
    const other = random.pick([
      random.pick(JSON_PIECES),
      `${v}.0`,
      `${v}e0`,
      `"${v}"`,
      `0${v}`,
      `${v}.`,
      `[${v}]`,
      ` ${v}`,
    ]);
    const text =
      random.unit() < 0.7
        ? json.slice(0, value.index) + other + json.slice(value.index + v.length)
        : edited(json, random, JSON_PIECES);
    const data =
      random.unit() < 0.1 ? changed(new TextEncoder().encode(text), random, () => 0) : new TextEncoder().encode(text);
    const shape = `{'descr': '|u1', 'fortran_order': False, 'shape': (${data.length},), }`.padEnd(117);
    const head = joined(Uint8Array.of(0x93), new TextEncoder().encode(`NUMPY\x01\x00\x76\x00${shape}\n`));
    entries[at] = repacked(entries[at]!, joined(head, data));
    return archiveOf(entries);
  },
};

/** Damage after which the file may hold another proof, which may be a right one. */
export const CONTENT: ReadonlySet<string> = new Set(["the proof's header edited", "packed bytes damaged"]);
