import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import type { Answer } from '../../data/question';
import { t } from '../../languages/translate';

interface NumberProps {
  readonly label: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number | 'any';
  readonly onChange: (value: number) => void;
}

/** A number to type or to step; what is no number, or lies outside, changes nothing. */
export function NumberField({ label, value, min, max, step = 1, onChange }: NumberProps) {
  const id = useId();
  const change = (event: Event & { currentTarget: HTMLInputElement }) => {
    const typed = event.currentTarget.valueAsNumber;
    if (Number.isFinite(typed) && typed >= (min ?? -Infinity) && typed <= (max ?? Infinity)) onChange(typed);
  };
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <input id={id} class="field number" type="number" value={value} step={step} onChange={change}
        {...(min === undefined ? {} : { min })} {...(max === undefined ? {} : { max })} />
    </div>
  );
}

/** A number on a track, with its value beside it. */
export function Slider({ label, value, min, max, shown, onChange }: Omit<NumberProps, 'step'> & { readonly min: number; readonly max: number; readonly shown?: string }) {
  const id = useId();
  return (
    <div class="labelled slider">
      <label for={id}>{label}</label>
      <input id={id} type="range" value={value} min={min} max={max} aria-valuetext={shown ?? String(value)} onInput={event => { onChange(event.currentTarget.valueAsNumber); }} />
      <output for={id}>{shown ?? value}</output>
    </div>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

export function Select({ label, value, options, onChange }: {
  readonly label: string; readonly value: string; readonly options: readonly Option[]; readonly onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <select id={id} class="field" value={value} onChange={event => { onChange(event.currentTarget.value); }}>
        {options.map(option => <option key={option.value} value={option.value}>{option.label}</option>)}
      </select>
    </div>
  );
}

export function TextField({ label, value, onChange }: { readonly label: string; readonly value: string; readonly onChange: (value: string) => void }) {
  const id = useId();
  return (
    <div class="labelled wide">
      <label for={id}>{label}</label>
      <input id={id} class="field" value={value} spellcheck={false} onInput={event => { onChange(event.currentTarget.value); }} />
    </div>
  );
}

/** A few choices side by side, one of them taken. */
export function Choices({ label, value, options, onChange }: {
  readonly label: string; readonly value: string; readonly options: readonly Option[]; readonly onChange: (value: string) => void;
}) {
  return (
    <div class="choices" role="group" aria-label={label}>
      {options.map(option => (
        <button type="button" key={option.value} aria-pressed={option.value === value} onClick={() => { onChange(option.value); }}>{option.label}</button>
      ))}
    </div>
  );
}

/** An answer of the engine: its content, or that it is coming, or why it is not. */
export function Answered<T>({ answer, children }: { readonly answer: Answer<T>; readonly children: (value: T) => ComponentChildren }) {
  return (
    <>
      {answer.failure !== null && <p class="failure" role="alert">{t('lab.failed', { message: answer.failure })}</p>}
      {answer.value === null && answer.busy && <p class="muted" role="status" aria-busy="true">{t('lab.loading')}</p>}
      {answer.value !== null && <div class="stack" aria-busy={answer.busy}>{children(answer.value)}</div>}
    </>
  );
}

/** A part of a view under its own heading. */
export function Part({ title, sentence, children }: { readonly title: string; readonly sentence?: ComponentChildren; readonly children?: ComponentChildren }) {
  const id = useId();
  return (
    <section class="part stack" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {sentence !== undefined && <p>{sentence}</p>}
      {children}
    </section>
  );
}
