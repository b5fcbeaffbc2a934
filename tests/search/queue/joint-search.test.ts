import { describe, expect, it, vi } from "vitest";
import { StillpointError } from "../../../src/model/errors.ts";
import type { PiecewiseLinearSystem } from "../../../src/model/system.ts";
import { EarlySearch } from "../../../src/search/early/early-search.ts";
import { JointSearch } from "../../../src/search/queue/joint-search.ts";
import type { SearchControl } from "../../../src/search/queue/run.ts";
import { Field, type StackSystem, State } from "../../../src/stages/box-stack.ts";
import { arrangementOf } from "../../regions/arrangements.ts";
import { answerOf, FakeStacks, on, steep } from "./devices.ts";

// points found before the boxes would hide that a box was lost
for (const when of ["first", "long", "beside"] as const) {
  vi.spyOn(EarlySearch.prototype, when).mockResolvedValue();
}

/** Networks of two numbers of dimensions; the search of the last ends before it has boxes for a device. */
const systems = [
  steep("clipped", 90, 3, 201, 64),
  steep("clipped", 60, 4, 201, 64),
  steep("clipped", 110, 3, 204, 64),
  steep("clipped", 60, 4, 203, 64),
  arrangementOf("generic", 3, 2, 1),
];

/** The stacks that were opened, by their numbers of systems; a stack has room for so many. */
class CountedStacks extends FakeStacks {
  readonly opened: number[] = [];
  room = Number.POSITIVE_INFINITY;

  override fit(some: readonly StackSystem[]): boolean {
    return some.length <= this.room;
  }

  override open(some: readonly StackSystem[]) {
    this.opened.push(some.length);
    return super.open(some);
  }
}

/** What becomes of systems that share a device. @param control of the system with a number. */
function together(stacks: FakeStacks, control: (at: number) => SearchControl = () => ({}), some = systems) {
  const joint = new JointSearch(some.length);
  return Promise.allSettled(
    some.map((system, at) => {
      const seat = joint.seat();
      return answerOf(system, { ...control(at), device: { ...on(stacks), seat } }).finally(seat.leave);
    }),
  );
}

const valuesOf = <T>(runs: readonly PromiseSettledResult<T>[]): T[] =>
  runs.map((run) => {
    if (run.status === "rejected") throw run.reason;
    return run.value;
  });

const reasonsOf = (runs: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  runs.flatMap((run) => (run.status === "rejected" ? [run.reason] : []));

const alone = (system: PiecewiseLinearSystem) => answerOf(system, { device: on(new FakeStacks()) });

describe("searches on one device", () => {
  it("find what each finds alone, byte for byte, by the same boxes, on a stack for each number of dimensions", async () => {
    const stacks = new CountedStacks();
    const found = valuesOf(await together(stacks));
    for (const [i, { text, outcome }] of found.entries()) {
      const expected = await alone(systems[i]!);
      expect(text).toBe(expected.text);
      expect(outcome.complete).toBe(true);
      const { gpuAudited: _, ...counts } = outcome.counts;
      const { gpuAudited: __, ...expectedCounts } = expected.outcome.counts;
      expect(counts).toEqual(expectedCounts);
    }
    expect(found.map(({ outcome }) => (outcome.counts.gpuBoxes ?? 0) > 50)).toEqual([true, true, true, true, false]);
    expect(stacks.opened).toHaveLength(2);
  });

  it("take more stacks where a device has no room for all, and leave to the CPU what it has none for", async () => {
    const ofOne = new CountedStacks();
    for (const system of systems) await answerOf(system, { device: on(ofOne) });
    const stacks = new CountedStacks();
    stacks.room = Math.max(...ofOne.opened);
    const found = valuesOf(await together(stacks));
    expect(stacks.opened.length).toBeGreaterThan(2);
    const none = new CountedStacks();
    none.room = 0;
    const left = valuesOf(await together(none));
    expect(none.opened).toEqual([]);
    for (const [i, { text }] of found.entries()) {
      expect(text).toBe((await alone(systems[i]!)).text);
      expect(left[i]!.text).toBe(text);
      expect(left[i]!.outcome.counts).not.toHaveProperty("gpuBoxes");
    }
  });

  it("stop together when cancelled, each with its own open boxes", async () => {
    const abort = new AbortController();
    let open = 0;
    const cancelling = new FakeStacks(
      (report, launch) => {
        if (launch === 3) abort.abort();
        open = report.state[0]!;
        return report;
      },
      { capacity: 4096 },
    );
    const same = systems.slice(1, 4).filter((_, i) => i !== 1);
    const found = valuesOf(await together(cancelling, () => ({ signal: abort.signal }), same));
    const each = found.map(({ outcome }) => {
      expect(outcome.incompleteBecause).toMatch(/^cancelled: [\d,]+ boxes were open/);
      return Number(/[\d,]+/.exec(outcome.incompleteBecause!)![0].replaceAll(",", ""));
    });
    // those that came back are open too
    expect(each.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(open);
    expect(Math.min(...each)).toBeGreaterThan(0);
  });

  it("go on where one stops at a limit of its own", async () => {
    const limited = (at: number): SearchControl => (at === 1 ? { maxBoxes: 300 } : {});
    const found = valuesOf(await together(new FakeStacks(), limited));
    expect(found.map(({ outcome }) => outcome.complete)).toEqual([true, false, true, true, true]);
    expect(found[1]!.outcome.incompleteBecause).toMatch(/^the search took more than 300 boxes/);
    for (const i of [0, 2, 3]) expect(found[i]!.text).toBe((await alone(systems[i]!)).text);
  });

  it("do not wait for one that fails before it has boxes", async () => {
    const joint = new JointSearch(2);
    const [first, second] = [joint.seat(), joint.seat()];
    const run = answerOf(systems[0]!, { device: { ...on(new FakeStacks()), seat: first } });
    const open = async () => {
      throw new StillpointError("NO_GPU", "none");
    };
    await expect(answerOf(systems[1]!, { device: { open, seat: second } }).finally(second.leave)).rejects.toThrow(
      "none",
    );
    expect((await run).text).toBe((await alone(systems[0]!)).text);
  });

  it("believe nothing of a device that loses a box of one of them", async () => {
    const liar = new FakeStacks((report) => {
      const state = report.state.slice();
      state[State.depths + 12]!++;
      return { ...report, state };
    });
    const reasons = reasonsOf(await together(liar, undefined, systems.slice(1, 4)));
    expect(reasons).toHaveLength(3);
    for (const reason of reasons) expect(reason).toMatchObject({ code: "GPU_FAILED" });
  });

  it("audit a discarded box by the model that it is of", async () => {
    const same = [201, 203, 204].map((seed) => steep("clipped", 60, 4, seed, 64));
    const liar = (system?: number) =>
      new FakeStacks((report, _, stride) => {
        for (let at = 0; at < report.kept.length; at += stride) {
          const discarded = report.kept.slice(at, at + stride);
          if (system === undefined || discarded[Field.system] === system) return { ...report, discarded };
        }
        return { ...report, discarded: undefined };
      });
    const reasons = reasonsOf(await together(liar(), undefined, same));
    expect(reasons).toHaveLength(3);
    for (const reason of reasons)
      expect(reason).toMatchObject({ message: expect.stringMatching(/in which the CPU finds/) });
  });
});
