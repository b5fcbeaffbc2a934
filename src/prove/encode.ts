import { zipSync } from "fflate";
import type { Cone, ProofHeader } from "../check/proof.ts";
import { npy } from "../formats/write/write-npz.ts";
import type { Cover } from "./covers.ts";
import { RECENT, type TreeOutput } from "./output.ts";
import type { Space } from "./space.ts";

/** A root that is proved: its scale, covers and tree. */
export interface ProvedRoot {
  readonly scale: Int16Array;
  readonly covers: readonly Cover[];
  readonly output: TreeOutput;
}

/** The bytes of a proof by trees (docs/proof.md). */
export function encodeTrees(
  sha256: string,
  space: Space,
  cones: readonly Cone[],
  roots: readonly ProvedRoot[],
  R: number,
): Uint8Array {
  const header: ProofHeader = {
    schema: "stillpoint/proof@1",
    model: sha256,
    ...space,
    cones,
    recent: RECENT,
    lengths: roots.map(({ output, covers }) => output.lengths(R, covers.length)),
  };
  const covers = roots.flatMap((root) => root.covers);
  const boxes = covers.flatMap(({ lo, hi }) => [...lo, ...hi]);
  const outputs = roots.map(({ output }) => output);
  const ops = joined(outputs.map((output) => output.ops));
  const y8 = joined(outputs.map((output) => output.y8));
  const y32 = joined(outputs.map((output) => output.y32));
  const refs = joined(outputs.map((output) => output.refs));
  return encode(header, {
    ops: npy("|u1", [ops.length], Uint8Array.from(ops)),
    y8: npy("|i1", [y8.length / R, R], Int8Array.from(y8)),
    y32: npy("<i4", [y32.length / R, R], Int32Array.from(y32)),
    scale: npy("<i2", [roots.length, R], Int16Array.from(roots.flatMap(({ scale }) => [...scale]))),
    refs: npy("<u4", [refs.length], Uint32Array.from(refs)),
    cover_point: npy(
      "<u4",
      [covers.length],
      Uint32Array.from(covers, ({ point }) => point),
    ),
    cover_cone: npy(
      "|u1",
      [covers.length],
      Uint8Array.from(covers, ({ cone }) => Number(cone)),
    ),
    cover_box: npy("<f8", [covers.length, 2, R], Float64Array.from(boxes)),
  });
}

function joined(parts: readonly (readonly number[])[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The bytes of a proof that all patterns are to be tried. */
export function encodePatterns(sha256: string): Uint8Array {
  return encode({ schema: "stillpoint/proof@1", model: sha256, space: "patterns" }, {});
}

function encode(header: ProofHeader, arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const files = { header: npy("|u1", [text.length], text), ...arrays };
  return zipSync(Object.fromEntries(Object.entries(files).map(([name, bytes]) => [`${name}.npy`, bytes])), {
    level: 9,
    // the same proof has the same bytes
    mtime: "1980-01-01T12:00:00Z",
  });
}
