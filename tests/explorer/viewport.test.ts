import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { middle, panned, toArea, toData, viewBoxOf, zoomed } from "../../examples/explorer/page/viewport.ts";

const number = fc.double({ min: -1e3, max: 1e3, noNaN: true });
const size = fc.double({ min: 1e-2, max: 1e3, noNaN: true });
const view = fc
  .tuple(number, size, number, size)
  .map(([a, w, b, h]) => ({ x: { from: a, to: a + w }, y: { from: b, to: b + h } }));
const frame = fc.record({ width: size, height: size, view });
/** A place as shares of the area. */
const share = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
const SEED = { seed: 11 };

describe("a view of the plane", () => {
  it("goes from data to the area and back", () => {
    fc.assert(
      fc.property(frame, share, (f, [s, t]) => {
        const at: [number, number] = [s * f.width, t * f.height];
        const [p, q] = toArea(f, toData(f, at));
        expect(p / f.width).toBeCloseTo(s, 6);
        expect(q / f.height).toBeCloseTo(t, 6);
      }),
      SEED,
    );
    expect(toArea({ width: 10, height: 10, view: { x: { from: 0, to: 1 }, y: { from: 0, to: 1 } } }, [0, 1])).toEqual([
      0, 0,
    ]);
  });

  it("keeps the place that it is zoomed about", () => {
    fc.assert(
      fc.property(frame, share, fc.double({ min: 0.2, max: 5, noNaN: true }), (f, [s, t], factor) => {
        const at: [number, number] = [s * f.width, t * f.height];
        const near = zoomed(f.view, factor, toData(f, at));
        const [p, q] = toArea({ ...f, view: near }, toData(f, at));
        expect(p / f.width).toBeCloseTo(s, 5);
        expect(q / f.height).toBeCloseTo(t, 5);
        expect((f.view.x.to - f.view.x.from) / (near.x.to - near.x.from)).toBeCloseTo(factor, 5);
      }),
      SEED,
    );
  });

  it("ends where float64 numbers do", () => {
    let near = { x: { from: 1, to: 2 }, y: { from: 1, to: 2 } };
    for (let i = 0; i < 200; i++) near = zoomed(near, 2, [1.3, 1.3]);
    expect(near.x.to).toBeGreaterThan(near.x.from);
    let far = near;
    for (let i = 0; i < 2000; i++) far = zoomed(far, 0.5, [1.3, 1.3]);
    expect(Number.isFinite(far.x.to - far.x.from)).toBe(true);
  });

  it("follows the pointer that drags it", () => {
    const f = { width: 100, height: 50, view: { x: { from: 0, to: 10 }, y: { from: 0, to: 5 } } };
    const moved = { ...f, view: panned(f, 20, -5) };
    expect(toArea(moved, [3, 2])).toEqual([50, 25]);
    expect(middle(moved.view)).toEqual([3, 2]);
  });

  it("is a part of the drawing", () => {
    const f = { width: 100, height: 100, view: { x: { from: 0, to: 1 }, y: { from: 0, to: 1 } } };
    expect(viewBoxOf(f, f.view)).toEqual([0, 0, 100, 100]);
    expect(viewBoxOf(f, { x: { from: 0.5, to: 1 }, y: { from: 0, to: 0.5 } })).toEqual([50, 50, 50, 50]);
  });
});
