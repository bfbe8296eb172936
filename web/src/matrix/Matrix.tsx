import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { t } from '../languages/translate';
import { Legend } from './Legend';
import { MatrixCanvas } from './MatrixCanvas';
import { MatrixTable } from './MatrixTable';
import { exact } from './numbers';
import { scaleOf, tableCells, type Plane, type Scale } from './plane';
import type { Place } from './keys';

export interface MatrixProps {
  readonly plane: Plane;
  /** What the matrix is, for those who hear it. */
  readonly caption: string;
  /** Its own scale unless it is to share another's. */
  readonly scale?: Scale;
  /** What Enter or a click on a cell opens; absent when there is nothing to open. */
  readonly onOpen?: (place: Place) => void;
  /** Cells to mark, such as the one whose provenance is open. */
  readonly marked?: (row: number, column: number) => boolean;
  /** Controls beside the legend: a head or a sentence to choose. */
  readonly children?: ComponentChildren;
}

/** A matrix of numbers: a real table while it is small, a canvas with a virtual table beside it when it is large. */
export function Matrix({ plane, caption, scale, onOpen, marked, children }: MatrixProps) {
  const own = useMemo(() => scale ?? scaleOf(plane), [plane, scale]);
  const pointed = useSignal<Place | null>(null);
  const numbers = useSignal(false);
  const small = plane.rows * plane.columns <= tableCells;
  const optional = { ...(onOpen ? { onOpen } : {}), ...(marked ? { marked } : {}) };
  return (
    <div class="matrix">
      <div class="about">
        <div class="row">
          {children}
          {!small && (
            <span class="choices" role="group" aria-label={t('matrix.detail')}>
              <button type="button" aria-pressed={!numbers.value} onClick={() => { numbers.value = false; }}>{t('matrix.overview')}</button>
              <button type="button" aria-pressed={numbers.value} onClick={() => { numbers.value = true; }}>{t('matrix.numbers')}</button>
            </span>
          )}
        </div>
        <Legend scale={own} />
      </div>
      {small
        ? <MatrixTable plane={plane} caption={caption} scale={own} pointed={pointed} {...optional} />
        : <MatrixCanvas plane={plane} caption={caption} scale={own} pointed={pointed} numbers={numbers.value} {...optional} />}
      <p class={`readout${pointed.value === null ? ' hint' : ''}`}>
        {pointed.value === null ? t(onOpen ? 'matrix.hintOpen' : 'matrix.hint') : <Value plane={plane} place={pointed.value} />}
      </p>
    </div>
  );
}

function Value({ plane, place: { row, column } }: { plane: Plane; place: Place }) {
  if (row >= plane.rows || column >= plane.columns) return null;
  return <><bdi>{plane.rowLabel(row)}</bdi> · <bdi>{plane.columnLabel(column)}</bdi> = <b>{exact(plane.value(row, column))}</b></>;
}
