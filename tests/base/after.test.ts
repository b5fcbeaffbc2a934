import { expect, it } from "vitest";
import { after } from "../../src/base/after.ts";

it("goes on at once with a value, and later with a promise", async () => {
  const heard: number[] = [];
  const hear = (x: number) => heard.push(x);
  expect(after(3, (x) => x + 1)).toBe(4);
  after(1, hear);
  const later = after(Promise.resolve(2), hear);
  expect(heard).toEqual([1]);
  expect(later).toBeInstanceOf(Promise);
  await later;
  expect(heard).toEqual([1, 2]);
  expect(await after(undefined, async () => 5)).toBe(5);
});

it("hands errors on: thrown at once, or as the promise's", async () => {
  const fail = (): never => {
    throw new Error("no");
  };
  expect(() => after(1, fail)).toThrow("no");
  await expect(after(Promise.resolve(1), fail)).rejects.toThrow("no");
  await expect(after(Promise.reject(new Error("before")), () => 1)).rejects.toThrow("before");
});
