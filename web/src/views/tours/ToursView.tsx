import { useEffect, useMemo } from 'preact/hooks';
import { documentVersion, type OpEntry, type Rule, type TensorEntry } from '../../data/document';
import { Explanation } from '../../data/explanation';
import { Question } from '../../data/question';
import { lookUp } from '../../data/laboratory';
import { current } from '../../data/session';
import { local, t, type Bilingual } from '../../languages/translate';
import { Matrix } from '../../matrix/Matrix';
import type { Place } from '../../matrix/keys';
import { slice } from '../../matrix/plane';
import { isTraced, openCell } from '../../provenance/trail';
import { go, route } from '../../shell/routing';
import { valuesOf } from '../../data/numbers';
import { Answered, Choices } from '../labs/controls';
import { WordMap, type TourMap } from './WordMap';

export const tours = ['words', 'thrones', 'welcome', 'shop', 'sizes'] as const;

interface Tour {
  readonly name: string;
  readonly title: Bilingual;
  readonly steps: readonly TourStep[];
  readonly tensors: readonly TensorEntry[];
  readonly ops: readonly OpEntry[];
  readonly rules?: Readonly<Record<string, Rule>>;
}

interface TourStep {
  readonly id: string;
  readonly title: Bilingual;
  readonly text: Bilingual;
  readonly formula: string | null;
  readonly tokens: readonly { readonly id: number; readonly piece: string }[];
  readonly views: readonly TourSight[];
  readonly map?: TourMap;
}

/** A tensor on show: names of its rows and columns, and the index at which other axes are held. */
interface TourSight {
  readonly tensor: string;
  readonly rows: readonly Bilingual[];
  readonly columns: readonly Bilingual[];
  readonly fixed: Readonly<Record<string, number>>;
}

/** Walks through the classic texts; the address holds the tour and its step: #/tours/thrones/3. */
export function ToursView() {
  const [named, place = '1'] = route.value.argument.split('/');
  const name = tours.find(each => each === named) ?? tours[0];
  const question = useMemo(() => new Question<Tour>(), []);
  useEffect(() => { void question.ask(signal => lookUp<Tour>(`api/tours/${name}`, {}, signal)); }, [name]);
  return (
    <div class="stack lab tour">
      <h2>{t('tours.title')}</h2>
      <p>{t('tours.lead')}</p>
      <Choices label={t('tours.choose')} value={name} options={tours.map(each => ({ value: each, label: t(`tours.${each}`) }))}
        onChange={value => { go('tours', value); }} />
      <Answered answer={question.answer.value}>{tour => <Walk tour={tour} at={Math.max(0, Math.min(tour.steps.length, Number(place) || 1) - 1)} />}</Answered>
    </div>
  );
}

function Walk({ tour, at }: { readonly tour: Tour; readonly at: number }) {
  const explanation = useMemo(() => explain(tour), [tour]);
  const step = tour.steps[at];
  if (step === undefined) return null;
  const move = (to: number) => { go('tours', `${tour.name}/${to + 1}`); };
  const key = (event: KeyboardEvent) => {
    if (event.target instanceof Element && event.target.closest('table, input, select, textarea') !== null) return;
    if (event.key === 'ArrowRight' && at + 1 < tour.steps.length) move(at + 1);
    else if (event.key === 'ArrowLeft' && at > 0) move(at - 1);
    else return;
    event.preventDefault();
  };
  return (
    <article class="stack" onKeyDown={key}>
      <p class="kicker">{local(tour.title)} · {t('tours.stop', { number: at + 1, count: tour.steps.length })}</p>
      <h3 aria-live="polite">{local(step.title)}</h3>
      <p>{local(step.text)}</p>
      {step.formula !== null && <p><code>{step.formula}</code></p>}
      {step.tokens.length > 0 && (
        <ol class="tokens">
          {step.tokens.map((token, i) => <li key={i}><bdi>{token.piece}</bdi> <span class="number">{token.id}</span></li>)}
        </ol>
      )}
      {step.map !== undefined && <Placed explanation={explanation} map={step.map} />}
      {step.views.map((sight, i) => <Sight key={`${step.id}.${i}`} explanation={explanation} sight={sight} />)}
      <nav class="row" aria-label={t('tours.title')}>
        <button type="button" class="button" disabled={at === 0} onClick={() => { move(at - 1); }}>{t('tours.previous')}</button>
        <button type="button" class="button primary" disabled={at + 1 === tour.steps.length} onClick={() => { move(at + 1); }}>{t('tours.next')}</button>
      </nav>
    </article>
  );
}

/** One tensor of a step: its last two axes that are not held, every cell open to its provenance. */
function Sight({ explanation, sight }: { readonly explanation: Explanation; readonly sight: TourSight }) {
  const entry = explanation.entry(sight.tensor);
  const shown = useMemo(() => {
    if (entry?.data === undefined) return null;
    const fixed = entry.axes.map(axis => sight.fixed[axis] ?? 0);
    const free = entry.shape.map((_, axis) => axis).filter(axis => sight.fixed[entry.axes[axis] ?? ''] === undefined);
    const [row = -1, column = -1] = free.length > 1 ? free.slice(-2) : [-1, free[0] ?? -1];
    const label = (names: readonly Bilingual[]) => (i: number) => { const name = names[i]; return name === undefined ? String(i) : local(name); };
    // A vector with names for its rows stands upright.
    const upright = row < 0 && sight.rows.length > 0;
    const [down, across] = upright ? [column, -1] : [row, column];
    const plane = slice(valuesOf(entry), entry.shape, down, across, fixed, label(sight.rows), label(upright ? [] : sight.columns));
    const index = ({ row: r, column: c }: Place) => fixed.map((held, axis) => (axis === down ? r : axis === across ? c : held));
    return { plane, index };
  }, [entry, sight, t('tours.title')]);
  const held = Object.entries(sight.fixed).map(([axis, index]) => `${axis} = ${index}`).join(', ');
  const name = held === '' ? sight.tensor : `${sight.tensor}, ${held}`;
  return (
    <section class="stack" aria-label={name}>
      <h4><code>{name}</code> <span class="kicker">{entry === undefined ? '' : `[${entry.axes.join(', ')}] = [${entry.shape.join(', ')}]`}</span></h4>
      {shown !== null && (
        <Matrix plane={shown.plane} caption={name} onOpen={place => { openCell(explanation, { tensor: sight.tensor, index: shown.index(place) }); }}
          marked={(row, column) => isTraced(sight.tensor, shown.index({ row, column }))} />
      )}
    </section>
  );
}

function Placed({ explanation, map }: { readonly explanation: Explanation; readonly map: TourMap }) {
  const entry = explanation.entry(map.tensor);
  return entry?.data === undefined ? null : <WordMap map={map} places={valuesOf(entry)} />;
}

/** A tour as an explanation of its own, so that its cells can be taken apart like those of the model. */
function explain(tour: Tour): Explanation {
  return new Explanation({
    version: documentVersion, kind: 'translation', tool: '', model: {}, text: '', translation: '', source: [], target: [], answer: [],
    tensors: tour.tensors, ops: tour.ops, rules: tour.rules ?? current.value?.document.rules ?? {}, steps: [], search: null, verification: null, learning: null,
  });
}
