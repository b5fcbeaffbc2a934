import { InvalidArgumentError } from "commander";
import type { Extent } from "../plot/scale.ts";
import type { PictureSize } from "./images.ts";
import type { ShardChoice } from "./shard.ts";
import type { SweepChoice } from "./sweep.ts";

export function positiveNumber(text: string): number {
  const x = Number(text);
  if (text.trim() === "" || !(x > 0) || !Number.isFinite(x))
    throw new InvalidArgumentError("Must be a positive number.");
  return x;
}

export function positiveInteger(text: string): number {
  const x = positiveNumber(text);
  if (!Number.isSafeInteger(x)) throw new InvalidArgumentError("Must be a whole number.");
  return x;
}

export function naturalNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Must be a whole number.");
  return Number(text);
}

export function inputValue(text: string, previous: Record<string, number> = {}): Record<string, number> {
  const match = /^(s\d+)=(.+)$/.exec(text);
  const x = Number(match?.[2]);
  if (!match || !Number.isFinite(x)) throw new InvalidArgumentError("Must be like s0=1.5.");
  return { ...previous, [match[1]!]: x };
}

export function sweepChoice(text: string, previous: SweepChoice | undefined): SweepChoice {
  if (text === "files" && previous === undefined) return "files";
  const match = /^(s\d+)=([^:]+):([^:]+)(?::(\d{1,7}))?$/.exec(text);
  const [from, to] = [Number(match?.[2]), Number(match?.[3])];
  if (!match || !Number.isFinite(from) || !Number.isFinite(to)) {
    throw new InvalidArgumentError("Must be like s0=-2:2:101, or files.");
  }
  const range = { parameter: match[1]!, from, to, samples: Number(match[4] ?? 101) };
  const earlier = previous ?? [];
  if (earlier === "files" || earlier.length > 1)
    throw new InvalidArgumentError("Two inputs at most, and not with files.");
  return [...earlier, range];
}

export function planeChoice(text: string): [number, number] {
  const match = /^z?(\d{1,6}),z?(\d{1,6})$/.exec(text);
  if (!match) throw new InvalidArgumentError("Must be like z0,z1.");
  return [Number(match[1]), Number(match[2])];
}

export function pictureSize(text: string): PictureSize {
  const match = /^(\d+(?:\.\d+)?)(px|mm|cm|in|pt)?$/.exec(text);
  const width = Number(match?.[1]);
  if (!match || !(width > 0) || width > 10_000) throw new InvalidArgumentError("Must be like 85mm, 3.5in or 600px.");
  return { width, unit: (match[2] ?? "px") as PictureSize["unit"] };
}

export function pictureView(text: string): { x: Extent; y: Extent } {
  const parts = text.split(",").map((part) => {
    const [from, to, ...more] = part.split(":").map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
    return { from: from ?? Number.NaN, to: to ?? Number.NaN, isPair: more.length === 0 };
  });
  const good = parts.every(
    ({ from, to, isPair }) => isPair && Number.isFinite(from) && Number.isFinite(to) && from < to,
  );
  if (!good || parts.length > 2) throw new InvalidArgumentError("Must be like -2:2,-1:1, or -2:2 in one dimension.");
  const [x, y] = parts.map(({ from, to }): Extent => ({ from, to }));
  return { x: x!, y: y ?? x! };
}

export function shard(text: string): ShardChoice {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, of] = [Number(match?.[1]), Number(match?.[2])];
  if (!(index >= 1 && index <= of)) throw new InvalidArgumentError("Must be like 2/4, counted from 1.");
  return { index, of };
}
