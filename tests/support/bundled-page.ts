import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer, { type Browser } from "puppeteer";

/** A page that bundlers build from the packed package, and what it says of itself in Chromium. */

const MINUTES = 60_000;

/** A page that uses threads, a picture, files and WebGPU, and tells what came of each. */
const MAIN = `
import { findFixedPoints, parseModel, StillpointError } from "stillpoint";
import { readModelFile, writeResults } from "stillpoint/io";
import { plotModel } from "stillpoint/plot";
const model = { kind: "TLN", W: [[0, -0.4], [-0.4, 0]], b: [1, 1], name: "pair" };
const large = LARGE;
const small = { ...large, U: large.U.slice(0, 40), V: large.V.slice(0, 40), hx: large.hx.slice(0, 40) };
let workers = 0;
globalThis.Worker = class extends Worker {
  constructor(...of) {
    super(...of);
    workers++;
  }
};
async function main() {
  const report = {};
  const points = (result) => result.complete && JSON.stringify(result.fixedPoints);
  const regions = { backend: "cpu", method: "regions" };
  const threads = await findFixedPoints(large, { ...regions, threads: 2, workerUrl: globalThis.workerUrl });
  report.threads = workers >= 2 && points(threads) === points(await findFixedPoints(large, regions));
  report.plot = plotModel(await parseModel(model), await findFixedPoints(model)).startsWith("<svg");
  const [file] = await readModelFile(new TextEncoder().encode(JSON.stringify(model)), "pair.json");
  const npz = await writeResults([await findFixedPoints(file.model)], "npz");
  const hdf5 = Uint8Array.from(atob(HDF5), (c) => c.charCodeAt(0));
  const [stored] = await readModelFile(hdf5, "pair.h5");
  report.files = file.name === "pair" && npz.length > 1000 && (await parseModel(stored.model)).kind === "shPLRNN";
  const gpu = await findFixedPoints(small, { ...regions, backend: "webgpu" });
  report.GPU = gpu.backend === "webgpu" && points(gpu) === points(await findFixedPoints(small, regions));
  try { await findFixedPoints({ kind: "TLN" }); } catch (error) {
    report.error = error instanceof StillpointError && error.name;
  }
  return report;
}
main().catch((error) => ({ failed: String(error.stack ?? error) })).then((report) => { globalThis.report = report; });
`;

/** What the page reports where all works. */
export const ALL = { threads: true, plot: true, files: true, GPU: true, error: "ModelError" };

export const HTML =
  '<!doctype html><meta charset="utf-8"><title>app</title><script type="module" src="./main.js"></script>\n';

/** 150 units in three dimensions, 562,625 regions: enough that threads are started. */
function largeModel(): object {
  let state = 7;
  const next = () => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647 - 0.5;
  };
  const rows = (n: number, scale: number) =>
    Array.from({ length: n }, () => [next() * scale, next() * scale, next() * scale]);
  return { A: [0.5, 0.4, 0.3], U: rows(150, 1), V: rows(150, 0.05), hx: rows(50, 1).flat(), hz: rows(1, 1)[0] };
}

/** Writes the page's main.js and index.html into a folder that has the package installed. */
export function writePage(folder: string): void {
  const fixture = fileURLToPath(new URL("../formats/fixtures/h5py.h5", import.meta.url));
  const hdf5 = readFileSync(fixture, "base64");
  const main = MAIN.replace("LARGE", JSON.stringify(largeModel())).replace("HDF5", JSON.stringify(hdf5));
  writeFileSync(join(folder, "main.js"), main);
  writeFileSync(join(folder, "index.html"), HTML);
}

/** Chromium with WebGPU on a software adapter. */
export function launchChromium(): Promise<Browser> {
  return puppeteer.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"],
  });
}

/** What the page at an address reports. @param before runs in the page before its own code. */
export async function reportOf(browser: Browser, url: string, before?: string): Promise<unknown> {
  const page = await browser.newPage();
  try {
    if (before !== undefined) await page.evaluateOnNewDocument(before);
    await page.goto(url);
    await page.waitForFunction("globalThis.report !== undefined", { timeout: 2 * MINUTES });
    return await page.evaluate("globalThis.report");
  } finally {
    await page.close();
  }
}

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };

/** The report of a folder that is served as it is. */
export async function served(
  browser: Browser,
  folder: string,
  headers: Record<string, string> = {},
  before?: string,
): Promise<unknown> {
  const server = createServer((request, response) => {
    const path = join(folder, request.url === "/" ? "index.html" : request.url!.split("?")[0]!);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "application/octet-stream", ...headers });
    return response.end(readFileSync(path));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await reportOf(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, before);
  } finally {
    server.close();
  }
}
