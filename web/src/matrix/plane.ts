/** A matrix as the page shows it: numbers with a name for every row and column. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
  value(row: number, column: number): number;
  rowLabel(row: number): string;
  columnLabel(column: number): string;
}

/** What the colours of one matrix mean: from its own minimum over zero to its own maximum. */
export interface Scale {
  readonly minimum: number;
  readonly maximum: number;
  /** The magnitude that gets the full colour. */
  readonly bound: number;
  readonly negativeInfinities: number;
  readonly notNumbers: number;
}

/** The most cells that are drawn as a real table. */
export const tableCells = 2500;

export function scaleOf(plane: Plane): Scale {
  let minimum = Infinity;
  let maximum = -Infinity;
  let negativeInfinities = 0;
  let notNumbers = 0;
  for (let row = 0; row < plane.rows; row++) {
    for (let column = 0; column < plane.columns; column++) {
      const value = plane.value(row, column);
      if (Number.isFinite(value)) {
        if (value < minimum) minimum = value;
        if (value > maximum) maximum = value;
      } else if (Number.isNaN(value)) {
        notNumbers++;
      } else if (value < 0) {
        negativeInfinities++;
      }
    }
  }
  return minimum > maximum
    ? { minimum: 0, maximum: 0, bound: 0, negativeInfinities, notNumbers }
    : { minimum, maximum, bound: Math.max(Math.abs(minimum), Math.abs(maximum)), negativeInfinities, notNumbers };
}

/** How strongly a value is coloured: -1 and 1 are the full colours, 0 is none; null where there is no number to colour. */
export function tone(value: number, scale: Scale): number | null {
  if (!Number.isFinite(value)) return null;
  return scale.bound === 0 ? 0 : Math.max(-1, Math.min(1, value / scale.bound));
}

/** The plane of a row-major tensor along two of its axes, the others held at `fixed`; an axis of -1 has length one. */
export function slice(
  values: Float32Array, shape: readonly number[], rowAxis: number, columnAxis: number, fixed: readonly number[],
  rowLabel: (row: number) => string, columnLabel: (column: number) => string): Plane {
  const strides = stridesOf(shape);
  const base = strides.reduce((sum, stride, axis) => axis === rowAxis || axis === columnAxis ? sum : sum + stride * (fixed[axis] ?? 0), 0);
  const down = rowAxis < 0 ? 0 : strides[rowAxis] ?? 0;
  const across = columnAxis < 0 ? 0 : strides[columnAxis] ?? 0;
  return {
    rows: rowAxis < 0 ? 1 : shape[rowAxis] ?? 1,
    columns: columnAxis < 0 ? 1 : shape[columnAxis] ?? 1,
    value: (row, column) => values[base + row * down + column * across] ?? NaN,
    rowLabel,
    columnLabel,
  };
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}
