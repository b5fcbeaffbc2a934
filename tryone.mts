import { attack } from "./tests/attack/generate.ts";
import { exactAnswer } from "./tests/oracle/independent.ts";
import { allDifferences } from "./tests/oracle/differences.ts";
import { findFixedPoints } from "./src/index.ts";
const [, , name, ...methods] = process.argv;
const [, kind, n, seed] = /^(.*)-(\d+)-of-(\d+)$/.exec(name!)!;
const a = attack(kind!, Number(n), Number(seed));
console.log(JSON.stringify(a.model));
let t=performance.now(); const ans = exactAnswer(a.model); console.log("oracle ms", performance.now()-t|0, ans.points.length, ans.continua.length);
for (const m of methods) { t=performance.now(); const r = await findFixedPoints(a.model, m==="owned"?{method:"regions"}:m==="branch"?{method:"regions",expand:"branch"}:m==="search"?{method:"search",maxSeconds:5}:{maxSeconds:5}); console.log(m,"ms",performance.now()-t|0, r.complete, r.incompleteBecause, JSON.stringify(r.counts)); console.log(allDifferences(r,ans)); }
