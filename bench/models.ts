import ctln from "../examples/ctln.json" with { type: "json" };
import decision3 from "../examples/decision-3.json" with { type: "json" };
import decision81 from "../examples/decision-81.json" with { type: "json" };
import figure1c from "../examples/figure-1c.json" with { type: "json" };
import lorenz63 from "../examples/lorenz63.json" with { type: "json" };
import { Random } from "../tests/support/random.ts";

const EXAMPLES = {
  "decision-3": decision3,
  "decision-81": decision81,
  lorenz63,
  "figure-1c": figure1c,
  ctln,
} as const;

export type ExampleName = keyof typeof EXAMPLES;
export const EXAMPLE_NAMES = Object.keys(EXAMPLES) as readonly ExampleName[];

/** Random networks with N hyperplanes in R dimensions; those of one seed are the same everywhere. */
export interface RandomModels {
  /** A clipped network of N hyperplanes has N/2 units. */
  readonly kind: "plain" | "clipped";
  readonly N: number;
  readonly R: number;
  /** How many, solved in one run. */
  readonly models: number;
}

export type ModelSource = RandomModels | { readonly example: ExampleName };

/** Seed of every random model. */
export const SEED = 7;

export function sourceName(source: ModelSource): string {
  if ("example" in source) return source.example;
  const { kind, N, R, models } = source;
  return `${models > 1 ? `${models}x` : ""}${kind}-${N}-${R}`;
}

/** Models as `parseModel` takes them. */
export function modelsOf(source: ModelSource): object[] {
  if ("example" in source) return [EXAMPLES[source.example]];
  return Array.from({ length: source.models }, (_, index) => randomModel(source, index));
}

/** z' = z/2 + W1 φ(W2 z + h2) + h1 with normal weights, scaled so that there are one to three fixed points. */
function randomModel({ kind, N, R }: RandomModels, index: number): object {
  const random = Random.of(SEED, `${kind} ${N} ${R} ${index}`);
  const normal = (scale: number) => () => scale * random.normal();
  const units = kind === "clipped" ? N / 2 : N;
  return {
    name: `${kind}-${N}-${R} ${index}`,
    kind: kind === "clipped" ? "clippedShPLRNN" : "shPLRNN",
    A: new Array<number>(R).fill(0.5),
    W1: random.matrix(R, units, normal(1 / Math.sqrt(N * R))),
    W2: random.matrix(units, R, normal(1)),
    h1: random.vector(R, normal(0.3)),
    h2: random.vector(units, normal(1)),
  };
}
