import { describe, expect, it } from "vitest";
import type { ModelInput } from "../../src/model/input.ts";
import { parseValue } from "../../src/model/parse.ts";
import type { Sweep, SweepEvent } from "../../src/sweep/result.ts";
import { type SweepOptions, sweepInput } from "../../src/sweep/sweep.ts";
import { nearestFloat64 } from "../oracle/integers.ts";
import { Random } from "../support/random.ts";
import { ISOLATED, type Raw } from "./models.ts";
import { exactEnds, exactPlaces } from "./oracle.ts";

const full = process.env.STILLPOINT_FULL === "1";

/** Wide enough for all events between −8 and 8. */
const WIDE = [-9, 9] as const;

type Range = readonly [number, number];
type Systems = Parameters<typeof exactEnds>;

const sweepOver = (model: Raw, [from, to]: Range, options: SweepOptions = {}): Promise<Sweep> =>
  sweepInput(model as ModelInput, { parameter: "s0", from, to, samples: 2 }, { coverage: "range", ...options });

async function systemsOf(model: Raw): Promise<Systems> {
  const [zero, one] = await Promise.all([0, 1].map((s) => parseValue(model, { input: { s0: s } })));
  return [zero!.system, one!.system];
}

/** Small multiples of ½, so that many events lie at float64 values of s, and several at one. */
function halves(random: Random): Raw {
  const R = random.integer(1, 2);
  const N = random.integer(2, 4);
  const draw = (): number => random.integer(-4, 4) / 2;
  return {
    A: random.matrix(R, R, () => random.integer(-1, 1) / 2),
    U: random.matrix(N, R, draw),
    V: random.matrix(N, R, draw),
    hx: random.vector(N, draw),
    hz: random.vector(R, draw),
    C: random.matrix(R, 1, draw),
    Wu: random.matrix(N, 1, draw),
  };
}

/**
 * The ends of regions' intervals that are float64 numbers, so that a range can end just there; undefined where a mask
 * is singular.
 */
function endsOf(systems: Systems): number[] | undefined {
  try {
    return exactEnds(...systems)
      .filter(({ n, d }) => (d & (d - 1n)) === 0n && d <= 2n ** 20n && n > -8n * d && n < 8n * d)
      .map(nearestFloat64);
  } catch {
    return undefined;
  }
}

const told = ({ s, kind, z, hyperplanes, before, after }: SweepEvent) => ({
  s,
  kind,
  z,
  hyperplanes,
  before: before.length,
  after: after.length,
});

/**
 * Inside a range the events are those of a wider one; at its ends there are edges, just where no branch of the range
 * leads.
 */
function expectEvents(sweep: Sweep, wide: Sweep, systems: Systems): SweepEvent[] {
  const { from, to } = sweep.parameter;
  const edges = sweep.events.filter(({ kind }) => kind === "edge");
  const inside = sweep.events.filter(({ kind }) => kind !== "edge");
  expect(inside.map(told)).toEqual(wide.events.filter(({ s }) => from < s && s < to).map(told));
  for (const [i, s] of [from, to].entries()) {
    const here = edges.filter((event) => event.s === s);
    const places = exactPlaces(...systems, [from, to], s);
    const sorted = (list: readonly (readonly number[])[]) => list.map((z) => z.join()).sort();
    const lonely = places.filter(({ reached }) => !reached).map(({ z }) => z.map(nearestFloat64));
    expect(sorted(here.map(({ z }) => z))).toEqual(sorted(lonely));
    expect(sweep.samples[i]!.points).toHaveLength(places.length);
    // what it is shows in the wider range: something without branches on this side
    const known = wide.events.filter((event) => event.s === s && (i === 0 ? event.after : event.before).length === 0);
    expect(sorted(here.map(({ z }) => z))).toEqual(sorted(known.map(({ z }) => z)));
  }
  expect(edges.every(({ s, before, after }) => (s === from || s === to) && before.length + after.length === 0)).toBe(
    true,
  );
  for (const { pieces, birth, death } of sweep.branches) {
    expect(birth === null).toBe(pieces[0]!.from === from);
    expect(death === null).toBe(pieces.at(-1)!.to === to);
  }
  return edges;
}

