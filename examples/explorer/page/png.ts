/** Pixels for one unit of the drawing: sharp on paper and on dense screens. */
const SCALE = 3;
/** No side has more pixels: browsers give nothing, without a word, for larger ones. */
const MOST_PIXELS = 8192;

/** A drawing as a PNG file. @throws Error where the browser has no memory for it */
export async function pngOf(svg: string): Promise<Blob> {
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const { naturalWidth: width, naturalHeight: height } = image;
    const scale = Math.min(SCALE, MOST_PIXELS / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(scale * width);
    canvas.height = Math.round(scale * height);
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const png = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
    if (png === null) throw new Error("the browser makes no PNG of this picture");
    return png;
  } finally {
    URL.revokeObjectURL(url);
  }
}
