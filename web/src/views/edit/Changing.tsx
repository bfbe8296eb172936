import { useSignal } from '@preact/signals';
import type { Explanation } from '../../data/explanation';
import { labeller, shown } from '../../data/labels';
import { t } from '../../languages/translate';
import { brief, exact } from '../../matrix/numbers';
import { bitOf } from './masks';
import { Choices, NumberField, Select, type Option } from '../labs/controls';
import { placeLabel, type Edit } from './changes';

const kinds = ['headOff', 'weight', 'embedding', 'mask'] as const;
type Kind = typeof kinds[number];

/** Where one change is put together; `onAdd` takes it. */
export function Changing({ explanation, onAdd }: { readonly explanation: Explanation; readonly onAdd: (edit: Edit) => void }) {
  const kind = useSignal<Kind>('headOff');
  const Form = { headOff: Head, weight: Weight, embedding: Embedding, mask: Mask }[kind.value];
  return (
    <div class="stack card">
      <Choices label={t('edit.change')} value={kind.value} options={kinds.map(each => ({ value: each, label: t(`edit.${each}`) }))}
        onChange={value => { kind.value = value as Kind; }} />
      <Form explanation={explanation} onAdd={onAdd} />
    </div>
  );
}

interface FormProps {
  readonly explanation: Explanation;
  readonly onAdd: (edit: Edit) => void;
}

function Head({ explanation, onAdd }: FormProps) {
  const places = attentions(explanation, 'weights');
  const place = useSignal(places[0] ?? '');
  const head = useSignal(0);
  const heads = explanation.entry(`${place.value}.weights`)?.shape[1] ?? 1;
  return (
    <form class="row" onSubmit={event => { event.preventDefault(); onAdd({ kind: 'head', place: place.value, head: head.value }); }}>
      <Select label={t('edit.place')} value={place.value} options={places.map(placeOption)} onChange={value => { place.value = value; }} />
      <Select label={t('lab.head')} value={String(head.value)} options={counted(heads, i => String(i))} onChange={value => { head.value = Number(value); }} />
      <button class="button" type="submit">{t('edit.add')}</button>
    </form>
  );
}

function Weight({ explanation, onAdd }: FormProps) {
  const names = explanation.document.tensors.filter(tensor => tensor.origin === 'weight').map(tensor => tensor.name);
  const name = useSignal(names.find(each => each.includes('query.weight')) ?? names[0] ?? '');
  const index = useSignal<readonly number[]>([0, 0]);
  const entry = explanation.entry(name.value);
  const at = (entry?.shape ?? []).map((length, axis) => Math.min(index.value[axis] ?? 0, length - 1));
  const label = [t('lab.row'), t('lab.column')];
  return (
    <div class="stack">
      <div class="row">
        <Select label={t('edit.tensor')} value={name.value} options={names.map(each => ({ value: each, label: each }))} onChange={value => { name.value = value; }} />
        {at.map((value, axis) => (
          <NumberField key={axis} label={label[axis] ?? String(axis)} value={value} min={0} max={(entry?.shape[axis] ?? 1) - 1}
            onChange={next => { index.value = at.map((old, other) => (other === axis ? Math.round(next) : old)); }} />
        ))}
      </div>
      <NewValue key={`${name.value} ${at.join()}`} explanation={explanation} name={name.value} index={at} onAdd={onAdd} />
    </div>
  );
}

/** An embedding is a row of the table: the token chooses the row. */
function Embedding({ explanation, onAdd }: FormProps) {
  const { source } = explanation.document;
  const table = explanation.producer('encoder.embedding.rows')?.inputs['table'] ?? '';
  const token = useSignal(0);
  const dimension = useSignal(0);
  const width = explanation.entry(table)?.shape[1] ?? 1;
  const index = [source[token.value]?.id ?? 0, dimension.value];
  return (
    <div class="stack">
      <div class="row">
        <Select label={t('edit.token')} value={String(token.value)} options={source.map((each, i) => ({ value: String(i), label: shown(each) }))}
          onChange={value => { token.value = Number(value); }} />
        <NumberField label={t('lab.dimension')} value={dimension.value} min={0} max={width - 1} onChange={value => { dimension.value = Math.round(value); }} />
      </div>
      <NewValue key={index.join()} explanation={explanation} name={table} index={index} onAdd={onAdd} />
    </div>
  );
}

