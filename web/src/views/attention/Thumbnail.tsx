import { useLayoutEffect, useRef } from 'preact/hooks';
import { paletteOf } from '../../matrix/paint';
import { scaleOf, tone, type Plane } from '../../matrix/plane';
import { shown } from '../../shell/theme';

/** The most pixels of a thumbnail on a side. */
const most = 64;

/** A matrix too small to read but large enough to recognise: each pixel is a cell, or of a long sentence the first cell of a block. */
export function Thumbnail({ plane }: { plane: Plane }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = shown.value;
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (canvas.current === null || context === null || context === undefined) return;
    const stride = Math.ceil(Math.max(plane.rows, plane.columns) / most);
    const palette = paletteOf(canvas.current);
    const scale = scaleOf(plane);
    const middle = (palette.tones.length - 1) / 2;
    canvas.current.width = Math.ceil(plane.columns / stride);
    canvas.current.height = Math.ceil(plane.rows / stride);
    for (let y = 0; y < canvas.current.height; y++) {
      for (let x = 0; x < canvas.current.width; x++) {
        const strength = tone(plane.value(y * stride, x * stride), scale);
        context.fillStyle = strength === null ? palette.raised : palette.tones[Math.round((1 + strength) * middle)] ?? palette.surface;
        context.fillRect(x, y, 1, 1);
      }
    }
  }, [plane, theme]);
  return <canvas class="thumbnail" ref={canvas} aria-hidden="true" />;
}
