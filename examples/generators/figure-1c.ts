import { Random } from "../../tests/support/random.ts";
import { type ModelFile, shortened } from "./model.ts";

/** Seeds at which all regions are large enough to be seen, and fixed points of every kind lie among the vertices. */
const LINES = 138016;
const WEIGHTS = 4690;

/**
 * The setting of figure 1c of Pals (2023): 8 random units over 2 latent dimensions, whose 8 lines cut the plane into 37
 * regions, of the 2^8 = 256 that a search over all masks would try.
 */
export function figure1c(lines = LINES, weights = WEIGHTS): ModelFile {
  const draw = (random: Random) => () => shortened(random.normal());
  const forLines = new Random(lines);
  const forWeights = new Random(weights);
  return {
    name: "figure-1c",
    kind: "shPLRNN",
    A: [0.5, 0.5],
    U: forLines.matrix(8, 2, draw(forLines)),
    hx: forLines.vector(8, draw(forLines)),
    V: forWeights.matrix(8, 2, draw(forWeights)),
    hz: forWeights.vector(2, draw(forWeights)),
  };
}
