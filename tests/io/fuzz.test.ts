import { readFileSync } from "node:fs";
import { strToU8 } from "fflate";
import { describe, expect, it } from "vitest";
import { type ReadOptions, readModels } from "../../src/io/read.ts";
import { MAX_UNPACKED_BYTES } from "../../src/io/zip.ts";
import { isStillpointError } from "../../src/model/errors.ts";
import { parseModel } from "../../src/model/parse.ts";
import { ARRAYS, f8, MODEL, makeNpz, text } from "./make-npz.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

/** mulberry32 */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const clipped = {
  kind: "clippedShPLRNN",
  A: [0.5],
  W1: [[1, 2]],
  W2: [[1], [2]],
  h1: [0.1],
  h2: [1, -1],
  C: [[1]],
  s: [2],
  activation: "hardtanh",
};

const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

const SEEDS: Record<string, readonly [bytes: Uint8Array, options?: ReadOptions]> = {
  json: [strToU8(JSON.stringify(MODEL))],
  "json with everything": [strToU8(JSON.stringify(clipped))],
  ndjson: [strToU8(`${JSON.stringify(MODEL)}\n${JSON.stringify(clipped)}\n`)],
  "json under other names": [
    strToU8(JSON.stringify({ m: { ...MODEL, hx: undefined, θ: MODEL.hx } })),
    { map: { hx: "-θ" } },
  ],
  "npz, stored": [makeNpz({ ...ARRAYS, kind: text("shPLRNN") }, 0)],
  "npz, deflated": [makeNpz({ ...ARRAYS, C: f8([2, 1], [1, 2]), s: f8([1], [3]) }, 6)],
  safetensors: [fixture("safetensors-f16.safetensors")],
  "PyTorch state_dict": [fixture("torch-views.pt")],
  "PyTorch checkpoint": [fixture("torch-checkpoint.pth")],
  "smc_rnns state_dict": [fixture("smc_state_dict_rnn.pkl"), { layout: "smc_rnns-clipped" }],
  "HDF5, chunked": [fixture("h5py-latest-chunked.h5")],
  "HDF5, groups": [fixture("h5py-series.h5")],
  "MATLAB struct array": [fixture("matlab-struct-array.mat")],
};

function mutate(bytes: Uint8Array, next: () => number): Uint8Array {
  const below = (n: number): number => Math.floor(next() * n);
  let out = bytes.slice();
  for (let i = below(4); i >= 0; i--) {
    const at = below(out.length);
    switch (below(6)) {
      case 0:
        out[at] = below(256);
        break;
      case 1:
        out[at]! ^= 1 << below(8);
        break;
      case 2:
        out = out.slice(0, at + 1);
        break;
      case 3:
        out = Uint8Array.from([...out.subarray(0, at), ...out.subarray(Math.min(out.length, at + 1 + below(20)))]);
        break;
      case 4:
        out.fill(0xff, at, at + 4);
        break;
      default:
        out = Uint8Array.from([...out.subarray(0, at), ...strToU8("-1e999"), ...out.subarray(at)]);
    }
    if (out.length === 0) return out;
  }
  return out;
}

describe.each(Object.entries(SEEDS))("mutated %s", (_, [seed, options]) => {
  it("gives models or typed errors, nothing else", { timeout: FULL ? 1_200_000 : 60_000 }, async () => {
    const count = FULL ? 10_000 : 500;
    const next = random(1);
    const before = process.memoryUsage().rss;
    let errors = 0;
    for (let i = 0; i < count; i++) {
      try {
        for (const raw of await readModels(mutate(seed, next), "mutated", options)) {
          if ("error" in raw) throw raw.error;
          const { system } = await parseModel(raw.value);
          expect(system.h.rounded.every(Number.isFinite)).toBe(true);
        }
      } catch (error) {
        errors++;
        expect(isStillpointError(error), `mutation ${i}: ${error instanceof Error ? error.stack : error}`).toBe(true);
      }
    }
    // the mutations reach what they are meant to reach
    expect(errors).toBeGreaterThan(count / 4);
    expect(process.memoryUsage().rss - before).toBeLessThan(MAX_UNPACKED_BYTES);
  });
});
