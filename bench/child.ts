/**
 * One task in a process of its own, in Node or Deno: `child.ts TASK` with the task as JSON. Its result is the last line
 * of the output.
 */
import process from "node:process";
import { perform, type Task } from "./tasks.ts";

const result = await perform(JSON.parse(process.argv[2]!) as Task);
const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
const withPeak = (each: object) => ("peakMegabytes" in each ? { ...each, peakMegabytes } : each);
console.log(JSON.stringify(Array.isArray(result) ? result.map(withPeak) : withPeak(result)));
// an adapter that nothing holds a device of may keep the process alive
process.exit(0);
