import { brief } from './numbers';
import { tone, type Plane, type Scale } from './plane';
import type { Place } from './keys';

/** Where the cells of a large matrix lie: sizes in CSS pixels. */
export interface Layout {
  readonly cellWidth: number;
  readonly cellHeight: number;
  readonly gutter: number;
  readonly header: number;
}

export interface Viewport {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The colours of the page as the canvas needs them. */
export interface Palette {
  readonly surface: string;
  readonly raised: string;
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly font: string;
  /** 2 x tones + 1 colours from the full negative tone over none to the full positive one. */
  readonly tones: readonly string[];
}

const tones = 64;

/** Reads the colours from the style sheet, so that canvas and table agree in both themes. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const color = (name: string) => style.getPropertyValue(name).trim();
  const surface = rgb(color('--surface'));
  const end = (name: string) => rgb(color(name));
  const [negative, positive] = [end('--negative'), end('--positive')];
  const mixed = Array.from({ length: 2 * tones + 1 }, (_, i) => {
    const strength = (i - tones) / tones;
    return mix(surface, strength < 0 ? negative : positive, Math.abs(strength));
  });
  return { surface: color('--surface'), raised: color('--raised'), ink: color('--ink'), muted: color('--muted'), line: color('--line'), font: style.fontFamily, tones: mixed };
}

/** The size of cells: as an overview that shows as much as fits, or wide enough for their numbers. */
export function layoutOf(plane: Plane, numbers: boolean, available: number, labels: number): Layout {
  const gutter = Math.min(labels, Math.max(48, available * 0.3));
  if (numbers) return { cellWidth: 58, cellHeight: 24, gutter, header: 24 };
  const room = available - gutter;
  return {
    cellWidth: Math.max(2, Math.min(26, Math.floor(room / plane.columns * 10) / 10)),
    cellHeight: plane.rows > 60 ? Math.max(2, Math.min(16, Math.floor(560 / plane.rows))) : 20,
    gutter,
    header: 22,
  };
}

export function cellAt(layout: Layout, viewport: Viewport, plane: Plane, x: number, y: number): Place | null {
  if (x < layout.gutter || y < layout.header) return null;
  const column = Math.floor((x - layout.gutter + viewport.left) / layout.cellWidth);
  const row = Math.floor((y - layout.header + viewport.top) / layout.cellHeight);
  return row >= 0 && row < plane.rows && column >= 0 && column < plane.columns ? { row, column } : null;
}

/** Draws what the viewport shows and nothing else. */
export function paint(
  context: CanvasRenderingContext2D, plane: Plane, scale: Scale, layout: Layout, viewport: Viewport, palette: Palette,
  pointed: Place | null, marked?: (row: number, column: number) => boolean): void {
  const { cellWidth, cellHeight, gutter, header } = layout;
  context.clearRect(0, 0, viewport.width, viewport.height);
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, viewport.width, viewport.height);
  const firstRow = Math.max(0, Math.floor(viewport.top / cellHeight));
  const lastRow = Math.min(plane.rows - 1, Math.floor((viewport.top + viewport.height - header) / cellHeight));
  const firstColumn = Math.max(0, Math.floor(viewport.left / cellWidth));
  const lastColumn = Math.min(plane.columns - 1, Math.floor((viewport.left + viewport.width - gutter) / cellWidth));
  const x = (column: number) => gutter + column * cellWidth - viewport.left;
  const y = (row: number) => header + row * cellHeight - viewport.top;
  const gap = cellWidth >= 8 && cellHeight >= 8 ? 1 : 0;
  const written = cellWidth >= 50;
  context.textBaseline = 'middle';
  context.font = `12px ${palette.font}`;

  context.save();
  context.beginPath();
  context.rect(gutter, header, viewport.width - gutter, viewport.height - header);
  context.clip();
  context.textAlign = 'right';
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const value = plane.value(row, column);
      const strength = tone(value, scale);
      context.fillStyle = strength === null ? palette.raised : palette.tones[Math.round(strength * tones) + tones] ?? palette.surface;
      context.fillRect(x(column), y(row), cellWidth - gap + (gap === 0 ? 0.5 : 0), cellHeight - gap + (gap === 0 ? 0.5 : 0));
      if (written) {
        context.fillStyle = strength === null ? palette.muted : palette.ink;
        context.fillText(brief(value), x(column) + cellWidth - 6, y(row) + cellHeight / 2);
      } else if (strength === null && cellWidth >= 6 && cellHeight >= 6) {
        context.strokeStyle = palette.muted;
        context.beginPath();
        context.moveTo(x(column) + cellWidth * 0.25, y(row) + cellHeight / 2);
        context.lineTo(x(column) + cellWidth * 0.75, y(row) + cellHeight / 2);
        context.stroke();
      }
      if (marked?.(row, column) === true) ring(context, x(column), y(row), cellWidth, cellHeight, palette.ink, 2);
    }
  }
  if (pointed !== null) ring(context, x(pointed.column), y(pointed.row), cellWidth, cellHeight, palette.ink, 2);
  context.restore();

  context.fillStyle = palette.muted;
  context.textAlign = 'right';
  const everyRow = round(18 / cellHeight);
  for (let row = firstRow; row <= lastRow; row++) {
    if (row % everyRow === 0 && y(row) + cellHeight / 2 > header) context.fillText(clipped(context, plane.rowLabel(row), gutter - 10), gutter - 6, Math.max(header + 8, y(row) + cellHeight / 2));
  }
  const longest = Math.min(90, context.measureText(plane.columnLabel(plane.columns - 1)).width);
  const everyColumn = written ? 1 : round((longest + 14) / cellWidth);
  context.textAlign = written ? 'right' : 'center';
  for (let column = firstColumn; column <= lastColumn; column++) {
    const at = x(column) + (written ? cellWidth - 6 : cellWidth / 2);
    if (column % everyColumn === 0 && at > gutter + 2) context.fillText(clipped(context, plane.columnLabel(column), everyColumn * cellWidth - 4), at, header / 2);
  }
  context.strokeStyle = palette.line;
  context.beginPath();
  context.moveTo(gutter - 0.5, 0);
  context.lineTo(gutter - 0.5, viewport.height);
  context.moveTo(0, header - 0.5);
  context.lineTo(viewport.width, header - 0.5);
  context.stroke();
}

/** Every how many a name is written: 1, 2, 5, 10, 20 … so that the numbers in them are round. */
export function round(least: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
}

function ring(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number, color: string, line: number): void {
  context.strokeStyle = color;
  context.lineWidth = line;
  context.strokeRect(x - 1, y - 1, Math.max(4, width) + 1, Math.max(4, height) + 1);
  context.lineWidth = 1;
}

function clipped(context: CanvasRenderingContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let kept = [...text];
  while (kept.length > 1 && context.measureText(`${kept.join('')}…`).width > width) kept = kept.slice(0, -1);
  return `${kept.join('')}…`;
}

type Color = readonly [number, number, number];

function rgb(hex: string): Color {
  const digits = hex.slice(1);
  const value = parseInt(digits.length === 3 ? [...digits].map(digit => digit + digit).join('') : digits, 16);
  return [value >> 16 & 255, value >> 8 & 255, value & 255];
}

function mix(a: Color, b: Color, share: number): string {
  return `rgb(${a.map((part, i) => Math.round(part + ((b[i] ?? part) - part) * share)).join(' ')})`;
}
