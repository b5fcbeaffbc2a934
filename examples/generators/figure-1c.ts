import { Random } from "../../tests/support/random.ts";
import { type ModelFile, shortened } from "./model.ts";

/**
 * The setting of figure 1c of Pals (2023): 8 random units over 2 latent dimensions, whose 8 lines cut the plane into 37 regions,
 * of the 2^8 = 256 that a search over all masks would try.
 */
export function figure1c(seed = 4): ModelFile {
  const random = new Random(seed);
  const normal = () => shortened(random.normal());
  return {
    name: "figure-1c",
    kind: "shPLRNN",
    A: [0.5, 0.5],
    U: random.matrix(8, 2, normal),
    V: random.matrix(8, 2, normal),
    hx: random.vector(8, normal),
    hz: random.vector(2, normal),
  };
}
