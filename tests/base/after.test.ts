import { describe, expect, it } from "vitest";
import { after, lastly, takeUntilLast } from "../../src/base/after.ts";

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

describe("steps", () => {
  const stepsOf = (values: (boolean | Promise<boolean>)[]) => () => values.shift()!;

  it("are taken at once up to the first that has to be waited for", async () => {
    const values = [true, true, false, true];
    expect(takeUntilLast(stepsOf(values))).toBeUndefined();
    expect(values).toEqual([true]);
    const mixed = [true, Promise.resolve(true), true, Promise.resolve(false), true];
    const taking = takeUntilLast(stepsOf(mixed));
    expect(mixed.length).toBe(3);
    await taking;
    expect(mixed).toEqual([true]);
  });

  it("end with the first that fails", async () => {
    const failing = [Promise.reject(new Error("no")), true];
    await expect(takeUntilLast(stepsOf(failing))).rejects.toThrow("no");
    expect(failing).toEqual([true]);
  });
});

describe("an end", () => {
  it.each(["at once", "later"])("comes after work and after failures, %s", async (when) => {
    const heard: string[] = [];
    const end = () => after(when === "later" ? Promise.resolve() : undefined, () => void heard.push("end"));
    const work = () => after(when === "later" ? Promise.resolve(1) : 1, (x) => heard.push("work") + x);
    expect(await lastly(work, end)).toBe(2);
    expect(heard).toEqual(["work", "end"]);
    const fail = (): never => {
      throw new Error("no");
    };
    await expect(async () => lastly(fail, end)).rejects.toThrow("no");
    await expect(lastly(async () => fail(), end)).rejects.toThrow("no");
    expect(heard).toEqual(["work", "end", "end", "end"]);
  });

  it("is at once where nothing is waited for", () => {
    const heard: string[] = [];
    expect(
      lastly(
        () => heard.push("work"),
        () => void heard.push("end"),
      ),
    ).toBe(1);
    expect(heard).toEqual(["work", "end"]);
  });
});
