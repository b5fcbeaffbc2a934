/** Output formats of `solve`. */
export const FORMATS = ["text", "json", "ndjson", "csv"] as const;

export type Format = (typeof FORMATS)[number];

/** The format that a file's ending asks for; text without a file. */
export function formatOf(output: string | undefined): Format {
  const extension = output?.slice(output.lastIndexOf(".") + 1).toLowerCase();
  return FORMATS.find((format) => format === extension && format !== "text") ?? "text";
}
