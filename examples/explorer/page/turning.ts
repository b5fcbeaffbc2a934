import type { Frame3 } from "../protocol.ts";

/**
 * A frame after the picture was dragged: what lies in front goes right and down by these angles, what lies behind the
 * other way. The three directions stay orthonormal.
 */
export function turned({ across, up, behind }: Frame3, right: number, down: number): Frame3 {
  const [a, back] = rotated(across, behind, right);
  const [u, b] = rotated(up, back, -down);
  return orthonormal({ across: a, up: u, behind: b });
}

/** Two orthonormal directions turned in their plane. */
function rotated(x: readonly number[], y: readonly number[], angle: number): [number[], number[]] {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [x.map((value, k) => c * value + s * y[k]!), y.map((value, k) => c * value - s * x[k]!)];
}

/** Gram and Schmidt's method: many small turns would let rounding errors add up. */
function orthonormal({ across, up, behind }: Frame3): Frame3 {
  const done: number[][] = [];
  for (const direction of [across, up, behind]) {
    let left = [...direction];
    for (const each of done) {
      const along = left.reduce((sum, x, k) => sum + x * each[k]!, 0);
      left = left.map((x, k) => x - along * each[k]!);
    }
    const length = Math.hypot(...left) || 1;
    done.push(left.map((x) => x / length));
  }
  return { across: done[0]!, up: done[1]!, behind: done[2]! };
}
