import { isNumericArray } from "../../model/matrix.ts";
import { MODEL_KEYS } from "../../model/schema.ts";

/**
 * A raw model as plain JSON values, so that a record can carry it. Arrays of binary files become { data, shape } with
 * an ordinary list. Keys that mean nothing to a model are left out. Every number keeps its value exactly.
 */
export function modelDefinition(value: unknown): Record<string, unknown> {
  const definition: Record<string, unknown> = {};
  if (value === null || typeof value !== "object") return definition;
  for (const [key, item] of Object.entries(value)) {
    if (!MODEL_KEYS.has(key)) continue;
    definition[key] = isNumericArray(item) ? { data: Array.from(item.data), shape: item.shape } : item;
  }
  return definition;
}

/** The raw model of a definition. */
export function modelOfDefinition(definition: unknown): unknown {
  if (definition === null || typeof definition !== "object") return definition;
  return Object.fromEntries(Object.entries(definition).map(([key, item]) => [key, revived(item)]));
}

function revived(item: unknown): unknown {
  if (item === null || typeof item !== "object" || !("data" in item) || !("shape" in item)) return item;
  if (!Array.isArray(item.data) || !item.data.every((x) => typeof x === "number")) return item;
  return { data: Float64Array.from(item.data), shape: item.shape };
}
