/**
 * Unrolls the loops of WGSL source that are marked with an "unroll" comment and have constant bounds:
 *
 *     /* unroll *\/ for (var i = FROM; i < TO; i++) { … }
 *
 * becomes one block for each value, with i replaced by a literal. An array whose indices are all literals can live in
 * registers; a dynamic index sends it to memory. The body must not hold break or continue.
 * @param constants names that bounds may use.
 */
export function unroll(source: string, constants: Readonly<Record<string, number>>): string {
  const head = /\/\* unroll \*\/ for \(var (\w+) = ([^;]+); \1 < ([^;]+); \1\+\+\) \{/.exec(source);
  if (head === null) return source;
  const [text, name, from, to] = [...head] as [string, string, string, string];
  const bodyStart = head.index + text.length;
  const bodyEnd = closingBrace(source, bodyStart);
  const body = source.slice(bodyStart, bodyEnd);
  const word = new RegExp(`\\b${name}\\b`, "g");
  const blocks: string[] = [];
  for (let i = evaluate(from, constants); i < evaluate(to, constants); i++) {
    blocks.push(`{${unroll(body.replace(word, `${i}u`), constants)}}`);
  }
  return source.slice(0, head.index) + blocks.join("\n") + unroll(source.slice(bodyEnd + 1), constants);
}

function closingBrace(source: string, from: number): number {
  let depth = 1;
  for (let at = from; at < source.length; at++) {
    if (source[at] === "{") depth++;
    else if (source[at] === "}" && --depth === 0) return at;
  }
  throw new SyntaxError("an unrolled loop has no end");
}

/** Sums and differences of products of literals and constants. */
function evaluate(expression: string, constants: Readonly<Record<string, number>>): number {
  let total = 0;
  for (const [, sign, product] of expression.matchAll(/([+-]?)([^+-]+)/g)) {
    let value = sign === "-" ? -1 : 1;
    for (const factor of product!.split("*")) {
      const term = factor.trim();
      const known = /^\d+u?$/.test(term) ? Number.parseInt(term, 10) : constants[term];
      if (known === undefined) throw new SyntaxError(`"${expression}" is no constant bound: ${term} is unknown`);
      value *= known;
    }
    total += value;
  }
  return total;
}
