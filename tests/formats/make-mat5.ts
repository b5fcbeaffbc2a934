import { zlibSync } from "fflate";

/** Builds files of MATLAB version 5 element by element, in either byte order (MAT-File Format, MathWorks). */
export class Mat5 {
  readonly #littleEndian: boolean;

  constructor(littleEndian = true) {
    this.#littleEndian = littleEndian;
  }

  file(...elements: readonly Uint8Array[]): Uint8Array {
    const header = new Uint8Array(128).fill(32);
    header.set(new TextEncoder().encode("MATLAB 5.0 MAT-file"));
    header.set(this.#littleEndian ? [0, 1, 0x49, 0x4d] : [1, 0, 0x4d, 0x49], 124);
    return joined(header, ...elements);
  }

  element(type: number, data: Uint8Array, claimed = data.length): Uint8Array {
    return joined(this.#words([type, claimed]), data, new Uint8Array(type === 15 ? 0 : -data.length & 7));
  }

  /** Up to 4 bytes in the place of a size. */
  small(type: number, data: Uint8Array, claimed = data.length): Uint8Array {
    return joined(this.#words([claimed * 65536 + type]), data, new Uint8Array(4 - data.length));
  }

  /** @param kind class of the array, with its flags */
  matrix(kind: number, dims: readonly number[], name: string, ...parts: readonly Uint8Array[]): Uint8Array {
    const label = new TextEncoder().encode(name);
    return this.element(
      14,
      joined(
        this.element(6, this.#words([kind, 0])),
        this.element(5, this.#words(dims)),
        label.length > 0 && label.length <= 4 ? this.small(1, label) : this.element(1, label),
        ...parts,
      ),
    );
  }

  doubles(dims: readonly number[], name: string, values: readonly number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(8 * values.length));
    values.forEach((x, i) => {
      view.setFloat64(8 * i, x, this.#littleEndian);
    });
    return this.matrix(6, dims, name, this.element(9, new Uint8Array(view.buffer)));
  }

  text(name: string, value: string): Uint8Array {
    const view = new DataView(new ArrayBuffer(2 * value.length));
    for (let i = 0; i < value.length; i++) view.setUint16(2 * i, value.charCodeAt(i), this.#littleEndian);
    return this.matrix(4, [1, value.length], name, this.element(4, new Uint8Array(view.buffer)));
  }

  /** @param values of all fields, arrays without names */
  struct(name: string, fields: readonly string[], dims: readonly number[], values: readonly Uint8Array[]): Uint8Array {
    const names = new Uint8Array(32 * fields.length);
    fields.forEach((field, i) => {
      names.set(new TextEncoder().encode(field), 32 * i);
    });
    return this.matrix(2, dims, name, this.small(5, this.#words([32])), this.element(1, names), ...values);
  }

  /** The beginning of an array whose data are some bytes of a type, which are left out. */
  beginning(kind: number, dims: readonly number[], name: string, type: number, bytes: number): Uint8Array {
    const tag = this.element(type, new Uint8Array(0), bytes);
    const array = this.matrix(kind, dims, name, tag);
    return joined(this.#words([14, array.length - 8 + bytes]), array.subarray(8));
  }

  compressed(element: Uint8Array): Uint8Array {
    return this.element(15, zlibSync(element));
  }

  #words(values: readonly number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    values.forEach((x, i) => {
      view.setUint32(4 * i, x, this.#littleEndian);
    });
    return new Uint8Array(view.buffer);
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
