import type { Attribute, Dataset, File, Group } from "h5wasm";
import { FileError, isStillpointError } from "../../../model/errors.ts";
import { ABSENT_MEANS_ZERO } from "../../../model/forms.ts";
import { MAX_ENTRIES } from "../../../model/matrix.ts";
import { ENVELOPE_KEYS } from "../../../model/schema.ts";
import { type Budget, MAX_DEPTH, MAX_TEXT_BYTES } from "../budget.ts";
import { MAX_RATIO } from "../deflate.ts";
import { exactInteger, rowMajor } from "../elements.ts";
import { type Entries, type Entry, EntryTable, refusedEntry } from "../entries.ts";
import { printable } from "../printable.ts";
import { isColumnMajor, isJld2, superblockOf } from "./hdf5-header.ts";
import { checkGlobalHeaps } from "./hdf5-heap.ts";
import { type Library, loadHdf5, withOpenFile } from "./hdf5-library.ts";
import { H5Objects } from "./hdf5-objects.ts";
import { addJuliaObject } from "./jld2.ts";

const REMEDY = "Write the file again, or save the arrays as .npz.";

const FILTER_REMEDY = "Write it with gzip or without compression, or save the arrays as .npz.";

const LOAD_REMEDY = "Try again, or save the arrays as .npz.";

/**
 * Hands the datasets of an HDF5 file (MATLAB v7.3 .mat, .h5, .jld2) to `use` while the file is open: arrays, MATLAB and
 * HDF5 texts, attributes such as kind. Element i of a MATLAB struct or cell array has the name `array[i].field`. The
 * claimed size of a dataset is compared with the file's size before the dataset is read. Throws FileError.
 *
 * @param columnMajor whether arrays were written column by column; for MATLAB and JLD2 files the reader knows.
 */
export async function withHdf5<T>(
  bytes: Uint8Array,
  file: string,
  columnMajor: boolean,
  budget: Budget,
  use: (entries: Entries) => T,
): Promise<T> {
  checkGlobalHeaps(bytes, superblockOf(bytes), file, !isJld2(bytes));
  const library = await loadHdf5().catch((cause: unknown) => {
    throw new FileError(file, `needs the HDF5 library, which can't be loaded (${messageOf(cause)})`, LOAD_REMEDY, {
      cause,
    });
  });
  try {
    const objects = isJld2(bytes) ? new H5Objects(bytes, superblockOf(bytes), file, budget) : undefined;
    const isByColumns = columnMajor || isColumnMajor(bytes);
    return withOpenFile(library, bytes, (root) =>
      use(new Hdf5Reader(library, root, bytes.length, file, isByColumns, budget, objects).entries()),
    );
  } catch (cause) {
    if (isStillpointError(cause)) throw cause;
    throw new FileError(file, `is a damaged HDF5 file (${messageOf(cause)})`, REMEDY, { cause });
  }
}

class Hdf5Reader {
  readonly #library: Library;
  readonly #root: File;
  readonly #fileSize: number;
  readonly #file: string;
  readonly #columnMajor: boolean;
  readonly #objects: H5Objects | undefined;
  readonly #budget: Budget;
  readonly #table: EntryTable;
  /** Addresses of the groups and datasets of references around the present place. */
  readonly #around = new Set<string>();
  /** Addresses of all that were entered so far. */
  readonly #entered = new Set<string>();

  /** @param objects of a file of Julia, for what the library does not reach */
  constructor(
    library: Library,
    root: File,
    fileSize: number,
    file: string,
    columnMajor: boolean,
    budget: Budget,
    objects: H5Objects | undefined,
  ) {
    this.#objects = objects;
    this.#library = library;
    this.#budget = budget;
    this.#table = new EntryTable(file, budget);
    this.#root = root;
    this.#fileSize = fileSize;
    this.#file = file;
    this.#columnMajor = columnMajor;
  }

  entries(): Entries {
    this.#inside(this.#root, () => this.#walk(this.#root, "", 0));
    return this.#table.entries;
  }

  #walk(group: Group, prefix: string, depth: number): void {
    // JLD2 writes none, and its texts are not checked for the library
    if (this.#objects === undefined) this.#addAttributes(group, prefix);
    for (const key of group.keys()) {
      // MATLAB keeps the targets of its references in #refs# and #subsystem#, JLD2 its types in _types
      const isOfFormat = key.startsWith("#") || (this.#objects !== undefined && key === "_types");
      if (!isOfFormat) {
        this.#budget.link();
        this.#follow(group, key, `${prefix}${key}`, depth);
      }
    }
  }

  /**
   * Links to other files are not followed, nor are soft links that lead nowhere or round and round. A bias behind one is
   * not absent.
   */
  #follow(group: Group, key: string, name: string, depth: number): void {
    const { wasm } = this.#library;
    const path = group.path === "/" ? `/${key}` : `${group.path}/${key}`;
    const isExternal = "filename" in wasm.get_external_link(group.file_id, path);
    const isSoft = wasm.get_symbolic_link(group.file_id, path) !== null;
    if (isExternal || (isSoft && !this.#leadsSomewhere(group.file_id, path))) {
      const problem = isExternal ? "is a link to another file, which is not followed" : "is a link that leads nowhere";
      const place = `${this.#file}, ${name}`;
      if (ABSENT_MEANS_ZERO.has(key)) this.#table.add(name, refusedEntry(place, problem, "Store the array itself."));
      return;
    }
    this.#visit(group.get(key), name, depth);
  }

  #leadsSomewhere(file: bigint, path: string): boolean {
    // no object lies at the beginning of a file: the address of what is not there is 0
    return this.#library.wasm.create_object_reference(file, path).some((byte) => byte !== 0);
  }

