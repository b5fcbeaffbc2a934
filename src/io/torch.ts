import { FileError } from "../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../model/matrix.ts";
import { type Budget, entriesOfShape, MAX_DEPTH } from "./budget.ts";
import { ELEMENT_SIZES, type ElementType, elementArray, elementReader } from "./elements.ts";
import { type Entries, type Entry, EntryTable, valueEntry } from "./entries.ts";
import {
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
  type PickleReaders,
  type PickleValue,
  readPickle,
} from "./pickle.ts";
import type { ZipEntry } from "./zip.ts";

const REMEDY = "Save model.state_dict() again with torch.save.";

/** The largest pickle that is read: it describes tensors, whose numbers lie elsewhere. */
const MAX_PICKLE_BYTES = 2 ** 26;

/** Storage classes by name; storages of other classes (complex, quantised) can't be read. */
const STORAGES: Readonly<Record<string, ElementType | "bool">> = {
  DoubleStorage: "f64",
  FloatStorage: "f32",
  HalfStorage: "f16",
  BFloat16Storage: "bf16",
  LongStorage: "i64",
  IntStorage: "i32",
  ShortStorage: "i16",
  CharStorage: "i8",
  ByteStorage: "u8",
  BoolStorage: "bool",
};

/** Torch names of number formats: checkpoints mention them, but the reader never uses them. */
const DTYPES = "float64 float32 float16 bfloat16 int64 int32 int16 int8 uint8 bool complex64 complex128".split(" ");

const REBUILD_TENSOR = "torch._utils._rebuild_tensor_v2";
const REBUILD_PARAMETER = "torch._utils._rebuild_parameter";
const ORDERED_DICT = "collections.OrderedDict";
const SIZE = "torch.Size";
const DEVICE = "torch.device";

const GLOBALS: ReadonlySet<string> = new Set([
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
  ORDERED_DICT,
  SIZE,
  DEVICE,
  ...Object.keys(STORAGES).map((name) => `torch.${name}`),
  ...DTYPES.map((name) => `torch.${name}`),
]);

/** A block of numbers in its own entry of the archive. */
class Storage extends PickleObject {
  readonly type: ElementType | "bool";
  readonly key: string;
  constructor(type: ElementType | "bool", key: string) {
    super();
    this.type = type;
    this.key = key;
  }
}

/** A strided view of a storage; element (i, j, …) is at offset + i·stride[0] + j·stride[1] + …. */
class Tensor extends PickleObject {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  constructor(storage: Storage, offset: number, shape: readonly number[], stride: readonly number[]) {
    super();
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.stride = stride;
  }
}

const READERS: PickleReaders = {
  globals: GLOBALS,
  call(name, args) {
    switch (name) {
      case ORDERED_DICT:
        return args.length === 0 ? new PickleDict() : undefined;
      case SIZE:
        return args[0] instanceof PickleList ? args[0] : undefined;
      case DEVICE:
        return typeof args[0] === "string" ? args[0] : undefined;
      case REBUILD_PARAMETER:
        return args[0] instanceof Tensor ? args[0] : undefined;
      case REBUILD_TENSOR: {
        const [storage, offset, shape, stride] = args;
        const sizes = countsOf(shape);
        const steps = countsOf(stride);
        if (!(storage instanceof Storage) || !isCount(offset) || sizes === undefined || steps === undefined)
          return undefined;
        return sizes.length === steps.length ? new Tensor(storage, offset, sizes, steps) : undefined;
      }
      default:
        return undefined;
    }
  },
  /** ("storage", storage class, key, device, number of elements) */
  persistent(id) {
    if (!(id instanceof PickleList)) return undefined;
    const [tag, kind, key] = id.items;
    if (tag !== "storage" || !(kind instanceof PickleGlobal) || typeof key !== "string") return undefined;
    const name = kind.name.replace(/^torch\./, "");
    return Object.hasOwn(STORAGES, name) ? new Storage(STORAGES[name], key) : undefined;
  },
};

/** Whether torch.save wrote a zip archive. */
export function isTorchArchive(entries: readonly ZipEntry[]): boolean {
  return entries.some(({ name }) => name.endsWith("/data.pkl") || name === "data.pkl");
}

/**
 * The tensors, texts and numbers of a PyTorch checkpoint (torch.save since 1.6): a state_dict, or any nesting of
 * dictionaries and lists. The pickle inside is read as data; none of its code is run. Throws FileError.
 */
