/** Six significant digits, or fewer, with a true minus sign. */
export function shortNumber(x: number, digits = 6): string {
  return signed(`${Number(x.toPrecision(digits))}`);
}

/** Every digit that tells the float64 from its neighbours. */
export function fullNumber(x: number): string {
  return signed(`${x}`);
}

function signed(text: string): string {
  return text.replaceAll("-", "−");
}

export function complexNumber([re, im]: readonly [number, number]): string {
  if (im === 0) return shortNumber(re, 5);
  return `${shortNumber(re, 4)} ${im < 0 ? "−" : "+"} ${shortNumber(Math.abs(im), 4)}i`;
}

export function vector(z: readonly number[], most = 4): string {
  const shown = z.slice(0, most).map((x) => shortNumber(x, 4));
  return `(${[...shown, ...(z.length > most ? ["…"] : [])].join(", ")})`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en-US")} ${n === 1 ? one : many}`;
}
