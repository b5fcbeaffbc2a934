/** One task in a process of its own, in Node or Deno: `child.ts TASK` with the task as JSON. Its result is the last line of the output. */
import process from "node:process";
import { perform, type Task } from "./tasks.ts";

const result = await perform(JSON.parse(process.argv[2]) as Task);
const peakMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify("peakMegabytes" in result ? { ...result, peakMegabytes } : result));
// an adapter that nothing holds a device of may keep the process alive
process.exit(0);
