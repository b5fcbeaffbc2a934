import { deflateRawSync, inflateRawSync } from "node:zlib";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { inflate } from "../../src/check/inflate.ts";
import { entriesOf } from "../support/archives.ts";
import { Random } from "../support/random.ts";

const FULL = process.env.STILLPOINT_FULL === "1";

/** What zlib makes of a stream that is whole, and how long that is; undefined of others. */
function byZlib(packed: Uint8Array): { readonly bytes: Uint8Array; readonly length: number } | undefined {
  try {
    const { buffer, engine } = inflateRawSync(packed, { info: true }) as unknown as {
      buffer: Uint8Array;
      engine: { bytesWritten: number };
    };
    return { bytes: new Uint8Array(buffer), length: engine.bytesWritten };
  } catch {
    return undefined;
  }
}

function gives(packed: Uint8Array, bytes: Uint8Array): boolean {
  const mine = inflate(packed, bytes.length);
  return mine !== undefined && Buffer.compare(mine, bytes) === 0;
}

/** Compares both readers on a stream, which may have bytes behind its end. @returns whether it is one. */
function isTaken(packed: Uint8Array, size: number): boolean {
  const theirs = byZlib(packed);
  if (theirs === undefined) {
    expect(inflate(packed, size)).toBeUndefined();
    return false;
  }
  const { bytes, length } = theirs;
  expect(gives(packed.subarray(0, length), bytes)).toBe(true);
  if (length < packed.length) expect(inflate(packed, bytes.length)).toBeUndefined();
  return true;
}

/** Bytes of many lengths and kinds: none, all equal, few values, repetitions far back, and random ones. */
function drawnBytes(random: Random, most: number): Uint8Array {
  const length = random.pick([0, 1, 2, 40, 300, 3000, most]);
  const kinds = random.pick([1, 2, 5, 40, 256]);
  const bytes = Uint8Array.from({ length }, () => random.integer(0, kinds - 1));
  for (let n = random.integer(0, 6); n > 0 && length > 300; n--) {
    const [from, to] = [random.integer(0, length - 1), random.integer(0, length - 1)];
    bytes.copyWithin(to, from, from + random.integer(3, 400));
  }
  return bytes;
}

function packedIn(bytes: Uint8Array, random: Random): Uint8Array {
  const fixed = random.unit() < 0.2;
  // 4 is Z_FIXED
  const options = { level: random.pick([0, 1, 6, 9]), ...(fixed && { strategy: 4 }) };
  if (random.unit() < 0.7) return new Uint8Array(deflateRawSync(bytes, options));
  return entriesOf(zipSync({ a: bytes }, { level: random.pick([1, 6, 9]) }))[0]!.body;
}

describe("inflate", () => {
  it("unpacks what zlib and fflate packed, and only to the right size", () => {
    const random = Random.of(1, "inflate");
    for (let n = 0; n < 60; n++) {
      const bytes = drawnBytes(random, 80_000);
      const packed = packedIn(bytes, random);
      expect(gives(packed, bytes)).toBe(true);
      expect(inflate(packed, bytes.length + 1)).toBeUndefined();
      if (bytes.length > 0) expect(inflate(packed, bytes.length - 1)).toBeUndefined();
    }
  });

  it("takes damaged streams just where zlib does, and makes the same of them", () => {
    const random = Random.of(2, "inflate");
    let taken = 0;
    const count = FULL ? 20_000 : 2000;
    for (let n = 0; n < count; n++) {
      const bytes = drawnBytes(random, 1000);
      const packed = packedIn(bytes, random);
      const last = packed.length - 1;
      const at = random.integer(0, random.unit() < 0.5 ? Math.min(last, 60) : last);
      packed[at]! ^= 1 << random.integer(0, 7);
      if (isTaken(random.unit() < 0.1 ? packed.subarray(0, at) : packed, bytes.length)) taken++;
    }
    expect(taken).toBeGreaterThan(count / 10);
    expect(taken).toBeLessThan((9 * count) / 10);
  });

  it("takes streams of random bits just where zlib does", () => {
    const random = Random.of(3, "inflate");
    const count = FULL ? 200_000 : 5000;
    let taken = 0;
    for (let n = 0; n < count; n++) {
      const packed = Uint8Array.from({ length: random.integer(1, 40) }, () => random.integer(0, 255));
      // the last block, of each of the four kinds
      packed[0] = (packed[0]! & 0xf8) | 1 | random.pick([0, 2, 2, 4, 4, 6]);
      if (isTaken(packed, random.integer(0, 100))) taken++;
    }
    expect(taken).toBeGreaterThan(count / 500);
  });

  it("refuses a stored block whose length and complement differ, bytes behind the stream, and too far a distance", () => {
    expect(inflate(Uint8Array.of(1, 2, 0, 0xfd, 0xff, 7, 8), 2)).toEqual(Uint8Array.of(7, 8));
    expect(inflate(Uint8Array.of(1, 2, 0, 0xfd, 0xfe, 7, 8), 2)).toBeUndefined();
    expect(inflate(Uint8Array.of(1, 2, 0, 0xfd, 0xff, 7, 8, 0), 2)).toBeUndefined();
    // fixed codes: 257 (a length of 3), distance 1, end; nothing is there to be copied
    expect(inflate(Uint8Array.of(0x03, 0x02, 0x00), 3)).toBeUndefined();
  });

  it("ends a stream at the first byte too many, whatever it holds", () => {
    const packed = deflateRawSync(new Uint8Array(2 ** 26));
    const before = process.memoryUsage().arrayBuffers;
    expect(inflate(packed, 1000)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24);
  });
});
