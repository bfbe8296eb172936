import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { canAsk, lookUp } from '../../data/laboratory';
import { Question } from '../../data/question';
import { local, localeName, optional, t, type Bilingual } from '../../languages/translate';
import { Answered, NumberField, Part, Select } from '../labs/controls';

interface CostPart {
  readonly name: string;
  readonly formula: string;
  readonly value: number;
}

interface ModelCost {
  readonly name: string | null;
  readonly plan: Plan;
  readonly parameters: number;
  readonly parameter_parts: readonly CostPart[];
  readonly source_token_flops: number;
  readonly source_token_parts: readonly CostPart[];
  readonly target_token_flops: number;
  readonly target_token_parts: readonly CostPart[];
  readonly memory_parts: readonly CostPart[];
  readonly published?: { readonly parameters: number; readonly source: string; readonly difference: number; readonly note?: Bilingual };
  readonly notes: readonly Bilingual[];
}

type Plan = Readonly<Record<typeof fields[number] | 'head_width' | 'length', number>>;

/** A preset, and what was changed of it. */
type Asked = Readonly<Record<string, string>>;

const fields = ['vocabulary_size', 'width', 'heads', 'hidden_width', 'encoder_layers', 'decoder_layers', 'position_rows'] as const;

/** Parameters, operations and memory of any plan: the engine counts, the page shows every part with its formula. */
export function CalculatorView() {
  const asked = useSignal<Asked>({ preset: 'model', length: '100' });
  const question = useMemo(() => new Question<ModelCost>(), []);
  const presets = useMemo(() => new Question<{ readonly presets: readonly ModelCost[] }>(), []);
  useEffect(() => { void presets.ask(signal => lookUp('api/calculator/presets', {}, signal)); }, []);
  useEffect(() => {
    void question.ask(async signal => {
      // A file holds the served model and every preset, and no other sums.
      const preset = canAsk ? undefined : presets.answer.value.value?.presets.find(each => each.name === asked.value['preset']);
      return preset ?? await lookUp<ModelCost>('api/calculator', asked.value, signal);
    });
  }, [asked.value]);
  const names = presets.answer.value.value?.presets.flatMap(preset => preset.name ?? []) ?? [];
  return (
    <div class="stack lab">
      <h2>{t('calculator.title')}</h2>
      <p>{t('calculator.lead')}</p>
      <Answered answer={question.answer.value}>{cost => (
        <>
          <Settings cost={cost} asked={asked.value} names={names} onChange={next => { asked.value = next; }} />
          <p>{t('calculator.headWidth', { width: cost.plan.width, heads: cost.plan.heads, head: cost.plan.head_width })}</p>
          {cost.published !== undefined && <Published published={cost.published} />}
          <Sum title={t('calculator.parameters')} parts={cost.parameter_parts} total={cost.parameters} />
          <Sum title={t('calculator.source')} parts={cost.source_token_parts} total={cost.source_token_flops} />
          <Sum title={t('calculator.target')} parts={cost.target_token_parts} total={cost.target_token_flops} />
          <Sum title={t('calculator.memory')} parts={cost.memory_parts} />
          {cost.notes.map(note => <p key={note.en} class="muted">{local(note)}</p>)}
        </>
      )}</Answered>
    </div>
  );
}

function Settings({ cost, asked, names, onChange }: {
  readonly cost: ModelCost; readonly asked: Asked; readonly names: readonly string[]; readonly onChange: (asked: Asked) => void;
}) {
  const length = asked['length'] ?? '';
  return (
    <div class="row card">
      <Select label={t('calculator.preset')} value={asked['preset'] ?? ''}
        options={[{ value: 'model', label: t('calculator.model') }, ...names.map(name => ({ value: name, label: name }))]}
        onChange={preset => { onChange({ preset, length }); }} />
      {canAsk && fields.map(field => (
        <NumberField key={field} label={t(`calculator.${field}`)} value={cost.plan[field]} min={0} onChange={value => { onChange({ ...asked, [field]: String(value) }); }} />
      ))}
      {canAsk && <NumberField label={t('calculator.length')} value={cost.plan.length} min={1} onChange={value => { onChange({ ...asked, length: String(value) }); }} />}
    </div>
  );
}

function Published({ published }: { readonly published: NonNullable<ModelCost['published']> }) {
  return (
    <p class="muted">
      {t('calculator.published', { source: published.source, parameters: count(published.parameters), percent: percent(published.difference) })}
      {published.note !== undefined && <> {local(published.note)}</>}
    </p>
  );
}

/** A sum with its parts; bytes are alternatives, not parts, and have no total. */
function Sum({ title, parts, total }: { readonly title: string; readonly parts: readonly CostPart[]; readonly total?: number }) {
  if (parts.length === 0) return null;
  const bytes = total === undefined;
  const largest = Math.max(...parts.map(part => part.value));
  return (
    <Part title={bytes ? title : t('calculator.total', { part: title, total: count(total) })}>
      <div class="scroll-x">
        <table class="parts">
          <thead>
            <tr>
              <th scope="col">{t('calculator.part')}</th><th scope="col">{t('calculator.formula')}</th>
              <th scope="col" class="right">{t('calculator.number')}</th><td />
            </tr>
          </thead>
          <tbody>
            {parts.map(part => (
              <tr key={part.name}>
                <th scope="row">{optional(`calculator.parts.${part.name.replace(/\./g, '_')}`) ?? part.name}</th>
                <td><code>{part.formula}</code></td>
                <td class="right number">{bytes ? size(part.value) : count(part.value)}</td>
                <td class="meter" aria-hidden="true"><span style={{ '--share': `${100 * part.value / largest}%` }} /></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Part>
  );
}

function count(value: number): string {
  return value.toLocaleString(localeName.value, { maximumFractionDigits: 0 });
}

function percent(share: number): string {
  return share.toLocaleString(localeName.value, { style: 'percent', maximumFractionDigits: 1, signDisplay: 'exceptZero' });
}

/** Bytes in the largest unit that leaves a number of at least one. */
function size(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toLocaleString(localeName.value, { maximumSignificantDigits: 4 })} ${units[power] ?? ''}`;
}
