/** A model file's object: arrays of numbers, rows of numbers, or plain values. */
export type ModelFile = Readonly<Record<string, string | number | readonly number[] | readonly (readonly number[])[]>>;

/**
 * JSON with one key a line, and one row of a matrix a line, so that a person can read it and a diff shows what changed.
 */
export function modelText(model: ModelFile): string {
  const lines = Object.entries(model).map(([key, value]) => `  ${JSON.stringify(key)}: ${valueText(value)}`);
  return `{\n${lines.join(",\n")}\n}\n`;
}

function valueText(value: ModelFile[string]): string {
  if (!Array.isArray(value) || !Array.isArray(value[0])) return JSON.stringify(value);
  return `[\n${value.map((row) => `    ${JSON.stringify(row)}`).join(",\n")}\n  ]`;
}

/** Eight significant digits: enough for any example, and no last bits to differ between machines. */
export function shortened(x: number): number {
  return Number(x.toPrecision(8));
}
