import { expect, it } from "vitest";
import { withMore } from "../../src/stages/run.ts";

it("a deadline that moves goes on moving beside other limits", () => {
  let deadline = 3;
  const control = {
    get deadline() {
      return deadline;
    },
    maxRegions: 1,
  };
  const more = withMore(withMore(control, { device: 1 }), { device: undefined, maxRegions: 2 });
  expect(more).toMatchObject({ deadline: 3, device: undefined, maxRegions: 2 });
  deadline = 2;
  expect(more.deadline).toBe(2);
  expect({ ...control }.deadline).toBe(2);
});
