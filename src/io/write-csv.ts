import type { Result } from "../result.ts";

/**
 * One row for each fixed point (RFC 4180, line feeds): model, index, status, stability, spectral radius (continuous time:
 * abscissa), number of active hyperplanes, ties, whether the model's list is complete, and z. Rows of models with fewer
 * latent dimensions end in empty cells. Continua have no rows.
 */
export function writeCsv(results: readonly Result[]): string {
  const latentDim = Math.max(0, ...results.map((result) => result.model.latentDim));
  const columns = Array.from({ length: latentDim }, (_, k) => `z${k}`);
  const rows = [["model", "index", "status", "stability", "spectral", "active", "ties", "complete", ...columns]];
  for (const { model, fixedPoints, complete } of results) {
    fixedPoints.forEach((point, i) => {
      const spectral = point.spectralAbscissa ?? point.spectralRadius;
      rows.push([
        model.name,
        `${i}`,
        point.status,
        point.stability,
        spectral === undefined ? "" : `${spectral}`,
        `${point.active.length}`,
        point.ties.join(" "),
        `${complete}`,
        ...columns.map((_, k) => (k < point.z.length ? `${point.z[k]}` : "")),
      ]);
    });
  }
  return rows.map((row) => `${row.map(quote).join(",")}\n`).join("");
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
