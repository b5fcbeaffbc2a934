import { FileError } from "../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../model/matrix.ts";
import { MAX_NAME_LENGTH } from "../../model/name.ts";
import { type Budget, entriesOfShape, MAX_DIMENSIONS } from "./budget.ts";
import { decodeElements, ELEMENT_SIZES, type ElementType, elementArray, exactInteger } from "./elements.ts";
import { type Entries, type Entry, EntryTable, refusedEntry } from "./entries.ts";

const REMEDY = "Export it again, for example with torch.onnx.export.";

/** Wire types of protocol buffers. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Numbers of fields in onnx.proto. */
const MODEL = { irVersion: 1, graph: 7 } as const;
const GRAPH = { initializer: 5 } as const;
const TENSOR = { dims: 1, dataType: 2, name: 8, raw: 9, dataLocation: 14 } as const;

/** Where a tensor may keep its numbers instead of in raw_data: field by field, packed. */
const TYPED = { floats: 4, int32s: 5, int64s: 7, doubles: 10, uint64s: 11 } as const;
const TYPED_FIELDS: ReadonlySet<number> = new Set(Object.values(TYPED));

/** TensorProto.DataType */
const TYPES: Readonly<Record<number, ElementType>> = {
  1: "f32",
  2: "u8",
  3: "i8",
  4: "u16",
  5: "i16",
  6: "i32",
  7: "i64",
  10: "f16",
  11: "f64",
  12: "u32",
  13: "u64",
  16: "bf16",
};

/** The fields that may follow the version of the format at the beginning of a model, with their wire types. */
const SECOND_TAGS: ReadonlySet<number> = new Set([0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42]);

/** Whether bytes begin as an ONNX model does: the version of its format, then another of its fields. */
export function isOnnx(bytes: Uint8Array): boolean {
  return bytes[0] === 8 * MODEL.irVersion && bytes[1]! > 0 && bytes[1]! < 32 && SECOND_TAGS.has(bytes[2]!);
}

/**
 * The initialisers of the graph of an ONNX model (onnx.proto), which are its parameters, by name. Throws FileError.
 */
export function readOnnx(bytes: Uint8Array, file: string, budget: Budget): Entries {
  const table = new EntryTable(file, budget);
  const message = new Message(bytes, file);
  for (const { number, wire, from, to } of message.fields(0, bytes.length)) {
    if (number !== MODEL.graph || wire !== WIRE.bytes) continue;
    for (const field of message.fields(from, to)) {
      if (field.number !== GRAPH.initializer || field.wire !== WIRE.bytes) continue;
      const tensor = readTensor(message, field.from, field.to);
      table.add(tensor.name, tensorEntry(message, tensor, `${file}, ${tensor.name}`));
    }
  }
  if (table.entries.size === 0) {
    throw new FileError(file, "is an ONNX model without initialisers", "Export it with its parameters.");
  }
  return table.entries;
}

interface Field {
  readonly number: number;
  readonly wire: number;
  /** Where its bytes, or its varint, start and end. */
  readonly from: number;
  readonly to: number;
}

/** A message of protocol buffers. All methods throw FileError. */
class Message {
  readonly bytes: Uint8Array;
  readonly #file: string;
  /** The byte behind the varint that was read last. */
  #end = 0;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.#file = file;
  }

  *fields(start: number, end: number): Generator<Field> {
    for (let at = start; at < end; ) {
      const key = Number(this.varint(at, end));
      const [number, wire] = [Math.floor(key / 8), key % 8];
      let from = this.#end;
      let to: number;
      if (wire === WIRE.varint) {
        this.varint(from, end);
        to = this.#end;
      } else if (wire === WIRE.fixed32 || wire === WIRE.fixed64) to = from + (wire === WIRE.fixed32 ? 4 : 8);
      else if (wire === WIRE.bytes) {
        const length = Number(this.varint(from, end));
        from = this.#end;
        to = from + length;
      } else return this.fail(`holds a field of the unknown wire type ${wire}`);
      if (to > end) this.fail(`claims a field of ${to - from} bytes where ${end - from} are left`);
      yield { number, wire, from, to };
      at = to;
    }
  }

  /** An unsigned integer of at most 64 bits. */
  varint(at: number, end: number): bigint {
    let low = 0;
    let value = 0n;
    for (let i = 0; i < 10; i++) {
      if (at + i >= end) break;
      const byte = this.bytes[at + i]!;
      // in plain numbers as long as they hold it
      if (i < 7) low += (byte & 127) * 2 ** (7 * i);
      else value += BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) {
        this.#end = at + i + 1;
        return BigInt(low) + value;
      }
    }
    return this.fail("holds an integer without an end");
  }

  /** All varints between two bytes. */
  *varints(from: number, to: number): Generator<bigint> {
    for (let at = from; at < to; at = this.#end) yield this.varint(at, to);
  }

  fail(problem: string): never {
    throw new FileError(this.#file, `is a damaged ONNX model: it ${problem}`, REMEDY);
  }
}

interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  /** The field with its numbers. */
  readonly data: Field | undefined;
  /** Whether they are in more than one field, or in another file. */
  readonly isScattered: boolean;
  readonly isElsewhere: boolean;
}

