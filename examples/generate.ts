import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ctln } from "./generators/ctln.ts";
import { decision3, decision81 } from "./generators/decision.ts";
import { figure1c } from "./generators/figure-1c.ts";
import { lorenz63 } from "./generators/lorenz.ts";
import { modelText } from "./generators/model.ts";

/** Name and content of every model file in examples/. */
export function exampleFiles(): ReadonlyMap<string, string> {
  return new Map([
    ["decision-3.json", modelText(decision3())],
    ["decision-81.json", modelText(decision81())],
    ["lorenz63.json", modelText(lorenz63())],
    ["figure-1c.json", modelText(figure1c())],
    ["ctln.json", modelText(ctln())],
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of exampleFiles()) writeFileSync(new URL(name, import.meta.url), text);
}