describe("the ends of a range", () => {
  /** A fold at s = 2, z = 5, from which two branches go to larger s. */
  const folding = {
    A: [0.5],
    U: [[-0.5], [-1], [1]],
    V: [[-1.5], [1.5], [0]],
    hx: [-1.5, 1, -2],
    hz: [0.5],
    C: [[1.5]],
    Wu: [[0.5], [2], [1]],
  };

  it("do not make an isolated point of a fold whose branches lie beyond", async () => {
    expect((await sweepOver(folding, [-2, 3])).events).toContainEqual(
      expect.objectContaining({ s: 2, kind: "fold", z: [5], before: [], after: [1, 2] }),
    );
    const { events, samples, complete } = await sweepOver(folding, [-2, 2]);
    expect(events.map(({ s, kind, z }) => ({ s, kind, z }))).toEqual([
      { s: expect.any(Number), kind: "crossing", z: expect.anything() },
      { s: 2, kind: "edge", z: [5] },
    ]);
    expect(samples[1]!.points.map(({ z }) => z)).toEqual([[2.6], [5]]);
    expect(complete).toBe(true);
    // on the other side the two are branches that come in from the end
    const after = await sweepOver(folding, [2, 3]);
    expect(after.events.map(({ kind }) => kind)).toEqual(["fold"]);
    expect(after.branches.map(({ birth }) => birth)).toEqual([null, null, null]);
  });

  const wanted = full ? 400 : 40;
  it(`at exact events of ${wanted} models: what is inside is as in a wider range, what is on an end an edge or a branch`, async () => {
    const seen = { models: 0, ranges: 0, edges: { fold: 0 } as Record<string, number> };
    for (let seed = 1; seen.models < wanted; seed++) {
      const model = halves(Random.of(seed, "ends"));
      const systems = await systemsOf(model);
      const ends = endsOf(systems);
      if (ends === undefined || ends.length === 0) continue;
      seen.models++;
      const wide = await sweepOver(model, WIDE);
      const [first, last] = [ends[0]!, ends.at(-1)!];
      const ranges: Range[] = first < last ? [[first, last]] : [];
      for (const end of new Set([first, ends[ends.length >> 1]!, last])) {
        ranges.push([WIDE[0], end], [end, WIDE[1]]);
      }
      for (const range of ranges) {
        seen.ranges++;
        for (const edge of expectEvents(await sweepOver(model, range), wide, systems)) {
          const { kind } = wide.events.find(({ s, z }) => s === edge.s && z.join() === edge.z.join())!;
          seen.edges[kind] = (seen.edges[kind] ?? 0) + 1;
        }
      }
    }
    expect(seen.ranges).toBeGreaterThan(2 * wanted);
    expect(seen.edges.fold).toBeGreaterThan(wanted / 8);
  });

  it("are the same to a sweep by samples", async () => {
    const { events } = await sweepOver(folding, [-2, 2], { coverage: "samples" });
    expect(events.map(({ s, kind }) => [s, kind])).toContainEqual([2, "edge"]);
  });

  it("do not take a point that is isolated inside for an edge", async () => {
    const kinds = async (range: Range) => (await sweepOver(ISOLATED, range)).events.map(({ kind }) => kind);
    expect(await kinds([-1, 1])).toEqual(["isolated"]);
    expect(await kinds([-1, 0])).toEqual(["edge"]);
    expect(await kinds([0, 1])).toEqual(["edge"]);
  });

  it("are told from wrong ones", async () => {
    const systems = await systemsOf(folding);
    const wide = await sweepOver(folding, WIDE);
    const right = await sweepOver(folding, [-2, 2]);
    expect(expectEvents(right, wide, systems)).toHaveLength(1);
    const renamed = right.events.map((event) =>
      event.kind === "edge" ? { ...event, kind: "isolated" as const } : event,
    );
    expect(() => expectEvents({ ...right, events: renamed }, wide, systems)).toThrow();
    const without = right.events.filter(({ kind }) => kind !== "edge");
    expect(() => expectEvents({ ...right, events: without }, wide, systems)).toThrow();
    expect(() => expectEvents({ ...right, events: right.events.slice(1) }, wide, systems)).toThrow();
  });
});
