import type { Entries, Entry } from "../entries.ts";
import { surveyJson } from "../json/json-survey.ts";

/** Variables of Keras's layers in the order in which they are numbered; of a recurrent layer those of its cell. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  simple_rnn: ["kernel", "recurrent_kernel", "bias"],
  simple_rnn_cell: ["kernel", "recurrent_kernel", "bias"],
  lstm: ["kernel", "recurrent_kernel", "bias"],
  gru: ["kernel", "recurrent_kernel", "bias"],
  dense: ["kernel", "bias"],
};

/** Groups that are no layers: what holds the layers, and the cell of a recurrent layer. */
const HOLDERS: ReadonlySet<string> = new Set([
  "layers",
  "_layer_checkpoint_dependencies",
  "model_weights",
  "cell",
  "_self_tracked_trackables",
]);

/** Names of layers by the names of their groups: `simple_rnn_1` → `encoder`. */
export type LayerNames = ReadonlyMap<string, string>;

/**
 * The entries of weights that Keras saved, as `layer.variable`: `simple_rnn.recurrent_kernel`. Version 3 numbers the
 * variables of a layer (`layers/simple_rnn/cell/vars/1`), earlier ones repeat its name
 * (`simple_rnn/simple_rnn/simple_rnn_cell/recurrent_kernel:0`). Entries of other files, and those that would get one
 * name, keep theirs.
 *
 * @param layers the names of layers, where a configuration tells them.
 */
export function namedByLayer(entries: Entries, layers: LayerNames = new Map()): Entries {
  const names = [...entries.keys()];
  if (!names.some((name) => NUMBERED.test(name) || TENSOR.test(name))) return entries;
  const counts = new Map<string, number>();
  const renamed = names.map((name) => shortName(name, layers));
  for (const name of renamed) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    [...entries.values()].map((entry, i): [string, Entry] => [
      counts.get(renamed[i]!) === 1 ? renamed[i]! : names[i]!,
      entry,
    ]),
  );
}

const NUMBERED = /(?:^|\.)vars\.\d+$/;
const TENSOR = /:\d+$/;

function shortName(name: string, layers: LayerNames): string {
  const steps = name.split(".");
  if (NUMBERED.test(name)) {
    const number = Number(steps.at(-1));
    const path = steps.slice(0, -2).filter((step) => !HOLDERS.has(step));
    const kind = path.at(-1)?.replace(/_\d+$/, "") ?? "";
    const variable = Object.hasOwn(VARIABLES, kind) ? VARIABLES[kind]![number] : undefined;
    const [first = "", ...rest] = path;
    const isTop = steps.length > 2 && HOLDERS.has(steps[0]!);
    return [isTop ? (layers.get(first) ?? first) : first, ...rest, variable ?? `${number}`].filter(Boolean).join(".");
  }
  if (!TENSOR.test(name)) return name;
  const path = steps.filter((step) => !HOLDERS.has(step));
  return [path[0], path.at(-1)?.replace(TENSOR, "")].join(".");
}

/** The largest configuration that is read. */
const MAX_CONFIG_BYTES = 2 ** 24;
const MAX_CONFIG_OBJECTS = 2 ** 18;

/** The names of a model's layers in its configuration, config.json of a .keras file. None if it can't be read. */
export function layerNames(config: Uint8Array): LayerNames {
  const names = new Map<string, string>();
  if (config.length > MAX_CONFIG_BYTES || surveyJson(config).containers > MAX_CONFIG_OBJECTS) return names;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(config));
  } catch {
    return names;
  }
  const layers = member(member(value, "config"), "layers");
  const counts = new Map<string, number>();
  for (const layer of Array.isArray(layers) ? layers : []) {
    const [kind, name] = [member(layer, "class_name"), member(member(layer, "config"), "name")];
    if (typeof kind !== "string" || typeof name !== "string") continue;
    const group = snakeCase(kind);
    const count = counts.get(group) ?? 0;
    counts.set(group, count + 1);
    // dots would look like modules inside
    names.set(count === 0 ? group : `${group}_${count}`, name.replace(/[./]/g, "_"));
  }
  return names;
}

function member(value: unknown, key: string): unknown {
  return value !== null && typeof value === "object" ? Reflect.get(value, key) : undefined;
}

/** SimpleRNN → simple_rnn, as Keras does it. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
