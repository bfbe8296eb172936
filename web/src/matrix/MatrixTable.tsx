import { memo } from './memo';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Signal } from '@preact/signals';
import { brief } from './numbers';
import { follow, type Place } from './keys';
import { tone, type Plane, type Scale } from './plane';

export interface CellsProps {
  readonly plane: Plane;
  readonly caption: string;
  readonly scale: Scale;
  readonly pointed: Signal<Place | null>;
  readonly onOpen?: (place: Place) => void;
  readonly marked?: (row: number, column: number) => boolean;
}

/** A grid that one key press enters and arrows walk: one cell at a time is a tab stop, moved without drawing the table again. */
export function MatrixTable({ plane, caption, scale, pointed, onOpen, marked }: CellsProps) {
  const table = useRef<HTMLTableElement>(null);
  const stop = useRef<Place>({ row: 0, column: 0 });
  const cell = ({ row, column }: Place) => table.current?.tBodies[0]?.rows[row]?.cells[column + 1];

  const move = (to: Place, focus: boolean) => {
    cell(stop.current)?.setAttribute('tabindex', '-1');
    stop.current = to;
    const next = cell(to);
    next?.setAttribute('tabindex', '0');
    if (focus) next?.focus();
  };
  useLayoutEffect(() => move({ row: Math.min(stop.current.row, plane.rows - 1), column: Math.min(stop.current.column, plane.columns - 1) }, false), [plane]);

  const under = (event: Event): Place | null => {
    const data = (event.target as Element).closest('td');
    const row = data?.parentElement as HTMLTableRowElement | undefined;
    return data === null || row === undefined || row.parentElement !== table.current?.tBodies[0]
      ? null : { row: row.sectionRowIndex, column: (data as HTMLTableCellElement).cellIndex - 1 };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = under(event);
    if (from === null) return;
    const to = follow(event, from, plane.rows, plane.columns);
    if (to !== null) move(to, true);
    else if (onOpen !== undefined && (event.key === 'Enter' || event.key === ' ')) onOpen(from);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event: Event) => {
    const at = under(event);
    if (at === null) return;
    move(at, true);
    onOpen?.(at);
  };

  return (
    <div class="scroll">
      <table class="cells" role="grid" aria-label={caption} ref={table} onKeyDown={onKeyDown} onClick={onClick}
        onMouseOver={event => { pointed.value = under(event); }} onMouseLeave={() => { pointed.value = null; }}
        onFocusIn={event => { pointed.value = under(event); }}>
        <Cells plane={plane} scale={scale} open={onOpen !== undefined} {...(marked ? { marked } : {})} />
      </table>
    </div>
  );
}

interface Drawn {
  readonly plane: Plane;
  readonly scale: Scale;
  readonly open: boolean;
  readonly marked?: (row: number, column: number) => boolean;
}

const Cells = memo(function Cells({ plane, scale, open, marked }: Drawn) {
  const columns = Array.from({ length: plane.columns }, (_, column) => column);
  const rows = Array.from({ length: plane.rows }, (_, row) => row);
  return (
    <>
      <thead>
        <tr><td />{columns.map(column => <th scope="col" key={column}><bdi>{plane.columnLabel(column)}</bdi></th>)}</tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row}>
            <th scope="row"><bdi>{plane.rowLabel(row)}</bdi></th>
            {columns.map(column => {
              const value = plane.value(row, column);
              const strength = tone(value, scale);
              const kind = strength === null ? 'none' : strength < 0 ? 'down' : 'up';
              return (
                <td key={column} role="gridcell" tabIndex={row === 0 && column === 0 ? 0 : -1}
                  class={`${kind}${open ? ' open' : ''}${marked?.(row, column) === true ? ' marked' : ''}`}
                  style={{ '--tone': `${Math.round(1000 * Math.abs(strength ?? 0)) / 10}%` }}>
                  {brief(value)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </>
  );
});
