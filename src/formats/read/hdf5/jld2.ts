import { FileError } from "../../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../../model/matrix.ts";
import { entriesOfShape, MAX_DEPTH } from "../budget.ts";
import { decodeElements, rowMajor } from "../elements.ts";
import { type Entry, refusedEntry, valueEntry } from "../entries.ts";
import type { H5Objects, H5Type, H5Values } from "./hdf5-objects.ts";
import { type Component, componentsOf } from "./jld2-axes.ts";
import { juliaTypeOf } from "./jld2-types.ts";

const REMEDY = "Save the arrays alone: jldsave(file; A, W, h).";

/**
 * The arrays, texts and numbers in an object of Julia, as JLD2 stores it: fields of named tuples and structs as
 * `name.field`, items of vectors and tuples as `name[i]`, parts of a ComponentArray by the names of its axes. Arrays
 * are references to objects without a name. What can't be read is an entry that says so where it is used. Throws
 * FileError if there is too much.
 */
export function addJuliaObject(
  objects: H5Objects,
  address: number,
  name: string,
  file: string,
  add: (name: string, entry: Entry) => void,
): void {
  new JuliaWalker(objects, file, add).visit(address, name, 0);
}

class JuliaWalker {
  readonly #objects: H5Objects;
  readonly #file: string;
  readonly #add: (name: string, entry: Entry) => void;
  /** Addresses of the objects around the present one: references may form a circle. */
  readonly #around = new Set<number>();

  constructor(objects: H5Objects, file: string, add: (name: string, entry: Entry) => void) {
    this.#objects = objects;
    this.#file = file;
    this.#add = add;
  }

  visit(address: number, name: string, depth: number): void {
    if (depth > MAX_DEPTH || this.#around.has(address)) return;
    const object = this.#objects.at(address);
    const { type, dims, from, size } = object;
    if (type === undefined || dims === undefined) return;
    if (from === undefined) {
      this.#refuse(name, "is compressed or empty", REMEDY);
      return;
    }
    this.#around.add(address);
    this.#values({ type, typeAddress: object.typeAddress, dims, from, size: size ?? 0 }, from, name, depth);
    this.#around.delete(address);
  }

  #refuse(name: string, problem: string, remedy: string): void {
    this.#add(name, refusedEntry(`${this.#file}, ${name}`, problem, remedy));
  }

