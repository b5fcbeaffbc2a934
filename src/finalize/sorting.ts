import type { Steps } from "../base/steps.ts";

/** Items that are sorted between two looks at the clock. */
const AT_ONCE = 2 ** 11;

/** Sorts numbers in place, in steps: those that are equal keep their order. */
export function* sorting(numbers: Uint32Array, compare: (a: number, b: number) => number): Steps<void> {
  const { length } = numbers;
  if (length <= 1) return;
  for (let from = 0; from < length; from += AT_ONCE) {
    numbers.subarray(from, from + AT_ONCE).sort(compare);
    yield;
  }
  if (length <= AT_ONCE) return;
  let source = numbers;
  let target: Uint32Array = new Uint32Array(length);
  for (let size = AT_ONCE; size < length; size *= 2) {
    for (let from = 0; from < length; from += 2 * size) {
      const middle = Math.min(from + size, length);
      const end = Math.min(from + 2 * size, length);
      let [left, right] = [from, middle];
      for (let to = from; to < end; to++) {
        const takesLeft = right === end || (left < middle && compare(source[left]!, source[right]!) <= 0);
        target[to] = source[takesLeft ? left++ : right++]!;
        if ((to + 1) % AT_ONCE === 0) yield;
      }
    }
    [source, target] = [target, source];
  }
  if (source !== numbers) numbers.set(source);
}
