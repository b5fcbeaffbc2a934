import { FileError } from "../../model/errors.ts";
import { MAX_ENTRIES } from "../../model/matrix.ts";
import { type Budget, entriesOfShape, MAX_ENTRIES_PER_FILE } from "./budget.ts";
import { decodeElements, ELEMENT_SIZES, type ElementType } from "./elements.ts";
import { type Entries, EntryTable, valueEntry } from "./entries.ts";
import { surveyJson } from "./json/json-survey.ts";

/** The largest header that the format allows, in bytes: more is another format. */
const FORMAT_HEADER_BYTES = 100_000_000;

/** The largest header that is read: some hundred bytes for each of the most tensors. */
const MAX_HEADER_BYTES = 2 ** 25;

const DTYPES: Readonly<Record<string, ElementType>> = {
  F64: "f64",
  F32: "f32",
  F16: "f16",
  BF16: "bf16",
  I64: "i64",
  I32: "i32",
  I16: "i16",
  I8: "i8",
  U64: "u64",
  U32: "u32",
  U16: "u16",
  U8: "u8",
};

const REMEDY = "Write the file again, for example with safetensors.torch.save_file.";

/**
 * Whether bytes begin as a .safetensors file does: the length of its header (64 bits), then the header, a JSON object.
 */
export function isSafetensors(bytes: Uint8Array): boolean {
  return bytes.length >= 9 && bytes[8] === 0x7b && headerLength(bytes) <= FORMAT_HEADER_BYTES;
}

function headerLength(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
}

/**
 * The tensors of a .safetensors file. Every claim of the header is compared with the bytes of the file before memory of
 * that size is allocated. Texts in `__metadata__` are entries too. Throws FileError.
 */
export function readSafetensors(bytes: Uint8Array, file: string, budget: Budget): Entries {
  const fail = (problem: string, cause?: unknown): never => {
    throw new FileError(file, problem, REMEDY, { cause });
  };
  const length = headerLength(bytes);
  if (8 + length > bytes.length) fail(`has a header of ${length} bytes but holds only ${bytes.length - 8}`);
  if (length > MAX_HEADER_BYTES) fail(`has a header of ${length} bytes; the limit is ${MAX_HEADER_BYTES}`);
  const { containers, values } = surveyJson(bytes.subarray(8, 8 + length));
  if (containers > 3 * MAX_ENTRIES_PER_FILE) fail(`has a header of ${containers} objects and arrays`);
  budget.objects(containers + values);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length)));
  } catch (cause) {
    fail("has a header that is not valid JSON", cause);
  }
  if (!isRecord(header)) return fail("has a header that is no object");
  const data = bytes.subarray(8 + length);
  const table = new EntryTable(file, budget);
  for (const [name, claim] of Object.entries(header)) {
    if (name === "__metadata__") {
      if (isRecord(claim)) for (const [key, text] of Object.entries(claim)) table.add(key, valueEntry(text));
    } else {
      const place = `${file}, ${name}`;
      const tensor = () => checkTensor(claim, data.length, place);
      table.add(name, {
        shape: () => tensor().shape,
        claims: () => tensor().count,
        read: () => readTensor(claim, data, place),
      });
    }
  }
  return table.entries;
}

function readTensor(claim: unknown, data: Uint8Array, file: string): unknown {
  const { type, shape, from, to } = checkTensor(claim, data.length, file);
  return { data: decodeElements(data.subarray(from, to), type, file), shape };
}

interface Tensor {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly count: number;
  /** The first byte of its data, and the one behind the last. */
  readonly from: number;
  readonly to: number;
}

/** What a header says of a tensor, compared with the bytes that are there. Throws FileError. */
function checkTensor(claim: unknown, held: number, file: string): Tensor {
  const fail = (problem: string): never => {
    throw new FileError(file, problem, REMEDY);
  };
  if (!isRecord(claim)) return fail("is not described by an object");
  const { dtype, shape, data_offsets: offsets } = claim;
  const type = typeof dtype === "string" && Object.hasOwn(DTYPES, dtype) ? DTYPES[dtype] : undefined;
  if (type === undefined) {
    throw new FileError(file, `holds elements of type ${describeType(dtype)}`, "Save numbers: F64, F32 or integers.");
  }
  if (!isCounts(shape)) return fail("has a malformed shape");
  if (!isCounts(offsets) || offsets.length !== 2) return fail("has malformed offsets");
  const [from, to] = offsets as [number, number];
  const count = entriesOfShape(shape);
  if (count === undefined) return fail("has a malformed shape");
  if (from > to || to > held) return fail(`claims the bytes ${from} to ${to} of ${held}`);
  if (count * ELEMENT_SIZES[type] !== to - from) {
    return fail(`claims the shape (${shape.join(", ")}) but holds ${to - from} bytes of ${dtype}`);
  }
  if (count > MAX_ENTRIES) return fail(`has ${count} entries; the limit is ${MAX_ENTRIES}`);
  return { type, shape, count, from, to };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

function describeType(dtype: unknown): string {
  return typeof dtype === "string" ? dtype.slice(0, 20) : "no known name";
}