/** What a weight is now and what it shall be. */
function NewValue({ explanation, name, index, onAdd }: FormProps & { readonly name: string; readonly index: readonly number[] }) {
  const state = explanation.values(name).value;
  const typed = useSignal<number | null>(null);
  if (state.state !== 'ready') return <p class="muted" aria-busy={state.state === 'loading'}>{t(state.state === 'loading' ? 'matrix.loading' : 'matrix.notCaptured', { name })}</p>;
  const now = state.values[index.reduce((sum, i, axis) => sum * (explanation.entry(name)?.shape[axis] ?? 1) + i, 0)] ?? NaN;
  const value = typed.value ?? now;
  const add = (event: Event) => {
    event.preventDefault();
    onAdd({ kind: 'weight', name, index, value });
  };
  return (
    <form class="row" onSubmit={add}>
      <p class="muted">{t('edit.now', { value: exact(now) })}</p>
      <NumberField label={t('edit.newValue')} value={Number(value.toPrecision(9))} step="any" onChange={next => { typed.value = next; }} />
      <button type="button" class="button quiet" onClick={() => { typed.value = 0; }}>{t('edit.zero')}</button>
      <button type="button" class="button quiet" onClick={() => { typed.value = -value; }}>{t('edit.negate')}</button>
      <button type="button" class="button quiet" onClick={() => { typed.value = 10 * value; }}>{t('edit.tenfold', { value: brief(value) })}</button>
      <button class="button" type="submit">{t('edit.add')}</button>
    </form>
  );
}

function Mask({ explanation, onAdd }: FormProps) {
  const places = attentions(explanation, 'masked');
  const place = useSignal(places.find(each => each.startsWith('decoder')) ?? places[0] ?? '');
  const [query, key] = [useSignal(0), useSignal(0)];
  const name = `${place.value}.masked`;
  const shape = explanation.entry(name)?.shape ?? [];
  const [queries = 1, keys = 1] = shape.slice(-2);
  const [row, column] = [Math.min(query.value, queries - 1), Math.min(key.value, keys - 1)];
  const visible = bitOf(explanation, name, row, column);
  return (
    <form class="row" onSubmit={event => { event.preventDefault(); onAdd({ kind: 'mask', place: place.value, index: [row, column], visible: !visible }); }}>
      <Select label={t('edit.place')} value={place.value} options={places.map(placeOption)} onChange={value => { place.value = value; }} />
      <Select label={t('edit.query')} value={String(row)} options={counted(queries, labeller(explanation, name, shape.length - 2))} onChange={value => { query.value = Number(value); }} />
      <Select label={t('edit.key')} value={String(column)} options={counted(keys, labeller(explanation, name, shape.length - 1))} onChange={value => { key.value = Number(value); }} />
      <p class="muted">{t(visible ? 'edit.nowVisible' : 'edit.nowHidden')}</p>
      <button class="button" type="submit">{t('edit.flip')}</button>
    </form>
  );
}

/** The attentions that have a tensor of this role: encoder.0.self_attention. */
export function attentions(explanation: Explanation, role: string): string[] {
  return explanation.document.tensors.map(tensor => tensor.name).filter(name => name.endsWith(`_attention.${role}`)).map(name => name.slice(0, -role.length - 1));
}

function placeOption(place: string): Option {
  return { value: place, label: placeLabel(place) };
}

function counted(length: number, label: (i: number) => string): Option[] {
  return Array.from({ length }, (_, i) => ({ value: String(i), label: label(i) }));
}
