/** What an array and a list whose items are made when they are asked for have in common. */
export interface List<T> extends Iterable<T> {
  readonly length: number;
  /** Items `from` … `to` − 1 as an array. */
  slice(from?: number, to?: number): readonly T[];
}

/** The number of items from which a list is written piece by piece, and made item by item. */
const LONG = 1000;

export function isLong({ length }: { readonly length: number }): boolean {
  return length >= LONG;
}

/**
 * A list whose items are made each time that they are asked for, so that only those in use take memory. As JSON it is
 * the array of its items.
 */
export class LazyList<T> implements List<T> {
  readonly length: number;
  readonly #make: (index: number) => T;

  constructor(length: number, make: (index: number) => T) {
    this.length = length;
    this.#make = make;
  }

  at(index: number): T | undefined {
    return index >= 0 && index < this.length ? this.#make(index) : undefined;
  }

  slice(from = 0, to = this.length): T[] {
    const items: T[] = [];
    for (let i = from; i < Math.min(to, this.length); i++) items.push(this.#make(i));
    return items;
  }

  map<S>(of: (item: T, index: number) => S): S[] {
    return Array.from({ length: this.length }, (_, i) => of(this.#make(i), i));
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.length; i++) yield this.#make(i);
  }

  toJSON(): T[] {
    return this.slice();
  }
}
