import { describe, expect, it } from "vitest";
import { useExplorer } from "./explorer-host.ts";
import { endless, example, json } from "./explorer-models.ts";
import { type ExplorerPage, launch } from "./explorer-page.ts";

const explorer = useExplorer();

describe("the explorer page", () => {
  it("stops a run in the middle, keeps its points and works on", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.drop([json("endless.json", endless())]);
    await page.tab.waitForFunction('!document.querySelector("#running").hidden');
    await page.waitFor("#progress", /boxes/);
    const taken = (await page.tab.evaluate(`new Promise((resolve) => {
      const started = performance.now();
      const verdict = document.querySelector("#verdict");
      const look = () => {
        if (/Incomplete|Cancelled/.test(verdict.textContent)) resolve(performance.now() - started);
        else requestAnimationFrame(look);
      };
      document.querySelector("#cancel").click();
      look();
    })`)) as number;
    console.info(`explorer: cancelled within ${Math.round(taken)} ms: ${await page.text("#verdict")}`);
    expect(await page.text("#verdict")).toMatch(/cancelled|Cancelled/);
    expect(await page.tab.$eval("#cancel", (button) => (button as HTMLButtonElement).disabled)).toBe(true);
    // a cancelled run leaves no earlier answer to be taken for its own
    await page.drop([example("decision-81")]);
    await page.verdict(/^81 fixed points\. Complete/);
    await page.tab.evaluate('document.querySelector("#solve").click(); document.querySelector("#cancel").click()');
    await page.tab.waitForFunction('document.querySelector("#cancel").disabled');
    // but one to the same question comes back
    expect(await page.text("#verdict")).toMatch(/^81 fixed points\. Complete/);
    expect(await page.rows("#points")).toHaveLength(50);
    await page.tab.click("#solve");
    await page.verdict(/^81 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });

  it("ends a worker that does not hear, and shows what it had found", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    // a message that never comes is like a worker that is too busy to hear it
    await page.tab.evaluate(`{
      const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message) {
        if (message.name !== "cancel") post.call(this, message);
      };
    }`);
    await page.drop([json("endless.json", endless())]);
    // how many it has by then is a matter of its speed
    await page.waitFor("#verdict", /^\d+ fixed points? so far/);
    await page.tab.click("#cancel");
    const verdict = await page.verdict(/^[1-9]\d* fixed points?\. Incomplete, there may be more: cancelled\./);
    expect(await page.rows("#points")).toHaveLength(Math.min(50, Number.parseInt(verdict, 10)));
    expect(((await page.savedJson()) as { complete: boolean }).complete).toBe(false);
    await page.drop([example("decision-81")]);
    await page.verdict(/^81 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });

  it("goes on after its workers have died, and says so", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.drop([json("endless.json", endless())]);
    await page.waitFor("#progress", /boxes/);
    // as a browser ends a worker that takes too much memory: nobody is told
    await Promise.all(page.tab.workers().map((worker) => worker.evaluate("self.close()")));
    await page.waitFor("#messages", /The worker died/);
    await page.drop([example("decision-81")]);
    await page.verdict(/^81 fixed points\. Complete/);
    await page.waitFor("#picture", /principal component 1/);
    expect(page.problems).toEqual([]);
  });

  it("computes on the CPU where there is no WebGPU, and says so", async () => {
    const without = await launch(false);
    let page: ExplorerPage | undefined;
    try {
      page = await explorer.open({ browser: without });
      await page.waitFor("#adapter", /^CPU only/);
      await page.verdict(/^4 fixed points\. Complete/);
      expect(await page.text("#facts")).toMatch(/on the CPU/);
      expect(await page.tab.$eval("#backend-webgpu", (option) => (option as HTMLOptionElement).disabled)).toBe(true);
      expect(page.problems).toEqual([]);
    } finally {
      await page?.close();
      await without.close();
    }
  });

  it("computes on worker threads when asked to", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.$eval("#threads", (field) => {
      (field as HTMLInputElement).value = "2";
    });
    await page.tab.type("#seconds", "2");
    await page.drop([json("endless.json", endless())]);
    await page.verdict(/the time budget ended/);
    const { provenance } = (await page.savedJson()) as { provenance: unknown };
    expect(provenance).toMatchObject({ options: { threads: 2, maxSeconds: 2 } });
    expect(await page.text("#messages")).toBe("");
    expect(page.problems).toEqual([]);
  });

  it("computes on WebGPU when asked to", async () => {
    const page = await explorer.open();
    await page.verdict(/Complete/);
    await page.tab.select("#backend", "webgpu");
    await page.tab.click("#solve");
    await page.waitFor("#facts", /WebGPU \(.*swiftshader/i);
    await page.verdict(/^4 fixed points\. Complete/);
    expect(page.problems).toEqual([]);
  });
});
