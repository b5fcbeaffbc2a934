import { Budget } from "../../../src/formats/read/budget.ts";
import { readNpz } from "../../../src/formats/read/numpy/npz.ts";
import { readZipDirectory } from "../../../src/formats/read/zip.ts";
import { isStillpointError } from "../../../src/index.ts";
import { isNumericArray } from "../../../src/model/matrix.ts";
import type { ProofSubject } from "../protocol.ts";

/** A header holds a few numbers for each root of a tree. */
const MAX_HEADER_BYTES = 2 ** 24;

const SUBJECTS: Readonly<Record<string, ProofSubject["of"]>> = {
  "stillpoint/proof@1": "fixed points",
  "stillpoint/cycles-proof@1": "cycles",
};

/** What a proof is about; undefined for bytes that are no proof. */
export function proofHeader(bytes: Uint8Array, file: string): ProofSubject | undefined {
  if (bytes[0] !== 0x50 || bytes[1] !== 0x4b) return undefined;
  try {
    const budget = new Budget(file);
    const header = readNpz(readZipDirectory(bytes, file, budget), file, budget).get("header");
    if (header === undefined || header.claims() > MAX_HEADER_BYTES) return undefined;
    budget.numbers(header.claims());
    const array = header.read();
    if (!isNumericArray(array)) return undefined;
    const { schema, model } = JSON.parse(new TextDecoder().decode(Uint8Array.from(array.data)));
    const of = typeof schema === "string" && Object.hasOwn(SUBJECTS, schema) ? SUBJECTS[schema] : undefined;
    return of !== undefined && typeof model === "string" ? { model, of } : undefined;
  } catch (error) {
    // what is wrong with it, the readers of models say
    if (isStillpointError(error) || error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}
