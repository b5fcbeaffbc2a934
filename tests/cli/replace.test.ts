import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replaceFile } from "../../src/cli/replace.ts";
import { FileError } from "../../src/model/errors.ts";
import { folderWith, useCliScript } from "./run.ts";

const script = useCliScript();

describe("replaceFile", () => {
  it("ends in a FileError where the name is too long, or a folder has the place of what is written first", async () => {
    const folder = await folderWith({});
    await expect(replaceFile(join(folder, "x".repeat(300)), ["text"])).rejects.toThrow(FileError);
    const file = join(folder, "result.json");
    mkdirSync(`${file}.${process.pid}.tmp`);
    await expect(replaceFile(file, ["text"])).rejects.toThrow(FileError);
    expect(existsSync(file)).toBe(false);
  });
});

describe("a file that is a link", () => {
  it("is written where the link leads, also to nothing, and stays a link", async () => {
    const folder = await folderWith({ "old.json": "old" });
    const at = (name: string) => join(folder, name);
    symlinkSync("old.json", at("a.json"));
    symlinkSync("new.json", at("b.json"));
    for (const [link, target] of [
      ["a.json", "old.json"],
      ["b.json", "new.json"],
    ] as const) {
      await replaceFile(at(link), [link]);
      expect(readFileSync(at(target), "utf8")).toBe(link);
      expect(lstatSync(at(link)).isSymbolicLink()).toBe(true);
    }
    expect(readdirSync(folder)).toEqual(["a.json", "b.json", "new.json", "old.json"]);
  });
});

describe("a file on a disk that takes no byte", () => {
  it("is refused, and nothing is left beside it", async () => {
    const folder = await folderWith({ "m.json": '{"A": [0.5], "U": [[1]], "V": [[2]], "hx": [0.5], "hz": [1]}' });
    // a limit on the size of files stands for the full disk; Node ignores the signal that comes with it
    const command = `ulimit -f 0; "${process.execPath}" "${script}" solve m.json -o r.json 2>&1`;
    const said = execFileSync("bash", ["-c", `${command} || true`], { cwd: folder, encoding: "utf8" });
    expect(said).toMatch(/^error: r\.json: can't be written \(EFBIG/);
    expect(readdirSync(folder)).toEqual(["m.json"]);
  });
});
