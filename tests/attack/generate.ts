import { type ModelObject, until } from "../corpus/build.ts";
import { Random } from "../support/random.ts";
import type { Recipe } from "./build.ts";
import { dressed } from "./dress.ts";
import { crowd } from "./kinds/crowd.ts";
import * as equivalent from "./kinds/equivalent.ts";
import * as latent from "./kinds/latent.ts";
import * as mixed from "./kinds/mixed.ts";
import * as placed from "./kinds/placed.ts";
import * as smallest from "./kinds/smallest.ts";
import * as structured from "./kinds/structured.ts";

/** A model made to find where the range or the precision of float64 was taken for granted. */
export interface Attack {
  /** Kind, number and seed, e.g. `decoupled-17-of-1`. */
  readonly name: string;
  readonly kind: string;
  readonly model: ModelObject;
  /** Where the model is another one in other measures: that one, and how. */
  readonly from?: Pick<equivalent.Equivalent, "original" | "scales">;
}

type Draw = (random: Random) => Pick<Attack, "model" | "from"> | undefined;

const { perRow, integrators, ...inOtherMeasures } = equivalent;
const plain = { ...mixed, ...placed, ...smallest, ...structured, crowd, perRow, integrators };

const ofModel =
  (recipe: (random: Random) => ModelObject | undefined): Draw =>
  (random) => {
    const model = recipe(random);
    return model && { model };
  };

const ofEquivalent =
  (draw: (random: Random) => equivalent.Equivalent | undefined): Draw =>
  (random) => {
    const drawn = draw(random);
    return drawn && { model: drawn.model, from: { original: drawn.original, scales: drawn.scales } };
  };

const inDress =
  (recipe: Recipe): Draw =>
  (random) => {
    const plain = recipe(random);
    const model = plain && dressed(random, plain);
    return model && { model };
  };

function mapped<T>(recipes: Readonly<Record<string, T>>, draw: (recipe: T) => Draw, prefix = ""): Record<string, Draw> {
  return Object.fromEntries(Object.entries(recipes).map(([name, recipe]) => [`${prefix}${name}`, draw(recipe)]));
}

/** Plain models in the first convention. */
export const PLAIN_ATTACKS: Readonly<Record<string, Draw>> = {
  ...mapped(plain, ofModel),
  ...mapped(inOtherMeasures, ofEquivalent),
};

/** The same in the dress of other kinds, activations and inputs, and the kinds whose units are latent variables. */
export const DRESSED_ATTACKS: Readonly<Record<string, Draw>> = {
  ...mapped(plain, inDress, "dressed-"),
  ...mapped(latent, ofModel),
};

export const ATTACKS: Readonly<Record<string, Draw>> = { ...PLAIN_ATTACKS, ...DRESSED_ATTACKS };

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