function readTensor(message: Message, start: number, end: number): OnnxTensor {
  const dims: number[] = [];
  let name = "";
  let dataType = 0;
  let data: Field | undefined;
  let isScattered = false;
  let isElsewhere = false;
  for (const field of message.fields(start, end)) {
    const { number, wire, from, to } = field;
    if (number === TENSOR.dims && (wire === WIRE.varint || wire === WIRE.bytes)) {
      for (const extent of message.varints(from, to)) {
        if (dims.push(Number(BigInt.asIntN(64, extent))) > MAX_DIMENSIONS) message.fail("holds too many dimensions");
      }
    } else if (number === TENSOR.dataType && wire === WIRE.varint) dataType = Number(message.varint(from, to));
    else if (number === TENSOR.dataLocation && wire === WIRE.varint) isElsewhere = message.varint(from, to) === 1n;
    else if (number === TENSOR.name && wire === WIRE.bytes) {
      if (to - from > 4 * MAX_NAME_LENGTH) message.fail(`holds a name of ${to - from} bytes`);
      name = new TextDecoder().decode(message.bytes.subarray(from, to));
    } else if (number === TENSOR.raw || TYPED_FIELDS.has(number)) {
      isScattered ||= data !== undefined || wire !== WIRE.bytes;
      data = field;
    }
  }
  return { name, dims, dataType, data, isScattered, isElsewhere };
}

function tensorEntry(message: Message, tensor: OnnxTensor, file: string): Entry {
  const { dims, dataType, data, isScattered, isElsewhere } = tensor;
  const type = Object.hasOwn(TYPES, dataType) ? TYPES[dataType] : undefined;
  if (isElsewhere) {
    return refusedEntry(file, "keeps its numbers in another file", "Save the model with save_as_external_data=False.");
  }
  if (type === undefined) return refusedEntry(file, `holds elements of ONNX type ${dataType}`, "Save real numbers.");
  if (isScattered) return refusedEntry(file, "holds its numbers in an unknown form", REMEDY);
  const claims = (): number => {
    const count = entriesOfShape(dims);
    const size = data === undefined ? 0 : data.to - data.from;
    // the shortest number takes a byte
    if (count === undefined || count > size) {
      throw new FileError(file, `claims the shape (${dims.join(", ")}) but holds ${size} bytes`, REMEDY);
    }
    if (count <= MAX_ENTRIES) return count;
    throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, "Use a smaller model.");
  };
  const read = (): NumericArray => {
    const count = claims();
    const numbers = data === undefined ? new Float64Array(0) : numbersOf(message, data, type, file);
    if (numbers.length === count) return { data: numbers, shape: dims };
    throw new FileError(file, `claims the shape (${dims.join(", ")}) but holds ${numbers.length} numbers`, REMEDY);
  };
  return { shape: () => dims, claims, read };
}

function numbersOf(
  message: Message,
  { number, from, to }: Field,
  type: ElementType,
  file: string,
): Float64Array | Float32Array {
  const bytes = message.bytes.subarray(from, to);
  if (number === TENSOR.raw) return whole(bytes, type, file);
  if (number === TYPED.floats) return whole(bytes, "f32", file);
  if (number === TYPED.doubles) return whole(bytes, "f64", file);
  const integers = message.varints(from, to);
  if (type === "f16" || type === "bf16") {
    const bits = Uint16Array.from(integers, Number);
    const view = new DataView(new ArrayBuffer(2 * bits.length));
    bits.forEach((word, i) => {
      view.setUint16(2 * i, word, true);
    });
    return decodeElements(new Uint8Array(view.buffer), type, file);
  }
  const isSigned = number === TYPED.int32s || number === TYPED.int64s;
  const values: number[] = [];
  for (const x of integers) values.push(exactInteger(isSigned ? BigInt.asIntN(64, x) : x, file));
  const out = elementArray("f64", values.length);
  out.set(values);
  return out;
}

function whole(bytes: Uint8Array, type: ElementType, file: string): Float64Array | Float32Array {
  if (bytes.length % ELEMENT_SIZES[type] === 0) return decodeElements(bytes, type, file);
  throw new FileError(file, `holds ${bytes.length} bytes of ${type}`, REMEDY);
}
