import { describe, expect, it } from "vitest";
import { readingOf } from "../../examples/explorer/page/reading.ts";

const empty = { layout: "", map: "", set: "", prefix: "", columnMajor: false };

describe("the form for names in files", () => {
  it("is nothing where nothing is said", () => {
    expect(readingOf(empty)).toEqual({});
    expect(readingOf({ ...empty, map: "  ", prefix: " ", layout: "no such" })).toEqual({});
  });

  it("means what the command line means", () => {
    const form = {
      layout: "AL-RNN",
      map: "W1=enc.weight^T, h2=-bias",
      set: 'kind=PLRNN,P=2,activation={"leaky":0.1,"x":[1,2]}',
      prefix: "rnn",
      columnMajor: true,
    };
    expect(readingOf(form)).toEqual({
      layout: "AL-RNN",
      map: { W1: "enc.weight^T", h2: "-bias" },
      set: { kind: "PLRNN", P: 2, activation: { leaky: 0.1, x: [1, 2] } },
      prefix: "rnn",
      columnMajor: true,
    });
  });

  it.each(["W1", "=x", "W1="])("says what is wrong with %s", (map) => {
    expect(() => readingOf({ ...empty, map })).toThrow(/^Map: .* is not of the form KEY=VALUE/);
  });
});
