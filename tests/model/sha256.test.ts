import { describe, expect, it } from "vitest";
import { builtinDigest, portableDigest, runningSha256, sha256 } from "../../src/model/sha256.ts";
import { Random } from "../support/random.ts";

describe("SHA-256", () => {
  it("is that of FIPS 180-4's examples, over parts as over the whole", () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(sha256([bytes("abc")])).toBe(abc);
    expect(sha256([bytes("a"), bytes(""), bytes("bc")])).toBe(abc);
    expect(sha256([])).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect(sha256([bytes("abd")])).not.toBe(abc);
    expect(sha256(["abc"])).toBe(abc);
    expect(sha256(["a", bytes("b"), "c"])).toBe(abc);
    const text = '{"name":"λ – 𝛼"}';
    for (const digest of [sha256, builtinDigest()!, portableDigest]) {
      expect(digest([text])).toBe(digest([bytes(text)]));
      expect(digest([text, "é"])).toBe(digest([bytes(`${text}é`)]));
    }
  });

  it("is the same by the host and in JavaScript", () => {
    const builtin = builtinDigest()!;
    const random = Random.of(1, "sha256");
    for (let length = 0; length < 300; length += 7) {
      const part = Uint8Array.from({ length }, () => random.integer(0, 255));
      expect(portableDigest([part, part])).toBe(builtin([part, part]));
      expect(portableDigest([part])).toBe(builtin([part]));
      for (const running of [runningSha256(), runningSha256({})]) {
        running.update(part);
        running.update(part);
        expect(running.hex()).toBe(builtin([part, part]));
      }
    }
    expect(builtinDigest({})).toBeUndefined();
    expect(builtinDigest({ process: {} })).toBeUndefined();
  });
});
