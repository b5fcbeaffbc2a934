import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { replaceFile } from "../../src/cli/replace.ts";
import { FileError } from "../../src/model/errors.ts";
import { folderWith } from "./run.ts";

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
