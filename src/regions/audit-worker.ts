import { reduceSystem } from "../arrangement/reduce.ts";
import { type SentSystem, unpackSystem } from "../model/transfer.ts";
import { type AuditedRun, type SampleAnswer, SampleAudit, type Subsets } from "./sample-audit.ts";

/** The payload of the job "audit": a segment whose sample is audited. */
export interface AuditPayload extends SentSystem, Pick<AuditedRun, "sha256"> {
  readonly attempt: number;
  readonly every: number;
  /** Of the first subset in the whole enumeration. */
  readonly place: bigint;
  readonly subsets: Subsets;
}

/** The worker's side: the audit of the last key and attempt. */
export class AuditWorker {
  #key = "";
  #audit!: SampleAudit;

  run({ key, system, sha256, attempt, every, place, subsets }: AuditPayload): SampleAnswer {
    if (`${key} ${attempt}` !== this.#key) {
      const unpacked = unpackSystem(system);
      this.#audit = new SampleAudit({ system: unpacked, reduced: reduceSystem(unpacked), sha256 }, attempt, every);
      this.#key = `${key} ${attempt}`;
    }
    return this.#audit.audit(place, subsets);
  }
}
