import { FileError } from "../../../model/errors.ts";
import { MAX_ENTRIES, type NumericArray } from "../../../model/matrix.ts";
import { entriesOfShape } from "../budget.ts";
import { ELEMENT_SIZES, type ElementType, elementArray, elementReader } from "../elements.ts";
import type { Entry } from "../entries.ts";
import { buildNumpy, callNumpy, NUMPY_GLOBALS } from "./pickle-numpy.ts";
import {
  countsOf,
  isCount,
  PickleDict,
  PickleGlobal,
  PickleList,
  PickleObject,
  type PickleReaders,
} from "./pickle-values.ts";

const REMEDY = "Save model.state_dict() again with torch.save.";

/** The bytes of a storage. */
export interface Block {
  readonly size: number;
  read(): Uint8Array;
}

export type Blocks = ReadonlyMap<string, Block>;

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
const DEFAULT_DICT = "collections.defaultdict";
const SIZE = "torch.Size";
const DEVICE = "torch.device";

const GLOBALS: ReadonlySet<string> = new Set([
  REBUILD_TENSOR,
  REBUILD_PARAMETER,
  ORDERED_DICT,
  DEFAULT_DICT,
  ...NUMPY_GLOBALS,
  SIZE,
  DEVICE,
  ...Object.keys(STORAGES).map((name) => `torch.${name}`),
  ...DTYPES.map((name) => `torch.${name}`),
]);

/** A block of numbers in its own entry of the archive. */
export class Storage extends PickleObject {
  readonly type: ElementType | "bool";
  readonly key: string;
  constructor(type: ElementType | "bool", key: string) {
    super();
    this.type = type;
    this.key = key;
  }
}

/** Bytes of one number of a storage. */
export function storageBytes({ type }: Storage): number {
  return type === "bool" ? 1 : ELEMENT_SIZES[type];
}

/** A strided view of a storage; element (i, j, …) is at offset + i·stride[0] + j·stride[1] + …. */
export class Tensor extends PickleObject {
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

/** What a pickle of torch.save may hold that is understood. */
export const TORCH_READERS: PickleReaders = {
  globals: GLOBALS,
  call(name, args) {
    if (NUMPY_GLOBALS.has(name)) return callNumpy(name, args);
    switch (name) {
      case ORDERED_DICT:
        return args.length === 0 ? new PickleDict() : undefined;
      case DEFAULT_DICT:
        return new PickleDict();
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
    return Object.hasOwn(STORAGES, name) ? new Storage(STORAGES[name]!, key) : undefined;
  },
  build: buildNumpy,
};

/** @param blocks the storages by key */
export function tensorEntry(tensor: Tensor, blocks: Blocks, file: string): Entry {
  return {
    shape: () => tensor.shape,
    claims: () => checkTensor(tensor, blocks, file).count,
    read: () => readTensor(tensor, blocks, file),
  };
}

/** What a pickle says of a tensor, compared with the block of the archive that it is in. Throws FileError. */
function checkTensor(
  { storage, offset, shape, stride }: Tensor,
  blocks: Blocks,
  file: string,
): { readonly type: ElementType; readonly block: Block; readonly count: number } {
  const { type } = storage;
  if (type === "bool") throw new FileError(file, "holds booleans", "Save numbers.");
  const block = blocks.get(storage.key);
  if (block === undefined) throw new FileError(file, "has no data in the archive", REMEDY);
  const count = entriesOfShape(shape);
  if (count === undefined) throw new FileError(file, `has ${shape.length} dimensions`, REMEDY);
  if (count > MAX_ENTRIES) throw new FileError(file, `has ${count} entries; the limit is ${MAX_ENTRIES}`, REMEDY);
  const stored = Math.floor(block.size / ELEMENT_SIZES[type]);
  const last = shape.reduce((at, extent, d) => at + (extent - 1) * stride[d]!, offset);
  if (count > 0 && last >= stored) {
    throw new FileError(
      file,
      `reaches element ${last} of ${stored}`,
      "Write the file again: it is truncated or damaged.",
    );
  }
  return { type, block, count };
}

function readTensor(tensor: Tensor, blocks: Blocks, file: string): NumericArray {
  const { offset, shape, stride } = tensor;
  const { type, block, count } = checkTensor(tensor, blocks, file);
  const size = ELEMENT_SIZES[type];
  const numberAt = elementReader(block.read(), type, file);
  const data = elementArray(type, count);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = offset; i < count; i++) {
    data[i] = numberAt(at * size);
    // the next index in row-major order
    for (let d = shape.length - 1; d >= 0; d--) {
      at += stride[d]!;
      if (++index[d]! < shape[d]!) break;
      at -= shape[d]! * stride[d]!;
      index[d] = 0;
    }
  }
  return { data, shape };
}
