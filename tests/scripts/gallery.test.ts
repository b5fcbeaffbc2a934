import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { galleryFiles } from "../../scripts/gallery.ts";
import { layoutProblems } from "../plot/svg-check.ts";

const DOCS = new URL("../../docs/", import.meta.url);

it("the gallery is what npm run gallery writes, and nothing in it is cut or covered", async () => {
  const files = await galleryFiles();
  expect(readdirSync(new URL("gallery/", DOCS)).sort()).toEqual([...files.keys()].sort());
  for (const [name, svg] of files) {
    expect(readFileSync(new URL(`gallery/${name}`, DOCS), "utf8"), name).toBe(svg);
    expect(layoutProblems(svg), name).toEqual([]);
  }
  // one byte off would be noticed
  expect(files.get("map.svg")!.replace("1", "2")).not.toBe(readFileSync(new URL("gallery/map.svg", DOCS), "utf8"));
});

it("every picture is shown on the page of the gallery", async () => {
  const page = readFileSync(new URL("gallery.md", DOCS), "utf8");
  const shown = [...page.matchAll(/!\[[^\]]+\]\(gallery\/([\w-]+\.svg)\)/g)].map(([, name]) => name);
  expect(shown.sort()).toEqual(readdirSync(new URL("gallery/", DOCS)).sort());
});
