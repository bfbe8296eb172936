import { useLayoutEffect, useRef } from 'preact/hooks';
import { t, local } from '../languages/translate';
import { labeller, placeName } from '../data/labels';
import type { Explanation } from '../data/explanation';
import { derive, inputs, offset, type Cell } from '../rules/operands';
import { Formula } from '../shell/Formula';
import { double, exact } from '../matrix/numbers';
import { address } from '../shell/routing';
import { Derivation } from './Derivation';
import { back, close, trail } from './trail';

/** Where a number comes from, one operation at a time, down to a weight or a token. */
export function Panel() {
  const heading = useRef<HTMLHeadingElement>(null);
  const now = trail.value;
  const cell = now?.cells.at(-1);
  // At once: the operand that was pressed is gone, and a key before the next frame would reach nobody.
  useLayoutEffect(() => { if (cell !== undefined) heading.current?.focus(); }, [cell]);
  if (now === null || cell === undefined) return null;
  return (
    <aside class="provenance" aria-label={t('provenance.title')} onKeyDown={event => {
      if (event.key === 'Escape') close();
      else if (event.key === 'Backspace' && now.cells.length > 1) back(now.cells.length - 2);
      else return;
      event.preventDefault();
    }}>
      <header class="row">
        <h2 ref={heading} tabIndex={-1}>{t('provenance.title')}</h2>
        <button type="button" class="button quiet close" onClick={close}>{t('provenance.close')}</button>
      </header>
      {now.cells.length > 1 && (
        <nav aria-label={t('provenance.trail')}>
          <ol class="crumbs">
            {now.cells.map((each, i) => (
              <li key={i}>
                {i === now.cells.length - 1
                  ? <span aria-current="step">{nameOf(each)}</span>
                  : <button type="button" onClick={() => back(i)}>{nameOf(each)}</button>}
              </li>
            ))}
          </ol>
        </nav>
      )}
      <Present explanation={now.explanation} cell={cell} />
    </aside>
  );
}

/** A cell as docs and terminal write it: its last name and indices. */
export function nameOf(cell: Cell): string {
  const parts = cell.tensor.split('.');
  return `${parts.slice(-2).join('.')}[${cell.index.join(',')}]`;
}

function Present({ explanation, cell }: { explanation: Explanation; cell: Cell }) {
  const entry = explanation.entry(cell.tensor);
  const op = explanation.producer(cell.tensor);
  const step = explanation.stepOf(cell.tensor);
  const state = explanation.values(cell.tensor).value;
  const read = op === undefined ? [] : inputs(explanation, op);
  const value = state.state === 'ready' && entry !== undefined ? state.values[offset(entry.shape, cell.index)] ?? NaN : null;
  return (
    <div class="stack">
      <div>
        <p class="kicker">{placeName(cell.tensor)}</p>
        <p class="cell-name"><code>{cell.tensor}[{cell.index.join(', ')}]</code></p>
        {value !== null && <p class="cell-value">{exact(value)}</p>}
        {value === null && <p class="muted">{t(state.state === 'loading' ? 'matrix.loading' : 'matrix.notCaptured', { name: cell.tensor })}</p>}
        <dl class="where">
          {cell.index.map((i, axis) => entry?.axes[axis] !== 'B' && (
            <div key={axis}><dt>{entry?.axes[axis]} = {i}</dt><dd><bdi>{labeller(explanation, cell.tensor, axis)(i)}</bdi></dd></div>
          ))}
        </dl>
      </div>
      {op === undefined
        ? <p>{t(entry?.origin === 'weight' ? 'provenance.weight' : entry?.origin === 'state' ? 'provenance.state' : 'provenance.leaf')}</p>
        : <>
            {step?.formula !== undefined && <Formula id={step.formula} />}
            {read.some(([, input]) => input.state === 'loading')
              ? <p class="muted" aria-busy="true">{t('provenance.reading')}</p>
              : <Derived explanation={explanation} cell={cell} value={value} />}
          </>}
      {step !== undefined && <p><a href={address('walk', step.id)}>{t('provenance.step', { title: local(step.title) })}</a></p>}
    </div>
  );
}

function Derived({ explanation, cell, value }: { explanation: Explanation; cell: Cell; value: number | null }) {
  try {
    const written = derive(explanation, cell);
    if (written === null) return null;
    const difference = value === null ? NaN : Math.abs(written.value - value);
    return (
      <>
        <Derivation explanation={explanation} written={written} />
        {!written.known && <p class="muted">{t('provenance.incomplete')}</p>}
        {Number.isFinite(written.value) && value !== null && Number.isFinite(value) && (
          <p class="muted again">{t('provenance.again', { value: double(written.value), difference: difference.toExponential(1) })}</p>
        )}
      </>
    );
  } catch (error) {
    return <p class="failure">{t('provenance.failed', { message: error instanceof Error ? error.message : String(error) })}</p>;
  }
}
