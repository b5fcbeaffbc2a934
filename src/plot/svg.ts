/** SVG as strings, without a DOM, so that pictures can be made on any platform. */

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element. Numbers are written with two decimals at most. Children are SVG text and are not escaped. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? short(value) : escapeText(value!)}"`)
    .join("");
  return children.length === 0 ? `<${name}${list}/>` : `<${name}${list}>${children.join("")}</${name}>`;
}

export function group(attributes: Attributes, ...children: readonly string[]): string {
  return element("g", attributes, children.join(""));
}

/** A number with two decimals at most and never an exponent. */
export function short(x: number): string {
  const rounded = Math.round(x * 100) / 100;
  return rounded === 0 ? "0" : `${rounded}`;
}

/** A text that is safe as content and as an attribute, without the characters that XML does not allow. */
export function escapeText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, " ")
    .replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes = {}): string {
  return element("line", { x1, y1, x2, y2, ...attributes });
}

/** A path through points [x, y]. */
export function polyline(points: readonly (readonly [number, number])[], attributes: Attributes = {}): string {
  if (points.length < 2) return "";
  return element("path", { d: pathOf(points), fill: "none", ...attributes });
}

export function polygon(points: readonly (readonly [number, number])[], attributes: Attributes = {}): string {
  return element("path", { d: `${pathOf(points)}Z`, ...attributes });
}

/** A dot at each point [x, y], all in one element. */
export function dots(
  points: readonly (readonly [number, number])[],
  radius: number,
  colour: string,
  opacity?: number,
): string {
  const d = points.map(([x, y]) => `M${short(x)} ${short(y)}h0`).join("");
  const style = { stroke: colour, "stroke-width": 2 * radius, "stroke-linecap": "round", "stroke-opacity": opacity };
  return element("path", { d, fill: "none", ...style });
}

function pathOf(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${short(x)} ${short(y)}`).join("");
}
