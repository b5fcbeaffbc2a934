/**
 * What the page's address says after its #: a model, its input is in it; and the period of the cycles that are shown.
 */
export interface Shared {
  /** As `link` gives it. */
  readonly model: string;
  readonly period: number;
}

const LONGEST_PERIOD = 1000;

/** The address that opens the page with what is shared. @param page the page's own address */
export function sharedAddress(page: string, { model, period }: Shared): string {
  const fields = new URLSearchParams({ model, ...(period > 1 ? { period: `${period}` } : {}) });
  const address = new URL(page);
  address.hash = fields.toString();
  return address.href;
}

/** What an address shares; undefined where it shares nothing. A period that is none is taken as 1. */
export function sharedIn(address: string): Shared | undefined {
  const fields = new URLSearchParams(new URL(address).hash.slice(1));
  const model = fields.get("model");
  if (model === null) return undefined;
  const period = Number(fields.get("period") ?? 1);
  return { model, period: Number.isInteger(period) && period >= 1 && period <= LONGEST_PERIOD ? period : 1 };
}
