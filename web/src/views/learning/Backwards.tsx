import { useSignal } from '@preact/signals';
import type { OpEntry } from '../../data/document';
import type { Explanation } from '../../data/explanation';
import { placeName } from '../../data/labels';
import { t } from '../../languages/translate';
import { TensorMatrix } from '../../matrix/TensorMatrix';
import { Dotted } from '../../shell/Dotted';
import { Formula } from '../../shell/Formula';
import { Part } from '../labs/controls';

/** The loss and every derivative in the order in which the tape ran them; each with its formula and its numbers. */
export function Backwards({ step }: { readonly step: Explanation }) {
  const ops = step.document.ops.filter(op => /^(loss\.|gradient:)/.test(op.output));
  const at = useSignal(0);
  const op = ops[Math.min(at.value, ops.length - 1)];
  if (op === undefined) return null;
  const move = (to: number) => { at.value = Math.max(0, Math.min(ops.length - 1, to)); };
  return (
    <Part title={t('learning.order')} sentence={t('learning.orderSentence')}>
      <div class="backwards">
        <ol class="flow">
          {ops.map((each, i) => (
            <li key={each.output}>
              <button type="button" class="pace" aria-pressed={each === op} onClick={() => { move(i); }}>
                <span class="name"><Dotted name={each.output} /></span>
                <span class="kicker">{placeName(target(each))}</span>
              </button>
            </li>
          ))}
        </ol>
        <div class="stack">
          <div class="row">
            <button type="button" class="button" disabled={at.value === 0} onClick={() => { move(at.value - 1); }}>{t('walk.previous')}</button>
            <button type="button" class="button primary" disabled={at.value >= ops.length - 1} onClick={() => { move(at.value + 1); }}>{t('walk.next')}</button>
            <span class="kicker" role="status">{t('walk.position', { number: at.value + 1, count: ops.length })}</span>
          </div>
          <h4><code><Dotted name={op.output} /></code></h4>
          <Formula id={op.kind} />
          <TensorMatrix key={op.output} explanation={step} name={op.output} />
          <p class="kicker">{Object.entries(op.inputs).map(([role, name]) => `${role}: ${name}`).join(' · ')}</p>
        </div>
      </div>
    </Part>
  );
}

/** The tensor whose gradient an operation computes, without the checkpoint's spelling of layers. */
function target(op: OpEntry): string {
  return op.output.replace(/^gradient:/, '').replace(/@\d+$/, '').replace('.layers.', '.').split('.').slice(0, 3).join('.');
}
