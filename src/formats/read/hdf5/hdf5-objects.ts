import { FileError } from "../../../model/errors.ts";
import { type Budget, MAX_DIMENSIONS, MAX_TEXT_BYTES } from "../budget.ts";
import type { ElementType } from "../elements.ts";

/** A datatype of HDF5 (format specification, IV.A.2.d), as far as files of Julia need it. */
export type H5Type =
  | { readonly kind: "number"; readonly size: number; readonly element: ElementType; readonly littleEndian: boolean }
  | { readonly kind: "compound"; readonly size: number; readonly members: readonly H5Member[] }
  | { readonly kind: "reference" | "text" | "longText" | "sequence" | "other"; readonly size: number };

export interface H5Member {
  readonly name: string;
  readonly offset: number;
  readonly type: H5Type;
}

/** Values of a type somewhere in the file. */
export interface H5Values {
  readonly type: H5Type;
  /** The address of the type, if it is a committed one. */
  readonly typeAddress: number | undefined;
  /** Extents as HDF5 has them; none of a single value. */
  readonly dims: readonly number[];
  /** Where the values start, and their bytes; undefined of what is chunked or not there. */
  readonly from: number | undefined;
  readonly size: number;
}

/** An object with a header: a dataset, or a committed type, which has no values. */
export interface H5Object {
  readonly type: H5Type | undefined;
  readonly typeAddress: number | undefined;
  readonly dims: readonly number[] | undefined;
  readonly from: number | undefined;
  readonly size: number | undefined;
  readonly attributes: ReadonlyMap<string, H5Values>;
}

const MESSAGE = { dataspace: 1, datatype: 3, layout: 8, attribute: 12, continuation: 16 } as const;
const SHARED = 2;
/** More blocks than any header has. */
const MAX_BLOCKS = 256;
const MAX_TYPE_DEPTH = 16;
/** Classes of datatypes. */
const CLASS = { integer: 0, float: 1, text: 3, bits: 4, opaque: 5, compound: 6, reference: 7, sequence: 9 } as const;

interface Parts {
  type?: { readonly type: H5Type; readonly address: number | undefined };
  dims?: readonly number[];
  layout?: { readonly from: number | undefined; readonly size: number };
  readonly attributes: Map<string, H5Values>;
}

/**
 * Objects of an HDF5 file by their addresses, which the HDF5 library does not give for those that no group links: files
 * of Julia refer to most of their objects in this way. Only headers of version 2 are read, which those files have. All
 * methods throw FileError.
 */
export class H5Objects {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly #base: number;
  readonly #file: string;
  readonly #budget: Budget;
  readonly #known = new Map<number, H5Object>();

