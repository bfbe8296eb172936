import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSignal, useSignalEffect } from '@preact/signals';
import { shown } from '../shell/theme';
import type { CellsProps } from './MatrixTable';
import { follow, type Place } from './keys';
import { brief } from './numbers';
import { cellAt, layoutOf, paint, paletteOf, type Viewport } from './paint';

/** Rows and columns of the virtual table on each side of its current cell. */
const reach = 2;

/** A large matrix: only what the viewport shows is drawn, and a small table around the current cell stands beside it for keyboard and screen reader. */
export function MatrixCanvas({ plane, caption, scale, pointed, numbers, onOpen, marked }: CellsProps & { readonly numbers: boolean }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const size = useSignal({ width: 0, height: 0 });
  const scroll = useSignal({ left: 0, top: 0 });
  const [place, setPlace] = useState<Place>({ row: 0, column: 0 });
  const inside = useSignal(false);
  const layout = layoutOf(plane, numbers, size.value.width || 600, labelWidth(plane.rows, plane.rowLabel));
  const total = { width: layout.gutter + plane.columns * layout.cellWidth, height: layout.header + plane.rows * layout.cellHeight };
  const current: Place = { row: Math.min(place.row, plane.rows - 1), column: Math.min(place.column, plane.columns - 1) };

  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => { size.value = { width: element.clientWidth, height: Math.min(total.height, window.innerHeight * 0.64, 640) }; };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [total.height]);

  useSignalEffect(() => {
    void shown.value;
    void pointed.value;
    void inside.value;
    void size.value;
    void scroll.value;
    draw();
  });
  useEffect(() => draw());

  const pending = useRef(0);
  const latest = useRef(() => {});
  latest.current = () => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined || canvas.current === null) return;
    const density = window.devicePixelRatio || 1;
    const viewport: Viewport = { ...scroll.peek(), ...size.peek() };
    canvas.current.width = Math.round(viewport.width * density);
    canvas.current.height = Math.round(viewport.height * density);
    canvas.current.style.width = `${viewport.width}px`;
    canvas.current.style.height = `${viewport.height}px`;
    context.setTransform(density, 0, 0, density, 0, 0);
    paint(context, plane, scale, layout, viewport, paletteOf(canvas.current), pointed.peek() ?? (inside.peek() ? current : null), marked);
  };
  function draw(): void {
    cancelAnimationFrame(pending.current);
    pending.current = requestAnimationFrame(() => latest.current());
  }

  const reveal = (to: Place) => {
    const element = frame.current;
    if (element === null) return;
    const [x, y] = [to.column * layout.cellWidth, to.row * layout.cellHeight];
    const [width, height] = [size.value.width - layout.gutter, size.value.height - layout.header];
    element.scrollTo(
      x < element.scrollLeft ? x : x + layout.cellWidth > element.scrollLeft + width ? x + layout.cellWidth - width : element.scrollLeft,
      y < element.scrollTop ? y : y + layout.cellHeight > element.scrollTop + height ? y + layout.cellHeight - height : element.scrollTop);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = follow(event, current, plane.rows, plane.columns);
    if (to !== null) {
      setPlace(to);
      pointed.value = to;
      reveal(to);
    } else if (onOpen !== undefined && (event.key === 'Enter' || event.key === ' ')) onOpen(current);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const under = (event: MouseEvent): Place | null => {
    const box = canvas.current?.getBoundingClientRect();
    return box === undefined ? null : cellAt(layout, { ...scroll.value, ...size.value }, plane, event.clientX - box.left, event.clientY - box.top);
  };

  return (
    <div class="canvas" ref={frame} style={{ height: `${size.value.height + 2}px` }}
      onScroll={event => { scroll.value = { left: event.currentTarget.scrollLeft, top: event.currentTarget.scrollTop }; }}
      onFocusIn={() => { inside.value = true; }} onFocusOut={() => { inside.value = false; }}>
      <canvas ref={canvas} aria-hidden="true" class={onOpen ? 'open' : ''}
        onMouseMove={event => { pointed.value = under(event); }} onMouseLeave={() => { pointed.value = null; }}
        onClick={event => {
          const at = under(event);
          if (at === null) return;
          setPlace(at);
          onOpen?.(at);
        }} />
      <div class="spacer" aria-hidden="true" style={{ width: `${total.width}px`, height: `${Math.max(0, total.height - size.value.height)}px` }} />
      <div class="twin" onKeyDown={onKeyDown}>
        <Twin plane={plane} caption={caption} place={current} focus={inside.peek()} />
      </div>
    </div>
  );
}

/** The table that stands in for the canvas: the current cell, its neighbours and their names, with their true places in the whole. */
function Twin({ plane, caption, place, focus }: Pick<CellsProps, 'plane' | 'caption'> & { place: Place; focus: boolean }) {
  const cell = useRef<HTMLTableCellElement>(null);
  // Only where a key has moved: who comes by Tab has the focus already, and may have gone on before anything is drawn.
  const before = useRef(place);
  useLayoutEffect(() => {
    if (focus && before.current !== place) cell.current?.focus({ preventScroll: true });
    before.current = place;
  }, [place.row, place.column]);
  const rows = around(place.row, plane.rows);
  const columns = around(place.column, plane.columns);
  return (
    <table class="unseen" role="grid" aria-label={caption} aria-rowcount={plane.rows + 1} aria-colcount={plane.columns + 1}>
      <thead>
        <tr aria-rowindex={1}><td />{columns.map(column => <th scope="col" key={column} aria-colindex={column + 2}>{plane.columnLabel(column)}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row} aria-rowindex={row + 2}>
            <th scope="row" aria-colindex={1}>{plane.rowLabel(row)}</th>
            {columns.map(column => {
              const here = row === place.row && column === place.column;
              return <td key={column} role="gridcell" aria-colindex={column + 2} ref={here ? cell : null} tabIndex={here ? 0 : -1}>{brief(plane.value(row, column))}</td>;
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function around(at: number, count: number): number[] {
  const first = Math.max(0, at - reach);
  return Array.from({ length: Math.min(count - 1, at + reach) - first + 1 }, (_, i) => first + i);
}

/** Room for the longest of the first few hundred names, in pixels of a 12-pixel font. */
function labelWidth(rows: number, label: (row: number) => string): number {
  let longest = 2;
  for (let row = 0; row < Math.min(rows, 300); row++) longest = Math.max(longest, label(row).length);
  return 16 + 7.2 * Math.min(longest, 16);
}
