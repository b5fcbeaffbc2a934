import { until } from "../corpus/build.ts";
import type { Plain } from "../oracle/systems.ts";
import { Random } from "../support/random.ts";
import type { Recipe } from "./build.ts";
import * as equivalent from "./kinds/equivalent.ts";
import * as mixed from "./kinds/mixed.ts";
import * as placed from "./kinds/placed.ts";

/** A model made to find where the range or the precision of float64 was taken for granted. */
export interface Attack {
  /** Kind, number and seed, e.g. `decoupled-17-of-1`. */
  readonly name: string;
  readonly kind: string;
  readonly model: Plain;
  /** Where the model is another one in other measures: that one, and how. */
  readonly from?: Pick<equivalent.Equivalent, "original" | "scales">;
}

const { perRow, ...inOtherMeasures } = equivalent;
type Draw = (random: Random) => Pick<Attack, "model" | "from"> | undefined;

const asDraw =
  (recipe: Recipe): Draw =>
  (random) => {
    const model = recipe(random);
    return model && { model };
  };

export const ATTACKS: Readonly<Record<string, Draw>> = {
  ...Object.fromEntries(
    Object.entries({ ...mixed, ...placed, perRow }).map(([kind, recipe]) => [kind, asDraw(recipe)]),
  ),
  ...Object.fromEntries(
    Object.entries(inOtherMeasures).map(([kind, draw]): [string, Draw] => [
      kind,
      (random) => {
        const drawn = draw(random);
        return drawn && { model: drawn.model, from: { original: drawn.original, scales: drawn.scales } };
      },
    ]),
  ),
};

/** The attack of a kind with a number; each has draws of its own, so that one can be replayed alone. */
export function attack(kind: string, number: number, seed = 1): Attack {
  const name = `${kind}-${number}-of-${seed}`;
  const random = Random.of(seed, name);
  return { name, kind, ...until(() => ATTACKS[kind]!(random)) };
}

/** `count` attacks, the kinds in turn. */
export function* attacks(count: number, seed = 1): Generator<Attack> {
  const kinds = Object.keys(ATTACKS);
  for (let i = 0; i < count; i++) yield attack(kinds[i % kinds.length]!, Math.floor(i / kinds.length), seed);
}