  #visit(item: unknown, name: string, depth: number): void {
    const { Group, Dataset } = this.#library.h5;
    if (item instanceof Group) {
      if (depth < MAX_DEPTH) this.#inside(item, () => this.#walk(item, `${name}.`, depth + 1));
    } else if (item instanceof Dataset) {
      const { type } = item.metadata;
      if (this.#objects !== undefined && type !== H5T.integer && type !== H5T.float) {
        this.#addJulia(item, name, this.#objects);
      } else if (type === H5T.reference) this.#inside(item, () => this.#followAll(item, name, depth));
      else {
        const file = `${this.#file}, ${name}`;
        this.#add(name, {
          shape: () => this.#shape(item),
          claims: () => claimedNumbers(item),
          read: () => this.#read(item, file),
        });
      }
    }
  }

  /** An object of Julia that is no plain array: most of it has no name that the library could find it by. */
  #addJulia(item: Dataset, name: string, objects: H5Objects): void {
    const reference = Uint8Array.from(this.#library.wasm.create_object_reference(item.file_id, item.path));
    const address = Number(new DataView(reference.buffer).getBigUint64(0, true));
    try {
      addJuliaObject(objects, address, name, this.#file, (full, entry) => this.#add(full, entry));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#add(name, refusedEntry(`${this.#file}, ${name}`, `can't be read (${error.problem})`, error.remedy));
    }
  }

  /** Links may form a circle: a place is not entered from inside itself. */
  #inside({ file_id, path }: Group | Dataset, enter: () => void): void {
    const address = this.#library.wasm.create_object_reference(file_id, path).join(" ");
    if (this.#around.has(address)) return;
    if (this.#entered.has(address)) this.#budget.detour();
    this.#entered.add(address);
    this.#around.add(address);
    enter();
    this.#around.delete(address);
  }

  #add(name: string, { shape, claims, read }: Entry): void {
    this.#table.add(name, {
      shape: () => this.#guard(name, shape),
      claims: () => this.#guard(name, claims),
      read: () => this.#guard(name, read),
    });
  }

  #shape({ metadata: { type, shape } }: Dataset): readonly number[] | undefined {
    if (shape === null || !isNumeric(type)) return undefined;
    return this.#columnMajor ? shape.slice().reverse() : shape;
  }

  #guard<T>(name: string, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof FileError) throw cause;
      throw new FileError(`${this.#file}, ${name}`, `can't be read (${messageOf(cause)})`, REMEDY, { cause });
    }
  }

  /** kind, P, … as HDF5 attributes of a group. */
  #addAttributes(group: Group, prefix: string): void {
    const { attrs } = group;
    for (const key of ENVELOPE_KEYS) {
      const attribute = attrs[key];
      if (attribute === undefined || !(attribute.metadata.total_size === 1)) continue;
      const file = `${this.#file}, ${prefix}${key}`;
      const read = (): unknown => {
        const value = attributeValue(attribute, file);
        return typeof value === "string" ? value : { data: toFloats(value, file), shape: [] };
      };
      this.#add(`${prefix}${key}`, { shape: () => undefined, claims: () => 0, read });
    }
  }

  /**
   * A struct array is a group of reference datasets, one for each field; a cell array is a single reference dataset.
   */
  #followAll(dataset: Dataset, name: string, depth: number): void {
    const { total_size: count } = dataset.metadata;
    if (!(count * OBJECT_REFERENCE_BYTES <= this.#fileSize) || depth >= MAX_DEPTH) return;
    const references: unknown = dataset.value;
    if (!Array.isArray(references)) return;
    const dot = name.lastIndexOf(".");
    references.forEach((reference: unknown, i) => {
      if (!(reference instanceof this.#library.h5.Reference)) return;
      this.#budget.link();
      const own = dot < 0 ? `${name}[${i}]` : `${name.slice(0, dot)}[${i}]${name.slice(dot)}`;
      this.#visit(this.#root.dereference(reference), own, depth + 1);
    });
  }

  #read(dataset: Dataset, file: string): unknown {
    const { metadata } = dataset;
    const { type, size, total_size: count, shape, chunks, vlen } = metadata;
    if (type === H5T.string) return this.#text(dataset, file);
    checkNumeric(type, file);
    if (type === H5T.float && size < SMALLEST_FLOAT_BYTES) {
      const found = `holds floats of ${8 * size} bits, which can't be read from HDF5`;
      throw new FileError(file, found, "Save them as float32, which holds each of them exactly.");
    }
    if (vlen || shape === null)
      throw new FileError(file, "is empty or of variable length", "Save plain numeric arrays.");
    const limit = chunks === null ? this.#fileSize : this.#fileSize * MAX_RATIO;
    const chunkSize = (chunks ?? []).reduce((product, extent) => product * extent, 1);
    // negated comparisons: a claim may be NaN
    if (!(count * size <= limit) || !(chunkSize * size <= limit)) {
      throw new FileError(file, `claims ${count} numbers in a file of ${this.#fileSize} bytes`, REMEDY);
    }
    this.#budget.passing(Math.max(count, chunkSize) * size);
    if (!(count <= MAX_ENTRIES)) throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, REMEDY);
    const numbers = toFloats(decoded(dataset, file), file);
    if (isMatlabText(dataset, file)) return String.fromCharCode(...numbers.subarray(0, MAX_TEXT_BYTES));
    if (numbers.length !== shape.reduce((product, extent) => product * extent, 1)) {
      throw new FileError(file, `claims the shape (${shape.join(", ")}) but holds ${numbers.length} numbers`, REMEDY);
    }
    if (!this.#columnMajor) return { data: numbers, shape };
    const reversed = shape.slice().reverse();
    return { data: rowMajor(numbers, reversed), shape: reversed };
  }

  #text(dataset: Dataset, file: string): unknown {
    const { size, total_size: count, vlen } = dataset.metadata;
    if (count !== 1) throw new FileError(file, `holds ${count} texts`, "Give a single one.");
    if (!vlen && !(size <= Math.min(MAX_TEXT_BYTES, this.#fileSize))) {
      throw new FileError(file, `claims a text of ${size} bytes`, REMEDY);
    }
    const value: unknown = dataset.value;
    const text: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof text !== "string") throw new FileError(file, "holds no text", REMEDY);
    return text;
  }
}

/** The numbers that a dataset claims to hold; `#read` compares the claim with the file. */
function claimedNumbers({ metadata: { type, total_size: count } }: Dataset): number {
  return isNumeric(type) ? count : 0;
}

function isNumeric(type: number): boolean {
  return type === H5T.integer || type === H5T.float;
}

/** H5T_class_t of the HDF5 library (H5Tpublic.h). */
const H5T = { integer: 0, float: 1, string: 3, compound: 6, reference: 7 } as const;

const OBJECT_REFERENCE_BYTES = 8;

/** The library reads no smaller floats, nor tells which of several formats these have. */
const SMALLEST_FLOAT_BYTES = 4;

function checkNumeric(type: number, file: string): void {
  if (isNumeric(type)) return;
  throw new FileError(file, "holds neither numbers nor a text", "Save plain numeric arrays.");
}

/**
 * A text or numbers. Attributes of other types are not read: the library trusts the length that such an attribute
 * claims.
 */
function attributeValue(attribute: Attribute, file: string): unknown {
  const { type, size, total_size: count } = attribute.metadata;
  if (type !== H5T.string) checkNumeric(type, file);
  if (!(size * count <= MAX_TEXT_BYTES)) throw new FileError(file, `claims ${size * count} bytes`, REMEDY);
  return attribute.value;
}

/** The filters that the library comes with (H5Zpublic.h): deflate, shuffle, fletcher32, nbit and scaleoffset. */
const KNOWN_FILTERS = [1, 2, 3, 5, 6];

/** The values of a dataset, which throws where they can't be decoded: then it tells whether a filter is the reason. */
function decoded(dataset: Dataset, file: string): unknown {
  try {
    return dataset.value;
  } catch (cause) {
    const unknown = dataset.filters.filter(({ id }) => !KNOWN_FILTERS.includes(id));
    if (unknown.length === 0) throw cause;
    const names = unknown.map(({ id, name }) => (name === "" ? `filter ${id}` : printable(name))).join(" and ");
    throw new FileError(file, `is compressed with ${names}, which can't be read`, FILTER_REMEDY, { cause });
  }
}

function isMatlabText(dataset: Dataset, file: string): boolean {
  try {
    return "MATLAB_class" in dataset.attrs && attributeValue(dataset.attrs.MATLAB_class, file) === "char";
  } catch {
    return false;
  }
}

function toFloats(value: unknown, file: string): Float64Array | Float32Array {
  if (value instanceof Float64Array || value instanceof Float32Array) return value;
  if (typeof value === "number") return Float64Array.of(value);
  if (typeof value === "bigint") return Float64Array.of(exactInteger(value, file));
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Float64Array.from(value, (x: bigint) => exactInteger(x, file));
  }
  if (
    value instanceof Int8Array ||
    value instanceof Uint8Array ||
    value instanceof Int16Array ||
    value instanceof Uint16Array ||
    value instanceof Int32Array ||
    value instanceof Uint32Array
  ) {
    return Float64Array.from(value);
  }
  throw new FileError(file, "holds numbers of an unknown format", "Save float64 or float32 arrays.");
}

function messageOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").slice(0, 200);
}
