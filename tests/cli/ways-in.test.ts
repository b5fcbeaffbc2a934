import { readdirSync, readFileSync, statSync } from "node:fs";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { plural } from "../../src/base/words.ts";
import { addReadOptions } from "../../src/cli/read-options.ts";
import { type ReadOptions, readArrays, readModels } from "../../src/formats/read/read.ts";
import { findFixedPoints } from "../../src/index.ts";
import { isStillpointError } from "../../src/model/errors.ts";
import { parseValue } from "../../src/model/parse.ts";

/** A file as its owner has it, and what the owner knows of the network that no file tells. */
interface Row {
  readonly writer: string;
  readonly file: string;
  /** The one of several proposed commands that is right for this network. */
  readonly picks?: RegExp;
  /** The number in the place of an ellipsis. */
  readonly number?: string;
  /** What ends it, where the network is none that can be read. */
  readonly refused?: RegExp;
}

const SHALLOW = /kind=shPLRNN/;
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const W = [
  [0.5, -1],
  [2, 0.25],
];
const SMALL = { A: [0.5, 0.25], W, h: [1, -1] };

/** Files that need no library: what JSON.jl, json.dump and Stillpoint itself write. */
const TEXTS: Readonly<Record<string, Uint8Array>> = {
  "json-plrnn.json": bytesOf(SMALL),
  "json-nested.json": bytesOf({ epoch: 3, model: { kind: "PLRNN", ...SMALL } }),
  "json-empty.json": bytesOf({}),
  "gtf.json": bytesOf({ A: [0.5], "W₁": [[1, 2]], "W₂": [[3], [4]], "h₁": [5], "h₂": [6, -7], C: null }),
  "gtf-dend.json": bytesOf({
    A: [0.5, 0.2],
    W,
    h: [1, 2],
    α: [1, -1],
    H: [
      [0, 1],
      [1, 2],
    ],
  }),
  "result.json": bytesOf({ schema: "stillpoint/result@1", model: { name: "x" }, fixedPoints: [] }),
  "models.ndjson": new TextEncoder().encode(`${JSON.stringify(SMALL)}\n${JSON.stringify(SMALL)}\n`),
};

