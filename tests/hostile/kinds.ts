import { Mat5 } from "../formats/make-mat5.ts";
import { npyHead, npzOfZeros, packedWithZeros, packedZeros, pickleOfTensors, zipOf } from "./bytes.ts";
import { hdf5Of } from "./hdf5.ts";

/** A file made to hurt, and what the program says to it. */
export interface Kind {
  readonly kind: string;
  readonly file: string;
  readonly make: () => Uint8Array | string | Promise<Uint8Array | string>;
  /** Arguments behind `solve FILE --format ndjson`. */
  readonly args?: readonly string[];
  readonly exit: number;
  /** The code of the error in the one record of the output. */
  readonly code: string;
  readonly says: RegExp;
}

const MODEL = '"A":[0],"U":[[1],[1]],"V":[[2],[-2]],"hx":[-0.5,0.5],"hz":[1]';

/** A stored zip entry. */
const stored = (name: string, packed: Uint8Array) => ({ name, packed, size: packed.length, method: 0 as const });

const npy = (header: string, version: 1 | 2 = 1): Uint8Array =>
  zipOf([stored("W.npy", Buffer.concat([npyHead(header, version), Buffer.alloc(64)]))]);

/** A checkpoint whose tensors lie in packed blocks of zeros. */
const checkpoint = (storage: string, count: number, bytes: number, shape: bigint[], stride: bigint[]): Uint8Array => {
  const keys = ["W", "A", "h", "C", "Wu"].slice(0, count);
  const pickle = pickleOfTensors(keys.map((key) => ({ key, storage, shape, stride })));
  const packed = packedZeros(bytes);
  return zipOf([
    stored("a/data.pkl", pickle),
    ...keys.map((_, i) => ({ name: `a/data/${i}`, packed, size: bytes, method: 8 as const })),
  ]);
};

const oneByte = (descr: string): Uint8Array =>
  npzOfZeros({ W: { descr, shape: `(${2 ** 14}, ${2 ** 15})`, bytes: 2 ** 29 } });

