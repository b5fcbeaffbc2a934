import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cliCommand } from "../../examples/explorer/page/cli-command.ts";

const plain = { files: ["a.json"], options: {}, input: {}, reading: {} };

describe("the command line of a run", () => {
  it("leaves out what is the default", () => {
    expect(cliCommand({ ...plain, options: { method: "auto", backend: "auto", threads: 1 } })).toBe(
      "npx stillpoint solve a.json",
    );
  });

  it("says all that is not", () => {
    const command = cliCommand({
      files: ["a b.npz", "-x.npz"],
      options: { method: "search", backend: "cpu", threads: 4, maxSeconds: 2.5 },
      input: { s0: -1.5, s3: 2 },
      reading: {
        layout: "AL-RNN",
        map: { W1: "enc^T", h2: "-bias" },
        set: { kind: "PLRNN", P: 2, activation: { leaky: 0.1 } },
        prefix: "rnn",
        columnMajor: true,
      },
    });
    expect(command).toBe(
      "npx stillpoint solve 'a b.npz' ./-x.npz --method search --backend cpu --threads 4 --max-seconds 2.5 --input s0=-1.5 --input s3=2 " +
        `--layout AL-RNN --map 'W1=enc^T,h2=-bias' --set kind=PLRNN --set P=2 --set 'activation={"leaky":0.1}' --prefix rnn --column-major`,
    );
  });

  it("is that of cycles where these are shown, which have methods of their own", () => {
    const options = { method: "search", backend: "cpu", threads: 2 } as const;
    expect(cliCommand({ ...plain, options, period: 4 })).toBe(
      "npx stillpoint cycles a.json --threads 2 --max-period 4",
    );
    expect(cliCommand({ ...plain, period: 1 })).toBe("npx stillpoint solve a.json");
  });

  it("keeps any file name one word for a shell", () => {
    const name = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(name, (file) => {
        const command = cliCommand({ ...plain, files: [file] }).replace("npx stillpoint solve", "printf '%s\\0'");
        const { stdout } = spawnSync("/bin/sh", ["-c", command], { encoding: "utf8" });
        expect(stdout).toBe(`${file.startsWith("-") ? "./" : ""}${file}\0`);
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
