import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, it } from "vitest";
import { sharedAddress, sharedIn } from "../../examples/explorer/page/share.ts";
import { jsonOfLink, linkText, MAX_LINK_CHARACTERS } from "../../examples/explorer/worker/link.ts";
import { FileError, isStillpointError, StillpointError } from "../../src/index.ts";

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");

/** What is thrown, which must be an error of this program's own. */
function refusal(text: string): string {
  try {
    jsonOfLink(text);
  } catch (error) {
    expect(error).toBeInstanceOf(FileError);
    return (error as Error).message;
  }
  throw new Error("it was taken");
}

describe("a link that carries a model", () => {
  it("gives the text back, whatever it is", () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(jsonOfLink(linkText(json))).toBe(json);
      }),
      { numRuns: 100 },
    );
  });

  it("is a link of its page, with the period", () => {
    const shared = { model: linkText('{"A":[0.1]}'), period: 4 };
    const address = sharedAddress("https://example.org/some/where/?x=1#old", shared);
    expect(address).toMatch(/^https:\/\/example\.org\/some\/where\/\?x=1#model=/);
    expect(sharedIn(address)).toEqual(shared);
    expect(sharedIn("https://example.org/")).toBeUndefined();
    expect(sharedIn(sharedAddress(address, { ...shared, period: 1 }))?.period).toBe(1);
  });

  it.each(["0", "-3", "1e9", "2.5", "many"])("takes no period of %s", (period) => {
    expect(sharedIn(`https://example.org/#model=abc&period=${period}`)).toEqual({ model: "abc", period: 1 });
  });

  it("is refused for a large model", () => {
    const numbers = Array.from({ length: 5000 }, (_, i) => Math.sin(i));
    expect(() => linkText(JSON.stringify(numbers))).toThrow(StillpointError);
    expect(() => linkText(JSON.stringify(numbers))).toThrow(/the limit is 16000\. Send the file instead/);
  });

  it.each([
    ["nothing", "", /is damaged/],
    ["other characters", "<script>", /other characters/],
    ["what is not packed", base64url(Buffer.from("hello, hello")), /is damaged/],
    [
      "what is cut off",
      linkText(JSON.stringify({ a: "some text that is packed", b: [1, 2, 3] })).slice(0, 20),
      /is damaged/,
    ],
    ["too many characters", "a".repeat(MAX_LINK_CHARACTERS + 1), /has 16001 characters; the limit is 16000/],
    ["a bomb", base64url(deflateSync(new Uint8Array(2 ** 23), { level: 9 })), /carries more than 1048576 bytes/],
    ["bytes that are no text", base64url(deflateSync(Uint8Array.of(0xff, 0xfe, 0x80))), /can't be unpacked/],
  ])("refuses %s", (_, text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it("throws nothing but its own errors", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."abcXYZ019-_"), maxLength: 200 }), (text) => {
        try {
          jsonOfLink(text);
        } catch (error) {
          expect(isStillpointError(error)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
