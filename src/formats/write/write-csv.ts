import type { ListedResult } from "../../base/listed-result.ts";

const DIRECTIONS = ["stable", "neutral", "unstable"] as const;

/**
 * One row for each fixed point (RFC 4180, line feeds): model, index, status, stability, spectral radius (continuous
 * time: abscissa), numbers of stable, neutral and unstable directions (empty where the sides of a tie differ), margin
 * and kinds of a point that is nearly degenerate, number of active hyperplanes, ties, whether the model's list is
 * complete, and z. Rows of models with fewer latent dimensions end in empty cells. Continua have no rows.
 *
 * @param results walked twice, because the number of columns is that of the largest model.
 */
export function* csvLines(results: Iterable<ListedResult>): Generator<string> {
  let latentDim = 0;
  for (const { model } of results) latentDim = Math.max(latentDim, model.latentDim);
  const columns = Array.from({ length: latentDim }, (_, k) => `z${k}`);
  yield csvLine([
    "model",
    "index",
    "status",
    "stability",
    "spectral",
    "stable",
    "neutral",
    "unstable",
    "margin",
    "because",
    "active",
    "ties",
    "complete",
    ...columns,
  ]);
  for (const { model, fixedPoints, complete } of results) {
    let i = 0;
    for (const point of fixedPoints) {
      const spectral = point.spectralAbscissa ?? point.spectralRadius;
      yield csvLine([
        csvText(model.name),
        `${i++}`,
        point.status,
        point.stability,
        spectral === undefined ? "" : `${spectral}`,
        ...DIRECTIONS.map((key) => (point.directions === undefined ? "" : `${point.directions[key]}`)),
        point.nearlyDegenerate === undefined ? "" : `${point.nearlyDegenerate.margin}`,
        point.nearlyDegenerate?.because.join("; ") ?? "",
        `${point.active.length}`,
        point.ties.join(" "),
        `${complete}`,
        ...columns.map((_, k) => (k < point.z.length ? `${point.z[k]}` : "")),
      ]);
    }
  }
}

/**
 * A text from a file as a cell. A spreadsheet takes a cell that begins with = + - @ or a tab for a formula and runs it,
 * with or without quotation marks. An apostrophe before such a text makes the cell a text.
 */
export function csvText(text: string): string {
  return /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text;
}

/** One record of RFC 4180, with its line feed. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(quote).join(",")}\n`;
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
