import { describe, expect, it } from "vitest";
import { parseModel } from "../../../src/index.ts";
import { setBit } from "../../../src/model/mask.ts";
import { Places } from "../../../src/search/queue/places.ts";
import { type QueuedBox, SearchPlan } from "../../../src/search/queue/plan.ts";

/** Fixed points −1, 0 and 1: relu(2z − 1)… below both hyperplanes, between them and beyond both. */
const THREE = { A: [0], U: [[1], [1]], V: [[2], [-2]], hx: [-0.5, 0.5], hz: [1] };

function maskOf(...units: number[]): Uint32Array {
  const mask = new Uint32Array(1);
  for (const j of units) setBit(mask, j);
  return mask;
}

const box = (root: number, lo: number, hi: number): QueuedBox =>
  ({ root, box: { lo: Float64Array.of(lo), hi: Float64Array.of(hi) } }) as unknown as QueuedBox;

async function heard(...masks: Uint32Array[]): Promise<{ places: Places; passedOn: string[] }> {
  const { system } = await parseModel(THREE);
  const places = new Places();
  const passedOn: string[] = [];
  const sink = places.hearing({ add: (mask, regular) => passedOn.push(`${mask[0]} ${regular}`), found: 0 });
  sink.add(masks[0]!, true);
  places.plan = SearchPlan.of(system);
  for (const mask of masks.slice(1)) sink.addEarly!(mask);
  return { places, passedOn };
}

describe("places of early points", () => {
  it("are known of regions heard of before the plan and after it, once each, and all is passed on", async () => {
    const [below, between, above] = [maskOf(), maskOf(0), maskOf(0, 1)];
    const { places, passedOn } = await heard(below, between, above, above);
    expect(places.count).toBe(3);
    expect(passedOn).toHaveLength(4);
    expect(passedOn[0]).toMatch(/true$/);
    const all = box(0, -100, 100);
    expect(places.within(all)).toBe(3);
  });

  it("are in boxes of the first root alone, edges included", async () => {
    const { system } = await parseModel(THREE);
    const { places } = await heard(maskOf(0));
    const plan = SearchPlan.of(system);
    const { lo, hi } = plan.roots[0]!.box;
    expect(places.within(box(0, lo[0]!, hi[0]!))).toBe(1);
    expect(places.within(box(1, lo[0]!, hi[0]!))).toBe(0);
    expect(places.within(box(0, 0, 0))).toBe(1);
    expect(places.within(box(0, 2 ** -40, hi[0]!))).toBe(0);
  });
});
