import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { postJson } from '../../data/api';
import { Difference } from '../../data/difference';
import type { ExplanationDocument } from '../../data/document';
import { Explanation } from '../../data/explanation';
import { labeller } from '../../data/labels';
import { Question } from '../../data/question';
import { current } from '../../data/session';
import { t } from '../../languages/translate';
import { Answered, Part } from '../labs/controls';
import { attentions, Changing } from './Changing';
import { describe, subject, type Edit } from './changes';
import { Flow } from './Flow';

/** Change the model and see what follows: the same engine runs again, and everything is drawn as a difference to the run before. */
export function EditView() {
  const explanation = current.value;
  const edits = useSignal<readonly Edit[]>([]);
  const question = useMemo(() => new Question<Difference>(), [explanation]);
  const search = useSignal<'none' | 'busy' | 'nothing'>('none');
  if (explanation === null) return <p class="absent">{t('edit.needsExplanation')}</p>;
  const { id, text, translation } = explanation.document;
  const token = (place: string, axis: 'query' | 'key', i: number) => {
    const name = `${place}.masked`;
    return labeller(explanation, name, (explanation.entry(name)?.shape.length ?? 2) - (axis === 'query' ? 2 : 1))(i);
  };
  const add = (edit: Edit) => { edits.value = [...edits.value.filter(other => subject(other) !== subject(edit)), edit]; };
  const recompute = async (wanted: readonly Edit[], signal: AbortSignal) =>
    new Difference(explanation, new Explanation(await postJson<ExplanationDocument>(`api/explanations/${encodeURIComponent(id ?? '')}/edits`, { edits: wanted }, signal)));
  const run = () => {
    search.value = 'none';
    void question.ask(signal => recompute(edits.value, signal));
  };
  const startOver = () => {
    edits.value = [];
    search.value = 'none';
    question.forget();
  };
  const crossing = attentions(explanation, 'weights').filter(place => place.includes('cross_attention')).reverse();
  const findHead = async () => {
    search.value = 'busy';
    const found = await question.ask(async signal => {
      let last: Difference | null = null;
      for (const place of crossing) {
        for (let head = 0; head < (explanation.entry(`${place}.weights`)?.shape[1] ?? 0); head++) {
          last = await recompute(edits.value = [{ kind: 'head', place, head }], signal);
          if (last.document.translation !== translation) return last;
        }
      }
      if (last === null) throw new RangeError(t('attention.absent'));
      return last;
    });
    search.value = found?.document.translation === translation ? 'nothing' : 'none';
  };
  return (
    <div class="stack lab edit">
      <h2>{t('edit.title')}</h2>
      <p>{t('edit.lead')}</p>
      <Changing explanation={explanation} onAdd={add} />
      <section class="stack" aria-label={t('edit.list')}>
        {edits.value.length === 0 && (
          <p class="row">
            <span class="muted">{t('edit.empty')}</span>
            {crossing.length > 0 && <button type="button" class="button" onClick={() => void findHead()}>{t('edit.tryHead')}</button>}
          </p>
        )}
        <div role="status">
          {search.value === 'busy' && <p class="muted">{t('edit.trying')}</p>}
          {search.value === 'nothing' && <p class="note">{t('edit.noHead')}</p>}
        </div>
        <ul class="edits">
          {edits.value.map(edit => (
            <li key={subject(edit)}>
              <bdi>{describe(edit, token)}</bdi>
              <button type="button" class="button quiet small" aria-label={t('edit.remove', { change: describe(edit, token) })}
                onClick={() => { edits.value = edits.value.filter(other => other !== edit); }}>×</button>
            </li>
          ))}
        </ul>
        <div class="row">
          <button type="button" class="button primary" disabled={edits.value.length === 0 || search.value === 'busy'} onClick={run}>{t('edit.run')}</button>
          <button type="button" class="button quiet" disabled={edits.value.length === 0} onClick={startOver}>{t('edit.start')}</button>
        </div>
      </section>
      <Answered answer={question.answer.value}>{difference => (
        <>
          <Part title={t('edit.result')} sentence={t(difference.document.translation === translation ? 'edit.same' : 'edit.different')}>
            <dl class="translations" aria-live="polite">
              <div><dt>{text}</dt></div>
              <div><dt class="kicker">{t('lab.before')}</dt><dd><bdi>{translation}</bdi></dd></div>
              <div><dt class="kicker">{t('lab.after')}</dt><dd><Words text={difference.document.translation} old={translation} /></dd></div>
            </dl>
          </Part>
          <Flow difference={difference} />
        </>
      )}</Answered>
    </div>
  );
}

/** The words that the old text does not have are marked. */
function Words({ text, old }: { readonly text: string; readonly old: string }) {
  const known = new Set(old.split(' '));
  return <bdi>{text.split(' ').map((word, i) => <>{i > 0 && ' '}{known.has(word) ? word : <mark key={i}>{word}</mark>}</>)}</bdi>;
}
