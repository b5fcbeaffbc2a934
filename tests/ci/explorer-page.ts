import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import puppeteer, { type Browser, type Page } from "puppeteer";

/** The explorer page as a reader has it: its production build on a static host, below a path, in Chromium. */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CHROMIUM = "/usr/bin/chromium";
const PATH = "/some/where/below/";
/** Milliseconds after which a page is taken to be stuck: machines may be slow, and busy with other tests. */
const PATIENCE = 100_000;

/** As strict as the page's own, and for workers too; WebAssembly is for HDF5 files. */
const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; worker-src 'self'";

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** Builds the page into a folder, as `npm run explorer:build` does. */
export async function buildExplorer(outDir: string): Promise<void> {
  const command = ["node_modules/vite/bin/vite.js", "build", "--outDir", outDir, "--logLevel", "error"];
  // the test runner's NODE_ENV would make it no production build
  await promisify(execFile)(process.execPath, command, { cwd: ROOT, env: { ...process.env, NODE_ENV: "production" } });
}

/** A static host that knows files and nothing else. */
export async function serveBelow(folder: string): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(folder, pathname.slice(PATH.length) || "index.html");
    if (!pathname.startsWith(PATH) || !existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": MEDIA_TYPES[extname(file)] ?? "application/octet-stream",
      "content-security-policy": POLICY,
    });
    response.end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`, server };
}

export function launch(webgpu: boolean): Promise<Browser> {
  return puppeteer.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", ...(webgpu ? ["--enable-unsafe-webgpu"] : ["--disable-features=WebGPU"])],
  });
}

/** What must never happen on the page: errors in its console, failed requests, violations of its policy. */
export type Problems = string[];

export class ExplorerPage {
  readonly tab: Page;
  readonly problems: Problems = [];
  #downloads = "";

  private constructor(tab: Page) {
    this.tab = tab;
    tab.on("console", (message) => {
      if (message.type() === "error") this.problems.push(`console: ${message.text()}`);
    });
    tab.on("pageerror", (error) => this.problems.push(`page error: ${error}`));
    tab.on("requestfailed", (request) =>
      this.problems.push(`failed: ${request.url()} ${request.failure()?.errorText}`),
    );
  }

  static async open(browser: Browser, url: string, width = 1280, height = 900): Promise<ExplorerPage> {
    const tab = await browser.newPage();
    const page = new ExplorerPage(tab);
    page.#downloads = await mkdtemp(join(tmpdir(), "stillpoint-downloads-"));
    const session = await tab.createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: page.#downloads });
    await tab.setViewport({ width, height });
    // as text: the test runner would rewrite a function's imports
    await tab.evaluateOnNewDocument(`
      globalThis.longest = 0;
      globalThis.since = 0;
      addEventListener("securitypolicyviolation", (event) => console.error("policy: " + event.violatedDirective));
      new PerformanceObserver((list) => {
        for (const { duration, startTime } of list.getEntries()) if (startTime >= since) longest = Math.max(longest, duration);
      }).observe({ type: "longtask", buffered: true });`);
    await tab.goto(url);
    return page;
  }

  async close(): Promise<void> {
    await this.tab.close();
    await rm(this.#downloads, { recursive: true, force: true });
  }

  text(selector: string): Promise<string> {
    return this.tab.$eval(selector, (element) => element.textContent ?? "");
  }

  /** Waits until what is said of the current model matches. */
  async verdict(pattern: RegExp): Promise<string> {
    await this.#until(
      `${pattern}.test(document.querySelector("#verdict").textContent) && document.querySelector("#cancel").disabled`,
    );
    return this.text("#verdict");
  }

  waitFor(selector: string, pattern: RegExp): Promise<unknown> {
    return this.#until(`${pattern}.test(document.querySelector(${JSON.stringify(selector)})?.textContent ?? "")`);
  }

  /** Waits as long as the test may take. @throws what the page says, where what is waited for does not come. */
  async #until(test: string): Promise<void> {
    try {
      await this.tab.waitForFunction(test, { timeout: PATIENCE });
    } catch (error) {
      const said = await Promise.all(["#verdict", "#progress", "#messages"].map((selector) => this.text(selector)));
      throw new Error(`the page says ${JSON.stringify(said)}, and not: ${test}`, { cause: error });
    }
  }

  /** Drops files on the page, as a hand would; long tasks count from here. */
  async drop(files: readonly { readonly name: string; readonly bytes: Uint8Array }[]): Promise<void> {
    const plain = files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("base64")]);
    await this.tab.evaluate(`{
      globalThis.dropped = new DataTransfer();
      for (const [name, text] of ${JSON.stringify(plain)}) {
        dropped.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
      }
    }`);
    await this.tab.evaluate(`{
      since = performance.now();
      longest = 0;
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    }`);
  }

  /** The file that a button of "Save" gives. */
  save(format: "json" | "csv" | "npz" | "svg" | "png" | "proof"): Promise<Uint8Array> {
    return this.saved(`[data-format=${format}]`, format === "proof" ? ".proof.npz" : `.${format}`);
  }

  /** What a button saves. @param ending of the file's name */
  async saved(selector: string, ending: string): Promise<Uint8Array> {
    const before = new Set(await readdir(this.#downloads));
    await this.tab.click(selector);
    for (;;) {
      const made = (await readdir(this.#downloads)).find((name) => !before.has(name) && name.endsWith(ending));
      if (made !== undefined) return readFile(join(this.#downloads, made));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async savedJson(): Promise<unknown> {
    return JSON.parse(Buffer.from(await this.save("json")).toString());
  }

  /** Duration of the longest task of the page's thread since the last drop, in milliseconds; 0 if none took 50. */
  longestTask(): Promise<number> {
    return this.tab.evaluate("longest") as Promise<number>;
  }

  /** Gives a field a value, as a hand would that types it or moves it. */
  set(selector: string, value: string): Promise<void> {
    return this.tab.$eval(
      selector,
      (field, to) => {
        (field as HTMLInputElement).value = to;
        for (const type of ["input", "change"]) field.dispatchEvent(new Event(type, { bubbles: true }));
      },
      value,
    );
  }

  rows(selector: string): Promise<string[][]> {
    return this.tab.$$eval(`${selector} tbody tr`, (rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")),
    );
  }
}
