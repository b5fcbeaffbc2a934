/** The assertions of the parity bodies, which also run where vitest does not: in Deno and in a page. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Equality of plain data. */
export function same(actual: unknown, expected: unknown, what = "values"): void {
  const [a, b] = [actual, expected].map((value) =>
    JSON.stringify(value, (_, x) =>
      typeof x === "bigint" ? `${x}n` : ArrayBuffer.isView(x) ? Array.from(x as Uint8Array) : x,
    ),
  );
  if (a !== b) throw new Error(`${what}: got ${short(a)}, expected ${short(b)}`);
}

function short(text: string | undefined): string {
  return text === undefined || text.length < 500 ? `${text}` : `${text.slice(0, 500)}… (${text.length} characters)`;
}

/** One parity test: a body that runs on whatever implementation it is given. */
export interface Body<T> {
  readonly name: string;
  run(implementation: T): Promise<void>;
}
