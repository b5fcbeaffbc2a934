import { rm } from "node:fs/promises";
import type { Server } from "node:http";
import { join } from "node:path";
import type { Browser } from "puppeteer";
import { afterAll, afterEach, beforeAll } from "vitest";
import { ROOT } from "./explorer-models.ts";
import { buildExplorer, ExplorerPage, launch, serveBelow } from "./explorer-page.ts";

export const MINUTES = 60_000;

/** How a page is opened, if not as a reader with WebGPU on a wide screen does. */
interface Opening {
  readonly browser?: Browser;
  readonly url?: string;
  readonly width?: number;
  readonly height?: number;
}

/** The explorer page of a build of its own, for the tests of one file. */
export interface ExplorerHost {
  /** Where the build lies, until the tests are over. */
  readonly folder: string;
  url(): string;
  /** Opens a page, which is closed after the test. */
  open(opening?: Opening): Promise<ExplorerPage>;
}

export function useExplorer(): ExplorerHost {
  const folder = join(ROOT, `.stillpoint/explorer-${process.pid}`);
  let server: Server;
  let url: string;
  let browser: Browser;
  let page: ExplorerPage;

  beforeAll(async () => {
    await buildExplorer(folder);
    ({ server, url } = await serveBelow(folder));
    browser = await launch(true);
  }, 3 * MINUTES);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  afterEach(async () => {
    if (!page.tab.isClosed()) await page.close();
  });

  return {
    folder,
    url: () => url,
    open: async ({ browser: other = browser, url: address = url, width, height } = {}) => {
      page = await ExplorerPage.open(other, address, width, height);
      return page;
    },
  };
}
