import { ARRAY_EXTENSION, MODEL_EXTENSIONS } from "../../../src/formats/read/read.ts";
import type { ModelFile } from "../protocol.ts";

/** A file and the folder that it was dropped with, "" for none. */
interface Found {
  readonly folder: string;
  readonly file: File;
}

/** Files and folders by drag and drop anywhere on the page, or files by a button. */
export function listenForFiles(
  drop: HTMLElement,
  pick: HTMLButtonElement,
  input: HTMLInputElement,
  onFiles: (files: readonly ModelFile[]) => void,
): void {
  pick.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    onFiles(gathered([...(input.files ?? [])].map((file) => ({ folder: "", file }))));
    // the same file may be chosen again
    input.value = "";
  });
  const over = (on: boolean): void => {
    drop.classList.toggle("over", on);
  };
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) over(false);
  });
  window.addEventListener("drop", async (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer !== null) onFiles(gathered(await filesOf(event.dataTransfer)));
  });
}

/** What was dropped, with the model files of folders. */
async function filesOf({ items, files }: DataTransfer): Promise<Found[]> {
  // both must be asked before the first wait
  const loose = [...files];
  const entries = [...items].map((item) => item.webkitGetAsEntry());
  const folders = entries.filter(isFolder);
  if (folders.length === 0) return loose.map((file) => ({ folder: "", file }));
  const names = new Set(folders.map(({ name }) => name));
  const inside = await Promise.all(folders.map(filesIn));
  return [...loose.filter(({ name }) => !names.has(name)).map((file) => ({ folder: "", file })), ...inside.flat()];
}

/** The model files of a folder, or, where there are none, its arrays; not those of folders inside. */
async function filesIn(folder: FileSystemDirectoryEntry): Promise<Found[]> {
  const reader = folder.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    entries.push(...some);
  }
  const inside = entries.filter(isFile);
  const models = inside.filter(({ name }) => MODEL_EXTENSIONS.includes(extensionOf(name)));
  const found = models.length > 0 ? models : inside.filter(({ name }) => extensionOf(name) === ARRAY_EXTENSION);
  const files = found.map((entry) => new Promise<File>((resolve, reject) => entry.file(resolve, reject)));
  return (await Promise.all(files)).map((file) => ({ folder: folder.name, file }));
}

/** The .npy files of one folder are one model, in the place of the first of them. */
function gathered(found: readonly Found[]): ModelFile[] {
  const arrays = new Map<string, Map<string, Blob>>();
  return found.flatMap(({ folder, file }): ModelFile[] => {
    if (extensionOf(file.name) !== ARRAY_EXTENSION) return [{ name: file.name, content: file }];
    const known = arrays.get(folder);
    if (known !== undefined) {
      known.set(file.name, file);
      return [];
    }
    const content = new Map<string, Blob>([[file.name, file]]);
    arrays.set(folder, content);
    return [{ name: folder || "arrays", content }];
  });
}

function isFolder(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
  return entry?.isDirectory === true;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function extensionOf(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}
