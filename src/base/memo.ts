/** What is known of an object beside its own properties. */
export interface Memo<K extends object, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): void;
}

/** Gives the fields of a derived class to an object that is there already. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the derived class adds its private field to this object
    return object;
  }
}

/**
 * Remembers one value for each of many objects that come and go, as long as the object itself lives: in a private field
 * of the object, which no copy, comparison, JSON text or message sees.
 *
 * It does what a WeakMap does. But V8's frequent collections, of young objects, take all values of a WeakMap to be
 * alive, and only the rare whole collections find out: of each of many small models everything would be copied twice
 * and kept for a second.
 */
export function memo<K extends object, V>(): Memo<K, V> {
  class Kept extends Given {
    #value: V;

    constructor(key: object, value: V) {
      super(key);
      this.#value = value;
    }

    static get(key: object): V | undefined {
      return #value in key ? key.#value : undefined;
    }

    static set(key: object, value: V): void {
      if (#value in key) key.#value = value;
      else new Kept(key, value);
    }
  }
  return Kept;
}
