import { expect, it } from "vitest";
import { once } from "../../src/base/once.ts";

it("is made at the first call, and again only after a failure", async () => {
  let calls = 0;
  const load = once(async () => {
    calls++;
    if (calls === 1) throw new Error("no network");
    return calls;
  });
  expect(calls).toBe(0);
  await expect(load()).rejects.toThrow("no network");
  expect([await load(), await load()]).toEqual([2, 2]);
  // the value itself, once it is there
  expect(load()).toBe(2);
  expect(calls).toBe(2);
});
