import { type ExpandMode, ItemStatus, type MaskBatch, NO_HYPERPLANE, type SignBatch } from "../stages/batch.ts";

const LEAST_CAPACITY = 16;

/** An empty batch that grows. */
export function maskBatch(words: number): MaskBatch {
  return { words, count: 0, masks: new Uint32Array(LEAST_CAPACITY * words), items: new Uint32Array(LEAST_CAPACITY) };
}

function grow(batch: MaskBatch, needed: number): void {
  if (needed <= batch.items.length) return;
  const capacity = Math.max(needed, 2 * batch.items.length);
  const masks = new Uint32Array(capacity * batch.words);
  masks.set(batch.masks.subarray(0, batch.count * batch.words));
  const items = new Uint32Array(capacity);
  items.set(batch.items.subarray(0, batch.count));
  batch.masks = masks;
  batch.items = items;
}

/**
 * Stage 2: the masks of each item. Undecided bits take both values; in "branch" mode so do the bits of the subset's own
 * hyperplanes, the 2^ρ settings of Pals 2023.
 * @param length items of `signs` to read.
 * @param maxUndecided an item with more undecided bits gets the status `escalate`, and no mask.
 * @param out appended to.
 */
export function expand(
  signs: SignBatch,
  rank: number,
  length: number,
  mode: ExpandMode,
  maxUndecided: number,
  out: MaskBatch,
): void {
  const { words, positive, undecided, status, subsets } = signs;
  const free: number[] = [];
  for (let item = 0; item < length; item++) {
    if (status[item] !== ItemStatus.ok) continue;
    const base = item * words;
    free.length = 0;
    for (let w = 0; w < words; w++) {
      for (let rest = undecided[base + w]!; rest !== 0; rest &= rest - 1) {
        free.push((w << 5) + 31 - Math.clz32(rest & -rest));
      }
    }
    if (free.length > maxUndecided) {
      status[item] = ItemStatus.escalate;
      continue;
    }
    if (mode === "branch") {
      for (let t = 0; t < rank; t++) {
        const j = subsets[item * rank + t]!;
        if (j !== NO_HYPERPLANE) free.push(j);
      }
    }
    const settings = 2 ** free.length;
    grow(out, out.count + settings);
    for (let setting = 0; setting < settings; setting++) {
      const to = out.count * words;
      for (let w = 0; w < words; w++) out.masks[to + w] = positive[base + w]!;
      for (let b = 0; b < free.length; b++) {
        const j = free[b]!;
        const bit = 1 << (j & 31);
        if ((setting >>> b) & 1) out.masks[to + (j >>> 5)]! |= bit;
        else out.masks[to + (j >>> 5)]! &= ~bit;
      }
      out.items[out.count++] = item;
    }
  }
}
