import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ndjson, randomModel } from "../cli/models.ts";
import { useCliScript, workplace } from "../cli/run.ts";

const DISK = mkdtempSync(join(tmpdir(), "stillpoint-disk-"));
const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=16k", "tmpfs", DISK]).status === 0;
if (!mounted) console.warn("a tiny file system: SKIPPED, as it can't be mounted here (that takes root)");

afterAll(() => {
  if (mounted) spawnSync("umount", [DISK]);
  rmSync(DISK, { recursive: true, force: true });
});

describe.skipIf(!mounted)("a file system that fills up", () => {
  const script = useCliScript();

  it("ends the run with a clear word, and once there is room --resume goes on", { timeout: 120_000 }, async () => {
    const at = await workplace({ "m.ndjson": ndjson(Array.from({ length: 60 }, (_, i) => randomModel(i, 8, 2))) });
    const out = join(DISK, "out.npz");
    const solve = (...more: string[]) =>
      spawnSync(process.execPath, [script, "solve", at("m.ndjson"), "-o", out, ...more], { encoding: "utf8" });
    const full = solve();
    expect(full.stderr).toMatch(/out\.npz: can't be written \(ENOSPC/);
    expect(full.status).toBe(1);
    // what was solved is kept, and no half-written result stands under the name of a whole one
    expect(readdirSync(DISK)).toEqual(["out.npz.journal.ndjson"]);
    expect(spawnSync("mount", ["-o", "remount,size=4m", DISK]).status).toBe(0);
    const resumed = solve("--resume");
    expect(resumed.stderr).toContain("60 models, 60 complete");
    expect(resumed.status).toBe(0);
    expect(readdirSync(DISK)).toEqual(["out.npz"]);
  });
});
