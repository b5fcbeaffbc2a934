import { readFileSync } from "node:fs";
import { strToU8, unzipSync, zipSync } from "fflate";
import type { RawModel } from "../../src/formats/read/json/raw.ts";
import { type ReadOptions, readArrays, readModels } from "../../src/formats/read/read.ts";
import { Mat5 } from "./make-mat5.ts";
import { ARRAYS, f8, MODEL, makeNpz, text } from "./make-npz.ts";

export type Mutate = (bytes: Uint8Array) => Uint8Array;

/** A reader, and a sound file of its format to be mutated. */
export interface FuzzSeed {
  /**
   * Reads the file as `mutate` leaves it. Formats with a checksum are mutated inside it too, or no mutation would get
   * past.
   */
  read(mutate: Mutate): Promise<readonly RawModel[]>;
  /** The least share of mutations that must be errors: shows that they reach what they are meant to. */
  readonly errors: number;
  /** Mutations in a short run, where a file takes long to be read. */
  readonly few?: number;
}

const fixture = (name: string): Uint8Array =>
  Uint8Array.from(readFileSync(new URL(`fixtures/${name}`, import.meta.url)));

const CLIPPED = {
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

const file = (bytes: Uint8Array, options: ReadOptions = {}): FuzzSeed => ({
  read: async (mutate) => readModels(mutate(bytes), "mutated", options),
  errors: 0.25,
});

/** One entry of a zip archive is mutated, and packed again with the right checksum. */
const insideZip = (bytes: Uint8Array, isMutated: (name: string) => boolean, options: ReadOptions = {}): FuzzSeed => {
  const entries = Object.entries(unzipSync(bytes));
  return {
    read: async (mutate) => {
      const packed = entries.map(([name, data]) => [name, isMutated(name) ? mutate(data) : data]);
      return readModels(zipSync(Object.fromEntries(packed), { level: 0 }), "mutated", options);
    },
    // bytes of numbers may be anything
    errors: 0.1,
  };
};

const named = { m: { ...MODEL, hx: undefined, θ: MODEL.hx } };
const everything = { ...ARRAYS, kind: text("shPLRNN"), C: f8([2, 1], [1, 2]), s: f8([1], [3]) };

const KERAS: ReadOptions = {
  map: { W: "encoder.recurrent_kernel^T", h: "encoder.bias" },
  set: { kind: "PLRNN", A: [0.5, 0.5, 0.5] },
};

const STACK = {
  kind: text("PLRNN"),
  A: f8([2, 2], [0.5, 0.25, 0.5, 0.25]),
  W: f8([2, 2, 2], [0, 1, 2, 0, 0, 3, 4, 0]),
  h: f8([2, 2], [1, 2, 3, 4]),
};

const mat = new Mat5();
const STRUCTS = [
  mat.struct(
    "fits",
    ["kind", "A", "W", "h"],
    [1, 2],
    [1, 2].flatMap((h) => [
      mat.text("", "PLRNN"),
      mat.doubles([2, 1], "", [0.5, 0.25]),
      mat.doubles([2, 2], "", [0, 1, 2, 0]),
      mat.matrix(6, [2, 1], "", mat.small(2, Uint8Array.of(h, 1))),
    ]),
  ),
  mat.matrix(1, [1, 1], "cells", mat.doubles([1, 1], "", [1])),
];

export const SEEDS: Readonly<Record<string, FuzzSeed>> = {
  json: file(strToU8(JSON.stringify(MODEL))),
  "json with everything": file(strToU8(JSON.stringify(CLIPPED))),
  ndjson: file(strToU8(`${JSON.stringify(MODEL)}\n${JSON.stringify(CLIPPED)}\n`)),
  "json under other names": file(strToU8(JSON.stringify(named)), { map: { hx: "-θ" } }),
  "zip: npz, stored": file(makeNpz({ ...ARRAYS, kind: text("shPLRNN") }, 0)),
  "zip: npz, deflated": file(makeNpz(everything, 6)),
  "npz, an array of it": insideZip(makeNpz(everything, 0), (name) => name === "U.npy" || name === "kind.npy"),
  "npz, a stack of models": insideZip(makeNpz(STACK, 0), (name) => name === "W.npy"),
  "npy, one of a folder": {
    read: async (mutate) => {
      const files = Object.entries(ARRAYS).map(
        ([key, npy]) => [`${key}.npy`, key === "V" ? mutate(npy) : npy] as const,
      );
      return readArrays(new Map(files), "mutated", "mutated");
    },
    errors: 0.1,
  },
  safetensors: file(fixture("safetensors-f16.safetensors")),
  "PyTorch state_dict": file(fixture("torch-views.pt")),
  "PyTorch checkpoint": file(fixture("torch-checkpoint.pth")),
  "pickle of a state_dict": insideZip(fixture("torch-views.pt"), (name) => name.endsWith("data.pkl")),
  "pickle of a checkpoint": insideZip(fixture("torch-checkpoint.pth"), (name) => name.endsWith("data.pkl")),
  "pickle of a module": insideZip(fixture("torch-module.pt"), (name) => name.endsWith("data.pkl")),
  "pickle of TorchScript": insideZip(fixture("torch-script.pt"), (name) => name.endsWith("data.pkl")),
  "pickle of arrays of NumPy in PyTorch": insideZip(fixture("torch-numpy.pt"), (name) => name.endsWith("data.pkl"), {
    set: { dt: 0.5 },
  }),
  "PyTorch before 1.6": file(fixture("torch-legacy.pt")),
  "pickle of NumPy, protocol 2": file(fixture("numpy-protocol-2.pkl")),
  "pickle of NumPy, protocol 5": file(fixture("numpy-protocol-5.pkl")),
  "layers of a network, guessed at": file(fixture("layouts/owner-linear.pt"), { guess: true }),
  "a checkpoint, guessed at": file(fixture("layouts/owner-checkpoint.pt"), { guess: true }),
  "names of their own, guessed at": file(fixture("layouts/owner-other-names.npz"), { guess: true }),
  "json, guessed at": file(strToU8(JSON.stringify({ net: { ...named.m, θ: undefined } })), { guess: true }),
  "torch.nn.RNN": file(fixture("layouts/torch-rnn.pt"), { layout: "torch-RNN-relu" }),
  "dendPLRNN, clipped": file(fixture("layouts/dend-clipped.pt"), { layout: "dendPLRNN-clipped" }),
  "Keras, by its layout": file(fixture("layouts/keras2.h5"), { layout: "keras-SimpleRNN-relu" }),
  "sums of --map": file(fixture("layouts/torch-rnn-float32.pt"), {
    map: { W: "weight_hh_l0", h: "bias_ih_l0+-bias_hh_l0" },
    set: { kind: "RNN" },
  }),
  "smc_rnns state_dict": file(fixture("smc_state_dict_rnn.pkl"), { layout: "smc_rnns-clipped" }),
  "MATLAB, not packed": file(fixture("octave-v6.mat")),
  "MATLAB, packed": file(fixture("octave-v7.mat")),
  "MATLAB, structs": file(new Mat5().file(...STRUCTS)),
  "MATLAB, packed structs": {
    read: async (mutate) => readModels(new Mat5().file(new Mat5().compressed(mutate(STRUCTS[0]!))), "mutated"),
    errors: 0.1,
  },
  "Keras 3, its weights": { ...insideZip(fixture("keras-3.keras"), (name) => name.endsWith(".h5"), KERAS), few: 200 },
  "Keras 3, its configuration": {
    ...insideZip(fixture("keras-3.keras"), (name) => name === "config.json", KERAS),
    few: 200,
  },
  "Keras 2": { ...file(fixture("keras-2.h5"), KERAS), few: 200 },
  "ONNX by PyTorch": file(fixture("torch.onnx"), { map: { V: "onnx::MatMul_14^T" } }),
  "ONNX, numbers in fields": file(fixture("typed.onnx")),
  "JLD2, named tuples": { ...file(fixture("jld2-named-tuples.jld2"), { prefix: "run.model" }), few: 200 },
  "JLD2, a ComponentArray": {
    ...file(fixture("jld2-components.jld2"), { set: { kind: "PLRNN" } }),
    few: 200,
  },
  "HDF5, contiguous": file(fixture("h5py.h5")),
  "HDF5, chunked": file(fixture("h5py-latest-chunked.h5")),
  "HDF5, groups": file(fixture("h5py-series.h5")),
  "HDF5, MATLAB struct array": file(fixture("matlab-struct-array.mat")),
};