const FILES: readonly Row[] = [
  { writer: "json.dump", file: "json-plrnn.json", picks: /kind=PLRNN/ },
  { writer: "json.dump", file: "json-nested.json" },
  { writer: "json.dump", file: "json-empty.json", refused: /is empty/ },
  { writer: "json.dump", file: "layouts/latent-circuit-params.json" },
  { writer: "NDJSON", file: "models.ndjson", picks: /kind=PLRNN/ },
  { writer: "Stillpoint", file: "result.json", refused: /is a result of Stillpoint/ },
  { writer: "JSON.jl, GTF-shPLRNN", file: "gtf.json", picks: /layout GTF-shPLRNN/ },
  { writer: "JSON.jl, GTF-shPLRNN", file: "gtf-dend.json" },
  { writer: "numpy.savez", file: "numpy-f8.npz" },
  { writer: "numpy.savez", file: "layouts/owner-no-kind.npz", picks: SHALLOW },
  { writer: "numpy.savez", file: "layouts/owner-one-transposed.npz" },
  { writer: "numpy.savez", file: "layouts/owner-plrnn.npz", picks: /kind=PLRNN/ },
  { writer: "numpy.savez", file: "layouts/owner-other-names.npz" },
  { writer: "numpy.savez", file: "layouts/owner-no-bias.npz" },
  { writer: "numpy.savez", file: "layouts/owner-alrnn.npz", number: "1" },
  { writer: "numpy.savez", file: "layouts/owner-u-v.npz" },
  { writer: "numpy.savez_compressed", file: "numpy-f4-fortran.npz" },
  { writer: "numpy.savez_compressed", file: "layouts/owner-transposed.npz", picks: /W1\^T/ },
  { writer: "numpy.save", file: "layouts/owner-npy", picks: SHALLOW },
  { writer: "PsychRNN", file: "layouts/psychrnn.npz", number: "0.1" },
  { writer: "torch.save, state_dict", file: "torch-state-dict.pt" },
  { writer: "torch.save, state_dict", file: "layouts/owner-linear.pt" },
  { writer: "torch.save, state_dict", file: "layouts/owner-linear-no-bias.pt" },
  { writer: "torch.save, state_dict", file: "layouts/owner-modules.pt", picks: SHALLOW },
  { writer: "torch.save, state_dict", file: "layouts/owner-two.pt", picks: SHALLOW },
  { writer: "torch.save, cut off", file: "layouts/owner-cut.pt", refused: /zip archive.*Copy it again/ },
  { writer: "torch.save, checkpoint", file: "torch-checkpoint.pth" },
  { writer: "torch.save, checkpoint", file: "layouts/owner-checkpoint.pt" },
  { writer: "torch.nn.RNN", file: "layouts/torch-rnn.pt" },
  { writer: "torch.nn.RNN", file: "layouts/torch-rnn-in-a-net.pt" },
  { writer: "torch.nn.RNN", file: "layouts/torch-rnn-no-bias.pt" },
  { writer: "torch.nn.RNN", file: "layouts/torch-rnn-two-layers.pt", refused: /more than one layer/ },
  { writer: "torch.nn.RNNCell", file: "layouts/torch-rnncell.pt" },
  { writer: "torch.nn.LSTM, GRU", file: "layouts/torch-lstm.pt", refused: /is an LSTM/ },
  { writer: "torch.nn.LSTM, GRU", file: "layouts/torch-gru.pt", refused: /is a GRU/ },
  { writer: "AL-RNN, Python", file: "torch-alrnn", picks: /kind=ALRNN/, number: "2" },
  { writer: "smc_rnns", file: "smc_state_dict_rnn.pkl", picks: /smc_rnns-relu/ },
  { writer: "dendPLRNN", file: "layouts/dend.pt", picks: /dendPLRNN / },
  { writer: "dendPLRNN", file: "layouts/dend-clipped.pt", picks: /dendPLRNN-clipped/ },
  { writer: "dendPLRNN", file: "layouts/dend-plain.pt" },
  { writer: "latent circuit", file: "layouts/latent-circuit.pt", number: "0.2" },
  { writer: "safetensors", file: "safetensors-f64.safetensors" },
  { writer: "safetensors", file: "safetensors-f16.safetensors" },
  { writer: "h5py", file: "h5py.h5" },
  { writer: "h5py", file: "h5py-series.h5" },
  { writer: "h5py", file: "layouts/owner-group.h5", picks: SHALLOW },
  { writer: "HDF5.jl", file: "layouts/owner-julia.h5" },
  { writer: "Keras 2", file: "layouts/keras2.h5" },
  { writer: "Keras 3", file: "layouts/keras3.weights.h5" },
  { writer: "MATLAB v7.3", file: "matlab.mat" },
  { writer: "MATLAB v7.3", file: "matlab-struct-array.mat" },
];

const at = (file: string): URL => new URL(`../formats/fixtures/${file}`, import.meta.url);

/** The options of a command line as the program itself reads them. */
function optionsOf(args: readonly string[]): ReadOptions {
  const command = addReadOptions(new Command("solve")).exitOverride().argument("[model...]");
  command.parse(args as string[], { from: "user" });
  return command.opts() as ReadOptions;
}

