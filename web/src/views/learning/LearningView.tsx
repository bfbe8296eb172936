import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { postJson } from '../../data/api';
import type { ExplanationDocument } from '../../data/document';
import { Explanation } from '../../data/explanation';
import { canAsk } from '../../data/laboratory';
import { Question } from '../../data/question';
import { current } from '../../data/session';
import { t } from '../../languages/translate';
import { brief } from '../../matrix/numbers';
import { Answered, TextField } from '../labs/controls';
import { Adam } from './Adam';
import { Backwards } from './Backwards';
import { Checkpoints } from './Checkpoints';

/** What a training step is about, beside its operations. */
interface Learning {
  readonly loss: number | null;
  readonly loss_after: number | null;
  readonly gradient_norm: number | null;
  readonly step: number;
  readonly learning_rate: number;
}

/** One step of training on one pair of sentences, from the loss back to every weight; below it the checkpoints of a run. */
export function LearningView() {
  const document = current.value?.document;
  const source = useSignal(document?.text ?? '');
  const target = useSignal(document?.translation ?? '');
  const question = useMemo(() => new Question<Explanation>(), []);
  const take = (event: Event) => {
    event.preventDefault();
    void question.ask(async signal =>
      new Explanation(await postJson<ExplanationDocument>('api/learning', { source: source.value, target: target.value }, signal)));
  };
  return (
    <div class="stack lab">
      <h2>{t('learning.title')}</h2>
      <p>{t('learning.lead')}</p>
      {!canAsk && <p class="note">{t('lab.needsServer')}</p>}
      {canAsk && (
        <form class="row" onSubmit={take}>
          <TextField label={t('learning.source')} value={source.value} onChange={value => { source.value = value; }} />
          <TextField label={t('learning.target')} value={target.value} onChange={value => { target.value = value; }} />
          <button class="button primary" type="submit">{t('learning.run')}</button>
        </form>
      )}
      <Answered answer={question.answer.value}>{step => (
        <>
          <Facts learning={step.document.learning as Learning} />
          <Backwards key={step.document.id} step={step} />
          <Adam key={`adam ${step.document.id ?? ''}`} step={step} />
        </>
      )}</Answered>
      {canAsk && <Checkpoints />}
    </div>
  );
}

function Facts({ learning }: { readonly learning: Learning }) {
  const facts = [
    ['loss', learning.loss], ['lossAfter', learning.loss_after], ['norm', learning.gradient_norm], ['rate', learning.learning_rate],
  ] as const;
  return (
    <dl class="facts">
      {facts.map(([name, value]) => <div key={name}><dt>{t(`learning.${name}`)}</dt><dd>{value === null ? '–' : brief(value)}</dd></div>)}
    </dl>
  );
}
