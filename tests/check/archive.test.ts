import { beforeAll, describe, expect, it } from "vitest";
import { readPlainArchive } from "../../src/check/archive.ts";
import { readProof } from "../../src/check/read-proof.ts";
import { findFixedPoints } from "../../src/index.ts";
import { parseModel } from "../../src/model/parse.ts";
import { prove } from "../../src/prove/prove.ts";
import { type ArchiveEntry, archiveOf, CONTENT, DAMAGE, entriesOf, repacked, unpacked } from "../support/archives.ts";
import { Random } from "../support/random.ts";

const RAW = { A: [0.5, 0.25], U: [[1, 1]], V: [[1, -1]], hx: [1], hz: [-0.1, 0] };

let bytes: Uint8Array;
beforeAll(async () => {
  const { proof } = await prove(await parseModel(RAW), await findFixedPoints(RAW), { trees: true });
  bytes = proof!;
});

/** The message of the error for an archive whose second entry is altered. */
function refusal(change: Partial<ArchiveEntry>): string {
  const entries = entriesOf(bytes);
  entries[1] = { ...entries[1]!, ...change };
  return refusalOf(archiveOf(entries));
}

function refusalOf(archive: Uint8Array): string {
  try {
    readPlainArchive(archive, "proof.npz");
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

describe("the plain archive of a proof", () => {
  it("is what the prover writes, whatever holds its bytes, stored or packed, and as NumPy has its headers", () => {
    const { arrays } = readProof(bytes, "proof.npz");
    const others = [
      Buffer.from(bytes),
      archiveOf(entriesOf(bytes).map((entry) => repacked(entry, unpacked(entry), true))),
      Buffer.concat([
        Buffer.alloc(3),
        archiveOf(entriesOf(bytes).map((entry) => ({ ...entry, isSizeLeft: true }))),
      ]).subarray(3),
    ];
    for (const other of others) expect(readProof(other, "proof.npz").arrays).toEqual(arrays);
    expect(arrays.size).toBe(8);
  });

  it("has no flags, other methods, extra fields in the directory, and no wrong sizes or checksums", () => {
    const [, { crc, size, body }] = entriesOf(bytes) as [ArchiveEntry, ArchiveEntry];
    const none = new Uint8Array(0);
    for (const flags of [1, 8, 0x20, 0x800]) expect(refusal({ flags })).toMatch(/not plain/);
    for (const flags of [2, 4, 6]) expect(refusal({ flags })).toBe("none");
    expect(refusal({ extra: [none, new Uint8Array(4)] })).toMatch(/not plain/);
    expect(refusal({ extra: [new Uint8Array(4), none] })).toBe("none");
    expect(refusal({ method: 9 })).toMatch(/unknown method 9/);
    expect(refusal({ crc: crc ^ 1 })).toMatch(/damaged array/);
    expect(refusal({ size: size + 1 })).toMatch(/damaged array/);
    expect(refusal({ size: 2 ** 27 })).toMatch(/limit/);
    expect(refusal({ size: 2 ** 26 })).toMatch(/false size/);
    expect(refusal({ body: body.slice(0, -1) })).toMatch(/damaged array/);
  });

  it("has nothing before, between and behind its entries, and these once and in order", () => {
    const entries = entriesOf(bytes);
    const some = Uint8Array.of(1, 2, 3);
    expect(refusalOf(archiveOf(entries, { before: some }))).not.toBe("none");
    expect(refusalOf(archiveOf(entries, { between: some }))).not.toBe("none");
    expect(refusalOf(archiveOf(entries, { comment: some }))).not.toBe("none");
    expect(refusalOf(archiveOf([...entries, entries[0]!]))).toMatch(/beside its entries/);
    expect(refusalOf(archiveOf(entries, { directory: [1, 0, 2, 3, 4, 5, 6, 7, 8] }))).toMatch(/not plain/);
    expect(refusalOf(archiveOf(entries, { directory: [0, 1, 2] }))).toMatch(/beside its entries/);
    expect(refusalOf(archiveOf([...entries].reverse()))).toBe("none");
    expect(refusalOf(new Uint8Array(0))).toMatch(/too short/);
  });

  it("is refused with an error that names the file, or holds what it did, whatever befell its bytes", () => {
    const { header, arrays } = readProof(bytes, "proof.npz");
    let accepted = 0;
    for (const [kind, damage] of Object.entries(DAMAGE)) {
      const random = Random.of(6, kind);
      for (let n = 0; n < 30; n++) {
        const damaged = damage(bytes, random);
        try {
          const proof = readProof(damaged, "proof.npz");
          const isOther = CONTENT.has(kind) || kind === "an entry left out, doubled or put in";
          if (!isOther) expect(proof, kind).toEqual({ header, arrays });
          accepted++;
        } catch (error) {
          expect((error as Error).message).toMatch(/^proof\.npz/);
        }
      }
    }
    expect(accepted).toBeGreaterThan(50);
  });
});
