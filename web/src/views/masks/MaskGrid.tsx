import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { MatrixTable } from '../../matrix/MatrixTable';
import type { Place } from '../../matrix/keys';
import { scaleOf } from '../../matrix/plane';
import { t } from '../../languages/translate';
import { readable } from '../../data/labels';
import { planeOf } from '../../data/numbers';
import type { MaskStudy } from './study';

/** One sentence's mask as it is added to the scores: 0 where the query sees the key, minus infinity where it does not. */
export function MaskGrid({ study, sentence, caption, onToggle }: {
  readonly study: MaskStudy; readonly sentence: number; readonly caption: string; readonly onToggle?: (query: number, key: number, visible: boolean) => void;
}) {
  const pointed = useSignal<Place | null>(null);
  const label = names(study, sentence);
  const plane = useMemo(() => {
    const seen = planeOf(study, 'visible', [sentence], label, label);
    return { ...seen, value: (row: number, column: number) => seen.value(row, column) > 0 ? 0 : -Infinity };
  }, [study, sentence]);
  const scale = useMemo(() => scaleOf(plane), [plane]);
  const at = pointed.value;
  const open = onToggle === undefined ? {} : { onOpen: ({ row, column }: Place) => { onToggle(row, column, !(plane.value(row, column) === 0)); } };
  return (
    <div class="matrix mask-grid">
      <MatrixTable plane={plane} caption={caption} scale={scale} pointed={pointed} {...open} />
      <p class="readout">
        {at === null ? (onToggle === undefined ? ' ' : t('masks.toggle'))
          : t(plane.value(at.row, at.column) === 0 ? 'masks.visible' : 'masks.hidden', { query: label(at.row), key: label(at.column) })}
      </p>
    </div>
  );
}

/** The tokens of a sentence, padding included, as a reader sees them. */
export function names(study: MaskStudy, sentence: number): (i: number) => string {
  const pieces = study.sentences[sentence] ?? [];
  return i => readable(pieces[i] ?? '');
}

/** The queries of a sentence whose row of the mask is closed all over. */
export function emptyQueries(study: MaskStudy, sentence: number): number[] {
  return study.empty_rows.filter(([at]) => at === sentence).map(([, query]) => query);
}
