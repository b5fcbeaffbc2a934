import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { crc32 } from "../../src/formats/read/zip.ts";

const CHUNK = 2 ** 20;

/** Zeros, packed by DEFLATE: `count` bytes, a multiple of 2^20. The same block again and again, so that it is quick. */
export function packedZeros(count: number): Uint8Array {
  const block = deflateRawSync(new Uint8Array(CHUNK), { finishFlush: constants.Z_FULL_FLUSH });
  const end = deflateRawSync(new Uint8Array(0));
  return Buffer.concat([...Array.from({ length: count / CHUNK }, () => block), end]);
}

/** `head`, then zeros, packed. */
export function packedWithZeros(head: Uint8Array, zeros: number): Uint8Array {
  return Buffer.concat([deflateRawSync(head, { finishFlush: constants.Z_FULL_FLUSH }), packedZeros(zeros)]);
}

export interface Packed {
  readonly name: string;
  readonly packed: Uint8Array;
  /** The claimed size. */
  readonly size: number;
  /** 0 stored, 8 packed by DEFLATE */
  readonly method: 0 | 8;
}

/** Larger entries have a checksum of zero: readers refuse them before they look. */
const MAX_CHECKED = 2 ** 24;

/** A zip archive. */
export function zipOf(entries: readonly Packed[]): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, packed, size, method } of entries) {
    const label = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt16LE(label.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    if (size <= MAX_CHECKED) entry.writeUInt32LE(crc32(method === 0 ? packed : inflateRawSync(packed)), 16);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt32LE(size, 24);
    entry.writeUInt16LE(label.length, 28);
    entry.writeUInt32LE(offset, 42);
    parts.push(local, label, Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength));
    directory.push(entry, label);
    offset += 30 + label.length + packed.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}

/** A .npy file's beginning, with a header of any text. */
export function npyHead(dictionary: string, version: 1 | 2 = 1): Uint8Array {
  const text = Buffer.from(`${dictionary}\n`, "latin1");
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text]);
}

/** An .npz of one array, packed: a header, then zeros. */
export function npzOfZeros(arrays: Readonly<Record<string, { descr: string; shape: string; bytes: number }>>) {
  return zipOf(
    Object.entries(arrays).map(([key, { descr, shape, bytes }]) => {
      const head = npyHead(`{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`);
      const name = `${key}.npy`;
      return { name, packed: packedWithZeros(head, bytes), size: head.length + bytes, method: 8 as const };
    }),
  );
}

/** The pickle of a dictionary { key: tensor }, each tensor of its own storage. */
export function pickleOfTensors(
  tensors: readonly { key: string; storage: string; shape: readonly bigint[]; stride: readonly bigint[] }[],
): Uint8Array {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x8c, value.length]), Buffer.from(value)]);
  const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
  const integer = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(2 + 16);
    bytes.set([0x8a, 16]);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), 2);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> 64n), 10);
    return bytes;
  };
  const tuple = (values: readonly bigint[]): Buffer =>
    Buffer.concat([Buffer.from("("), ...values.map(integer), Buffer.from("t")]);
  return Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.from("}("),
    ...tensors.map(({ key, storage, shape, stride }, i) =>
      Buffer.concat([
        text(key),
        global("torch._utils", "_rebuild_tensor_v2"),
        Buffer.from("(("),
        text("storage"),
        global("torch", storage),
        text(`${i}`),
        text("cpu"),
        Buffer.from([0x4b, 1]),
        Buffer.from("tQ"),
        Buffer.from([0x4b, 0]),
        tuple(shape),
        tuple(stride),
        Buffer.from([0x89]),
        global("collections", "OrderedDict"),
        Buffer.from(")RtR"),
      ]),
    ),
    Buffer.from("u."),
  ]);
}
