import { Budget } from "../formats/read/budget.ts";
import { NPY_HEAD_BYTES, readNpyHeader } from "../formats/read/numpy/npy.ts";
import { readNpz } from "../formats/read/numpy/npz.ts";
import { readZipDirectory } from "../formats/read/zip.ts";
import { FileError } from "../model/errors.ts";
import type { ModelInput } from "../model/input.ts";
import { isNumericArray } from "../model/matrix.ts";
import { toModel } from "../model/parse.ts";
import type { Model } from "../model/types.ts";
import { checkProof, type PointsCheckReport, type ProofFile } from "./check.ts";
import { type CyclesCheckReport, checkCyclesProof } from "./orbits/check-cycles.ts";
import { isCyclesResult } from "./orbits/cycles-claim.ts";
import { CYCLES_ARRAYS } from "./orbits/orbit-proof.ts";
import { ARRAY_TYPES, ARRAYS, type ProofArray } from "./proof.ts";

/** Largest proof that is read: trees of a hundred million boxes. */
const MAX_PROOF_BYTES = 2 ** 28;

/**
 * What a proof file holds.
 * @param file its name, for messages. Throws FileError if the bytes are no .npz archive of plain arrays.
 */
export function readProof(bytes: Uint8Array, file: string): ProofFile {
  const budget = new Budget(file);
  const archive = readZipDirectory(bytes, file, budget);
  const entries = readNpz(archive, file, budget);
  const types: Readonly<Record<string, string>> = { header: "u1", ...ARRAY_TYPES };
  for (const { name, head } of archive) {
    const type = types[name.replace(/\.npy$/, "")];
    if (type === undefined) continue;
    const { descr } = readNpyHeader(head(NPY_HEAD_BYTES), file);
    if (descr.replace(/^[<>|=]/, "") !== type) {
      throw new FileError(file, `holds ${name} as ${descr.slice(0, 20)}`, `A proof has it as ${type}.`);
    }
  }
  const arrays = new Map<string, ProofArray>();
  let header = "";
  for (const name of ["header", ...ARRAYS, ...CYCLES_ARRAYS]) {
    const entry = entries.get(name);
    if (entry === undefined) continue;
    budget.numbers(entry.claims());
    const array = entry.read();
    if (!isNumericArray(array)) continue;
    if (name === "header") header = textOf(array.data, file);
    else arrays.set(name, array);
  }
  return { header, arrays };
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
  if (bytes.length > MAX_PROOF_BYTES) {
    return { accepted: false, because: `${file} is larger than the limit of ${MAX_PROOF_BYTES} bytes` };
  }
  try {
    const proof = readProof(bytes, file);
    return isCyclesResult(result) ? checkCyclesProof(model, result, proof) : checkProof(model, result, proof);
  } catch (error) {
    if (error instanceof FileError) return { accepted: false, because: error.message };
    throw error;
  }
}
