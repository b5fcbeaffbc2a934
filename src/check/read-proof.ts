import { readNpz } from "../io/npz.ts";
import { readZipDirectory } from "../io/zip.ts";
import { isNumericArray } from "../model/matrix.ts";
import type { ProofFile } from "./check.ts";
import { ARRAYS, type ProofArray } from "./proof.ts";

/** Largest proof that is read: trees of a hundred million boxes. */
export const MAX_PROOF_BYTES = 2 ** 28;

/** What a proof file holds. @param file its name, for messages. Throws FileError if the bytes are no .npz archive of plain arrays. */
export function readProof(bytes: Uint8Array, file: string): ProofFile {
  const entries = readNpz(readZipDirectory(bytes, file), file);
  const arrays = new Map<string, ProofArray>();
  let header = "";
  for (const name of ["header", ...ARRAYS]) {
    const array = entries.get(name)?.();
    if (!isNumericArray(array)) continue;
    if (name === "header") header = new TextDecoder().decode(Uint8Array.from(array.data));
    else arrays.set(name, array);
  }
  return { header, arrays };
}
