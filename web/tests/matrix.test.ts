import { describe, expect, test } from 'vitest';
import { follow } from '../src/matrix/keys';
import { brief, exact } from '../src/matrix/numbers';
import { cellAt, layoutOf } from '../src/matrix/paint';
import { scaleOf, slice, tone } from '../src/matrix/plane';

const name = (i: number) => String(i);
const plane = (rows: number, columns: number, values: number[]) => slice(Float32Array.from(values), [rows, columns], 0, 1, [], name, name);
const key = (pressed: string, ctrlKey = false) => ({ key: pressed, ctrlKey, altKey: false, metaKey: false });

describe('planes', () => {
  test('a plane of a tensor takes any two axes and holds the others', () => {
    const values = Float32Array.from({ length: 2 * 3 * 5 * 7 }, (_, i) => i);
    const heads = slice(values, [2, 3, 5, 7], 1, 3, [1, 0, 4, 0], name, name);
    expect([heads.rows, heads.columns]).toEqual([3, 7]);
    expect(heads.value(2, 6)).toBe(1 * 105 + 2 * 35 + 4 * 7 + 6);
  });

  test('an axis that is not there has length one', () => {
    const row = slice(Float32Array.from([4, 5, 6]), [3], -1, 0, [], name, name);
    expect([row.rows, row.columns, row.value(0, 2)]).toEqual([1, 3, 6]);
  });

  test('the scale leaves out infinity and NaN, and counts them', () => {
    expect(scaleOf(plane(2, 2, [-3, 1, -Infinity, NaN]))).toEqual({ minimum: -3, maximum: 1, bound: 3, negativeInfinities: 1, notNumbers: 1 });
    expect(scaleOf(plane(1, 1, [NaN])).bound).toBe(0);
  });

  test('zero has no colour, the largest magnitude the full one', () => {
    const scale = scaleOf(plane(1, 3, [-2, 0, 1]));
    expect([tone(-2, scale), tone(0, scale), tone(1, scale), tone(-Infinity, scale), tone(NaN, scale)]).toEqual([-1, 0, 0.5, null, null]);
  });
});

describe('keys', () => {
  test('arrows stop at the edges', () => {
    expect(follow(key('ArrowLeft'), { row: 1, column: 0 }, 3, 4)).toEqual({ row: 1, column: 0 });
    expect(follow(key('ArrowDown'), { row: 2, column: 1 }, 3, 4)).toEqual({ row: 2, column: 1 });
    expect(follow(key('ArrowRight'), { row: 0, column: 1 }, 3, 4)).toEqual({ row: 0, column: 2 });
  });

  test('Home and End go along the row, with Ctrl to the corners; pages are ten rows', () => {
    expect(follow(key('End'), { row: 1, column: 1 }, 30, 4)).toEqual({ row: 1, column: 3 });
    expect(follow(key('End', true), { row: 1, column: 1 }, 30, 4)).toEqual({ row: 29, column: 3 });
    expect(follow(key('Home', true), { row: 9, column: 1 }, 30, 4)).toEqual({ row: 0, column: 0 });
    expect(follow(key('PageDown'), { row: 25, column: 1 }, 30, 4)).toEqual({ row: 29, column: 1 });
    expect(follow(key('x'), { row: 0, column: 0 }, 3, 4)).toBeNull();
  });
});

describe('numbers', () => {
  test('a value in a cell has about four digits and a true minus sign', () => {
    expect([0, -0, 1, -2, -0.5, 12.345, 123.456, 12345.6, -0.00001, -Infinity, NaN].map(brief)).toEqual(['0', '0', '1', '−2', '−0.500', '12.35', '123.5', '12346', '−1e−5', '−∞', 'NaN']);
  });

  test('an exact value is the shortest that tells a float32 from its neighbours', () => {
    const values = [0.1, 1 / 3, -2.7182818, 1e-30, 16777217].map(Math.fround);
    for (const value of values) expect(Math.fround(Number(exact(value).replace(/−/g, '-')))).toBe(value);
    expect(exact(Math.fround(0.1))).toBe('0.1');
  });
});

describe('large matrices', () => {
  test('a pixel belongs to the cell under it, scrolled or not', () => {
    const large = plane(100, 100, Array.from({ length: 10000 }, () => 1));
    const layout = layoutOf(large, true, 800, 60);
    const at = (left: number, top: number, x: number, y: number) => cellAt(layout, { left, top, width: 800, height: 600 }, large, x, y);
    expect(at(0, 0, layout.gutter + 1, layout.header + 1)).toEqual({ row: 0, column: 0 });
    expect(at(3 * layout.cellWidth, 5 * layout.cellHeight, layout.gutter + 1, layout.header + 1)).toEqual({ row: 5, column: 3 });
    expect(at(0, 0, 1, 1)).toBeNull();
  });

  test('an overview keeps at least two pixels for a cell', () => {
    const layout = layoutOf(plane(1, 5000, Array.from({ length: 5000 }, () => 0)), false, 600, 60);
    expect(layout.cellWidth).toBe(2);
  });
});
