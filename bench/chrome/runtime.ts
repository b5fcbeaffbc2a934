import { existsSync } from "node:fs";
import puppeteer, { type Browser } from "puppeteer";
import { packageVersion } from "../host.ts";
import type { BenchRuntime } from "../runtimes.ts";
import type { Task, TaskResults } from "../tasks.ts";
import { serveBenchPage } from "./site.ts";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/**
 * Headless Chromium with WebGPU; each task in a page of its own.
 * @throws Error where there is no Chromium.
 */
export async function chromeRuntime(): Promise<BenchRuntime> {
  if (!existsSync(CHROMIUM)) {
    throw new Error(
      `there is no Chromium at ${CHROMIUM}; install Debian's chromium, or set CHROMIUM to the path of one`,
    );
  }
  const site = await serveBenchPage();
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    // tasks have limits of their own
    protocolTimeout: 0,
    args: ["--no-sandbox", "--enable-unsafe-webgpu"],
  });
  return {
    versions: {
      browser: await browser.version(),
      puppeteer: packageVersion("puppeteer"),
      vite: packageVersion("vite"),
    },
    perform: (task, seconds) => performInPage(browser, site.url, task, seconds),
    close: async () => {
      await browser.close();
      await site.close();
    },
  };
}

/** A script error, a refused request or a page that is gone fails the task, as does a task that takes too long. */
async function performInPage<T extends Task>(
  browser: Browser,
  url: string,
  task: T,
  seconds: number,
): Promise<TaskResults[T["kind"]]> {
  const page = await browser.newPage();
  let timer: NodeJS.Timeout | undefined;
  const trouble = new Promise<never>((_, reject) => {
    page.on("pageerror", (error) => reject(error));
    page.on("error", reject);
    page.on("requestfailed", (request) => reject(new Error(`${request.url()} was not loaded`)));
    timer = setTimeout(() => reject(new Error(`the page took more than ${seconds} s`)), 1000 * seconds);
  });
  const work = async () => {
    await page.goto(url);
    await page.waitForFunction("globalThis.performTask !== undefined");
    return JSON.parse((await page.evaluate(`globalThis.performTask(${JSON.stringify(task)})`)) as string);
  };
  try {
    return await Promise.race([work(), trouble]);
  } finally {
    clearTimeout(timer);
    await page.close().catch(() => {});
  }
}
