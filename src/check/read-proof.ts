import { FileError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { toModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { readPlainArchive } from "./archive.ts";
import { checkProof, type PointsCheckReport, type ProofFile } from "./check.ts";
import { type CyclesCheckReport, checkCyclesProof } from "./orbits/check-cycles.ts";
import { isCyclesResult } from "./orbits/cycles-claim.ts";
import { CYCLES_ARRAY_TYPES } from "./orbits/orbit-proof.ts";
import { ARRAY_TYPES, type ProofArray } from "./proof.ts";

const REMEDY = "Make the proof again.";

/** Of each array that a proof may have its type, as .npy names it. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({ header: "|u1", ...ARRAY_TYPES, ...CYCLES_ARRAY_TYPES }),
);

/** How numbers of a type are held. */
const HOLDERS = {
  ...{ "|u1": Uint8Array, "|i1": Int8Array, "<i2": Int16Array },
  ...{ "<i4": Int32Array, "<u4": Uint32Array, "<f8": Float64Array },
} as const;

/** Version 1.0 of .npy, and after two bytes, the length, the header just as NumPy writes it. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];
const NPY = /^\{'descr': '([|<]\w\d)', 'fortran_order': False, 'shape': \((\d+,|\d+(?:, \d+){1,2})\), \} *\n$/;

/**
 * What a proof file holds.
 * @param file its name, for messages. Throws FileError if the bytes are no plain archive of arrays of a proof.
 */
export function readProof(bytes: Uint8Array, file: string): ProofFile {
  const arrays = new Map<string, ProofArray>();
  for (const [entry, data] of readPlainArchive(bytes, file)) {
    const name = entry.replace(/\.npy$/, "");
    const type = TYPES.get(name);
    if (type === undefined || name === entry) {
      throw new FileError(file, `holds ${JSON.stringify(entry.slice(0, 40))}, which no proof has`, REMEDY);
    }
    arrays.set(name, readArray(data, type as keyof typeof HOLDERS, `${file}, ${entry}`));
  }
  const header = arrays.get("header");
  if (header === undefined) throw new FileError(file, "has no header", REMEDY);
  arrays.delete("header");
  return { header: textOf(header.data, file), arrays };
}

function readArray(bytes: Uint8Array, type: keyof typeof HOLDERS, place: string): ProofArray {
  const start = 10 + bytes[8]! + 256 * bytes[9]!;
  const isArray = start <= bytes.length && MAGIC.every((byte, i) => bytes[i] === byte);
  const [, descr, extents] = (isArray && NPY.exec(new TextDecoder("latin1").decode(bytes.subarray(10, start)))) || [];
  if (descr === undefined || extents === undefined) {
    throw new FileError(place, "is no array in row-major order as NumPy writes it", REMEDY);
  }
  if (descr !== type) throw new FileError(place, `has the type ${descr}, a proof has it as ${type}`, REMEDY);
  const shape = extents.match(/\d+/g)!.map(Number);
  const count = shape.reduce((product, extent) => product * extent, 1);
  const Holder = HOLDERS[type];
  if (count * Holder.BYTES_PER_ELEMENT !== bytes.length - start) {
    throw new FileError(place, `does not hold the numbers of the shape (${extents.slice(0, 40)})`, REMEDY);
  }
  // numbers may stand anywhere in the file; slice() would be no copy of a Buffer
  return { data: new Holder(new Uint8Array(bytes.subarray(start)).buffer), shape };
}

function textOf(data: ArrayLike<number>, file: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(data));
  } catch {
    throw new FileError(file, "has a header that is no UTF-8", "A proof's header is JSON.");
  }
}

/** Whether a proof was accepted, of fixed points or of cycles. */
export type CheckReport = PointsCheckReport | CyclesCheckReport;

/**
 * `checkProof`, or for a result of `findCycles` `checkCyclesProof`, of the bytes of a file: what can't be read is not
 * accepted. @param file its name, for messages.
 */
export function checkProofFile(
  source: ModelInput | Model,
  result: unknown,
  bytes: Uint8Array,
  file = "the proof",
): CheckReport {
  const model = toModel(source);
  try {
    const proof = readProof(bytes, file);
    return isCyclesResult(result) ? checkCyclesProof(model, result, proof) : checkProof(model, result, proof);
  } catch (error) {
    if (error instanceof FileError) return { accepted: false, because: error.message };
    throw error;
  }
}
