import { describe, expect, it } from "vitest";
import { unroll } from "../../src/gpu/unroll.ts";

const marked = (head: string, body: string) => `/* unroll */ for (${head}) {${body}}`;
const flat = (text: string) => text.replace(/\s+/g, " ");

describe("unroll", () => {
  it("replaces a loop by one block per value", () => {
    const loop = marked("var i = 0u; i < R; i++", " x[i * R] += i; ");
    expect(flat(`a; ${unroll(loop, { R: 3 })} b;`)).toBe(
      "a; { x[0u * R] += 0u; } { x[1u * R] += 1u; } { x[2u * R] += 2u; } b;",
    );
  });

  it("unrolls nested loops whose bounds use the outer one, and leaves unmarked loops", () => {
    const inner = marked("var k = c + 1u; k < R; k++", " swap(c, k); ");
    const outer = marked("var c = 0u; c < R; c++", ` ${inner} `);
    expect(flat(unroll(outer, { R: 3 }))).toBe("{ { swap(0u, 1u); } { swap(0u, 2u); } } { { swap(1u, 2u); } } { }");
    const plain = "for (var i = 0u; i < n; i++) { y(i); }";
    expect(unroll(plain, { R: 3 })).toBe(plain);
  });

  it("knows sums, differences and products of constants", () => {
    const loop = marked("var i = 2u * R - 1u; i < R * R; i++", "f(i);");
    expect(unroll(loop, { R: 2 })).toBe("{f(3u);}");
  });

  it("replaces whole names only", () => {
    expect(unroll(marked("var i = 0u; i < 1u; i++", " id + i2 + i "), {})).toBe("{ id + i2 + 0u }");
  });

  it("refuses bounds that are not constant, and loops without an end", () => {
    expect(() => unroll(marked("var i = 0u; i < n; i++", ""), { R: 2 })).toThrow(/n is unknown/);
    expect(() => unroll("/* unroll */ for (var i = 0u; i < R; i++) { {", { R: 2 })).toThrow(/no end/);
  });
});
