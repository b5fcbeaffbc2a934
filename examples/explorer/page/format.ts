/** Six significant digits, with a true minus sign. */
export function shortNumber(x: number): string {
  return signed(`${Number(x.toPrecision(6))}`);
}

/** Every digit that tells the float64 from its neighbours. */
export function fullNumber(x: number): string {
  return signed(`${x}`);
}

function signed(text: string): string {
  return text.replaceAll("-", "−");
}

export function complexNumber([re, im]: readonly [number, number]): string {
  if (im === 0) return shortNumber(re);
  return `${shortNumber(re)} ${im < 0 ? "−" : "+"} ${shortNumber(Math.abs(im))}i`;
}

export function vector(z: readonly number[], most = 4): string {
  const shown = z.slice(0, most).map((x) => signed(`${Number(x.toPrecision(4))}`));
  return `(${[...shown, ...(z.length > most ? ["…"] : [])].join(", ")})`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}
