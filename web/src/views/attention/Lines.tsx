import { useState } from 'preact/hooks';
import { t } from '../../languages/translate';
import { brief } from '../../matrix/numbers';
import type { Plane } from '../../matrix/plane';

/** More tokens than this on a side make a tangle: then only one token's reading is drawn. */
const most = 40;
const pitch = 30;
const width = 440;
const left = 130;
const right = 290;

/** Who reads whom as lines: the weight is the strength of the line. A token that is pointed at, or chosen, shows its own lines alone. */
export function Lines({ plane, caption }: { plane: Plane; caption: string }) {
  const [chosen, setChosen] = useState<number | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  if (plane.rows > most || plane.columns > most) return <Readings plane={plane} />;
  const query = pointed ?? chosen;
  const height = Math.max(plane.rows, plane.columns) * pitch;
  const y = (i: number, count: number) => (i + 0.5) * pitch + (height - count * pitch) / 2;
  const rows = Array.from({ length: plane.rows }, (_, row) => row);
  const columns = Array.from({ length: plane.columns }, (_, column) => column);
  return (
    <figure class="lines">
      <svg viewBox={`0 0 ${width} ${height}`} role="group" aria-label={caption}>
        <g aria-hidden="true">
          {rows.map(row => columns.map(column => {
            const weight = plane.value(row, column);
            const dimmed = query !== null && query !== row;
            return weight >= 0.01 && !dimmed && (
              <path key={`${row} ${column}`} d={`M${left + 8} ${y(row, plane.rows)}C${left + 70} ${y(row, plane.rows)} ${right - 70} ${y(column, plane.columns)} ${right - 8} ${y(column, plane.columns)}`}
                style={{ 'stroke-width': `${0.75 + 5 * weight}px`, 'stroke-opacity': String(0.12 + 0.88 * weight) }} />
            );
          }))}
        </g>
        {rows.map(row => (
          <g key={row} class={`token${query === row ? ' chosen' : ''}`} role="button" tabindex={0} aria-pressed={chosen === row}
            aria-label={t('attention.reads', { token: plane.rowLabel(row), list: reading(plane, row) })}
            onMouseEnter={() => setPointed(row)} onMouseLeave={() => setPointed(null)} onFocus={() => setPointed(row)} onBlur={() => setPointed(null)}
            onClick={() => setChosen(chosen === row ? null : row)}
            onKeyDown={event => {
              if (event.key !== 'Enter' && event.key !== ' ') return;
              event.preventDefault();
              setChosen(chosen === row ? null : row);
            }}>
            <rect x="2" y={y(row, plane.rows) - pitch / 2 + 2} width={left} height={pitch - 4} rx="6" />
            <text class="end" x={left - 6} y={y(row, plane.rows)}>{short(plane.rowLabel(row))}</text>
          </g>
        ))}
        <g aria-hidden="true">
          {columns.map(column => (
            <g key={column}>
              <text x={right + 4} y={y(column, plane.columns)}>{short(plane.columnLabel(column))}</text>
              {query !== null && <text class="weight end" x={width - 4} y={y(column, plane.columns)}>{brief(plane.value(query, column))}</text>}
            </g>
          ))}
        </g>
      </svg>
      <figcaption class="kicker">{t('attention.linesNote')}</figcaption>
    </figure>
  );
}

/** One token's reading of a long sentence: its largest weights. */
function Readings({ plane }: { plane: Plane }) {
  const [row, setRow] = useState(0);
  const at = Math.min(row, plane.rows - 1);
  const order = Array.from({ length: plane.columns }, (_, column) => column).sort((a, b) => plane.value(at, b) - plane.value(at, a)).slice(0, 12);
  return (
    <div class="readings stack">
      <label class="row">{t('attention.token')}
        <select class="field" value={String(at)} onChange={event => setRow(Number(event.currentTarget.value))}>
          {Array.from({ length: plane.rows }, (_, i) => <option key={i} value={String(i)}>{i} {plane.rowLabel(i)}</option>)}
        </select>
      </label>
      <ol>{order.map(column => (
        <li key={column}><bdi>{plane.columnLabel(column)}</bdi> <span class="kicker">{column}</span>
          <span class="bar" aria-hidden="true"><span style={{ width: `${100 * plane.value(at, column)}%` }} /></span>
          <span class="number">{brief(plane.value(at, column))}</span></li>
      ))}</ol>
    </div>
  );
}

function reading(plane: Plane, row: number): string {
  return Array.from({ length: plane.columns }, (_, column) => column).filter(column => plane.value(row, column) >= 0.01)
    .sort((a, b) => plane.value(row, b) - plane.value(row, a)).slice(0, 5)
    .map(column => `${plane.columnLabel(column)} ${brief(plane.value(row, column))}`).join(', ');
}

function short(text: string): string {
  const letters = [...text];
  return letters.length > 14 ? `${letters.slice(0, 13).join('')}…` : text;
}
