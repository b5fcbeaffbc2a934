import { FileError } from "../../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../../model/matrix.ts";
import { type Budget, entriesOfShape, MAX_DEPTH, MAX_DIMENSIONS, MAX_TEXT_BYTES } from "../budget.ts";
import { insideZlib, MAX_RATIO, unpackHead, unpackZlib } from "../deflate.ts";
import { decodeElements, ELEMENT_SIZES, type ElementType, rowMajor } from "../elements.ts";
import { type Entries, type Entry, EntryTable, refusedEntry } from "../entries.ts";
import { MAX_ENTRY_BYTES, MAX_UNPACKED_BYTES } from "../zip.ts";
import { byteOrderOfMat5, MAT5_HEADER_BYTES } from "./mat5-header.ts";

const REMEDY = "Save it again with save(…, '-v7').";

/** Enough for flags, dimensions and the longest name of a variable. */
const HEAD_BYTES = 2 ** 13;

/** Types of data elements (MAT-File Format, table 1-1). */
const MI = { int8: 1, int32: 5, uint32: 6, matrix: 14, compressed: 15, utf8: 16, utf16: 17, utf32: 18 } as const;

const NUMBERS: Readonly<Record<number, ElementType>> = {
  1: "i8",
  2: "u8",
  3: "i16",
  4: "u16",
  5: "i32",
  6: "u32",
  7: "f32",
  9: "f64",
  12: "i64",
  13: "u64",
};

/** Classes of arrays (table 1-3); those from `double` to `uint64` hold numbers. */
const MX = { cell: 1, struct: 2, char: 4, sparse: 5, double: 6, uint64: 15, function: 16, opaque: 17 } as const;

const COMPLEX = 0x0800;
const LOGICAL = 0x0200;

/**
 * The variables of a MATLAB file of version 5 to 7 (MAT-File Format, MathWorks): numeric arrays, texts, the fields of
 * structs as `struct.field`, of struct and cell arrays as `array[i].field`. Every claimed size is compared with the
 * bytes that are there. What is no array of real numbers is an entry that can't be used. Throws FileError.
 */
export function readMat5(bytes: Uint8Array, file: string, budget: Budget): Entries {
  const littleEndian = byteOrderOfMat5(bytes);
  if (littleEndian === undefined) {
    throw new FileError(file, "has a damaged header of a MATLAB file, or is cut off", REMEDY);
  }
  return new Mat5Reader(bytes, littleEndian, file, budget).entries();
}

interface Tag {
  readonly type: number;
  /** Where the data start and end, and where the next element starts. */
  readonly from: number;
  readonly to: number;
  readonly next: number;
}

/** What stands before the data of an array. */
interface Head {
  readonly kind: number;
  readonly flags: number;
  readonly dims: readonly number[];
  readonly name: string;
  /** Where the data start. */
  readonly at: number;
}

/** The elements of a block of bytes. All methods throw FileError. */
class Block {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  readonly #littleEndian: boolean;
  readonly #file: string;

