/**
 * Installs bundlers from npm, each beside the packed package in a folder that it removes again, and has each build and
 * serve the page of tests/support/bundled-page.ts, which Chromium then opens. Prints the table of docs/bundlers.md.
 * `npx tsx tests/bundlers/measure.ts [NAME]`
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "puppeteer";
import { ALL, HTML, launchChromium, reportOf, served, writePage } from "../support/bundled-page.ts";
import { buildPackage, pack } from "../support/package.ts";

interface Bundler {
  /** What npm installs; the first one gives the version. */
  readonly packages: readonly string[];
  /** The app's package.json, where it must say something. */
  readonly settings?: object;
  /** Builds the page into `out`. */
  readonly build: string;
  /** Serves the page for development; none where the bundler has no server. */
  readonly dev?: (port: number) => string;
}

const BUNDLERS: readonly Bundler[] = [
  ...[5, 6, 7, 8].map((version) => ({
    packages: [`vite@${version}`],
    build: "vite build --outDir out",
    dev: (port: number) => `vite --port ${port}`,
  })),
  {
    packages: ["webpack@5", "webpack-cli", "webpack-dev-server"],
    build: "webpack --mode production --entry ./main.js -o out",
    dev: (port) => `webpack serve --mode development --entry ./main.js --static . --port ${port}`,
  },
  {
    packages: ["esbuild"],
    build: "esbuild main.js --bundle --minify --format=esm --splitting --outdir=out",
    dev: (port) => `esbuild main.js --bundle --format=esm --outdir=. --allow-overwrite --servedir=. --serve=${port}`,
  },
  {
    packages: ["rollup@4", "@rollup/plugin-node-resolve"],
    build: "rollup main.js -d out -p node-resolve={browser:true} --silent",
  },
  {
    packages: ["parcel@2"],
    settings: { "@parcel/resolver-default": { packageExports: true } },
    build: "parcel build index.html --dist-dir out",
    dev: (port) => `parcel serve index.html --dist-dir dev --port ${port}`,
  },
  {
    packages: ["bun"],
    build: "bun build main.js --target browser --splitting --minify --outdir out",
    dev: (port) => `bun ./index.html --port=${port}`,
  },
];

const wanted = process.argv[2] ?? "";
const work = mkdtempSync(join(tmpdir(), "stillpoint-bundlers-"));

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** Runs a command of an app's own; esbuild's server ends with its input. */
function run(app: string, command: string): ChildProcess {
  const [name, ...args] = command.split(" ");
  return spawn(join(app, "node_modules/.bin", name!), args, { cwd: app, stdio: ["pipe", 2, 2] });
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", (code) => resolve(code)));

/** What a report says, in a cell of the table. */
function cell(report: unknown): string {
  const said = report as Record<string, unknown>;
  if (JSON.stringify(report) === JSON.stringify(ALL)) return "threads, plot, files, GPU";
  return `**${Object.entries(said).flatMap(([what, worked]) => (worked === true ? [] : [`${what}: ${worked}`]))}**`;
}

async function waitFor(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const answers = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) return;
    if (tries > 600) throw new Error(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** One row of the table. */
async function measured(
  { packages, settings, build, dev }: Bundler,
  tarball: string,
  browser: Browser,
): Promise<string> {
  const app = mkdtempSync(join(work, "app-"));
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, ...settings }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--loglevel", "error", tarball, ...packages], {
    cwd: app,
    stdio: ["ignore", "ignore", "inherit"],
  });
  writePage(app);
  const name = packages[0]!.split("@")[0]!;
  const manifest = join(app, "node_modules", name, "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
  const code = await ended(run(app, build));
  const out = join(app, "out");
  mkdirSync(out, { recursive: true });
  if (!existsSync(join(out, "index.html"))) writeFileSync(join(out, "index.html"), HTML);
  const built =
    code === 0 ? cell(await served(browser, out).catch((failed) => ({ failed }))) : `**ended with ${code}**`;
  let developed = "has none";
  if (dev !== undefined) {
    const port = await freePort();
    const server = run(app, dev(port));
    const over = ended(server);
    const url = `http://localhost:${port}/`;
    developed = await waitFor(url)
      .then(() => reportOf(browser, url))
      .then(cell, (failed) => cell({ failed }));
    server.kill();
    await over;
  }
  return `| ${name} ${version} | ${built} | ${developed} |`;
}

const browser = await launchChromium();
try {
  await buildPackage(join(work, "package"));
  const { tarball } = pack(join(work, "package"));
  console.log("| bundler | build | development server |\n| --- | --- | --- |");
  for (const bundler of BUNDLERS) {
    if (bundler.packages[0]!.includes(wanted)) console.log(await measured(bundler, tarball, browser));
  }
} finally {
  await browser.close();
  rmSync(work, { recursive: true, force: true });
}
