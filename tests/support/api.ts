import { join } from "node:path";
import ts from "typescript";

/** The declarations that the entries of a built package export, without comments, entry by entry in order of name. */
export function publicApi(dist: string, entries: readonly string[]): string {
  const files = entries.map((entry) => join(dist, `${entry}.d.ts`));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    skipLibCheck: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter({ removeComments: true });
  const declared = (symbol: ts.Symbol): string[] => {
    const own = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const texts = (own.declarations ?? []).map((each) =>
      printer.printNode(ts.EmitHint.Unspecified, each, each.getSourceFile()),
    );
    // a declaration may have another name in its file
    return own.name === symbol.name ? texts : [`export { ${own.name} as ${symbol.name} }`, ...texts];
  };
  const parts = files.map((file, i) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!)!;
    const symbols = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
    return [`// ${entries[i]}`, ...symbols.flatMap(declared)].join("\n\n");
  });
  return `${parts.join("\n\n")}\n`;
}
