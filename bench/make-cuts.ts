/**
 * Cuts of a real low-rank network to its first latent coordinates, as models for searches in dimensions between those of
 * the real ones: `npx tsx bench/make-cuts.ts [--out FOLDER] [--model FILE] [--about RESULT] [R…]`, default
 * smc_hc11_rank12 of ../shared/models cut to 4, 5, 6, 7 and 8 coordinates, into the folder `cuts`. The other coordinates
 * are held at 0 or, with the file of a result, at those of its first fixed point, which the cut then has too.
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

/** The model of the first R latent coordinates where the others are those of a point: z + point in place of z. */
export function cutAbout({ A, W1, W2, h1, h2 }: ClippedModel, R: number, point: readonly number[]) {
  const offsets = W2.map((row) => row.reduce((sum, w, i) => sum + w * point[i]!, 0));
  const first = <T>(rows: readonly T[]): T[] => rows.slice(0, R);
  const V = W2.map((_, j) => first(W1).map((row) => row[j]!));
  return {
    A: first(A),
    U: [...W2, ...W2].map(first),
    V: [...V, ...V.map((row) => row.map((v) => -v))],
    hx: [...h2.map((h, j) => -(h + offsets[j]!)), ...offsets.map((x) => -x)],
    hz: first(h1).map((h, i) => (1 - A[i]!) * point[i]! - h),
  };
}

if (process.argv[1]?.endsWith("make-cuts.ts")) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: "string", default: "cuts" },
      about: { type: "string" },
      model: { type: "string", default: join(ROOT, "../shared/models/smc_hc11_rank12.json") },
    },
  });
  const model = JSON.parse(readFileSync(values.model, "utf8")) as ClippedModel;
  const { about } = values;
  const point: number[] | undefined = about && JSON.parse(readFileSync(about, "utf8")).fixedPoints[0].z;
  mkdirSync(values.out, { recursive: true });
  for (const R of positionals.length > 0 ? positionals.map(Number) : [4, 5, 6, 7, 8]) {
    const name = `${basename(values.model, ".json")}_first${R}${point === undefined ? "" : "_about"}`;
    const cut = point === undefined ? cutTo(model, R) : cutAbout(model, R, point);
    const file = join(values.out, `${name}.json`);
    writeFileSync(file, JSON.stringify({ name, ...cut }));
    process.stdout.write(`${file}\n`);
  }
}
