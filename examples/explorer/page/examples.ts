import ctln from "../../ctln.json?url";
import decision3 from "../../decision-3.json?url";
import decision81 from "../../decision-81.json?url";
import figure1c from "../../figure-1c.json?url";
import lorenz63 from "../../lorenz63.json?url";
import biased from "../models/biased-decision.json?url";

/** Models that come with the page; the first is shown at the start. */
export const EXAMPLES: readonly { readonly file: string; readonly about: string; readonly url: string }[] = [
  { file: "examples/figure-1c.json", about: "R = 2: a random network", url: figure1c },
  {
    file: "examples/explorer/models/biased-decision.json",
    about: "R = 2: a decision with inputs",
    url: biased,
  },
  { file: "examples/decision-3.json", about: "R = 1: one decision", url: decision3 },
  { file: "examples/decision-81.json", about: "R = 4: four decisions", url: decision81 },
  { file: "examples/lorenz63.json", about: "R = 3: a fit of Lorenz", url: lorenz63 },
  { file: "examples/ctln.json", about: "R = 6: threshold-linear", url: ctln },
];
