// Draw a slice, and over it the heat map, the mask's edge and the crop's box.

// Black to purple to orange to pale yellow, evenly lighter; a few stops of "inferno".
const STOPS = [
  [0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99],
  [212, 72, 66], [245, 125, 21], [250, 193, 39], [252, 255, 164],
];

export async function viewOf(slice) {
  const [bitmap, heat, mask] = await Promise.all([slice.image, slice.heat, slice.mask].map(decode));
  return { slice, bitmap, heat: heat && colour(heat), mask: mask && edge(mask) };
}

async function decode(base64) {
  if (!base64) return null;
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  return createImageBitmap(new Blob([bytes], { type: "image/png" }));
}

function colour(bitmap) {
  return repaint(bitmap, (pixels, i) => {
    const value = pixels[i] / 255;
    const at = value * (STOPS.length - 1);
    const low = Math.min(Math.floor(at), STOPS.length - 2);
    for (let c = 0; c < 3; c += 1) {
      pixels[i + c] = STOPS[low][c] + (at - low) * (STOPS[low + 1][c] - STOPS[low][c]);
    }
    pixels[i + 3] = 255 * Math.min(1, 1.5 * value); // what moved nothing stays as it was
  });
}

function edge(bitmap) {
  const { width } = bitmap;
  const inside = pixelsOf(bitmap).data;
  return repaint(bitmap, (pixels, i) => {
    const within = (at) => inside[at] > 127;
    const around = [i - 4, i + 4, i - 4 * width, i + 4 * width];
    const on = within(i) && !around.every(within);
    pixels.set(on ? [0, 229, 255, 255] : [0, 0, 0, 0], i);
  });
}

export function draw(canvas, view, options) {
  const { bitmap, heat, mask, slice } = view;
  canvas.width = bitmap.width;
  canvas.height = bitmap.height;
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  if (heat && options.opacity > 0) {
    context.globalAlpha = options.opacity;
    context.drawImage(heat, 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
  }
  if (mask && options.mask) context.drawImage(mask, 0, 0, canvas.width, canvas.height);
  if (slice.box && options.crop) {
    const across = canvas.width / slice.width;
    const down = canvas.height / slice.height;
    const [top, left, bottom, right] = slice.box;
    context.lineWidth = Math.max(1, canvas.width / 200);
    context.strokeStyle = "#5ee08a";
    context.setLineDash([4 * context.lineWidth, 3 * context.lineWidth]);
    const half = context.lineWidth / 2; // within the image, also where the box is all of it
    context.strokeRect(
      left * across + half, top * down + half,
      (right - left) * across - 2 * half, (bottom - top) * down - 2 * half,
    );
  }
}

function pixelsOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height);
}

function repaint(bitmap, paint) {
  const pixels = pixelsOf(bitmap);
  for (let i = 0; i < pixels.data.length; i += 4) paint(pixels.data, i);
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}