  constructor(bytes: Uint8Array, littleEndian: boolean, file: string) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#littleEndian = littleEndian;
    this.#file = file;
  }

  /** @param cut whether the block is only the beginning of what the element claims */
  tag(at: number, end: number, cut = false): Tag {
    if (at + 8 > end) return this.fail("ends in the middle of an element");
    const word = this.#view.getUint32(at, this.#littleEndian);
    const small = word >>> 16;
    if (small > 4) this.fail(`claims a small element of ${small} bytes`);
    if (small > 0) return { type: word & 0xffff, from: at + 4, to: at + 4 + small, next: at + 8 };
    const size = this.#view.getUint32(at + 4, this.#littleEndian);
    const from = at + 8;
    if (!cut && from + size > end) this.fail(`claims an element of ${size} bytes where ${end - from} are left`);
    // compressed elements are not padded, nor may be the last one
    const padded = word === MI.compressed ? size : Math.ceil(size / 8) * 8;
    return { type: word, from, to: from + size, next: Math.min(from + padded, end) };
  }

  /** @param end of the array, or of the part of it that is there */
  head(at: number, end: number): Head {
    if (at === end) return { kind: MX.double, flags: 0, dims: [0, 0], name: "", at };
    const flags = this.#expected(at, end, MI.uint32, "flags");
    if (flags.to - flags.from !== 8) this.fail("has malformed flags");
    const word = this.#view.getUint32(flags.from, this.#littleEndian);
    const kind = word & 0xff;
    // an object of a class has no dimensions here
    const hasDims = kind !== MX.opaque;
    const dims = hasDims ? this.#expected(flags.next, end, MI.int32, "dimensions") : undefined;
    const name = this.#expected(dims?.next ?? flags.next, end, MI.int8, "name");
    return {
      kind,
      flags: word,
      dims: dims === undefined ? [] : this.#integers(dims),
      name: this.#text(name.from, name.to),
      at: name.next,
    };
  }

  #expected(at: number, end: number, type: number, what: string): Tag {
    const tag = this.tag(at, end);
    if (tag.type !== type && !(type === MI.int8 && tag.type === MI.utf8)) this.fail(`has malformed ${what}`);
    return tag;
  }

  #integers({ from, to }: Tag): number[] {
    const count = (to - from) / 4;
    if (!Number.isInteger(count) || count > MAX_DIMENSIONS) this.fail(`has ${count} dimensions`);
    return Array.from({ length: count }, (_, i) => this.#view.getInt32(from + 4 * i, this.#littleEndian));
  }

  #text(from: number, to: number): string {
    return new TextDecoder().decode(this.bytes.subarray(from, to));
  }

  /** The names of a struct's fields, and where its values start. */
  fields(at: number, end: number): { names: readonly string[]; at: number } {
    const length = this.#expected(at, end, MI.int32, "lengths of field names");
    const each = this.#integers(length)[0]!;
    const names = this.#expected(length.next, end, MI.int8, "field names");
    const size = names.to - names.from;
    if (size > 0 && !(each >= 1 && size % each === 0)) this.fail(`has field names of ${each} bytes in ${size}`);
    const count = size === 0 ? 0 : size / each;
    return {
      names: Array.from({ length: count }, (_, i) => {
        const from = names.from + i * each;
        return this.#text(from, from + each).replace(/\0.*$/s, "");
      }),
      at: names.next,
    };
  }

  numbers({ dims, at }: Head, end: number): NumericArray {
    const count = entriesOfShape(dims);
    if (count === 0) return { data: new Float64Array(0), shape: dims };
    const { type, from, to } = this.tag(at, end);
    const element = NUMBERS[type];
    if (element === undefined) return this.fail(`holds numbers of an unknown type ${type}`);
    if (count === undefined || count * ELEMENT_SIZES[element] !== to - from) {
      return this.fail(`claims the shape (${dims.join(", ")}) but holds ${to - from} bytes of ${element}`);
    }
    const data = decodeElements(this.bytes.subarray(from, to), element, this.#file, this.#littleEndian);
    return { data: rowMajor(data, dims), shape: dims };
  }

  text({ dims, at }: Head, end: number): string {
    if (entriesOfShape(dims) === 0) return "";
    const { type, from, to } = this.tag(at, end);
    if (to - from > MAX_TEXT_BYTES)
      return this.fail(`holds a text of ${to - from} bytes; the limit is ${MAX_TEXT_BYTES}`);
    if (type === MI.utf8 || type === 1 || type === 2) return this.#text(from, to);
    const unit = type === MI.utf32 ? "u32" : type === MI.utf16 || type === 4 ? "u16" : undefined;
    if (unit === undefined) return this.fail(`holds a text of an unknown type ${type}`);
    const codes = decodeElements(this.bytes.subarray(from, to), unit, this.#file, this.#littleEndian);
    if (codes.some((code) => code > 0x10ffff)) return this.fail("holds a text that is no Unicode");
    return unit === "u16" ? String.fromCharCode(...codes) : String.fromCodePoint(...codes);
  }

  fail(problem: string): never {
    throw new FileError(this.#file, `${problem}, so it is damaged or cut off`, REMEDY);
  }
}

/** A block and where an array is in it, at hand when it is asked for. */
type Place = () => { readonly block: Block; readonly end: number };

class Mat5Reader {
  readonly #bytes: Uint8Array;
  readonly #littleEndian: boolean;
  readonly #file: string;
  readonly #budget: Budget;
  readonly #table: EntryTable;
  #unpacked = 0;
  /** The compressed variable that was unpacked last: a struct's arrays are read one after the other. */
  #latest: { readonly at: number; readonly block: Block } | undefined;

  constructor(bytes: Uint8Array, littleEndian: boolean, file: string, budget: Budget) {
    this.#bytes = bytes;
    this.#littleEndian = littleEndian;
    this.#file = file;
    this.#budget = budget;
    this.#table = new EntryTable(file, budget);
  }

  entries(): Entries {
    const all = new Block(this.#bytes, this.#littleEndian, this.#file);
    for (let at = MAT5_HEADER_BYTES; at < this.#bytes.length; ) {
      const { type, from, to, next } = all.tag(at, this.#bytes.length);
      this.#budget.link();
      if (type === MI.matrix) this.#variable(all.head(from, to), () => ({ block: all, end: to }), to - from);
      else if (type === MI.compressed) this.#compressed(from, to);
      at = next;
    }
    if (this.#table.entries.size === 0) throw new FileError(this.#file, "holds no variables", REMEDY);
    return this.#table.entries;
  }

  #compressed(from: number, to: number): void {
    const packed = this.#bytes.subarray(from, to);
    const start = unpackHead(insideZlib(packed, this.#file, REMEDY), HEAD_BYTES, this.#file, REMEDY);
    const beginning = new Block(start, this.#littleEndian, this.#file);
    const tag = beginning.tag(0, start.length, true);
    const size = tag.to;
    if (tag.type !== MI.matrix) return;
    if (size > packed.length * MAX_RATIO + 64) {
      throw new FileError(this.#file, `claims that ${packed.length} bytes unpack to ${size}`, REMEDY);
    }
    this.#unpacked += size;
    if (this.#unpacked > MAX_UNPACKED_BYTES) {
      throw new FileError(
        this.#file,
        `would unpack to ${this.#unpacked} bytes or more; the limit is ${MAX_UNPACKED_BYTES}`,
        "Save the model's arrays alone.",
      );
    }
    const place: Place = () => {
      if (this.#latest?.at !== from) {
        // the one before may be forgotten while this one is unpacked
        this.#latest = undefined;
        if (size > MAX_ENTRY_BYTES) {
          throw new FileError(
            this.#file,
            `holds a variable that unpacks to ${size} bytes; the limit is ${MAX_ENTRY_BYTES}`,
            "Save the model's arrays alone.",
          );
        }
        this.#budget.passing(size);
        const bytes = unpackZlib(packed, size, this.#file, REMEDY);
        this.#latest = { at: from, block: new Block(bytes, this.#littleEndian, this.#file) };
      }
      return { block: this.#latest.block, end: size };
    };
    this.#variable(beginning.head(tag.from, Math.min(size, start.length)), place, size - tag.from);
  }

  /** A variable of the file; what has no name is of MATLAB's own. */
  #variable(head: Head, place: Place, size: number): void {
    if (head.name !== "") this.#add(head.name, head, place, size, 0);
  }

  /** @param size bytes of the array, which are more than its entries */
  #add(name: string, head: Head, place: Place, size: number, depth: number): void {
    const { kind, flags, dims } = head;
    const file = `${this.#file}, ${name}`;
    const refuse = (problem: string, remedy: string): void =>
      this.#table.add(name, refusedEntry(file, problem, remedy));
    if (kind === MX.struct || kind === MX.cell) {
      if (depth < MAX_DEPTH) this.#members(name, head, place, depth);
    } else if (kind === MX.char) {
      const count = entriesOfShape(dims) ?? 0;
      const read = (): string => {
        const { block, end } = place();
        return block.text(head, end);
      };
      if (count > 0 && dims[0] !== 1) refuse("holds several rows of text", "Give a single one.");
      else this.#table.add(name, { shape: () => undefined, claims: () => 0, read });
    } else if (kind === MX.sparse) refuse("is a sparse matrix", `Save full(${name}).`);
    else if (kind < MX.double || kind > MX.uint64) {
      refuse("is an object, a string or a function handle of MATLAB", "Save arrays, structs and char('…').");
    } else if (flags & COMPLEX) refuse("holds complex numbers", "Models are real.");
    else if (flags & LOGICAL) refuse("holds logical values", `Save double(${name}).`);
    else this.#table.add(name, this.#numeric(head, place, size, file));
  }

  #numeric(head: Head, place: Place, size: number, file: string): Entry {
    const { dims } = head;
    const claims = (): number => {
      const count = entriesOfShape(dims);
      if (count === undefined) throw new FileError(file, "has a malformed shape", REMEDY);
      if (count > size) throw new FileError(file, `claims ${count} numbers in ${size} bytes`, REMEDY);
      if (count > MAX_ENTRIES) {
        throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, "Use a smaller model.");
      }
      return count;
    };
    const read = (): NumericArray => {
      claims();
      const { block, end } = place();
      return block.numbers(head, end);
    };
    return { shape: () => dims, claims, read };
  }

  /** The fields of a struct or struct array, or the cells of a cell array. */
  #members(name: string, { kind, dims, at }: Head, place: Place, depth: number): void {
    const opened = place();
    const block: Block = opened.block;
    const { end } = opened;
    const fields = kind === MX.struct ? block.fields(at, end) : { names: [""], at };
    const count = entriesOfShape(dims);
    if (count === undefined) block.fail(`claims the shape (${dims.join(", ")})`);
    let next = fields.at;
    for (let i = 0; i < count && fields.names.length > 0; i++) {
      const own = kind === MX.cell || count > 1 ? `${name}[${i}]` : name;
      for (const field of fields.names) {
        const tag = block.tag(next, end);
        if (tag.type !== MI.matrix) block.fail(`has an element of type ${tag.type} where an array belongs`);
        this.#budget.link();
        const inner = block.head(tag.from, tag.to);
        const full = kind === MX.struct ? `${own}.${field}` : own;
        this.#add(full, inner, () => ({ block: place().block, end: tag.to }), tag.to - tag.from, depth + 1);
        next = tag.next;
      }
    }
  }
}
