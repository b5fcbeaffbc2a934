/** Shapes whose scratch is kept. */
const MOST_SHAPES = 8;

/** What depends on a size alone, such as working memory for n hyperplanes, kept for the next model: of many small models most have one of a few shapes. */
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
