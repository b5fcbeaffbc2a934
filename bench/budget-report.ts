/** One run with a budget of time. */
export interface BudgetMeasurement {
  readonly name: string;
  /** Seconds of the whole process. */
  readonly wall: number;
  /** Exit code; null for a run that had to be ended. */
  readonly code: number | null;
  readonly points?: number;
  readonly complete?: boolean;
  readonly because?: string;
  readonly method?: string;
  /** What the result says of its phases. */
  readonly seconds?: Readonly<Record<string, number>>;
}

/** A run may be this many seconds late: the command has to start and to write. */
export const MOST_LATE = 1;

/**
 * The runs that were latest, as Markdown, and how many kept their budget.
 * @param budget in seconds. @param load average of the machine before and after.
 */
export function budgetTable(
  measured: readonly BudgetMeasurement[],
  budget: number,
  top: number,
  load: { readonly before: number; readonly after: number },
): string {
  const late = ({ wall }: BudgetMeasurement) => wall - budget;
  const sorted = [...measured].sort((a, b) => b.wall - a.wall);
  const over = sorted.filter((each) => late(each) > MOST_LATE).length;
  const rows = sorted.slice(0, top).map((each) => {
    const { name, wall, code, points, complete, method } = each;
    const ended = code === null ? "had to be ended" : complete === true ? "complete" : `exit ${code}`;
    return `| ${name} | ${wall.toFixed(2)} | ${late(each).toFixed(2)} | ${ended} | ${points ?? "-"} | ${method ?? "-"} |`;
  });
  return [
    `${measured.length} models with ${budget} s each, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after: ${over} more than ${MOST_LATE} s late.`,
    "",
    "| model | seconds | late | end | points | method |",
    "|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
