import { describe, expect, it } from "vitest";
import { allOf } from "../../src/base/steps.ts";
import type { ModelInput } from "../../src/model/input.ts";
import { assembling } from "../../src/sweep/branches.ts";
import { SweepCollector } from "../../src/sweep/collector.ts";
import { inputFamily } from "../../src/sweep/family.ts";
import { fixedPointIdentity } from "../../src/sweep/identity.ts";
import { sampleValues, sweepInput } from "../../src/sweep/sweep.ts";
import { HAND_SOLVED } from "./models.ts";

/** A collector with all masks of a family queued. */
async function collected({ model, from, to }: (typeof HAND_SOLVED)[number]) {
  const family = await inputFamily(model, "s0");
  const collector = new SweepCollector(family.extended, from, to);
  for (let mask = 0; mask < 2 ** family.hyperplanes; mask++) collector.add(Uint32Array.of(mask));
  return { collector, origin: family.origin };
}

describe.each(HAND_SOLVED)("a sweep that is out of time: $name", (each) => {
  const values = sampleValues({ parameter: "s0", from: each.from, to: each.to, samples: 9 });

  it("has all branches and events, and tells what it has not classified or tabulated", async () => {
    const { collector, origin } = await collected(each);
    const whole = allOf(assembling(collector, fixedPointIdentity(origin), values, () => false));
    const late = allOf(assembling(collector, fixedPointIdentity(origin), values, () => true));
    expect(whole.left).toEqual({ pieces: 0, samples: 0 });
    const pieces = late.answer.branches.flatMap((branch) => branch.pieces);
    expect(late.left).toEqual({ pieces: pieces.length, samples: 9 });
    expect(late.answer.samples).toEqual([]);
    expect(new Set(pieces.map(({ stability }) => stability))).toEqual(new Set(["undetermined"]));
    expect(late.answer.branches.map(({ birth, death }) => [birth, death])).toEqual(
      whole.answer.branches.map(({ birth, death }) => [birth, death]),
    );
    const places = ({ answer }: typeof whole) => answer.events.map(({ s, kind, z }) => ({ s, kind, z }));
    expect(places(late)).toEqual(places(whole));
  });

  it("decides none of the queued regions after a cancel, and says how many", async () => {
    const { collector } = await collected(each);
    const abort = new AbortController();
    abort.abort();
    const before = collector.exactSolves;
    const visit = collector.visit.bind(collector);
    let visits = 0;
    // an event loop that was busy for a second before each region
    const now = performance.now.bind(performance);
    performance.now = () => now() + 1000 * visits;
    collector.visit = (mask) => {
      visits++;
      return visit(mask);
    };
    try {
      await collector.settle({ signal: abort.signal });
    } finally {
      performance.now = now;
    }
    expect(visits).toBe(1);
    expect(collector.exactSolves - before).toBeLessThanOrEqual(1);
    expect(collector.undecided).toMatchObject({ because: "cancelled" });
  });
});

it("is not complete if it was cancelled while it looked", async () => {
  const { model, from, to } = HAND_SOLVED[0]!;
  const abort = new AbortController();
  abort.abort();
  const sweep = await sweepInput(
    model as ModelInput,
    { parameter: "s0", from, to, samples: 9 },
    { signal: abort.signal },
  );
  expect(sweep.complete).toBe(false);
  expect(sweep.incompleteBecause).toMatch(/^cancelled/);
});
