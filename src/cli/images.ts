import { createRequire } from "node:module";
import { OptionError } from "../model/errors.ts";

/** The width of a picture; its height follows. */
export interface PictureSize {
  readonly width: number;
  readonly unit: "px" | "mm" | "cm" | "in" | "pt";
}

/** An SVG document as the bytes of a format. */
export type PictureEncoder = (svg: string) => Promise<string | Uint8Array>;

/** Units of length in points, 72 to the inch; a pixel is 1/96 inch, as CSS has it. */
const POINTS: Readonly<Record<PictureSize["unit"], number>> = {
  px: 0.75,
  mm: 72 / 25.4,
  cm: 720 / 25.4,
  in: 72,
  pt: 1,
};

/** Dots per inch of a PNG whose size is given in a unit of length. */
const DOTS_PER_INCH = 300;

/** Pixels of a PNG for each pixel of the drawing, where no size is given. */
const ZOOM = 2;

/** The packages that a format needs, which are installed only where somebody wants it. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  ".png": ["@resvg/resvg-js", "dejavu-fonts-ttf"],
  ".pdf": ["pdfkit", "svg-to-pdfkit", "dejavu-fonts-ttf"],
};

const FONT_FAMILY = "DejaVu Sans";

/** Files of the one font in which PNG and PDF are set, by weight and slope. */
const FONTS = {
  plain: "DejaVuSans.ttf",
  bold: "DejaVuSans-Bold.ttf",
  italic: "DejaVuSans-Oblique.ttf",
  boldItalic: "DejaVuSans-BoldOblique.ttf",
};

/**
 * @param ending of the file: .svg, .png or .pdf @param option that named it, for messages
 * @throws OptionError where a package that the format needs is not installed
 */
export async function encoderOf(ending: string, option: string, size?: PictureSize): Promise<PictureEncoder> {
  if (ending === ".svg") return async (svg) => sized(svg, size);
  const fonts = fontFiles(ending, option);
  return ending === ".png" ? pngEncoder(fonts, option, size) : pdfEncoder(fonts, option, size);
}

type Fonts = Readonly<Record<keyof typeof FONTS, string>>;

function fontFiles(ending: string, option: string): Fonts {
  const { resolve } = createRequire(import.meta.url);
  try {
    const file = (name: string): string => resolve(`dejavu-fonts-ttf/ttf/${name}`);
    return {
      plain: file(FONTS.plain),
      bold: file(FONTS.bold),
      italic: file(FONTS.italic),
      boldItalic: file(FONTS.boldItalic),
    };
  } catch {
    throw missing(ending, option);
  }
}

function missing(ending: string, option: string): OptionError {
  const packages = PACKAGES[ending]!;
  return new OptionError(
    option,
    `needs packages that are not installed to write ${ending}`,
    packages.join(", "),
    `Install them with npm install ${packages.join(" ")}, or write an .svg.`,
  );
}

async function pngEncoder(fonts: Fonts, option: string, size: PictureSize | undefined): Promise<PictureEncoder> {
  const { Resvg } = await import("@resvg/resvg-js").catch(() => {
    throw missing(".png", option);
  });
  const width = size && Math.round(size.unit === "px" ? size.width : (pointsOf(size) / 72) * DOTS_PER_INCH);
  return async (svg) =>
    new Resvg(svg, {
      fitTo: width === undefined ? { mode: "zoom", value: ZOOM } : { mode: "width", value: width },
      font: { loadSystemFonts: false, fontFiles: Object.values(fonts), defaultFontFamily: FONT_FAMILY },
    })
      .render()
      .asPng();
}

async function pdfEncoder(fonts: Fonts, option: string, size: PictureSize | undefined): Promise<PictureEncoder> {
  const [{ default: PdfDocument }, { default: drawSvg }] = await Promise.all([
    import("pdfkit"),
    import("svg-to-pdfkit"),
  ]).catch(() => {
    throw missing(".pdf", option);
  });
  return async (svg) => {
    const drawing = sizeOf(svg);
    const width = size === undefined ? drawing.width * POINTS.px : pointsOf(size);
    const height = (width * drawing.height) / drawing.width;
    const document = new PdfDocument({ size: [width, height], margin: 0, info: { Title: titleOf(svg) } });
    const pieces: Uint8Array[] = [];
    document.on("data", (piece: Uint8Array) => pieces.push(piece));
    const end = new Promise((resolve) => document.on("end", resolve));
    for (const [name, file] of Object.entries(fonts)) document.registerFont(name, file);
    drawSvg(document, svg, 0, 0, {
      width,
      height,
      assumePt: true,
      fontCallback: (_: string, bold: boolean, italic: boolean) =>
        bold && italic ? "boldItalic" : bold ? "bold" : italic ? "italic" : "plain",
    });
    document.end();
    await end;
    return Buffer.concat(pieces);
  };
}

function pointsOf({ width, unit }: PictureSize): number {
  return width * POINTS[unit];
}

/** The size that a picture of this program says it has, in pixels. */
function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /<svg [^>]*?width="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}

function titleOf(svg: string): string {
  const title = /<title>([^<]*)</.exec(svg)?.[1] ?? "";
  return title.replace(/&(lt|gt|amp|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? "");
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', "#39": "'" };

/** The same drawing at another size. */
export function sized(svg: string, size: PictureSize | undefined): string {
  if (size === undefined) return svg;
  const { width, height } = sizeOf(svg);
  const tall = Number(((size.width * height) / width).toFixed(4));
  return svg.replace(
    /width="[\d.]+" height="[\d.]+"/,
    `width="${size.width}${size.unit}" height="${tall}${size.unit}"`,
  );
}
