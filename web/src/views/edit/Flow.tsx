import { useLayoutEffect, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import type { Difference } from '../../data/difference';
import type { TensorChange } from '../../data/document';
import { t } from '../../languages/translate';
import { brief } from '../../matrix/numbers';
import { TensorMatrix } from '../../matrix/TensorMatrix';
import { Dotted } from '../../shell/Dotted';
import { Part } from '../labs/controls';

/** Every tensor in the order of computation with the largest difference in it, as the engine measured it; one of them as a matrix. */
export function Flow({ difference }: { readonly difference: Difference }) {
  const changes = (difference.document.changes ?? []).filter(change => difference.producer(change.name) !== undefined);
  const sizes = changes.flatMap(({ largest }) => (largest !== null && largest > 0 ? [largest] : []));
  const [low, high] = [Math.log10(Math.min(...sizes)), Math.log10(Math.max(...sizes))];
  const selected = useSignal<string | null>(null);
  const name = selected.value ?? changes.find(change => change.changed > 0)?.name ?? changes[0]?.name;
  const list = useRef<HTMLOListElement>(null);
  // The list opens at the first tensor that moved, inside its own frame: the page itself stays where it is.
  useLayoutEffect(() => {
    const first = list.current?.querySelector<HTMLElement>('[aria-pressed="true"]');
    if (first && list.current) list.current.scrollTop = Math.max(0, first.offsetTop - list.current.offsetTop - 3 * first.offsetHeight);
  }, [difference]);
  return (
    <Part title={t('edit.flow')} sentence={t('edit.flowSentence')}>
      <ol class="flow" ref={list}>
        {changes.map(change => (
          <li key={change.name}>
            <button type="button" aria-pressed={change.name === name} onClick={() => { selected.value = change.name; }} class={change.changed === 0 ? 'still' : 'moved'}>
              <span class="name"><Dotted name={change.name} /></span>
              <span class="bar" aria-hidden="true"><span style={{ '--share': `${share(change, low, high)}%` }} /></span>
              <span class="number">{change.changed === 0 ? t('edit.unchanged') : change.largest === null ? brief(Infinity) : brief(change.largest)}</span>
            </button>
          </li>
        ))}
      </ol>
      {name !== undefined && <>
        <h4>{t('edit.selected', { name })}</h4>
        <TensorMatrix explanation={difference} opens={difference.after} name={name} caption={t('edit.selected', { name })} />
      </>}
    </Part>
  );
}

/** Length of a bar on a logarithmic scale: the smallest difference gets a little, the largest all. */
function share({ largest, changed }: TensorChange, low: number, high: number): number {
  if (changed === 0) return 0;
  return largest === null || high === low ? 100 : 8 + 92 * (Math.log10(largest) - low) / (high - low);
}
