import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { useCliScript, workplace } from "../cli/run.ts";
import { KINDS } from "../hostile/kinds.ts";
import { launch } from "../hostile/launch.ts";

const DENO = fileURLToPath(new URL("../../node_modules/.bin/deno", import.meta.url));

/** Those that are read in a worker thread, and the one whose bytes Deno must not look through one by one. */
const WORST = /^(ways.h5|cells.mat|header30.safetensors)$/;

describe("a file made to hurt, in Deno", () => {
  const script = useCliScript();

  it.each(KINDS.filter(({ file }) => WORST.test(file)))("$kind", async ({ file, make, exit, code, says }) => {
    const at = await workplace({ [file]: await make() });
    const runtime = [DENO, "run", "--allow-all", "--no-lock", "--cached-only"] as const;
    const run = await launch(script, ["solve", at(file), "--format", "ndjson"], { runtime });
    expect(run.stderr).toMatch(says);
    expect(run.code).toBe(exit);
    expect(JSON.parse(run.stdout)).toMatchObject({ schema: "stillpoint/error@1", error: { code } });
    expect(run.megabytes).toBeGreaterThan(20);
    expect(run.megabytes).toBeLessThan(400);
  });
});
