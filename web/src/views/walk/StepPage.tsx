import { useLayoutEffect, useState } from 'preact/hooks';
import type { Step } from '../../data/document';
import type { Explanation } from '../../data/explanation';
import { placeName } from '../../data/labels';
import { local, t } from '../../languages/translate';
import { TensorMatrix } from '../../matrix/TensorMatrix';
import { Formula } from '../../shell/Formula';
import { address } from '../../shell/routing';
import { Parts } from './Parts';
import { Special } from './Special';

/** One step: a sentence, the formula, the shapes, the numbers, and what they were made from. */
export function StepPage({ explanation, step }: { explanation: Explanation; step: Step }) {
  // When the step of a new explanation stands in the page, laid out: the browser's own clock tells it to whoever measures.
  useLayoutEffect(() => {
    void document.body.offsetHeight;
    performance.mark('pellucid-step', { detail: step.id });
  }, [explanation]);
  return (
    <section class="stack" aria-labelledby="step">
      <div class="stack tight">
        <p class="kicker">{step.place === undefined ? placeName(step.section) : local(step.place)}</p>
        <h2 id="step">{local(step.title)}</h2>
        <p class="lead" aria-live="polite">{local(step.sentence)}</p>
      </div>
      {(step.formula !== undefined || step.shapes !== undefined) && (
        <div class="formal">
          {step.formula !== undefined && <Formula id={step.formula} />}
          {step.shapes !== undefined && <p class="shapes"><code>{step.shapes}</code></p>}
        </div>
      )}
      {step.tensor === undefined && <Special explanation={explanation} step={step} />}
      {step.tensor !== undefined && <TensorMatrix key={step.tensor} explanation={explanation} name={step.tensor} caption={local(step.title)}
        below={shown => <Parts explanation={explanation} tensor={step.tensor ?? ''} shown={shown} />} />}
      {step.tensor !== undefined && <Inputs explanation={explanation} tensor={step.tensor} />}
    </section>
  );
}

/** The operands of the step's operation, each to be opened in place. */
function Inputs({ explanation, tensor }: { explanation: Explanation; tensor: string }) {
  const op = explanation.producer(tensor);
  const inputs = op === undefined ? [] : Object.entries(op.inputs);
  if (inputs.length === 0) return null;
  return (
    <section class="inputs">
      <h3>{t('walk.inputs')}</h3>
      {inputs.map(([role, name]) => <Input key={`${tensor} ${role}`} explanation={explanation} role={role} name={name} />)}
    </section>
  );
}

function Input({ explanation, role, name }: { explanation: Explanation; role: string; name: string }) {
  const [open, setOpen] = useState(false);
  const entry = explanation.entry(name);
  const step = explanation.stepOf(name);
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary><b>{role}</b> <code>{name}</code> {entry !== undefined && <span class="kicker">[{entry.axes.join(' ')}] = [{entry.shape.join(', ')}]</span>}</summary>
      {open && <div class="stack">
        <TensorMatrix explanation={explanation} name={name} />
        {step !== undefined && <p><a href={address('walk', step.id)}>{t('provenance.step', { title: local(step.title) })}</a></p>}
      </div>}
    </details>
  );
}
