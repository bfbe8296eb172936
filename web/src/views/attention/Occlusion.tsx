import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { postJson } from '../../data/api';
import type { Explanation } from '../../data/explanation';
import { shown } from '../../data/labels';
import { t } from '../../languages/translate';
import { Matrix } from '../../matrix/Matrix';
import { brief } from '../../matrix/numbers';
import type { Plane } from '../../matrix/plane';
import { Wide } from '../../shell/Wide';

interface Occluded {
  readonly positions: readonly number[];
  readonly pieces: readonly string[];
  readonly changes: readonly number[];
  readonly total_change: number;
  readonly translation?: string;
}

interface Occlusions {
  readonly answer: readonly string[];
  readonly occlusions: readonly Occluded[];
}

type Found = { readonly state: 'none' | 'busy' } | { readonly state: 'failed'; readonly message: string } | { readonly state: 'found'; readonly value: Occlusions };

/** What each source word was worth: the engine runs again with the word hidden, and says what became of every answered token. */
export function Occlusion({ explanation }: { explanation: Explanation }) {
  const found = useSignal<Found>({ state: 'none' });
  const { id } = explanation.document;
  const ask = async () => {
    if (id === undefined) return;
    found.value = { state: 'busy' };
    try {
      found.value = { state: 'found', value: await postJson<Occlusions>(`api/explanations/${encodeURIComponent(id)}/occlusions`, { translations: true }) };
    } catch (error) {
      found.value = { state: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  };
  const now = found.value;
  return (
    <section class="stack" aria-labelledby="occlusion">
      <h3 id="occlusion">{t('occlusion.title')}</h3>
      <p>{t('occlusion.lead')}</p>
      {id === undefined
        ? <p class="absent">{t('occlusion.offline')}</p>
        : now.state !== 'found' && <p><button type="button" class="button" disabled={now.state === 'busy'} onClick={ask}>{t(now.state === 'busy' ? 'occlusion.busy' : 'occlusion.button')}</button></p>}
      <div role="status">{now.state === 'failed' && <p class="failure">{t('occlusion.failed', { message: now.message })}</p>}</div>
      {now.state === 'found' && <Result found={now.value} translation={explanation.document.translation} />}
    </section>
  );
}

function Result({ found, translation }: { found: Occlusions; translation: string }) {
  const name = (piece: string | undefined) => piece === undefined ? '' : shown({ id: 0, piece, start: 0, end: 0 });
  const word = (row: number) => found.occlusions[row]?.pieces.map(name).join('') ?? '';
  const plane = useMemo<Plane>(() => ({
    rows: found.occlusions.length,
    columns: found.answer.length,
    value: (row, column) => found.occlusions[row]?.changes[column] ?? NaN,
    rowLabel: word,
    columnLabel: column => name(found.answer[column]),
  }), [found]);
  return (
    <>
      <Matrix plane={plane} caption={t('occlusion.caption')} />
      <Wide class="scroll-x" label={t('occlusion.title')}>
        <table class="figures">
          <thead><tr><th scope="col" class="first">{t('occlusion.hidden')}</th><th scope="col">{t('occlusion.total')}</th><th scope="col" class="first">{t('occlusion.translation')}</th></tr></thead>
          <tbody>
            {found.occlusions.map((each, row) => (
              <tr key={row} class={each.translation === translation ? 'died' : ''}>
                <th scope="row"><bdi>{word(row)}</bdi></th><td class="number">{brief(each.total_change)}</td>
                <td class="words"><bdi>{each.translation ?? ''}</bdi>{each.translation === translation && <span class="kicker"> {t('occlusion.same')}</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </>
  );
}
