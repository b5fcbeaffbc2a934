/** Sizes whose scratch memory is kept. */
const MOST_SHAPES = 8;

/**
 * Keeps things that depend on a size alone, such as working memory for n hyperplanes, for the next model: most of many
 * small models have one of a few sizes.
 */
export function scratchBySize<T>(make: (n: number) => T): (n: number) => T {
  const kept = new Map<number, T>();
  return (n) => {
    let scratch = kept.get(n);
    if (scratch === undefined) {
      if (kept.size >= MOST_SHAPES) kept.clear();
      scratch = make(n);
      kept.set(n, scratch);
    }
    return scratch;
  };
}