const pickleText = (bytes: number): Uint8Array => {
  const head = Buffer.from([0x80, 4, 0x8d, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeBigUInt64LE(BigInt(bytes), 3);
  const packed = packedZeros(bytes);
  // packed too, since a file of that size takes long to write
  const first = packedHead(head);
  return zipOf([{ name: "a/data.pkl", packed: Buffer.concat([first, packed]), size: head.length + bytes, method: 8 }]);
};

const packedHead = (head: Uint8Array): Uint8Array => {
  // a stored block of DEFLATE that is not the last one
  const length = Buffer.alloc(5);
  length.writeUInt16LE(head.length, 1);
  length.writeUInt16LE(head.length ^ 0xffff, 3);
  return Buffer.concat([length, head]);
};

const safetensors = (header: Buffer): Uint8Array => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
};

const mat = new Mat5();

/** A variable of MATLAB: zeros, packed. */
const packedVariable = (kind: number, dims: readonly number[], name: string, bytes: number): Uint8Array =>
  mat.element(
    15,
    Buffer.concat([
      Buffer.from([0x78, 0x9c]),
      packedWithZeros(mat.beginning(kind, dims, name, 1, bytes), bytes),
      Buffer.alloc(4),
    ]),
  );

/** Everything in this table is an error with a code, whatever the kind. */
export const KINDS: readonly Kind[] = [
  {
    kind: "HDF5: a group that holds itself and its sibling, hard and soft",
    file: "cycle.h5",
    make: () =>
      hdf5Of((file) => {
        for (const name of ["a", "b", "c"]) {
          const group = file.create_group(name);
          for (const link of ["x", "y"]) group.create_soft_link("/", link);
          for (const other of ["a", "b", "c"]) if (other < name) group.create_hard_link(`/${other}`, other);
          group.create_hard_link("/", "root");
        }
      }),
    exit: 1,
    code: "INVALID_FILE",
    says: /is empty: it holds no arrays/,
  },
  {
    kind: "HDF5: an external link to the file itself, and soft links in a ring",
    file: "external.h5",
    make: () =>
      hdf5Of((file) => {
        for (const name of ["file.h5", "external.h5"]) file.create_external_link(name, "/", `to ${name}`);
        file.create_soft_link("/right", "left");
        file.create_soft_link("/left", "right");
      }),
    exit: 1,
    code: "INVALID_FILE",
    says: /is empty: it holds no arrays/,
  },
  {
    kind: "HDF5: groups that lead to one group on 3^16 ways",
    file: "ways.h5",
    make: () =>
      hdf5Of((file) => {
        let path = "";
        for (let level = 0; level < 16; level++) {
          const group = file.create_group(path === "" ? "0" : `${path}/0`);
          const parent = file.get(path === "" ? "/" : path) as typeof group;
          for (const name of ["1", "2"]) parent.create_hard_link(group.path, name);
          path += "/0";
        }
      }),
    exit: 1,
    code: "INVALID_FILE",
    says: /leads to the same groups on more than 256 ways/,
  },
  {
    kind: "HDF5: 8 gzip chunks of a few kB that are 2^22 rows each",
    file: "chunks.h5",
    make: () =>
      hdf5Of((file) => {
        const zeros = new Float32Array(2 ** 22);
        for (const name of ["U", "V", "hx", "hz", "A", "C", "Wu", "s"]) {
          file.create_dataset({
            name,
            data: zeros,
            shape: [2 ** 22, 1],
            chunks: [2 ** 22, 1],
            compression: "gzip",
            compression_opts: 9,
          });
        }
      }),
    exit: 1,
    code: "INVALID_FILE",
    says: /claims 16777216 bytes unpacked beside 1024 MiB/,
  },
  ...["|i1", "|u1"].map((descr) => ({
    kind: `npz: 500 kB that is 512 MiB of ${descr}`,
    file: `bytes${descr.slice(1)}.npz`,
    make: () => oneByte(descr),
    exit: 1,
    code: "INVALID_FILE",
    says: /limit is/,
  })),
  {
    kind: "npz: 8 arrays of 2^24 bytes, each under the limit",
    file: "many.npz",
    make: () =>
      npzOfZeros(
        Object.fromEntries(
          ["A", "U", "V", "hx", "hz", "C", "Wu", "s"].map((key) => [
            key,
            { descr: "|i1", shape: `(${2 ** 12}, ${2 ** 12})`, bytes: 2 ** 24 },
          ]),
        ),
      ),
    exit: 1,
    code: "INVALID_FILE",
    says: /claims 16777216 numbers beside .*the limit is 1024 MiB of memory/,
  },
  {
    kind: "npz: 512 MiB of |b1",
    file: "bools.npz",
    make: () => oneByte("|b1"),
    exit: 1,
    code: "INVALID_FILE",
    says: /elements of type b1/,
  },
  {
    kind: "PyTorch: a block of 512 MiB of Char",
    file: "char.pt",
    make: () => checkpoint("CharStorage", 1, 2 ** 29, [2n ** 19n, 2n ** 10n], [2n ** 10n, 1n]),
    exit: 1,
    code: "INVALID_FILE",
    says: /limit is/,
  },
  {
    kind: "PyTorch: one number of a packed block of 512 MiB",
    file: "view.pt",
    make: () => checkpoint("CharStorage", 1, 2 ** 29, [1n], [1n]),
    exit: 1,
    code: "INVALID_FILE",
    says: /limit is/,
  },
  {
    kind: "PyTorch: five blocks of 2^24 Half",
    file: "half.pt",
    make: () => checkpoint("HalfStorage", 5, 2 ** 25, [2n ** 12n, 2n ** 12n], [2n ** 12n, 1n]),
    exit: 1,
    code: "INVALID_FILE",
    says: /limit is/,
  },
  {
    kind: "PyTorch: a shape of 2^100",
    file: "shape.pt",
    make: () => checkpoint("CharStorage", 1, 2 ** 20, [2n ** 100n], [1n]),
    exit: 1,
    code: "INVALID_FILE",
    says: /in a way that is not known/,
  },
  {
    kind: "PyTorch: a stride of −2^70",
    file: "stride.pt",
    make: () => checkpoint("CharStorage", 1, 2 ** 20, [2n], [-(2n ** 70n)]),
    exit: 1,
    code: "INVALID_FILE",
    says: /in a way that is not known/,
  },
  {
    kind: "PyTorch: a pickle with a text of 600 MB",
    file: "text.pt",
    make: () => pickleText(600 * 2 ** 20),
    exit: 1,
    code: "INVALID_FILE",
    says: /limit is/,
  },
  {
    kind: "PyTorch: a pickle with a text of 200 MB",
    file: "text200.pt",
    make: () => pickleText(200 * 2 ** 20),
    exit: 1,
    code: "INVALID_FILE",
    says: /holds a pickle of 209715211 bytes; the limit is 67108864/,
  },
  {
    kind: "MATLAB: 500 kB that is 512 MiB of int8",
    file: "int8.mat",
    make: () => mat.file(packedVariable(8, [2 ** 14, 2 ** 15], "W", 2 ** 29)),
    exit: 1,
    code: "INVALID_FILE",
    says: /W: has 536870912 entries; the limit is/,
  },
  {
    kind: "MATLAB: a packed struct of 512 MiB",
    file: "struct.mat",
    make: () => mat.file(packedVariable(2, [1, 1], "fit", 2 ** 29)),
    exit: 1,
    code: "INVALID_FILE",
    says: /unpacks to 536870968 bytes; the limit is 268566528/,
  },
  {
    kind: "MATLAB: 9 packed arrays of 128 MiB",
    file: "arrays.mat",
    make: () =>
      mat.file(...Array.from({ length: 9 }, (_, i) => packedVariable(6, [2 ** 14, 2 ** 10], `W${i}`, 2 ** 27))),
    exit: 1,
    code: "INVALID_FILE",
    says: /would unpack to 1073742272 bytes or more; the limit is 1073741824/,
  },
  {
    kind: "MATLAB: a cell array of 10^6 empty cells",
    file: "cells.mat",
    make: () =>
      mat.file(
        mat.matrix(
          1,
          [1000, 1000],
          "W",
          new Uint8Array(8e6).map((_, i) => (i % 8 === 0 ? 14 : 0)),
        ),
      ),
    exit: 1,
    code: "INVALID_FILE",
    says: /holds more than 100000 named values|leads over more than 100000 links/,
  },
  {
    kind: "Keras: 256 kB of weights that are 256 MiB of zeros",
    file: "zeros.keras",
    make: () => zipOf([{ name: "model.weights.h5", packed: packedZeros(2 ** 28), size: 2 ** 28, method: 8 }]),
    exit: 1,
    code: "INVALID_FILE",
    says: /holds a model\.weights\.h5 that is no HDF5|its checksum is wrong/,
  },
  {
    kind: "ONNX: a shape of 2^62 in 8 bytes",
    file: "shape.onnx",
    make: () => {
      const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f];
      const tensor = [8, ...huge, 16, 11, 0x42, 1, 0x57, 0x4a, 8, ...new Array(8).fill(0)];
      return Uint8Array.from([8, 8, 0x3a, tensor.length + 2, 0x2a, tensor.length, ...tensor]);
    },
    exit: 1,
    code: "INVALID_FILE",
    says: /W: claims the shape \(\d+\) but holds 8 bytes/,
  },
  {
    kind: "pickle: 60,000 modules, one inside another",
    file: "modules.pkl",
    make: () => {
      const open = "cm\nM\n)\x81}(X\x08\0\0\0_modules}(X\x01\0\0\0a";
      const count = 60_000;
      return Buffer.from(`\x80\x02${open.repeat(count)}cm\nM\n)\x81${"uub".repeat(count)}.`, "latin1");
    },
    exit: 1,
    code: "INVALID_FILE",
    says: /holds no arrays by name/,
  },
  {
    kind: "npy: a shape text of 5 MB",
    file: "shape.npz",
    make: () => npy(`{'descr': '<f8', 'fortran_order': False, 'shape': (${"1,".repeat(2_500_000)}), }`, 2),
    exit: 1,
    code: "INVALID_FILE",
    says: /its header has 50000\d\d bytes; the limit is 65536/,
  },
  {
    kind: "npy: 'shape':( repeated 5,000 times",
    file: "repeated.npz",
    make: () => npy(`{${"'shape':(".repeat(5000)}`, 2),
    exit: 1,
    code: "INVALID_FILE",
    says: /its header is malformed/,
  },
  {
    kind: "npy: 30,000 dimensions",
    file: "dimensions.npz",
    make: () => npy(`{'descr': '<f8', 'fortran_order': False, 'shape': (${"1,".repeat(30_000)}), }`),
    exit: 1,
    code: "INVALID_FILE",
    says: /malformed shape/,
  },
  ...["<U-1", "<U0", "<U99999999"].map((descr) => ({
    kind: `npy: dtype ${descr}`,
    file: `text${descr.slice(1)}.npz`,
    make: () => npy(`{'descr': '${descr}', 'fortran_order': False, 'shape': (1048576,), }`),
    exit: 1,
    code: "INVALID_FILE",
    says: /holds 1048576 texts/,
  })),
  {
    kind: "JSON: an array of 4·10^6 empty objects",
    file: "empty.json",
    make: () => `[${"{},".repeat(4_000_000)}{}]`,
    exit: 1,
    code: "INVALID_FILE",
    says: /is an array of 4000001 values; the limit is 131072/,
  },
  {
    kind: "JSON: 4·10^6 empty objects inside a model",
    file: "inner.json",
    make: () => `{"x":[${"{},".repeat(4_000_000)}{}],${MODEL}}`,
    exit: 1,
    code: "INVALID_FILE",
    says: /limit is/,
  },
  {
    kind: "JSON: an activation of 10^6 breakpoints",
    file: "breakpoints.json",
    make: () =>
      `{"activation":{"breakpoints":[${Array.from({ length: 1e6 }, (_, i) => i + 1).join()}],"slopes":[${"1,".repeat(1e6)}0]},${MODEL}}`,
    exit: 1,
    code: "INVALID_MODEL",
    says: /activation\.breakpoints: has more than/,
  },
  {
    kind: "JSON: nested 10^6 deep",
    file: "deep.json",
    make: () => `{"A":${"[".repeat(1e6)}`,
    exit: 1,
    code: "INVALID_FILE",
    says: /is nested 1000001 deep/,
  },
  {
    kind: "safetensors: a header of 100 MB of {}",
    file: "header.safetensors",
    make: () => safetensors(Buffer.from(`{"a":[${"{},".repeat(33_000_000)}{}]}`)),
    exit: 1,
    code: "INVALID_FILE",
    says: /has a header of 99000010 bytes; the limit is 33554432/,
  },
  {
    kind: "safetensors: a header of 30 MB of {}",
    file: "header30.safetensors",
    make: () => safetensors(Buffer.from(`{"a":[${"{},".repeat(10_000_000)}{}]}`)),
    exit: 1,
    code: "INVALID_FILE",
    says: /has a header of 10000003 objects and arrays/,
  },
];
