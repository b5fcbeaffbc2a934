import { expect, it } from "vitest";
import { memo } from "../../src/base/memo.ts";

it("remembers a value for an object, and another one after it", () => {
  const names = memo<object, string>();
  const [a, b] = [{ x: 1 }, { x: 1 }];
  expect(names.get(a)).toBeUndefined();
  names.set(a, "a");
  names.set(b, "b");
  expect([names.get(a), names.get(b)]).toEqual(["a", "b"]);
  names.set(a, "c");
  expect([names.get(a), names.get(b)]).toEqual(["c", "b"]);
});

it("two memos do not see each other's values", () => {
  const [first, second] = [memo<object, number>(), memo<object, number>()];
  const key = {};
  first.set(key, 1);
  expect(second.get(key)).toBeUndefined();
  second.set(key, 2);
  expect([first.get(key), second.get(key)]).toEqual([1, 2]);
});

it("no copy, comparison, text or message of an object has what is remembered", () => {
  const sizes = memo<object, number>();
  const key = { x: 1 };
  sizes.set(key, 7);
  expect(key).toStrictEqual({ x: 1 });
  expect(JSON.stringify(key)).toBe('{"x":1}');
  expect(Reflect.ownKeys(key)).toEqual(["x"]);
  for (const copy of [{ ...key }, structuredClone(key)]) expect(sizes.get(copy)).toBeUndefined();
  expect(sizes.get(key)).toBe(7);
});

it("remembers for instances of classes and for functions", () => {
  const marks = memo<object, number>();
  class Point {
    readonly #x = 3;
    get x() {
      return this.#x;
    }
  }
  for (const key of [new Point(), new Float64Array(2), () => 0]) {
    marks.set(key, 1);
    expect(marks.get(key)).toBe(1);
  }
  expect(new Point().x).toBe(3);
});
