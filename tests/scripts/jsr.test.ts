import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { importedSpecifiers, jsrConfig, jsrText } from "../../scripts/jsr.ts";

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

describe("jsr.json", () => {
  it("is what npm run jsr writes", () => {
    expect(read("jsr.json")).toBe(jsrText());
  });

  it("exports as many modules as the npm package does", () => {
    const names = (file: string) =>
      Object.keys(JSON.parse(read(file)).exports).filter(
        // the built worker is for pages that serve it themselves
        (name) => name !== "./package.json" && name !== "./worker",
      );
    expect(names("jsr.json")).toEqual(names("package.json"));
  });
});

describe("jsrConfig", () => {
  const packageJson = {
    version: "1.2.3",
    license: "MIT",
    dependencies: { "@scope/kept": "^1.0.0", unused: "^9.0.0" },
    devDependencies: { bundled: "^2.0.0" },
  };

  it("asks for the packages that the source imports, by the versions of package.json, and for no others", () => {
    const config = jsrConfig(packageJson, ["./near.ts", "node:fs", "@scope/kept/deep.js", "bundled", "bundled/part"]);
    expect(config).toMatchObject({
      version: "1.2.3",
      imports: { "@scope/kept": "npm:@scope/kept@^1.0.0", bundled: "npm:bundled@^2.0.0" },
    });
    expect(JSON.stringify(config)).not.toContain("unused");
  });

  it("is another after a change of version: the comparison above would notice", () => {
    const specifiers = importedSpecifiers();
    const real = JSON.parse(read("package.json"));
    expect(jsrConfig({ ...real, version: "99.0.0" }, specifiers)).not.toEqual(JSON.parse(read("jsr.json")));
  });

  it("refuses an import that package.json does not name", () => {
    expect(() => jsrConfig(packageJson, ["stranger/part"])).toThrow(/"stranger"/);
  });
});
