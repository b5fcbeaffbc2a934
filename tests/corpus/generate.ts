import type { ModelInput } from "../../src/model/input.ts";
import { parseModel } from "../../src/model/parse.ts";
import { type ExactAnswer, exactFixedPoints } from "../oracle/naive.ts";
import { Random } from "../support/random.ts";
import type { ModelObject } from "./build.ts";
import * as boundary from "./kinds/boundary.ts";
import * as continua from "./kinds/continua.ts";
import * as degenerate from "./kinds/degenerate.ts";
import * as families from "./kinds/families.ts";
import * as generic from "./kinds/generic.ts";
import * as hostile from "./kinds/hostile.ts";
import * as scales from "./kinds/scales.ts";

export interface CorpusCase {
  /** Kind and number, e.g. `slivers-03`. */
  readonly name: string;
  readonly kind: string;
  readonly model: ModelObject;
}

type Recipe = (random: Random) => ModelObject[];

/** Every kind of model that "nothing missed" must hold for (issue 3), by name. */
export const KINDS: Readonly<Record<string, Recipe>> = {
  ...generic,
  ...degenerate,
  ...boundary,
  ...hostile,
  ...scales,
  ...families,
  ...continua,
};

/** The whole corpus; another seed gives another corpus of the same kinds. */
export function corpus(seed = 1): CorpusCase[] {
  return Object.entries(KINDS).flatMap(([kind, recipe]) =>
    recipe(Random.of(seed, kind)).map((model, i) => {
      const name = `${kind}-${String(i).padStart(2, "0")}`;
      return { name, kind, model: { ...model, name } };
    }),
  );
}

const answers = new WeakMap<ModelObject, Promise<ExactAnswer>>();

/** The case's exact answer by the naive oracle, computed once. */
export function exactAnswer({ model }: CorpusCase): Promise<ExactAnswer> {
  let answer = answers.get(model);
  if (!answer) {
    answer = parseModel(model as ModelInput).then(({ system }) => exactFixedPoints(system));
    answers.set(model, answer);
  }
  return answer;
}
