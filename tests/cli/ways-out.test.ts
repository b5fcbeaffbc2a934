import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { encoderOf, sized } from "../../src/cli/images.ts";
import { readSvg } from "../plot/svg-check.ts";
import { randomModel } from "./models.ts";
import { useCli, workplace } from "./run.ts";

const cli = useCli();

const one = JSON.stringify(randomModel(1, 6, 2));
const two = JSON.stringify([randomModel(1, 6, 2), randomModel(2, 6, 2)]);

describe("an ending that a command can't write is wrong usage, and nothing is written", () => {
  it.each([
    [
      ["solve", "one.json"],
      "-o",
      ["l.png", "l.pdf", "l.xlsx", "l.svg", "l.SVG", "l.mat"],
      /\.txt, \.json, \.ndjson, \.csv or \.npz/,
    ],
    [["merge", "one.json"], "-o", ["l.png"], /\.txt, \.json, \.ndjson, \.csv or \.npz/],
    [["count", "one.json"], "-o", ["l.csv", "l.npz"], /\.txt, \.json or \.ndjson/],
    [["solve", "one.json", "--sweep", "s0=-1:1:3"], "-o", ["l.npz", "l.svg"], /\.txt, \.json, \.ndjson or \.csv/],
    [["plot", "one.json"], "-o", ["l.json", "l.jpg", "l.eps"], /\.svg, \.png or \.pdf, or a folder, such as l\.\w+\//],
    [["solve", "one.json"], "--plot", ["l.jpg"], /\.svg, \.png or \.pdf, or a folder/],
    [["solve", "one.json"], "--proof", ["l.json", "l.svg"], /Use a file that ends in \.npz, or a folder/],
    [["prove", "one.json", "one.json"], "-o", ["l.json"], /Use a file that ends in \.npz/],
  ] as const)("%s %s %s", async (args, option, files, message) => {
    for (const file of files) {
      const at = await workplace({ "one.json": one });
      const { code, stdout, stderr } = await cli([...args, option, file], { cwd: at(".") });
      expect({ file, code, stdout }).toEqual({ file, code: 2, stdout: "" });
      expect(stderr).toMatch(message);
      expect(readdirSync(at("."))).toEqual(["one.json"]);
    }
  });
});

describe("plot -o", () => {
  it("writes the file that is asked for, in its format", async () => {
    const at = await workplace({ "one.json": one });
    for (const file of ["l.svg", "L.SVG", "l.png", "l.PDF"]) {
      expect(await cli(["plot", "one.json", "-o", file], { cwd: at(".") }), file).toMatchObject({ code: 0 });
    }
    expect(readdirSync(at(".")).sort()).toEqual(["L.SVG", "l.PDF", "l.png", "l.svg", "one.json"]);
    const { width, height } = readSvg(readFileSync(at("l.svg"), "utf8"));
    expect(readFileSync(at("L.SVG"))).toEqual(readFileSync(at("l.svg")));
    const png = readFileSync(at("l.png"));
    expect([png.subarray(1, 4).toString(), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
      "PNG",
      2 * width,
      2 * height,
    ]);
    const pdf = readFileSync(at("l.PDF")).toString("latin1");
    expect(pdf).toMatch(/^%PDF-1/);
    expect(pdf).toContain(`/MediaBox [0 0 ${0.75 * width} ${0.75 * height}]`);
    // the letters are in the file, in one family
    const fonts = new Set([...pdf.matchAll(/\/FontName \/[A-Z]+\+([\w-]+)/g)].map(([, name]) => name));
    expect(
      [...fonts].every((name) => name!.startsWith("DejaVuSans")),
      [...fonts].join(),
    ).toBe(true);
    expect(fonts.size).toBeGreaterThan(1);
  });

  it("has the width that is asked for, and the part of the state space", async () => {
    const at = await workplace({ "one.json": one });
    const plot = (file: string, ...args: string[]) =>
      cli(["plot", "one.json", "-o", file, "--width", ...args], { cwd: at(".") });
    for (const file of ["l.svg", "l.png", "l.pdf"]) expect((await plot(file, "85mm")).code).toBe(0);
    expect(readFileSync(at("l.svg"), "utf8")).toMatch(
      /^<svg [^>]*width="85mm" height="[\d.]+mm" viewBox="0 0 \d+ \d+"/,
    );
    expect(readFileSync(at("l.png")).readUInt32BE(16)).toBe(Math.round((85 / 25.4) * 300));
    const [, pageWidth] = /MediaBox \[0 0 ([\d.]+)/.exec(readFileSync(at("l.pdf")).toString("latin1"))!;
    expect(Number(pageWidth)).toBeCloseTo((85 / 25.4) * 72, 2);
    expect((await plot("px.png", "640")).code).toBe(0);
    expect(readFileSync(at("px.png")).readUInt32BE(16)).toBe(640);
    for (const width of ["0", "wide", "-3mm", "1e9"]) expect((await plot("x.svg", width)).code).toBe(2);

    const view = (text: string) => cli(["plot", "one.json", "--picture", "state", "--view", text], { cwd: at(".") });
    const { code, stdout } = await view("-0.5:0.25,-1:2");
    expect([code, stdout.includes('data-x="-0.5 0.25" data-y="-1 2"')]).toEqual([0, true]);
    for (const wrong of ["1:0,0:1", "0:1,0:1,0:1", "a:b", "0:inf,0:1"]) expect((await view(wrong)).code, wrong).toBe(2);
    expect(await cli(["plot", "one.json", "--view", "0:1", "--sweep", "s0=0:1:3"], { cwd: at(".") })).toMatchObject({
      code: 2,
    });
  });

  it("leaves the caveats out on request, but never that an answer is not complete", async () => {
    const at = await workplace({ "one.json": one, "ramp.json": JSON.stringify({ ...randomModel(3, 5, 1), C: [[1]] }) });
    const texts = async (...args: string[]) => {
      const { stdout } = await cli(["plot", ...args], { cwd: at(".") });
      const { height, elements } = readSvg(stdout);
      return { height, text: elements.map(({ text }) => text).join(" ") };
    };
    const full = await texts("one.json");
    const bare = await texts("one.json", "--no-caveats");
    expect(full.text).toContain("Arrows: direction true");
    expect(bare.text).not.toContain("Arrows");
    expect(bare.height).toBeLessThan(full.height);
    expect(bare.text).toContain("(complete)");
    const cut = ["ramp.json", "--sweep", "s0=-1:1:3", "--max-seconds", "0.000001", "--no-caveats"];
    expect((await texts(...cut)).text).toContain("INCOMPLETE");
  });

  it("of several models goes into a folder only; one file is refused before there is a second", async () => {
    const at = await workplace({ "two.json": two, "one.json": one });
    const known = await cli(["plot", "one.json", "two.json", "-o", "l.svg"], { cwd: at(".") });
    expect([known.code, readdirSync(at(".")).sort()]).toEqual([2, ["one.json", "two.json"]]);
    const late = await cli(["plot", "two.json", "-o", "l.svg"], { cwd: at(".") });
    expect(late.code).toBe(2);
    expect(late.stderr).toMatch(/names one file, and there are several models .*Name a folder, such as l\/:/);
    expect(readdirSync(at(".")).sort()).toEqual(["l.svg", "one.json", "two.json"]);
    expect((await cli(["plot", "two.json", "-o", "figures.v2/"], { cwd: at(".") })).code).toBe(0);
    expect(readdirSync(at("figures.v2"))).toHaveLength(2);
    // a folder that is there may be named as it likes
    expect((await cli(["plot", "two.json", "-o", "figures.v2"], { cwd: at(".") })).code).toBe(0);
  });

  it("solve goes on with its results where one picture file was asked for several models", async () => {
    const at = await workplace({ "two.json": two });
    const { code, stderr } = await cli(["solve", "two.json", "-o", "r.ndjson", "--plot", "l.png"], { cwd: at(".") });
    expect(code).toBe(2);
    expect(stderr.match(/--plot: names one file/g)).toHaveLength(1);
    expect(readFileSync(at("r.ndjson"), "utf8").trim().split("\n")).toHaveLength(2);
  });
});

describe("names of models that are no names of files", () => {
  it("are shortened, and a picture that can't be written keeps no result back", async () => {
    const names = ["é".repeat(300), "é".repeat(301), "é/../\u0000", "."];
    const models = names.map((name) => JSON.stringify({ ...JSON.parse(one), name }));
    const at = await workplace({ "m.ndjson": models.join("\n") });
    const done = await cli(["solve", "m.ndjson", "--plot", "pics/", "--format", "ndjson"], { cwd: at(".") });
    expect([done.code, done.stdout.trim().split("\n")]).toEqual([0, expect.objectContaining({ length: 4 })]);
    const long = "é".repeat(100);
    expect(readdirSync(at("pics")).sort()).toEqual([`${long}.svg`, `${long}-2.svg`, "_.svg", "é_.._.svg"].sort());
    const at2 = await workplace({ "m.ndjson": models.join("\n"), pics: "a file" });
    const failed = await cli(["solve", "m.ndjson", "--plot", "pics/", "--format", "ndjson"], { cwd: at2(".") });
    expect([failed.code, failed.stdout.trim().split("\n")]).toEqual([1, expect.objectContaining({ length: 4 })]);
    expect(failed.stderr.match(/error: .*can't be written/g)).toHaveLength(4);
  });
});

describe("a package that is not installed", () => {
  it.each([
    [".png", "@resvg/resvg-js"],
    [".pdf", "svg-to-pdfkit"],
  ])("%s: names %s and how to get it", async (ending, name) => {
    vi.doMock(name, () => {
      throw new Error("not here");
    });
    try {
      await expect(encoderOf(ending, "-o")).rejects.toThrow(
        new RegExp(
          `^-o: needs packages that are not installed to write \\${ending} .*Install them with npm install .*${name}.* or write an \\.svg\\.$`,
        ),
      );
    } finally {
      vi.doUnmock(name);
    }
  });

  it("sized changes the size of the document and nothing else", () => {
    const svg =
      '<svg xmlns="x" width="400" height="200" viewBox="0 0 400 200"><rect width="400" height="200"/></svg>\n';
    expect(sized(svg, { width: 100, unit: "mm" })).toBe(
      svg.replace('width="400" height="200"', 'width="100mm" height="50mm"'),
    );
    expect(sized(svg, undefined)).toBe(svg);
  });
});
