import type { RootBox } from "../check/check.ts";
import type { Claim } from "../check/claim.ts";
import { listedInCone } from "../check/cones.ts";
import { coordinatesOf } from "../check/coordinates.ts";
import { coneRoot, type ExactRoot, exactRoot } from "../check/exact-root.ts";
import { Regions } from "../check/regions.ts";
import { type RootTable, rootTable } from "../check/root.ts";
import { type PlainSystem, unpackSystem } from "../model/transfer.ts";
import type { Cover } from "./covers.ts";
import type { Branch } from "./parts.ts";
import type { SpaceBasis } from "./space.ts";
import { type Listing, TreeProver } from "./tree.ts";
import { Unproved } from "./unproved.ts";

/** A root to be proved, as data that can be cloned. */
export interface RootTask extends RootBox {
  /** Of a face of a cone: the signs of all hyperplanes at its tip. */
  readonly cone?: Int8Array;
  readonly scale: Int16Array;
  readonly covers: readonly Cover[];
}

/** The system of a root. @param system in the coordinates of the proof */
export function exactRootOf(system: ExactRoot, { face, cone }: Pick<RootTask, "face" | "cone">): ExactRoot {
  return cone === undefined ? exactRoot(system, face) : coneRoot(system, cone);
}

/** A branch of a root as a worker receives it (the job "prove"). */
export interface BranchPayload {
  /** Equal for equal proofs: a worker keeps what it made for the last key. */
  readonly key: number;
  readonly system: PlainSystem;
  readonly basis: SpaceBasis | undefined;
  /** A `Claim` as JSON: one string is quicker to send than many lists, and few branches read it. */
  readonly claim: string;
  readonly hasContinua: boolean;
  /** The root's number in the proof. */
  readonly number: number;
  readonly root: RootTask;
  readonly branch: Branch;
  /** `Date.now()` at which to stop, if the time is limited: the message may wait before it is read. */
  readonly endsAt?: number | undefined;
}

/** What is written of a branch, and the branches that come after it. */
export interface ProvedBranch {
  readonly ops: Uint8Array;
  readonly y8: Int8Array;
  readonly y32: Int32Array;
  readonly refs: Uint32Array;
  readonly split: readonly Branch[];
  readonly boxes: number;
  readonly settled: number;
}

/** A branch; or why it can't be proved; or undefined where the time was up. */
export type BranchReply = ProvedBranch | { readonly unproved: string } | undefined;

/** What a prover has of its branch once that is done. */
export function writtenBy({ output: { ops, y8, y32, refs }, split, done, settled }: TreeProver): ProvedBranch {
  return {
    ops: Uint8Array.from(ops),
    y8: Int8Array.from(y8),
    y32: Int32Array.from(y32),
    refs: Uint32Array.from(refs),
    split,
    boxes: done,
    settled,
  };
}

/** Which regions of a root are listed. */
export function listingOf(listing: Listing, { cone }: Pick<RootTask, "cone">): Listing {
  const { hasContinua } = listing;
  return cone === undefined ? listing : { hasContinua, listed: listedInCone(listing, cone) };
}

/** Boxes between two looks at the clock. */
const PORTION = 256;

/** The worker's side of a proof: keeps what it made for the last key. */
export class BranchWorker {
  #key: number | undefined;
  readonly #provers = new Map<number, TreeProver>();
  /** In the coordinates of the proof. */
  #system: ExactRoot | undefined;
  #listing: Listing | undefined;

  run(payload: BranchPayload): BranchReply {
    const { key, system, basis, number, root, branch, endsAt = Number.POSITIVE_INFINITY } = payload;
    if (key !== this.#key) {
      this.#key = key;
      this.#provers.clear();
      this.#system = undefined;
      this.#listing = new LateListing(payload);
    }
    let prover = this.#provers.get(number);
    if (prover === undefined) {
      this.#system ??= coordinatesOf(unpackSystem(system), basis?.rows, basis?.added).root;
      const table: RootTable = rootTable(exactRootOf(this.#system, root), root.lo, root.hi, root.scale);
      prover = new TreeProver(table, root.covers, listingOf(this.#listing!, root));
      this.#provers.set(number, prover);
    }
    try {
      prover.begin(branch);
      while (!prover.step(PORTION)) if (Date.now() >= endsAt) return undefined;
      return writtenBy(prover);
    } catch (error) {
      if (error instanceof Unproved) return { unproved: error.message };
      throw error;
    }
  }
}

/** Certifies what a claim lists only when a region is asked for: many branches ask for none. */
class LateListing implements Listing {
  readonly hasContinua: boolean;
  readonly #list: () => Regions;
  #regions: Regions | undefined;

  constructor({ system, claim, hasContinua }: BranchPayload) {
    this.hasContinua = hasContinua;
    this.#list = () => {
      const regions = new Regions(unpackSystem(system));
      regions.list(JSON.parse(claim) as Claim);
      return regions;
    };
  }

  listed(mask: Uint32Array): boolean {
    this.#regions ??= this.#list();
    return this.#regions.listed(mask);
  }
}