  #values(values: H5Values, from: number, name: string, depth: number): void {
    const { type, dims, size } = values;
    if (type.kind === "number") {
      this.#add(name, arrayEntry(this.#objects, values, from, `${this.#file}, ${name}`));
      return;
    }
    const count = entriesOfShape(dims);
    if (count === undefined || count * type.size > size) this.#objects.fail(`claims ${count} values of ${name}`);
    for (let i = 0; i < (count ?? 0); i++) {
      this.#value(type, values.typeAddress, from + i * type.size, dims.length === 0 ? name : `${name}[${i}]`, depth);
    }
  }

  #value(type: H5Type, typeAddress: number | undefined, at: number, name: string, depth: number): void {
    const objects = this.#objects;
    if (type.kind === "reference") {
      const address = objects.reference(at);
      if (address !== undefined) this.visit(address, name, depth + 1);
    } else if (type.kind === "text") this.#add(name, valueEntry(objects.text(at, type.size)));
    else if (type.kind === "longText") this.#add(name, valueEntry(objects.longText(at)));
    else if (type.kind === "number") {
      const single = { type, typeAddress, dims: [], from: at, size: type.size };
      this.#add(name, arrayEntry(objects, single, at, `${this.#file}, ${name}`));
    } else if (type.kind === "compound") {
      const data = type.members.find((member) => member.name === "data");
      const julia = typeAddress === undefined ? undefined : juliaTypeOf(objects, typeAddress);
      if (julia?.name.endsWith(".ComponentArray") && data?.type.kind === "reference") {
        this.#components(julia.parameters[3], objects.reference(at + data.offset), name);
      } else this.#members(type.members, at, name, depth);
    }
  }

  #members(members: Extract<H5Type, { kind: "compound" }>["members"], at: number, name: string, depth: number): void {
    if (depth > MAX_DEPTH) return;
    // a dictionary is a vector of pairs
    const [first, second] = ["first", "second"].map((key) => members.find((member) => member.name === key));
    const key = first === undefined ? undefined : this.#key(first.type, at + first.offset);
    if (key !== undefined && second !== undefined) {
      this.#value(second.type, undefined, at + second.offset, `${name.replace(/\[\d+\]$/, "")}.${key}`, depth + 1);
      return;
    }
    for (const member of members) {
      this.#value(member.type, undefined, at + member.offset, `${name}.${member.name}`, depth + 1);
    }
  }

  /** The text that is a dictionary's key. */
  #key(type: H5Type, at: number): string | undefined {
    if (type.kind === "longText") return this.#objects.longText(at);
    const address = type.kind === "reference" ? this.#objects.reference(at) : undefined;
    const object = address === undefined ? undefined : this.#objects.at(address);
    if (object?.from === undefined || object.type === undefined) return undefined;
    if (object.type.kind === "text") return this.#objects.text(object.from, object.type.size);
    return object.type.kind === "longText" ? this.#objects.longText(object.from) : undefined;
  }

  /** The parts of a ComponentArray of one dimension. */
  #components(axes: number | undefined, data: number | undefined, name: string): void {
    const file = `${this.#file}, ${name}`;
    const array = data === undefined ? undefined : this.#objects.at(data);
    if (array?.type?.kind !== "number" || array.dims?.length !== 1 || array.from === undefined || axes === undefined) {
      this.#refuse(name, "is a ComponentArray of an unknown form", COMPONENTS);
      return;
    }
    const values = { ...array, type: array.type, dims: array.dims, size: array.size ?? 0 } as H5Values;
    const whole = arrayEntry(this.#objects, values, array.from, file);
    let components: readonly Component[];
    try {
      components = componentsOf(this.#objects, axes);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#refuse(name, `is a ComponentArray whose axes can't be read (${error.problem})`, COMPONENTS);
      return;
    }
    const read = onceRead(whole);
    for (const component of components) {
      this.#add(
        `${name}.${component.name}`,
        componentEntry(read, component, array.dims[0]!, `${file}.${component.name}`),
      );
    }
  }
}

const COMPONENTS = "Save NamedTuple(p) or the arrays alone: jldsave(file; p.A, p.W, p.h).";

function onceRead(entry: Entry): () => NumericArray {
  let value: NumericArray | undefined;
  return () => {
    value ??= entry.read() as NumericArray;
    return value;
  };
}

function componentEntry(whole: () => NumericArray, { start, shape }: Component, length: number, file: string): Entry {
  const claims = (): number => {
    const count = entriesOfShape(shape);
    if (count !== undefined && start >= 0 && start + count <= length) return count;
    throw new FileError(file, `claims ${count} numbers from ${start} on of ${length}`, REMEDY);
  };
  const read = (): NumericArray => {
    const part = whole().data.slice(start, start + claims());
    return { data: rowMajor(part, shape), shape };
  };
  return { shape: () => shape, claims, read };
}

/** Numbers that Julia wrote column by column, whose extents HDF5 has in reverse. */
function arrayEntry({ bytes }: H5Objects, { type, dims, size }: H5Values, from: number, file: string): Entry {
  const shape = dims.slice().reverse();
  const claims = (): number => {
    const count = entriesOfShape(shape);
    if (count === undefined || !(count * type.size <= size) || !(from + count * type.size <= bytes.length)) {
      throw new FileError(file, `claims the shape (${shape.join(", ")}) but holds ${size} bytes`, REMEDY);
    }
    if (count <= MAX_ENTRIES) return count;
    throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, REMEDY);
  };
  const read = (): NumericArray => {
    if (type.kind !== "number") throw new FileError(file, "holds no numbers", REMEDY);
    const part = bytes.subarray(from, from + claims() * type.size);
    return { data: rowMajor(decodeElements(part, type.element, file, type.littleEndian), shape), shape };
  };
  return { shape: () => shape, claims, read };
}