  /** @param base where the superblock starts: addresses count from there */
  constructor(bytes: Uint8Array, base: number, file: string, budget: Budget) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#base = base;
    this.#file = file;
    this.#budget = budget;
  }

  at(address: number): H5Object {
    this.#budget.link();
    const known = this.#known.get(address);
    if (known !== undefined) return known;
    const { type, dims, layout, attributes } = this.#parts(address, true);
    const { from, size } = layout ?? { from: undefined, size: undefined };
    const object = { type: type?.type, typeAddress: type?.address, dims, from, size, attributes };
    this.#known.set(address, object);
    return object;
  }

  fail(problem: string): never {
    throw new FileError(this.#file, `is a damaged HDF5 file: it ${problem}`, "Write the file again.");
  }

  /** The address that a reference holds; undefined of one that leads nowhere. */
  reference(at: number): number | undefined {
    const address = this.u64(at);
    return address === 0 || !(address < this.bytes.length) ? undefined : address;
  }

  /** A text of variable length. */
  longText(at: number): string {
    const { from, length } = this.#heapObject(at, 1);
    return this.text(from, length);
  }

  /** The addresses in a sequence of references; undefined where one leads nowhere. */
  references(at: number): (number | undefined)[] {
    const { from, length } = this.#heapObject(at, 8);
    return Array.from({ length }, (_, i) => this.reference(from + 8 * i));
  }

  text(from: number, length: number): string {
    if (length > MAX_TEXT_BYTES) this.fail(`holds a text of ${length} bytes; the limit is ${MAX_TEXT_BYTES}`);
    this.#check(from, length);
    return new TextDecoder().decode(this.bytes.subarray(from, from + length)).replace(/\0+$/, "");
  }

  u64(at: number): number {
    this.#check(at, 8);
    return Number(this.view.getBigUint64(at, true));
  }

  #check(at: number, length: number): void {
    // negated: an address may be NaN
    if (!(at >= 0 && at + length <= this.bytes.length)) this.fail(`refers to byte ${at + length}, behind its end`);
  }

  #uint(at: number, size: number): number {
    this.#check(at, size);
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = 256 * value + this.bytes[at + i]!;
    return value;
  }

  #isNamed(at: number, name: string): boolean {
    return [...name].every((c, i) => this.bytes[at + i] === c.charCodeAt(0));
  }

  /** Length (4), address of a collection (8), index (4); a collection is a list of indexed objects. */
  #heapObject(at: number, unit: number): { from: number; length: number } {
    const length = this.#uint(at, 4);
    const index = this.#uint(at + 12, 4);
    if (length === 0) return { from: 0, length: 0 };
    const start = this.#base + this.u64(at + 4);
    this.#check(start, 16);
    if (!this.#isNamed(start, "GCOL")) this.fail("has no heap where a text is");
    const end = Math.min(start + this.u64(start + 8), this.bytes.length);
    for (let object = start + 16; object + 16 <= end; ) {
      const size = this.u64(object + 8);
      if (this.#uint(object, 2) === index) {
        if (!(length * unit <= size && object + 16 + size <= end)) this.fail(`claims ${length * unit} bytes in a heap`);
        return { from: object + 16, length };
      }
      object += 16 + Math.ceil(size / 8) * 8;
    }
    return this.fail("refers to what its heap does not hold");
  }

  #parts(address: number, isOuter: boolean): Parts {
    const parts: Parts = { attributes: new Map() };
    const at = this.#base + address;
    this.#check(at, 16);
    if (!this.#isNamed(at, "OHDR") || this.bytes[at + 4] !== 2) this.fail(`has no header at ${address}`);
    const flags = this.bytes[at + 5]!;
    const sizeAt = at + 6 + (flags & 32 ? 16 : 0) + (flags & 16 ? 4 : 0);
    const sizeBytes = 2 ** (flags & 3);
    const from = sizeAt + sizeBytes;
    const blocks = [{ from, to: from + this.#uint(sizeAt, sizeBytes) }];
    const headBytes = flags & 4 ? 6 : 4;
    for (let i = 0; i < blocks.length; i++) {
      if (i > MAX_BLOCKS) this.fail("has a header of too many blocks");
      this.#check(blocks[i]!.from, blocks[i]!.to - blocks[i]!.from);
      for (let message = blocks[i]!.from; message + headBytes <= blocks[i]!.to; ) {
        const body = message + headBytes;
        const end = body + this.#uint(message + 1, 2);
        if (end > blocks[i]!.to) break;
        const kind = this.bytes[message]!;
        if (kind === MESSAGE.continuation) {
          const start = this.#base + this.u64(body);
          // between the name of the block and its checksum
          blocks.push({ from: start + 4, to: start + this.u64(body + 8) - 4 });
        } else this.#message(kind, this.bytes[message + 3]!, body, end, parts, isOuter);
        message = end;
      }
    }
    return parts;
  }

  #message(kind: number, flags: number, at: number, end: number, parts: Parts, isOuter: boolean): void {
    if (kind === MESSAGE.dataspace) parts.dims = this.#dims(at, end);
    else if (kind === MESSAGE.datatype) parts.type = this.#typeOrShared(at, end, (flags & SHARED) !== 0, isOuter);
    else if (kind === MESSAGE.layout) parts.layout = this.#layout(at);
    else if (kind === MESSAGE.attribute && isOuter) this.#attribute(at, end, parts.attributes);
  }

  #dims(at: number, end: number): readonly number[] {
    const rank = this.bytes[at + 1]!;
    const from = at + (this.bytes[at] === 1 ? 8 : 4);
    if (rank > MAX_DIMENSIONS || from + 8 * rank > end) this.fail(`has ${rank} dimensions`);
    return Array.from({ length: rank }, (_, i) => this.u64(from + 8 * i));
  }

  #layout(at: number): { from: number | undefined; size: number } {
    const [version, kind] = [this.bytes[at]!, this.bytes[at + 1]];
    if (version >= 3 && kind === 0) return { from: at + 4, size: this.#uint(at + 2, 2) };
    if (version < 3 || kind !== 1) return { from: undefined, size: 0 };
    const [from, size] = [this.#base + this.u64(at + 2), this.u64(at + 10)];
    // what was never written has no address
    return from + size <= this.bytes.length ? { from, size } : { from: undefined, size: 0 };
  }

  #attribute(at: number, end: number, attributes: Map<string, H5Values>): void {
    const [version, flags] = [this.bytes[at]!, this.bytes[at + 1]!];
    if (version < 2 || version > 3) return;
    const [nameBytes, typeBytes, spaceBytes] = [2, 4, 6].map((offset) => this.#uint(at + offset, 2)) as [
      number,
      number,
      number,
    ];
    const nameAt = at + (version === 3 ? 9 : 8);
    const typeAt = nameAt + nameBytes;
    const spaceAt = typeAt + typeBytes;
    const from = spaceAt + spaceBytes;
    if (from > end) this.fail("has an attribute that is too short");
    const { type, address } = this.#typeOrShared(typeAt, spaceAt, (flags & 1) !== 0, true);
    const dims = this.#dims(spaceAt, from);
    attributes.set(this.text(nameAt, nameBytes), { type, typeAddress: address, dims, from, size: end - from });
  }

  #typeOrShared(at: number, end: number, isShared: boolean, isOuter: boolean) {
    if (!isShared) return { type: this.#type(at, end, 0).type, address: undefined };
    const address = this.u64(at + 2);
    // a committed type is not shared again
    const type = isOuter ? this.#parts(address, false).type?.type : undefined;
    return { type: type ?? this.fail(`has no type at ${address}`), address };
  }

  #type(at: number, end: number, depth: number): { type: H5Type; next: number } {
    if (at + 8 > end || depth > MAX_TYPE_DEPTH) return this.fail("has a malformed type");
    const kind = this.bytes[at]! & 15;
    const version = this.bytes[at]! >> 4;
    const bits = this.#uint(at + 1, 3);
    const size = this.#uint(at + 4, 4);
    const from = at + 8;
    switch (kind) {
      case CLASS.integer:
        return { type: numberType(bits & 8 ? "i" : "u", size, (bits & 1) === 0), next: from + 4 };
      case CLASS.bits:
        return { type: { kind: "other", size }, next: from + 4 };
      case CLASS.float:
        return { type: numberType("f", size, (bits & 1) === 0), next: from + 12 };
      case CLASS.compound:
        return version < 3 ? this.fail("has a type of an old version") : this.#compound(from, end, size, bits, depth);
      case CLASS.reference:
        return { type: { kind: size === 8 ? "reference" : "other", size }, next: from };
      case CLASS.text:
        return { type: { kind: "text", size }, next: from };
      case CLASS.opaque:
        return { type: { kind: "other", size }, next: from + (bits & 255) };
      case CLASS.sequence: {
        const { type, next } = this.#type(from, end, depth + 1);
        const isText = (bits & 15) === 1;
        return { type: { kind: isText ? "longText" : type.kind === "reference" ? "sequence" : "other", size }, next };
      }
      default:
        return this.fail(`has a type of the class ${kind}`);
    }
  }

  #compound(start: number, end: number, size: number, count: number, depth: number): { type: H5Type; next: number } {
    const offsetBytes = size < 2 ** 8 ? 1 : size < 2 ** 16 ? 2 : size < 2 ** 24 ? 3 : 4;
    const members: H5Member[] = [];
    let at = start;
    for (let i = 0; i < (count & 0xffff); i++) {
      const zero = this.bytes.indexOf(0, at);
      if (zero < 0 || zero + 1 + offsetBytes > end) return this.fail("has a malformed type");
      const offset = this.#uint(zero + 1, offsetBytes);
      const { type, next } = this.#type(zero + 1 + offsetBytes, end, depth + 1);
      if (offset + type.size > size) return this.fail("has a type with a member outside");
      members.push({ name: this.text(at, zero - at), offset, type });
      at = next;
    }
    return { type: { kind: "compound", size, members }, next: at };
  }
}

function numberType(letter: "i" | "u" | "f", size: number, littleEndian: boolean): H5Type {
  const element = `${letter}${8 * size}`;
  const isKnown = [1, 2, 4, 8].includes(size) && element !== "f8";
  return isKnown ? { kind: "number", size, element: element as ElementType, littleEndian } : { kind: "other", size };
}
