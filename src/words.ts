/** 147,537. (Not by toLocaleString, which first loads the languages of the world: 15 ms.) @param n whole, as digits if it is large */
export function formatCount(n: number | string): string {
  return `${n}`.replace(/\B(?=(\d{3})+$)/g, ",");
}

/** 1 unit, 2 units */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}
