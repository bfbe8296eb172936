import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { postJson } from '../../data/api';
import type { ExplanationDocument } from '../../data/document';
import { Explanation } from '../../data/explanation';
import { lookUp } from '../../data/laboratory';
import { Question } from '../../data/question';
import { current } from '../../data/session';
import { Curves } from '../../drawing/Curves';
import { t } from '../../languages/translate';
import { TensorMatrix } from '../../matrix/TensorMatrix';
import { Answered, Part, Select, Slider } from '../labs/controls';

/** A run of train: what it kept, and how its losses fell. */
interface Run {
  readonly checkpoints: readonly { readonly step: number }[];
  readonly metrics: readonly Metric[];
}

interface Metric {
  readonly step: number;
  readonly training_loss: number | null;
  readonly validation_loss: number | null;
}

/** The same sentence through every checkpoint of a run, beside the loss curve. */
export function Checkpoints() {
  const run = useMemo(() => new Question<Run>(), []);
  useEffect(() => { void run.ask(signal => lookUp<Run>('api/checkpoints', {}, signal)); }, []);
  return (
    <Part title={t('learning.checkpoints')} sentence={t('learning.checkpointsSentence')}>
      <Answered answer={run.answer.value}>{found =>
        (found.checkpoints.length === 0 ? <p class="note">{t('learning.noCheckpoints')}</p> : <Slide run={found} />)
      }</Answered>
    </Part>
  );
}

function Slide({ run }: { readonly run: Run }) {
  const text = current.value?.document.text ?? '';
  const at = useSignal(run.checkpoints.length - 1);
  const tensor = useSignal('');
  const question = useMemo(() => new Question<Explanation>(), []);
  useEffect(() => {
    void question.ask(async signal => new Explanation(await postJson<ExplanationDocument>(`api/checkpoints/${at.value}/explanations`, { text }, signal)));
  }, [at.value, text]);
  const step = run.checkpoints[at.value]?.step ?? 0;
  return (
    <>
      <Slider label={t('learning.checkpoint')} value={at.value} min={0} max={run.checkpoints.length - 1} shown={t('learning.atStep', { step })}
        onChange={value => { at.value = value; }} />
      <Losses metrics={run.metrics} step={step} onStep={wanted => { at.value = nearest(run, wanted); }} />
      <Answered answer={question.answer.value}>{explanation => (
        <>
          <p aria-live="polite">{t('learning.says', { text: explanation.document.translation })}</p>
          <Shown explanation={explanation} tensor={tensor.value} onChoose={value => { tensor.value = value; }} />
        </>
      )}</Answered>
    </>
  );
}

function Shown({ explanation, tensor, onChoose }: { readonly explanation: Explanation; readonly tensor: string; readonly onChoose: (name: string) => void }) {
  const names = explanation.document.tensors.map(each => each.name);
  const name = names.includes(tensor) ? tensor : names.find(each => each.endsWith('cross_attention.weights')) ?? names[0] ?? '';
  return (
    <>
      <Select label={t('learning.matrix')} value={name} options={names.map(each => ({ value: each, label: each }))} onChange={onChoose} />
      <TensorMatrix key={name} explanation={explanation} name={name} />
    </>
  );
}

function Losses({ metrics, step, onStep }: { readonly metrics: readonly Metric[]; readonly step: number; readonly onStep: (step: number) => void }) {
  const x = metrics.map(metric => metric.step);
  if (x.length === 0) return null;
  const marked = x.reduce((best, each, i) => (Math.abs(each - step) < Math.abs((x[best] ?? 0) - step) ? i : best), 0);
  const curves = (['training_loss', 'validation_loss'] as const).map(name => ({ name: t(`learning.${name}`), values: metrics.map(metric => metric[name] ?? NaN) }));
  return (
    <Curves label={t('learning.loss')} x={x} xName={t('learning.stepAxis')} yName={t('learning.lossAxis')} marked={marked} onMark={i => { onStep(x[i] ?? 0); }}
      curves={curves.filter(curve => curve.values.some(Number.isFinite))} />
  );
}

function nearest(run: Run, step: number): number {
  return run.checkpoints.reduce((best, each, i) => (Math.abs(each.step - step) < Math.abs((run.checkpoints[best]?.step ?? 0) - step) ? i : best), 0);
}
