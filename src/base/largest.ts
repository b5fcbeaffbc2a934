/**
 * The largest of the sizes of any number of items, or `least`, if that is larger. (`Math.max(...sizes)` puts them all
 * on the stack, which is full after some 100,000.)
 */
export function largestOf<T>(items: Iterable<T>, sizeOf: (item: T) => number, least = 0): number {
  let largest = least;
  for (const item of items) largest = Math.max(largest, sizeOf(item));
  return largest;
}
