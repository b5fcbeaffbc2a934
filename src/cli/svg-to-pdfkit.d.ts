declare module "svg-to-pdfkit" {
  /** Draws an SVG document on the current page of a PDF document. */
  export default function drawSvg(
    document: PDFKit.PDFDocument,
    svg: string,
    x: number,
    y: number,
    options: {
      readonly width: number;
      readonly height: number;
      /** Whether a pixel of the drawing is a point of the page, before it is scaled. */
      readonly assumePt: boolean;
      /** The registered name of the font for a family, weight and slope. */
      readonly fontCallback: (family: string, bold: boolean, italic: boolean) => string;
    },
  ): void;
}