/** Words as a shell splits them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/(?:[^\s']+|'[^']*')+/g)].map(([word]) => word.replaceAll("'", ""));
}

/** What `stillpoint solve FILE …` comes to: fixed points, or the first message. */
async function attempt(
  file: string,
  args: readonly string[],
): Promise<{ readonly answer: boolean; readonly text: string }> {
  const name = file.slice(file.lastIndexOf("/") + 1);
  try {
    const options = optionsOf(args);
    const isFolder = TEXTS[file] === undefined && statSync(at(file)).isDirectory();
    const raws = isFolder
      ? await readArrays(
          new Map(readdirSync(at(file)).map((each) => [each, Uint8Array.from(readFileSync(at(`${file}/${each}`)))])),
          name,
          name,
          options,
        )
      : await readModels(TEXTS[file] ?? Uint8Array.from(readFileSync(at(file))), name, options);
    const said: string[] = [];
    for (const raw of raws) {
      if ("error" in raw) throw raw.error;
      const model = await parseValue(raw.value, { name: raw.name });
      const { fixedPoints, complete } = await findFixedPoints(model);
      const absent = model.absentBiases === undefined ? "" : `, no ${model.absentBiases.join(" and no ")}`;
      said.push(`${model.kind}, R = ${model.system.latentDim}: ${plural(fixedPoints.length, "fixed point")}${absent}`);
      expect(complete).toBe(true);
    }
    return { answer: true, text: said.join("; ") };
  } catch (error) {
    if (!isStillpointError(error)) throw error;
    return { answer: false, text: error.message };
  }
}

/** The command that a message spells out, as its owner would complete it. */
function proposalIn(message: string, { picks = /(?:)/, number = "?" }: Row): string[] | undefined {
  const commands = [
    ...message.matchAll(/stillpoint solve \S+((?: --[\w-]+(?: (?!--|\()(?:[^\s(;']+|'[^']*')+)?)*)/g),
  ].map(([, options]) => `${options!} `);
  const prefixes = [...message.matchAll(/--prefix ([^\s,.;]+(?:\.[^\s,.;]+)*)/g)].map(
    ([, prefix]) => ` --prefix ${prefix!} `,
  );
  const chosen = [...commands, ...(commands.length === 0 ? prefixes : [])].find(
    (command) => picks.test(command) || commands.length === 0,
  );
  return chosen === undefined ? undefined : wordsOf(chosen.replaceAll("…", number));
}

/** Tries after which an owner who reads only the messages has an answer; one more where a file holds several models. */
const TRIES = 2;

async function follow(row: Row): Promise<{ lines: string[]; tries: number; end: string; answer: boolean }> {
  let args: string[] = [];
  const lines: string[] = [];
  for (let tries = 1; ; tries++) {
    const { answer, text } = await attempt(row.file, args);
    lines.push(
      `| ${row.writer} | ${row.file.replace("layouts/", "")} | \`${args.join(" ") || " "}\` | ${text.replaceAll("|", "\\|")} |`,
    );
    const next = answer || row.refused?.test(text) ? undefined : proposalIn(text, row);
    if (next === undefined || tries > 4) return { lines, tries, end: text, answer };
    args = next[0] === "--prefix" ? [...args, ...next] : next;
  }
}

describe("a file as its owner has it", () => {
  it.each(FILES.map((row) => [row.file, row] as const))("%s ends in an answer within two tries", async (_, row) => {
    const { tries, end, answer } = await follow(row);
    if (row.refused !== undefined) expect(end).toMatch(row.refused);
    else expect([answer, end]).toEqual([true, end]);
    expect(tries, end).toBeLessThanOrEqual(row.refused === undefined ? TRIES : 1);
  });

  it("is told as the table says", async () => {
    expect(FILES.length).toBeGreaterThanOrEqual(40);
    expect(new Set(FILES.map(({ writer }) => writer)).size).toBeGreaterThanOrEqual(15);
    const rows: string[] = [];
    for (const row of FILES) rows.push(...(await follow(row)).lines);
    const head = ["| writer | file | options | answer, or first message |", "| --- | --- | --- | --- |"];
    await expect(`${[...head, ...rows].join("\n")}\n`).toMatchFileSnapshot("ways-in.table.md");
  });
});
