/** Made at the first comparison: a collator loads the runtime's language data, which takes some milliseconds. */
let collator: Intl.Collator | undefined;

/** Order of names as people number them: epoch_2 before epoch_10. */
export function naturalOrder(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}
