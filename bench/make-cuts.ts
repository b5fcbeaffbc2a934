/**
 * Cuts of a real low-rank network to its first latent coordinates, the others held at 0, as models for searches in
 * dimensions between those of the real ones: `npx tsx bench/make-cuts.ts [--out FOLDER] [--model FILE] [R…]`, default
 * smc_hc11_rank12 of ../shared/models cut to 4, 5, 6, 7 and 8 coordinates, into the folder `cuts`.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "./host.ts";

interface ClippedModel {
  readonly kind: "clippedShPLRNN";
  readonly A: readonly number[];
  readonly W1: readonly (readonly number[])[];
  readonly W2: readonly (readonly number[])[];
  readonly h1: readonly number[];
  readonly h2: readonly number[];
}

/** The model of the first R latent coordinates where the others are 0. */
export function cutTo({ kind, A, W1, W2, h1, h2 }: ClippedModel, R: number): ClippedModel {
  return { kind, A: A.slice(0, R), W1: W1.slice(0, R), W2: W2.map((row) => row.slice(0, R)), h1: h1.slice(0, R), h2 };
}

if (process.argv[1]?.endsWith("make-cuts.ts")) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "cuts" },
      model: { type: "string", default: join(ROOT, "../shared/models/smc_hc11_rank12.json") },
    },
  });
  const model = JSON.parse(readFileSync(values.model, "utf8")) as ClippedModel;
  mkdirSync(values.out, { recursive: true });
  for (const R of positionals.length > 0 ? positionals.map(Number) : [4, 5, 6, 7, 8]) {
    const name = `${basename(values.model, ".json")}_first${R}`;
    const file = join(values.out, `${name}.json`);
    writeFileSync(file, JSON.stringify({ name, ...cutTo(model, R) }));
    process.stdout.write(`${file}\n`);
  }
}
