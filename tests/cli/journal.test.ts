import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { Journal, type Slot } from "../../src/cli/journal.ts";

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (...args: Parameters<typeof fs.writeSync>): number => {
    if (disk.isFull) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
    return fs.writeSync(...args);
  };
  return { ...fs, writeSync };
});

const folder = mkdtempSync(join(tmpdir(), "stillpoint-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  disk.isFull = false;
  vi.restoreAllMocks();
});

let files = 0;
const newPath = (): string => join(folder, `${files++}.ndjson`);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** A clock that stands still until it is set. */
function stoppedClock(): (milliseconds: number) => void {
  let now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return (milliseconds) => {
    now += milliseconds;
  };
}

describe("records that come in quick succession", () => {
  it("are held until the next turn of the event loop, and then in the file", async () => {
    stoppedClock();
    const path = newPath();
    const journal = Journal.create(path);
    await journal.append({ n: 1 });
    // nothing was written for long: the first is handed on at once
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n');
    await journal.append({ n: 2 });
    // a record that comes as its line
    journal.appendLine('{"n":3}');
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n');
    await turn();
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    journal.close();
  });

  it("are handed on where the only one that is held came as its line", async () => {
    stoppedClock();
    const path = newPath();
    const journal = Journal.create(path);
    await journal.append({ n: 1 });
    const slot = journal.appendLine('{"n":2}');
    expect(slot).toEqual({ offset: 8, length: 7 });
    await turn();
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n');
    journal.close();
  });

  it("are handed on with the first record that took longer to make", async () => {
    const pass = stoppedClock();
    const path = newPath();
    const journal = Journal.create(path);
    await journal.append({ n: 1 });
    await journal.append({ n: 2 });
    pass(25);
    await journal.append({ n: 3 });
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    journal.close();
  });

  it("are handed on before they are read, and by sync", async () => {
    stoppedClock();
    const path = newPath();
    const journal = Journal.create(path);
    await journal.append({ n: 1 });
    const slot = await journal.append({ n: 2 });
    expect(journal.read(slot)).toEqual({ n: 2 });
    await journal.append({ n: 3 });
    journal.sync();
    expect(readFileSync(path, "utf8")).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
    journal.close();
  });

  it("throw at the next call where their turn found the disk full", async () => {
    stoppedClock();
    const journal = Journal.create(newPath());
    await journal.append({ n: 1 });
    await journal.append({ n: 2 });
    disk.isFull = true;
    await turn();
    expect(() => journal.sync()).toThrow(/can't be written \(ENOSPC/);
    journal.close();
  });
});

it("records of any length come back from their places, and stand in the file line by line", async () => {
  const text = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }),
    fc.tuple(fc.constantFrom("a", "ä", "€", "😀"), fc.integer({ min: 0, max: 70_000 })).map(([c, n]) => c.repeat(n)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { maxLength: 12 }), async (texts) => {
      const path = newPath();
      const journal = Journal.create(path);
      const slots: Slot[] = [];
      for (const each of texts) slots.push(await journal.append({ each }));
      const { size } = journal;
      slots.forEach((slot, i) => {
        expect(journal.read(slot)).toEqual({ each: texts[i] });
      });
      journal.sync();
      journal.close();
      const written = readFileSync(path);
      expect(written.length).toBe(size);
      expect(written.toString()).toBe(texts.map((each) => `${JSON.stringify({ each })}\n`).join(""));
    }),
    { seed: 31, numRuns: 60 },
  );
});
