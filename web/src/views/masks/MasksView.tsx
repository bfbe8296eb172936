import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Formula } from '../../shell/Formula';
import { t } from '../../languages/translate';
import { Matrix } from '../../matrix/Matrix';
import { slice } from '../../matrix/plane';
import { current } from '../../data/session';
import { canAsk } from '../../data/laboratory';
import { planeOf, tensorOf, valuesOf } from '../../data/numbers';
import { Question } from '../../data/question';
import { Answered, Choices, Part, Select, TextField } from '../labs/controls';
import { emptyQueries, MaskGrid, names } from './MaskGrid';
import { kinds, study, type MaskCell, type MaskKind, type MaskStudies, type MaskStudy } from './study';

/** Padding, causal and combined masks of two sentences side by side; a cell changed by hand goes through the engine's attention again. */
export function MasksView() {
  const text = current.value?.document.text ?? '';
  const first = useSignal(text);
  const second = useSignal(beginning(text));
  const kind = useSignal<MaskKind>('combined');
  const cells = useSignal<readonly MaskCell[]>([]);
  const sentence = useSignal(0);
  const head = useSignal(0);
  const question = useMemo(() => new Question<MaskStudies>(), []);
  const ask = () => { void question.ask(signal => study([first.value, second.value], kind.value, cells.value, signal)); };
  useEffect(ask, [kind.value, cells.value]);

  const choose = (next: MaskKind) => {
    cells.value = [];
    kind.value = next;
  };
  const toggle = (at: number) => (query: number, key: number, visible: boolean) => {
    sentence.value = at;
    cells.value = [...cells.value.filter(cell => cell.sentence !== at || cell.query !== query || cell.key !== key), { sentence: at, query, key, visible }];
  };
  const closeRow = (chosen: MaskStudy) => {
    const pieces = chosen.sentences[sentence.value] ?? [];
    cells.value = [...cells.value, ...pieces.map((_, key) => ({ sentence: sentence.value, query: 0, key, visible: false }))];
  };

  return (
    <div class="stack lab">
      <h2>{t('masks.title')}</h2>
      <p>{t('masks.lead')}</p>
      {canAsk && <form class="row" onSubmit={event => { event.preventDefault(); cells.value = []; ask(); }}>
        <TextField label={t('masks.first')} value={first.value} onChange={value => { first.value = value; }} />
        <TextField label={t('masks.second')} value={second.value} onChange={value => { second.value = value; }} />
        <button class="button primary" type="submit">{t('lab.apply')}</button>
      </form>}
      <Answered answer={question.answer.value}>{studies => (
        <>
          <div class="row">
            <Choices label={t('masks.kind')} value={kind.value} options={kinds.map(each => ({ value: each, label: t(`masks.${each}`) }))}
              onChange={value => { choose(value as MaskKind); }} />
            {canAsk && <>
              <button type="button" class="button" onClick={() => { closeRow(studies[kind.value]); }}>{t('masks.emptyRow')}</button>
              <button type="button" class="button quiet" disabled={cells.value.length === 0} onClick={() => { cells.value = []; }}>{t('masks.undo')}</button>
              <span class="kicker">{t('masks.changed', { count: cells.value.length })}</span>
            </>}
          </div>
          <div class="masks">
            {kinds.map(each => (
              <section key={each} class={each === kind.value ? 'card chosen stack' : 'card stack'} aria-label={t(`masks.${each}`)}>
                <h3>{t(`masks.${each}`)}</h3>
                <p class="muted">{t(`masks.${each}Sentence`)}</p>
                {studies[each].sentences.map((_, at) => (
                  <MaskGrid key={at} study={studies[each]} sentence={at} caption={t('masks.grid', { number: at + 1, kind: t(`masks.${each}`) })}
                    {...(canAsk && each === kind.value ? { onToggle: toggle(at) } : {})} />
                ))}
              </section>
            ))}
          </div>
          <Consequences study={studies[kind.value]} sentence={sentence.value} head={head.value}
            onSentence={value => { sentence.value = value; }} onHead={value => { head.value = value; }} />
        </>
      )}</Answered>
    </div>
  );
}

/** Scores, mask, softmax and context of one sentence and head. */
function Consequences({ study, sentence, head, onSentence, onHead }: {
  readonly study: MaskStudy; readonly sentence: number; readonly head: number; readonly onSentence: (value: number) => void; readonly onHead: (value: number) => void;
}) {
  const piece = names(study, sentence);
  const closed = emptyQueries(study, sentence);
  const scores = (name: string) => planeOf(study, name, [sentence, head], piece, piece);
  // The context is [B, T, H, K]: of one head, the rows are tokens.
  const context = useMemo(() => {
    const { shape } = tensorOf(study, 'context') ?? { shape: [] };
    return slice(valuesOf(tensorOf(study, 'context')), shape, 1, 3, [sentence, 0, head, 0], piece, String);
  }, [study, sentence, head]);
  const planes = useMemo(() => ({ scaled: scores('scaled'), masked: scores('masked'), weights: scores('weights') }), [study, sentence, head]);
  return (
    <Part title={t('masks.steps', { number: sentence + 1, head })}>
      <div class="row">
        <Select label={t('masks.texts')} value={String(sentence)} onChange={value => { onSentence(Number(value)); }}
          options={study.sentences.map((_, at) => ({ value: String(at), label: t('lab.sentence', { number: at + 1 }) }))} />
        <Select label={t('lab.head')} value={String(head)} onChange={value => { onHead(Number(value)); }}
          options={Array.from({ length: tensorOf(study, 'weights')?.shape[1] ?? 1 }, (_, at) => ({ value: String(at), label: String(at) }))} />
      </div>
      <p role="status" class={closed.length > 0 ? 'note' : 'muted'}>
        {closed.length > 0 ? t('masks.emptyFound', { why: t('masks.emptyRowSentence'), rows: closed.map(piece).join(', ') }) : t('masks.noneEmpty')}
      </p>
      <div class="pair">
        <div class="stack"><h4>{t('masks.scaled')}</h4><Formula id="scaled" /><Matrix plane={planes.scaled} caption={t('masks.scaled')} /></div>
        <div class="stack"><h4>{t('masks.masked')}</h4><Formula id="mask" /><Matrix plane={planes.masked} caption={t('masks.masked')} /></div>
        <div class="stack"><h4>{t('masks.weights')}</h4><Formula id="softmax" /><Matrix plane={planes.weights} caption={t('masks.weights')} /></div>
        <div class="stack"><h4>{t('masks.context')}</h4><Formula id="context" /><Matrix plane={context} caption={t('masks.context')} /></div>
      </div>
    </Part>
  );
}

/** The first half of the words: a second sentence that is shorter than the first. */
function beginning(text: string): string {
  const words = text.split(/\s+/).filter(word => word !== '');
  return words.slice(0, Math.max(1, Math.floor(words.length / 2))).join(' ');
}
