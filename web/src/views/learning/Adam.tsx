import { useSignal } from '@preact/signals';
import type { Explanation } from '../../data/explanation';
import { t } from '../../languages/translate';
import { exact } from '../../matrix/numbers';
import { TensorMatrix } from '../../matrix/TensorMatrix';
import { openCell } from '../../provenance/trail';
import { offset } from '../../rules/operands';
import { Formula } from '../../shell/Formula';
import { NumberField, Part, Select } from '../labs/controls';

/** The tensors of one weight's way through the optimizer, in order. */
const stations = ['gradient', 'adam_gradient', 'first_before', 'first', 'second_before', 'second', 'first_corrected', 'second_corrected', 'step', 'updated'] as const;

/** One weight's way through Adam: every number with its formula, and the whole matrix of steps. */
export function Adam({ step }: { readonly step: Explanation }) {
  const names = step.document.ops.flatMap(op => (op.output.startsWith('updated:') ? [op.output.slice('updated:'.length)] : []));
  const name = useSignal(names.find(each => each.includes('cross_attention.query.weight')) ?? names[0] ?? '');
  const chosen = useSignal<readonly number[] | null>(null);
  const shape = step.entry(name.value)?.shape ?? [];
  const moves = step.values(`step:${name.value}`).value;
  const index = chosen.value?.length === shape.length ? chosen.value.map((i, axis) => Math.min(i, (shape[axis] ?? 1) - 1))
    : moves.state === 'ready' ? furthest(moves.values, shape) : shape.map(() => 0);
  const label = [t('lab.row'), t('lab.column')];
  return (
    <Part title={t('learning.adam')} sentence={t('learning.adamSentence')}>
      <div class="row">
        <Select label={t('learning.weight')} value={name.value} options={names.map(each => ({ value: each, label: each }))}
          onChange={value => { name.value = value; chosen.value = null; }} />
        {index.map((i, axis) => (
          <NumberField key={axis} label={label[axis] ?? String(axis)} value={i} min={0} max={(shape[axis] ?? 1) - 1}
            onChange={next => { chosen.value = index.map((old, other) => (other === axis ? Math.round(next) : old)); }} />
        ))}
      </div>
      <div class="scroll-x">
        <table class="parts stations">
          <tbody>
            <Station step={step} tensor={name.value} label={t('learning.old')} index={index} />
            {stations.map(station => <Station key={station} step={step} tensor={`${station}:${name.value}`} label={t(`learning.${station}`)} index={index} />)}
          </tbody>
        </table>
      </div>
      <h4>{t('learning.steps', { name: name.value })}</h4>
      <TensorMatrix key={name.value} explanation={step} name={`step:${name.value}`} caption={t('learning.steps', { name: name.value })} />
    </Part>
  );
}

/** One number: what it is, how it is computed, its value, which opens where it comes from. */
function Station({ step, tensor, label, index }: { readonly step: Explanation; readonly tensor: string; readonly label: string; readonly index: readonly number[] }) {
  const entry = step.entry(tensor);
  const state = step.values(tensor).value;
  const value = state.state === 'ready' && entry !== undefined ? state.values[offset(entry.shape, index)] ?? NaN : null;
  const kind = step.producer(tensor)?.kind;
  return (
    <tr>
      <th scope="row">{label}</th>
      <td>{kind !== undefined && /^(adam|linear|lookup|normalize)/.test(kind) && <Formula id={kind} />}</td>
      <td class="right">
        {value === null ? <span class="muted">{t(state.state === 'loading' ? 'lab.loading' : 'matrix.notCaptured', { name: tensor })}</span>
          : <button type="button" class="operand" onClick={() => { openCell(step, { tensor, index }); }}><span class="number">{exact(value)}</span></button>}
      </td>
    </tr>
  );
}

/** Where the largest step is made. */
function furthest(values: Float32Array, shape: readonly number[]): number[] {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] ?? 0) > Math.abs(values[best] ?? 0)) best = i;
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    index[axis] = best % length;
    best = Math.floor(best / length);
  }
  return index;
}
