import { expect, it } from "vitest";
import { LazyList } from "../../src/base/list.ts";

it("a list makes its items when they are asked for, each time anew", () => {
  const made: number[] = [];
  const list = new LazyList(5, (i) => {
    made.push(i);
    return { square: i * i };
  });
  expect(made).toEqual([]);
  expect(list.at(3)).toEqual({ square: 9 });
  expect([list.at(-1), list.at(5)]).toEqual([undefined, undefined]);
  expect(list.slice(1, 3)).toEqual([{ square: 1 }, { square: 4 }]);
  expect(made).toEqual([3, 1, 2]);
  expect([...list].map(({ square }) => square)).toEqual([0, 1, 4, 9, 16]);
  expect(list.map(({ square }, i) => square - i)).toEqual([0, 0, 2, 6, 12]);
  expect(list.slice(4, 9)).toEqual([{ square: 16 }]);
  expect(list.slice(7)).toEqual([]);
  expect(JSON.stringify({ list })).toBe(JSON.stringify({ list: list.slice() }));
});
