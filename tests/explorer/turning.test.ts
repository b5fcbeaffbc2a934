import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { turned } from "../../examples/explorer/page/turning.ts";
import type { Frame3 } from "../../examples/explorer/protocol.ts";
import { behindOf } from "../../examples/explorer/worker/turning.ts";

const start: Frame3 = { across: [1, 0, 0, 0], up: [0, 1, 0, 0], behind: [0, 0, 1, 0] };
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, k) => sum + x * b[k]!, 0);

function expectOrthonormal({ across, up, behind }: Frame3): void {
  const all = [across, up, behind];
  all.forEach((a, i) => {
    all.forEach((b, k) => {
      expect(dot(a, b)).toBeCloseTo(i === k ? 1 : 0, 12);
    });
  });
}

describe("a projection that is turned", () => {
  it("stays orthonormal, in its three dimensions, after many turns", () => {
    const angle = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(angle, angle), { maxLength: 100 }), (turns) => {
        const frame = turns.reduce((each, [right, down]) => turned(each, right, down), start);
        expectOrthonormal(frame);
        expect([frame.across[3], frame.up[3], frame.behind[3]]).toEqual([0, 0, 0]);
      }),
      { numRuns: 50 },
    );
  });

  it("shows what lay behind after a quarter turn", () => {
    const { across, up } = turned(start, Math.PI / 2, 0);
    expect(across[2]).toBeCloseTo(1, 12);
    expect(up).toEqual(start.up);
  });

  it("turns back", () => {
    const { across, up } = turned(turned(start, 0.3, 0), -0.3, 0);
    across.forEach((x, k) => {
      expect(x).toBeCloseTo(start.across[k]!, 12);
    });
    expect(up).toEqual(start.up);
  });
});

describe("the direction behind a plane", () => {
  it("is the one along which states differ most", () => {
    const states = [
      [5, 3, 0, -2],
      [-7, 1, 0.1, 2],
      [0, 0, -0.1, 0],
    ];
    const behind = behindOf(start.across, start.up, states);
    expectOrthonormal({ ...start, behind });
    expect(Math.abs(behind[3]!)).toBeGreaterThan(0.99);
  });

  it.each([
    ["no states", []],
    ["states that are one", [[1, 2, 3, 4]]],
    [
      "states in the plane",
      [
        [1, 2, 0, 0],
        [2, 2, 0, 0],
      ],
    ],
  ])("is some direction for %s", (_, states) => {
    expectOrthonormal({ ...start, behind: behindOf(start.across, start.up, states) });
  });
});
