import { describe, expect, it } from "vitest";
import { cyclesText } from "../../examples/explorer/page/cycles-text.ts";
import { findCycles } from "../../src/api/find.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { tent } from "../cycles/raw-maps.ts";

const textOf = async (model: object, maxPeriod: number, maxSeconds?: number) =>
  cyclesText(await findCycles(model as ModelInput, { maxPeriod, maxSeconds }));

describe("the page's text on cycles", () => {
  it("counts them by period and says what is proved", async () => {
    expect(await textOf(tent(2), 4)).toBe(
      "Cycles by period: 2: 1, 3: 2, 4: 3. Complete up to period 4: proved that there are no others.",
    );
    const contraction = { A: [0.5], U: [[1]], V: [[0]], hx: [0], hz: [1] };
    expect(await textOf(contraction, 3)).toBe(
      "No cycles of period 2 to 3. Complete up to period 3: proved that there are no others.",
    );
    expect(await textOf(tent(2), 3, 1e-9)).toMatch(/^No cycles of period 2 to 3\. Incomplete, there may be more: /);
  });

  it("tells continua of cycles, and none of fixed points", async () => {
    const line = (A: number) => ({ A: [A], U: [[1]], V: [[0]], hx: [0], hz: [0] });
    expect(await textOf(line(-1), 2)).toBe(
      "No single cycles of period 2. 1 continuum of cycles. Complete up to period 2: proved that there are no others.",
    );
    expect(await textOf(line(1), 2)).toBe(
      "No cycles of period 2. Complete up to period 2: proved that there are no others.",
    );
  });
});
