import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { prettyJson } from "../../src/io/write-json.ts";
import { digestOf, sealed, sealOf } from "../../src/model/seal.ts";

const RECORD = {
  z: [0.1, -0, 1e-7, 5e-324, 1.7976931348623157e308],
  name: "é \ud800 \n",
  nested: { b: [{ y: 1, x: [[1, 2], []] }, {}], a: null, none: undefined },
  complete: true,
};

/** As any other program would make it. */
function digestBy(outline: string, numbers: readonly number[]): string {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [i, x] of numbers.entries()) bytes.writeDoubleLE(x, 8 * i);
  return `sha256:${createHash("sha256").update(`${outline}\n`).update(bytes).digest("hex")}`;
}

describe("a digest", () => {
  it("is that of canonical JSON with # for numbers, and of the numbers", () => {
    const outline =
      '{"complete":true,"name":"é \\ud800 \\n","nested":{"a":null,"b":[{"x":[[#,#],[]],"y":#},{}]},"z":[#,#,#,#,#]}';
    expect(digestOf(RECORD)).toBe(digestBy(outline, [1, 2, 1, 0.1, 0, 1e-7, 5e-324, 1.7976931348623157e308]));
    expect(digestOf({})).toBe(digestBy("{}", []));
    const many = Array.from({ length: 100_000 }, (_, i) => i / 7);
    expect(digestOf({ many })).toBe(digestBy(`{"many":[${many.map(() => "#").join()}]}`, many));
  });

  it("is the same after a way through a file, indented or with other keys first", () => {
    const digest = digestOf(RECORD);
    expect(digestOf(JSON.parse(JSON.stringify(RECORD)))).toBe(digest);
    expect(digestOf(JSON.parse(prettyJson(RECORD)))).toBe(digest);
    expect(digestOf(Object.fromEntries(Object.entries(RECORD).reverse()))).toBe(digest);
    expect(digestOf({ list: [Number.NaN, undefined] })).toBe(digestOf({ list: [null, null] }));
  });

  it("differs for other values, however alike their texts and keys", () => {
    const records = [
      { a: 1, b: 2 },
      { a: 2, b: 1 },
      { "a,b": 1 },
      { a: "#", b: 2 },
      { a: "1", b: 2 },
      { a: [1], b: 2 },
      { a: [1, 2] },
      { a: [[1], 2] },
      { a: 1, b: null },
      { a: 1 },
      { "a,b": 1, c: 2 },
      { a: 1, "b,c": 2 },
    ];
    expect(new Set(records.map(digestOf)).size).toBe(records.length);
  });
});

describe("a seal", () => {
  it("takes the place of an earlier one", () => {
    expect(sealed({ b: "x", digest: "old", a: [1, 2] }).digest).toBe(digestBy('{"a":[#,#],"b":"x"}', [1, 2]));
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
    let deep: unknown = [];
    for (let k = 0; k < 1e5; k++) deep = [deep];
    expect(sealOf({ digest: "sha256:", deep })).toBe("broken");
    expect(sealOf(sealed(RECORD))).toBe("whole");
  });
});
