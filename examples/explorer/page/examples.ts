import ctln from "../../ctln.json?url";
import decision3 from "../../decision-3.json?url";
import decision81 from "../../decision-81.json?url";
import figure1c from "../../figure-1c.json?url";
import lorenz63 from "../../lorenz63.json?url";
import biased from "../models/biased-decision.json?url";

/** Models that come with the page; the first is shown at the start. */
export const EXAMPLES: readonly { readonly file: string; readonly about: string; readonly url: string }[] = [
  { file: "examples/figure-1c.json", about: "figure 1c, R = 2", url: figure1c },
  {
    file: "examples/explorer/models/biased-decision.json",
    about: "inputs, R = 2",
    url: biased,
  },
  { file: "examples/decision-3.json", about: "decision, R = 1", url: decision3 },
  { file: "examples/decision-81.json", about: "decisions, R = 4", url: decision81 },
  { file: "examples/lorenz63.json", about: "Lorenz, R = 3", url: lorenz63 },
  { file: "examples/ctln.json", about: "CTLN, R = 6", url: ctln },
];
