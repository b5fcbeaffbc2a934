import { bit, setBit } from "../model/mask.ts";
import type { Word } from "./word.ts";

/** The number of 32-bit words of a mask over N hyperplanes. */
export function maskWords(hyperplanes: number): number {
  return Math.max(1, Math.ceil(hyperplanes / 32));
}

/** A mask of the block system as a word. */
export function wordOfMask(mask: Uint32Array, hyperplanes: number, period: number): Word {
  return Array.from({ length: period }, (_, t) => {
    const part = new Uint32Array(maskWords(hyperplanes));
    for (let j = 0; j < hyperplanes; j++) {
      const at = t * hyperplanes + j;
      if (bit(mask, at)) setBit(part, j);
    }
    return part;
  });
}

/** A word as a mask of the block system. */
export function maskOfWord(word: Word, hyperplanes: number): Uint32Array {
  const mask = new Uint32Array(maskWords(word.length * hyperplanes));
  for (const [t, part] of word.entries()) {
    for (let j = 0; j < hyperplanes; j++) {
      const at = t * hyperplanes + j;
      if (bit(part, j)) setBit(mask, at);
    }
  }
  return mask;
}

/** Indices of hyperplanes of the block system as one list for each point of the orbit. */
export function splitIndices(indices: readonly number[], hyperplanes: number, period: number): number[][] {
  const lists = Array.from({ length: period }, (): number[] => []);
  for (const at of indices) lists[Math.floor(at / hyperplanes)]!.push(at % hyperplanes);
  return lists;
}
