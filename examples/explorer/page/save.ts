/** Gives a file to the reader. */
export function download(name: string, parts: BlobPart, type: string): void {
  const url = URL.createObjectURL(new Blob([parts], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // the download has its own hold of the data once it has begun
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export const MEDIA_TYPES = {
  json: "application/json",
  csv: "text/csv",
  npz: "application/zip",
  svg: "image/svg+xml",
  png: "image/png",
} as const;

/** A name that any file system takes. */
export function fileName(name: string, extension: string): string {
  return `${name.replace(/[^\p{L}\p{N}._-]+/gu, "_").replace(/^\.+/, "_") || "stillpoint"}.${extension}`;
}
