import { FileError } from "../../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../../model/matrix.ts";
import { entriesOfShape } from "../budget.ts";
import { decodeElements, ELEMENT_SIZES, type ElementType, NUMPY_TYPES, rowMajor } from "../elements.ts";
import type { Entry } from "../entries.ts";
import { countsOf, PickleDict, PickleGlobal, PickleList, PickleObject, type PickleValue } from "./pickle-values.ts";

const REMEDY = "Save plain numeric arrays.";

/** Names of NumPy 1 and 2, which moved them. */
const both = (name: string): readonly string[] => [`numpy.core.${name}`, `numpy._core.${name}`];

const SCALAR: ReadonlySet<string> = new Set(both("multiarray.scalar"));
const RECONSTRUCT: ReadonlySet<string> = new Set(both("multiarray._reconstruct"));
const FROM_BUFFER: ReadonlySet<string> = new Set(both("numeric._frombuffer"));
const DTYPE = "numpy.dtype";
/** How protocol 2 writes bytes: as a text of the characters 0 to 255. */
const ENCODE = "_codecs.encode";

export const NUMPY_GLOBALS: ReadonlySet<string> = new Set([...SCALAR, ...RECONSTRUCT, ...FROM_BUFFER, DTYPE, ENCODE]);

class NumpyType extends PickleObject {
  readonly name: string;
  littleEndian = true;
  constructor(name: string) {
    super();
    this.name = name;
  }

  get element(): ElementType | undefined {
    return Object.hasOwn(NUMPY_TYPES, this.name) ? NUMPY_TYPES[this.name] : undefined;
  }
}

/** An array of NumPy in a pickle, whose numbers are in the pickle itself. */
export class NumpyArray extends PickleObject {
  shape: readonly number[] = [];
  type: NumpyType | undefined;
  isFortran = false;
  content: PickleValue | undefined;
}

/** Bytes that are written as the characters 0 to 255, and made when they are needed. */
class Latin1 extends PickleObject {
  readonly text: string;
  constructor(text: string) {
    super();
    this.text = text;
  }
}

/** What a call of one of NumPy's names stands for; undefined if it is called in a way that is not known. */
export function callNumpy(name: string, args: readonly PickleValue[]): PickleValue | undefined {
  const [first, second, third, fourth] = args;
  if (name === DTYPE) return typeof first === "string" ? new NumpyType(first.slice(0, 20)) : undefined;
  if (name === ENCODE) return typeof first === "string" && second === "latin1" ? new Latin1(first) : undefined;
  if (RECONSTRUCT.has(name)) {
    return first instanceof PickleGlobal && first.name === "numpy.ndarray" ? new NumpyArray() : undefined;
  }
  if (SCALAR.has(name)) return first instanceof NumpyType ? scalarOf(first, second) : undefined;
  const array = new NumpyArray();
  return isState(array, [third, second, fourth === "F", first]) ? array : undefined;
}

/** Sets what a call only began. False if that is not known. */
export function buildNumpy(object: PickleObject, state: PickleValue): boolean {
  if (!(state instanceof PickleList)) return false;
  if (object instanceof NumpyType) {
    object.littleEndian = state.items[1] !== ">";
    return true;
  }
  // version, shape, type, order, bytes
  return object instanceof NumpyArray && isState(object, state.items.slice(1));
}

function isState(array: NumpyArray, [shape, type, isFortran, content]: readonly (PickleValue | undefined)[]): boolean {
  const extents = countsOf(shape);
  if (extents === undefined || !(type instanceof NumpyType)) return false;
  array.shape = extents;
  array.type = type;
  array.isFortran = isFortran === true;
  array.content = content;
  return true;
}

/** Undefined for what holds no bytes, such as the list of an array of Python objects. */
function sizeOf(content: PickleValue | undefined): number | undefined {
  if (content instanceof Uint8Array) return content.length;
  return content instanceof Latin1 ? content.text.length : undefined;
}

function bytesOf(content: PickleValue | undefined): Uint8Array | undefined {
  if (content instanceof Uint8Array) return content;
  return content instanceof Latin1 ? Uint8Array.from(content.text, (c) => c.charCodeAt(0)) : undefined;
}

/** A number; what is none, such as a time or an object, is an empty dictionary. */
function scalarOf(type: NumpyType, value: PickleValue | undefined): PickleValue {
  const { element, littleEndian } = type;
  if (element === undefined || sizeOf(value) !== ELEMENT_SIZES[element]) return new PickleDict();
  const bytes = bytesOf(value)!;
  try {
    return decodeElements(bytes, element, "", littleEndian)[0]!;
  } catch {
    return new PickleDict();
  }
}

export function numpyEntry(array: NumpyArray, file: string): Entry {
  return {
    shape: () => array.shape,
    claims: () => checkArray(array, file).count,
    read: () => readArray(array, file),
  };
}

function checkArray({ shape, type, content }: NumpyArray, file: string) {
  const element = type?.element;
  const size = sizeOf(content);
  if (element === undefined || size === undefined) {
    throw new FileError(file, `holds elements of type ${type?.name ?? "unknown"}`, REMEDY);
  }
  const count = entriesOfShape(shape);
  if (count === undefined || count * ELEMENT_SIZES[element] !== size) {
    throw new FileError(file, `claims the shape (${shape.join(", ")}) but holds ${size} bytes`, REMEDY);
  }
  if (count > MAX_ENTRIES) throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, REMEDY);
  return { element, count };
}

function readArray(array: NumpyArray, file: string): NumericArray {
  const { element } = checkArray(array, file);
  const data = decodeElements(bytesOf(array.content)!, element, file, array.type?.littleEndian);
  return { data: array.isFortran ? rowMajor(data, array.shape) : data, shape: array.shape };
}
