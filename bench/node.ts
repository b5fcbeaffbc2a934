/**
 * Every case in Node, each in a process of its own: `npm run bench:node [-- OPTIONS WORD…]`, cases whose names contain
 * a word. `--list` names them, `--proof` measures only what the error bounds cost. Writes results/node.json and
 * node.md; see README.md.
 */
import { main } from "./host.ts";
import { nodeRuntime } from "./node-runtime.ts";
import { runCases } from "./run-cases.ts";

await main(() => runCases("node", nodeRuntime, process.argv.slice(2)));
