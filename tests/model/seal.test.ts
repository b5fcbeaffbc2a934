import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import { prettyJson } from "../../src/formats/write/write-json.ts";
import { ascending, jsonLine, sealed, sealedInOrder, sealingInOrder, sealOf, wholeLine } from "../../src/model/seal.ts";
import { SUBJECT_NAMES, subject } from "../verify/subjects.ts";

const lineOf = (record: object): string => [...jsonLine(record)].join("");

const RECORD = {
  note: "é \ud800 \n",
  counts: { boxes: 1, active: 2 },
  z: [0.1, -0, 1e-7, 5e-324, 1.7976931348623157e308],
  schema: "x",
  nested: { b: [{ y: 1, x: [[1, 2], []] }, {}], a: null, none: undefined },
};

const digestOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

/** The same values, every object with its keys the other way round. */
function reversed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, reversed(item)])
      .reverse(),
  );
}

describe("a digest", () => {
  it("is that of the line without it, keys in the order of the format and then ascending", () => {
    const text =
      '{"schema":"x","z":[0.1,0,1e-7,5e-324,1.7976931348623157e+308],"counts":{"active":2,"boxes":1},' +
      '"nested":{"a":null,"b":[{"x":[[1,2],[]],"y":1},{}]},"note":"é \\ud800 \\n"}';
    const record = sealed({ ...RECORD, digest: "an earlier one" });
    expect(record.digest).toBe(digestOf(text));
    expect(lineOf(record)).toBe(`${text.slice(0, -1)},"digest":"${record.digest}"}`);
    expect(lineOf(record)).toBe(JSON.stringify(record));
  });

  it("of what was made in order is the same, made quickly", () => {
    const record = { schema: "x", counts: ascending({ b: 1, a: 2 }), list: new Array(1e5).fill(0.1) };
    expect(sealedInOrder(record)).toEqual(sealed(record));
    expect(lineOf(sealedInOrder(record))).toBe(JSON.stringify(sealed(record)));
    expect(lineOf({ a: 1 })).toBe('{"a":1}');
  });

  it.each([999, 1000, 1200, 2401])("of a list of %i items is that of its line, which comes in pieces", (length) => {
    const list = Array.from({ length }, (_, i) => ({ z: [i / 7, "é,]"], none: undefined, nested: [[i]] }));
    const record = { none: undefined, schema: "x", fixedPoints: list, z: new Array(length).fill(1), rest: { a: [] } };
    const whole = sealedInOrder(record);
    expect(whole.digest).toBe(digestOf(JSON.stringify(record)));
    const pieces = [...jsonLine(whole)];
    expect(pieces.join("")).toBe(JSON.stringify(whole));
    expect([...wholeLine(whole)].join("")).toBe(`${JSON.stringify(whole)}\n`);
    expect(pieces.length).toBeGreaterThan(length < 1000 ? 0 : 10);
    expect(sealOf(JSON.parse(pieces.join("")))).toBe("whole");
    const altered = { ...whole, fixedPoints: list.with(length - 1, list[0]!) };
    expect(sealOf(altered)).toBe("broken");
  });

  it("maps of counts ascend, together too", () => {
    const [first, second] = [{ c: 1, a: { y: 1, x: 2 } }, { b: 3 }];
    expect(JSON.stringify(ascending(first))).toBe('{"a":{"x":2,"y":1},"c":1}');
    expect(JSON.stringify(ascending(first, second))).toBe('{"a":{"x":2,"y":1},"b":3,"c":1}');
    expect([first, second]).toEqual([{ c: 1, a: { y: 1, x: 2 } }, { b: 3 }]);
  });

  it("of a point without a class fits with its keys in any order too", () => {
    const point = {
      z: [1],
      active: [],
      ties: [],
      status: "certified",
      error: 0,
      eigenvalues: [],
      stability: "undetermined",
    };
    const record = sealedInOrder({
      schema: "x",
      fixedPoints: [{ ...point, unclassified: "cancelled", nearlyDegenerate: { margin: 1 } }],
      complete: false,
    });
    expect(sealOf(reversed(record))).toBe("whole");
    expect(sealOf({ ...record, fixedPoints: [{ ...point, unclassified: "other" }] })).toBe("broken");
  });

  it("in steps is the same, one step for each piece of a long list and none for a short one", () => {
    const short = { schema: "x", fixedPoints: [1, 2, 3], complete: true };
    const long = { schema: "x", fixedPoints: Array.from({ length: 5000 }, (_, i) => i / 7), complete: true };
    for (const record of [short, long]) {
      expect(allOf(sealingInOrder(record))).toEqual(sealedInOrder(record));
      expect(sealOf(allOf(sealingInOrder(record)))).toBe("whole");
    }
    const steps = (record: object): number => {
      let taken = 0;
      for (const _ of sealingInOrder(record)) taken++;
      return taken;
    };
    expect(steps(short)).toBe(0);
    expect(steps(long)).toBeGreaterThan(10);
  });

  it.each(SUBJECT_NAMES)("of a result as the solver makes it, and with all keys turned round: %s", async (name) => {
    const { result } = await subject(name);
    expect(sealOf(result)).toBe("whole");
    expect(sealOf(reversed(result))).toBe("whole");
    expect(sealed(result).digest).toBe(result.digest);
  });
});

describe("a seal", () => {
  const record = JSON.parse(JSON.stringify(sealed(RECORD)));

  it("holds after a way through a file, indented or with other keys first", () => {
    for (const same of [record, JSON.parse(prettyJson(record)), reversed(record), sealed(RECORD)])
      expect(sealOf(same)).toBe("whole");
  });

  it("does not hold for other values", () => {
    const changes = [
      { schema: "y" },
      { z: [0.1] },
      { z: RECORD.z.map((x) => x + 1) },
      { counts: { boxes: 2, active: 1 } },
      { nested: { b: [], a: null } },
      { nested: undefined },
      { more: 1 },
      { digest: record.digest.toUpperCase() },
    ];
    for (const change of changes) expect(sealOf({ ...record, ...change })).toBe("broken");
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
  });
});
