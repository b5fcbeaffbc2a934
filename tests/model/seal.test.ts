import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { prettyJson } from "../../src/io/write-json.ts";
import { canonicalJson, digestOf, sealed, sealOf } from "../../src/model/seal.ts";

const RECORD = {
  z: [0.1, -0, 1e-7, 5e-324, 1.7976931348623157e308],
  name: "é \ud800 \n",
  nested: { b: [{ y: 1, x: [[1, 2], []] }], a: null, none: undefined },
  complete: true,
};

describe("canonical JSON", () => {
  it("sorts keys, has no blanks, and writes numbers as JSON does", () => {
    expect(canonicalJson(RECORD)).toBe(
      '{"complete":true,"name":"é \\ud800 \\n","nested":{"a":null,"b":[{"x":[[1,2],[]],"y":1}]},' +
        '"z":[0.1,0,1e-7,5e-324,1.7976931348623157e+308]}',
    );
  });

  it("is the same after a way through a file, indented or with other keys first", () => {
    const text = canonicalJson(RECORD);
    expect(canonicalJson(JSON.parse(JSON.stringify(RECORD)))).toBe(text);
    expect(canonicalJson(JSON.parse(prettyJson(RECORD)))).toBe(text);
    expect(canonicalJson(Object.fromEntries(Object.entries(RECORD).reverse()))).toBe(text);
    expect(canonicalJson([Number.NaN, undefined])).toBe(JSON.stringify([Number.NaN, undefined]));
  });
});

describe("a seal", () => {
  it("is the SHA-256 of the canonical text without the digest, as any other program would make it", () => {
    const hex = createHash("sha256").update('{"a":[1,2],"b":"x"}').digest("hex");
    expect(digestOf({ b: "x", a: [1, 2] })).toBe(`sha256:${hex}`);
    expect(sealed({ b: "x", digest: "old", a: [1, 2] }).digest).toBe(`sha256:${hex}`);
  });

  it("holds for what was sealed, and for nothing else", () => {
    const record = JSON.parse(JSON.stringify(sealed(RECORD)));
    expect(sealOf(record)).toBe("whole");
    for (const change of [{ complete: false }, { z: [0.1] }, { more: 1 }, { digest: record.digest.toUpperCase() }]) {
      expect(sealOf({ ...record, ...change })).toBe("broken");
    }
    const { digest: _, ...bare } = record;
    expect(sealOf(bare)).toBe("missing");
    for (const value of [null, undefined, 3, "x", []]) expect(sealOf(value)).toBe("missing");
  });

  it("is broken, without a throw, for what can't be written as JSON", () => {
    const circle: Record<string, unknown> = { digest: "sha256:" };
    circle.self = circle;
    expect(sealOf(circle)).toBe("broken");
    expect(sealOf({ digest: "sha256:", big: 1n })).toBe("broken");
  });
});
