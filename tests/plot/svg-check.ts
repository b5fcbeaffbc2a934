import { textWidth } from "../../src/plot/style.ts";

/** One element of an SVG document, placed: its box in the document's own units where it has one. */
export interface Placed {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly box:
    | { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }
    | undefined;
}

interface Frame {
  readonly name: string;
  /** Offset of the frame's origin, and its turn by −90° for texts. */
  readonly x: number;
  readonly y: number;
  readonly clipped: boolean;
}

/**
 * Reads an SVG document as a strict XML reader would: throws on anything that is not well formed. Texts and circles are
 * given with their boxes in the document, those inside of a nested, clipping <svg> too.
 */
export function readSvg(source: string): {
  readonly width: number;
  readonly height: number;
  readonly elements: Placed[];
} {
  const elements: Placed[] = [];
  const stack: Frame[] = [];
  const token = /<(\/?)([A-Za-z]+)((?:\s+[A-Za-z][A-Za-z0-9-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let size: { width: number; height: number } | undefined;
  let pending: { name: string; attributes: Record<string, string>; text: string; frame: Frame } | undefined;
  let at = 0;
  for (let match = token.exec(source); match !== null; match = token.exec(source)) {
    at = token.lastIndex;
    const [, closing, name, attributeText, empty, characters] = match;
    if (characters !== undefined) {
      checkCharacters(characters);
      if (stack.length === 0 && characters.trim() !== "")
        throw new Error(`text outside of the document: ${characters}`);
      if (pending) pending.text += decode(characters);
      continue;
    }
    if (closing === "/") {
      const frame = stack.pop();
      if (frame?.name !== name) throw new Error(`</${name}> closes <${frame?.name}>`);
      if (pending && name === pending.name) {
        elements.push(placed(pending));
        pending = undefined;
      }
      continue;
    }
    const attributes: Record<string, string> = {};
    for (const [, key, value] of attributeText!.matchAll(/([A-Za-z][A-Za-z0-9-]*)="([^"]*)"/g)) {
      if (key! in attributes) throw new Error(`${key} twice in <${name}>`);
      checkCharacters(value!);
      attributes[key!] = decode(value!);
    }
    const parent = stack.at(-1) ?? { name: "", x: 0, y: 0, clipped: false };
    if (name === "svg" && stack.length === 0)
      size = { width: Number(attributes.width), height: Number(attributes.height) };
    const frame: Frame = {
      name: name!,
      ...moved(parent, attributes),
      clipped: parent.clipped || (name === "svg" && stack.length > 0),
    };
    if (empty === "/") elements.push(placed({ name: name!, attributes, text: "", frame }));
    else {
      stack.push(frame);
      if (name === "text" || name === "title") pending = { name: name, attributes, text: "", frame };
    }
  }
  if (at !== source.length) throw new Error(`not well formed at ${source.slice(at, at + 60)}`);
  if (stack.length > 0 || size === undefined) throw new Error(`<${stack.at(-1)?.name}> is not closed`);
  return { ...size, elements };
}

function checkCharacters(text: string): void {
  if (/&(?!#\d+;)/.test(text)) throw new Error(`a bare & in ${text}`);
  if (/[\p{Cc}]/u.test(text.replace(/[\n\t]/g, ""))) throw new Error("a control character");
  if (/NaN|Infinity|undefined|null/.test(text)) throw new Error(`a number that is none in ${text}`);
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}

function moved(parent: Frame, { transform = "" }: Record<string, string>): { x: number; y: number } {
  const [, dx = "0", dy = "0"] = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(transform) ?? [];
  return { x: parent.x + Number(dx), y: parent.y + Number(dy) };
}

function placed({
  name,
  attributes,
  text,
  frame,
}: {
  name: string;
  attributes: Record<string, string>;
  text: string;
  frame: Frame;
}): Placed {
  return { name, attributes, text, box: frame.clipped ? undefined : boxOf(name, attributes, text, frame) };
}

function boxOf(name: string, attributes: Record<string, string>, text: string, { x, y }: Frame): Placed["box"] {
  if (name === "circle") {
    const [cx, cy, r] = [Number(attributes.cx), Number(attributes.cy), Number(attributes.r)];
    return { left: x + cx - r, right: x + cx + r, top: y + cy - r, bottom: y + cy + r };
  }
  if (name !== "text") return undefined;
  const size = Number(attributes["font-size"]);
  const width = textWidth(text, size);
  const anchor = attributes["text-anchor"] ?? "start";
  const start = anchor === "middle" ? -width / 2 : anchor === "end" ? -width : 0;
  const [px, py] = [x + Number(attributes.x), y + Number(attributes.y)];
  return /rotate\(-90/.test(attributes.transform ?? "")
    ? { left: px - 0.8 * size, right: px + 0.25 * size, top: py - start - width, bottom: py - start }
    : { left: px + start, right: px + start + width, top: py - 0.8 * size, bottom: py + 0.25 * size };
}

/** Texts that reach out of the document, and pairs of texts that overlap: what is wrong with a picture's layout. */
export function layoutProblems(source: string): string[] {
  const { width, height, elements } = readSvg(source);
  const texts = elements.filter(({ name, box, text }) => name === "text" && box !== undefined && text !== "");
  const out = texts
    .filter(({ box }) => box!.left < -1 || box!.right > width + 1 || box!.top < -1 || box!.bottom > height + 1)
    .map(({ text }) => `cut: ${text}`);
  texts.forEach((a, i) => {
    for (const b of texts.slice(i + 1)) {
      const across = Math.min(a.box!.right, b.box!.right) - Math.max(a.box!.left, b.box!.left);
      const down = Math.min(a.box!.bottom, b.box!.bottom) - Math.max(a.box!.top, b.box!.top);
      if (across > 1.5 && down > 1.5) out.push(`overlap: ${a.text} | ${b.text}`);
    }
  });
  return out;
}
