import { zipSync } from "fflate";
import type { Cone, ProofHeader, RootLengths } from "../check/proof.ts";
import { npy } from "../formats/write/npy.ts";
import type { Cover } from "./covers.ts";
import { RECENT } from "./output.ts";
import type { ProvedBranch } from "./root-task.ts";
import type { Space, SpaceBasis } from "./space.ts";

/**
 * A root that is proved: its scale, its covers, and its tree as branches in preorder.
 *
 * A branch names functionals only by its own use of them, and moves them to the front: whatever was used before it,
 * these are at the front, in the same places. So branches are written one after the other as they are.
 */
export interface ProvedRoot {
  readonly scale: Int16Array;
  readonly covers: readonly Cover[];
  readonly branches: readonly ProvedBranch[];
}

/** The bytes of a proof by trees (docs/proof.md). */
export function encodeTrees(
  sha256: string,
  space: Space,
  cones: readonly Cone[],
  basis: SpaceBasis | undefined,
  roots: readonly ProvedRoot[],
  R: number,
): Uint8Array {
  const header: ProofHeader = {
    schema: "stillpoint/proof@1",
    model: sha256,
    ...space,
    ...basis,
    cones,
    recent: RECENT,
    lengths: roots.map((root) => lengthsOf(root, R)),
  };
  const covers = roots.flatMap((root) => root.covers);
  const boxes = covers.flatMap(({ lo, hi }) => [...lo, ...hi]);
  const branches = roots.flatMap((root) => root.branches);
  const parts = <K extends keyof ProvedBranch>(name: K): ProvedBranch[K][] => branches.map((branch) => branch[name]);
  const ops = joined(Uint8Array, parts("ops"));
  const y8 = joined(Int8Array, parts("y8"));
  const y32 = joined(Int32Array, parts("y32"));
  const refs = joined(Uint32Array, parts("refs"));
  const points = Uint32Array.from(covers, ({ point }) => point);
  const ofCones = Uint8Array.from(covers, ({ cone }) => Number(cone));
  return encodeArchive(header, {
    ops: npy("|u1", [ops.length], ops),
    y8: npy("|i1", [y8.length / R, R], y8),
    y32: npy("<i4", [y32.length / R, R], y32),
    scale: npy("<i2", [roots.length, R], Int16Array.from(roots.flatMap(({ scale }) => [...scale]))),
    refs: npy("<u4", [refs.length], refs),
    cover_point: npy("<u4", [covers.length], points),
    cover_cone: npy("|u1", [covers.length], ofCones),
    cover_box: npy("<f8", [covers.length, 2, R], Float64Array.from(boxes)),
  });
}

function lengthsOf({ branches, covers }: ProvedRoot, R: number): RootLengths {
  const total = (name: "ops" | "y8" | "y32" | "refs"): number =>
    branches.reduce((sum, branch) => sum + branch[name].length, 0);
  return {
    ops: total("ops"),
    y8: total("y8") / R,
    y32: total("y32") / R,
    refs: total("refs"),
    covers: covers.length,
  };
}

function joined<T extends Uint8Array | Int8Array | Int32Array | Uint32Array>(
  of: new (length: number) => T,
  parts: readonly T[],
): T {
  const all = new of(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The bytes of a proof that all patterns are to be tried. */
export function encodePatterns(sha256: string): Uint8Array {
  const header: ProofHeader = { schema: "stillpoint/proof@1", model: sha256, space: "patterns" };
  return encodeArchive(header, {});
}

/** The bytes of an .npz of a header and arrays. */
export function encodeArchive(header: object, arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const files = { header: npy("|u1", [text.length], text), ...arrays };
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.npy`, bytes])), {
    level: 6,
    // the same proof has the same bytes
    mtime: "1980-01-01T12:00:00Z",
  });
}