export function readTorch(archive: readonly ZipEntry[], file: string, budget: Budget): Entries {
  const pickle = archive.find(({ name }) => name.endsWith("/data.pkl") || name === "data.pkl");
  if (pickle === undefined) throw new FileError(file, "holds no data.pkl", REMEDY);
  const root = pickle.name.slice(0, -"data.pkl".length);
  const blocks = new Map(archive.map((entry) => [entry.name, entry]));
  const order = blocks.get(`${root}byteorder`);
  if (order !== undefined && new TextDecoder().decode(order.read()).trim() !== "little") {
    throw new FileError(file, "holds big-endian numbers", "Save it on a little-endian machine.");
  }
  if (pickle.size > MAX_PICKLE_BYTES) {
    throw new FileError(file, `holds a pickle of ${pickle.size} bytes; the limit is ${MAX_PICKLE_BYTES}`, REMEDY);
  }
  const value = readPickle(pickle.read(), file, READERS);
  const table = new EntryTable(file, budget);
  const add = (name: string, item: Tensor | string | number): void => {
    table.add(name, item instanceof Tensor ? tensorEntry(item, root, blocks, `${file}, ${name}`) : valueEntry(item));
  };
  if (value instanceof PickleDict || value instanceof PickleList) collect(value, "", add, new Set(), 0);
  if (table.entries.size === 0) throw new FileError(file, "holds no tensors", REMEDY);
  return table.entries;
}

/**
 * Walks dictionaries and lists, each once however often it occurs. Single values become entries in dictionaries only.
 */
function collect(
  value: PickleDict | PickleList,
  prefix: string,
  add: (name: string, value: Tensor | string | number) => void,
  visited: Set<PickleValue>,
  depth: number,
): void {
  visited.add(value);
  const member = (key: PickleValue, item: PickleValue): void => {
    if (typeof key !== "string" && typeof key !== "number") return;
    const name = `${prefix}${key}`;
    if (item instanceof PickleDict || item instanceof PickleList) {
      if (!visited.has(item) && depth < MAX_DEPTH) collect(item, `${name}.`, add, visited, depth + 1);
    } else if (item instanceof Tensor) add(name, item);
    else if (value instanceof PickleDict && (typeof item === "string" || typeof item === "number")) add(name, item);
  };
  const { items } = value;
  if (value instanceof PickleList) for (let i = 0; i < items.length; i++) member(i, items[i]);
  else for (let i = 0; i + 1 < items.length; i += 2) member(items[i], items[i + 1]);
}

function tensorEntry(tensor: Tensor, root: string, blocks: ReadonlyMap<string, ZipEntry>, file: string): Entry {
  return {
    shape: () => tensor.shape,
    claims: () => checkTensor(tensor, root, blocks, file).count,
    read: () => readTensor(tensor, root, blocks, file),
  };
}

/** What a pickle says of a tensor, compared with the block of the archive that it is in. Throws FileError. */
function checkTensor(
  { storage, offset, shape, stride }: Tensor,
  root: string,
  blocks: ReadonlyMap<string, ZipEntry>,
  file: string,
): { readonly type: ElementType; readonly block: ZipEntry; readonly count: number } {
  const { type } = storage;
  if (type === "bool") throw new FileError(file, "holds booleans", "Save numbers.");
  const block = blocks.get(`${root}data/${storage.key}`);
  if (block === undefined) throw new FileError(file, "has no data in the archive", REMEDY);
  const count = entriesOfShape(shape);
  if (count === undefined) throw new FileError(file, `has ${shape.length} dimensions`, REMEDY);
  if (count > MAX_ENTRIES) throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, REMEDY);
  const stored = Math.floor(block.size / ELEMENT_SIZES[type]);
  const last = shape.reduce((at, extent, d) => at + (extent - 1) * stride[d], offset);
  if (count > 0 && last >= stored) {
    throw new FileError(
      file,
      `reaches element ${last} of ${stored}`,
      "Write the file again: it is truncated or damaged.",
    );
  }
  return { type, block, count };
}

function readTensor(tensor: Tensor, root: string, blocks: ReadonlyMap<string, ZipEntry>, file: string): NumericArray {
  const { offset, shape, stride } = tensor;
  const { type, block, count } = checkTensor(tensor, root, blocks, file);
  const size = ELEMENT_SIZES[type];
  const numberAt = elementReader(block.read(), type, file);
  const data = elementArray(type, count);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = offset; i < count; i++) {
    data[i] = numberAt(at * size);
    // the next index in row-major order
    for (let d = shape.length - 1; d >= 0; d--) {
      at += stride[d];
      if (++index[d] < shape[d]) break;
      at -= shape[d] * stride[d];
      index[d] = 0;
    }
  }
  return { data, shape };
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function countsOf(value: PickleValue | undefined): number[] | undefined {
  // a copy: later opcodes may still change the list
  return value instanceof PickleList && value.items.every(isCount) ? value.items.slice() : undefined;
}
