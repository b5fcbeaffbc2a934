import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { figure1 } from "../../examples/figure-1/figure-1.ts";
import { countRegions } from "../../src/index.ts";
import { layoutProblems, readSvg } from "../plot/svg-check.ts";

const read = (name: string): string => readFileSync(new URL(`../../examples/${name}`, import.meta.url), "utf8");
const svg = read("figure-1/figure-1.svg");

/** The numbers written into regions, one each. */
function regionNumbers(picture: string): number[] {
  const numbers = [...picture.matchAll(/<text [^>]*paint-order="stroke"[^>]*>(\d+)<\/text>/g)];
  return numbers.map(([, n]) => Number(n)).sort((a, b) => a - b);
}

/** Closed paths of the plotting area, by the regions that they fill. */
const filledRegions = (picture: string): number => [...picture.matchAll(/<path d="M[^"]*Z" fill="rgb\(/g)].length;

it("is what npm run figure-1 writes", async () => {
  expect(await figure1()).toBe(svg);
});

it("shows as many regions of the plane as count says, each with its number", async () => {
  const { regions } = await countRegions(JSON.parse(read("figure-1c.json")));
  expect(regions).toBe("37");
  expect(filledRegions(svg)).toBe(37);
  expect(regionNumbers(svg)).toEqual(Array.from({ length: 37 }, (_, i) => i + 1));
  // a region that is not there would be noticed
  const lost = svg.replace(/<path d="M[^"]*Z" fill="rgb\([^>]*>/, "");
  expect(filledRegions(lost)).toBe(36);
});

it("says how many masks a line reaches: N + 1", () => {
  const texts = readSvg(svg).elements.map(({ text }) => text);
  expect(texts).toContain("a   N = 2 units: a line reaches 3 of 4 quadrants");
  expect(texts).toContain("b   N = 6, R = 1: hyperplanes are points, 7 regions of 64");
});

it("has nothing cut and no text over another", () => {
  expect(layoutProblems(svg)).toEqual([]);
});
