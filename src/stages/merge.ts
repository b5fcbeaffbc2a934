import type { StageOutput } from "./backend.ts";

/** Joins the outputs of several calls for the same models, in their order. */
export function mergeOutputs(outputs: readonly StageOutput[]): StageOutput {
  const first = outputs[0]!;
  if (outputs.length === 1) return first;
  const concatenate = (arrays: readonly Uint32Array[]) =>
    Uint32Array.from(arrays.flatMap((array) => Array.from(array)));
  const bytes = (arrays: readonly Uint8Array[]) => Uint8Array.from(arrays.flatMap((array) => Array.from(array)));
  const candidates = outputs.map((output) => output.candidates);
  const all = outputs.flatMap((output) => output.all ?? []);
  return {
    tallies: first.tallies.map((_, model) =>
      outputs.reduce(
        (sum, { tallies }) => ({
          dependent: sum.dependent + tallies[model]!.dependent,
          masks: sum.masks + tallies[model]!.masks,
          branched: sum.branched + tallies[model]!.branched,
          unique: sum.unique + tallies[model]!.unique,
        }),
        { dependent: 0, masks: 0, branched: 0, unique: 0 },
      ),
    ),
    candidates: {
      count: candidates.reduce((sum, { count }) => sum + count, 0),
      words: first.candidates.words,
      model: concatenate(candidates.map(({ model }) => model)),
      masks: concatenate(candidates.map(({ masks }) => masks)),
      verdicts: bytes(candidates.map(({ verdicts }) => verdicts)),
    },
    escalated: outputs.flatMap(({ escalated }) => escalated),
    ...(all.length === 0
      ? {}
      : {
          all: {
            model: concatenate(all.map(({ model }) => model)),
            masks: concatenate(all.map(({ masks }) => masks)),
            perturbed: bytes(all.map(({ perturbed }) => perturbed)),
          },
        }),
    audit: outputs.flatMap(({ audit }) => audit ?? []),
  };
}
