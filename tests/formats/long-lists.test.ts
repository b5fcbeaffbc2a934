import { describe, expect, it } from "vitest";
import { LazyList } from "../../src/base/list.ts";
import type { ListedResult } from "../../src/base/listed-result.ts";
import type { FixedPoint } from "../../src/base/result.ts";
import { csvLines } from "../../src/formats/write/write-csv.ts";
import { JsonDocument, prettyJson, prettyPieces } from "../../src/formats/write/write-json.ts";
import { writeNpz } from "../../src/formats/write/write-npz.ts";
import { writeText } from "../../src/formats/write/write-text.ts";
import { jsonLine, sealed, sealedInOrder, sealOf } from "../../src/model/seal.ts";
import { point, result } from "../cli/outputs.ts";

/** A result of very many points, as an array and as a list that makes them. */
function both(count: number): { readonly whole: ListedResult; readonly listed: ListedResult } {
  const make = (i: number): FixedPoint => ({ ...point(i / 3), ties: i % 97 === 0 ? [0] : [] });
  const list = new LazyList(count, make);
  return {
    whole: { ...result(0), fixedPoints: list.slice() },
    listed: { ...result(0), fixedPoints: list },
  };
}

describe.each([3, 1500])("a list of %i points that are made when they are asked for", (count) => {
  const { whole, listed } = both(count);

  it("is written like an array, in every format", () => {
    expect(writeText(listed)).toBe(writeText(whole));
    expect([...csvLines([listed])]).toEqual([...csvLines([whole])]);
    expect(writeNpz([listed]).length).toBe(writeNpz([whole]).length);
    expect([...jsonLine(listed)].join("")).toBe(JSON.stringify(whole));
    expect([...prettyPieces(listed)].join("")).toBe(prettyJson(JSON.parse(JSON.stringify(whole))));
  });

  it("is sealed like an array", () => {
    for (const seal of [sealed, sealedInOrder]) expect(seal(listed).digest).toBe(seal(whole).digest);
    expect(sealOf(sealedInOrder(listed))).toBe("whole");
    expect(sealOf(JSON.parse([...jsonLine(sealed(listed))].join("")))).toBe("whole");
  });

  it("is one value of a document of several", () => {
    const texts = [listed, whole].map((first) => {
      const document = new JsonDocument();
      return [...document.add(first), ...document.add({ more: 1 }), ...document.end()].join("");
    });
    expect(texts[0]).toBe(texts[1]);
    expect(JSON.parse(texts[0]!)).toHaveLength(2);
  });
});
