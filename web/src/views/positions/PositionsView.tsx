import { useEffect, useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Curves } from '../../drawing/Curves';
import { Formula } from '../../shell/Formula';
import { t } from '../../languages/translate';
import { Matrix } from '../../matrix/Matrix';
import { brief } from '../../matrix/numbers';
import { canAsk } from '../../data/laboratory';
import { planeOf, tensorOf, valuesOf } from '../../data/numbers';
import { Question } from '../../data/question';
import { Answered, NumberField, Part, Select, Slider } from '../labs/controls';
import { Properties, Shift } from './Properties';
import { examine, kinds, type PositionKind, type PositionPair, type PositionSettings, type PositionStudy } from './study';

/** A table of positions, its curves, binary counting beside it, its four properties measured, learned tables and adding against concatenating. */
export function PositionsView() {
  const settings = useSignal<PositionSettings>({ width: 64, length: 64, offset: 5, kind: 'sinusoidal' });
  const question = useMemo(() => new Question<PositionPair>(), []);
  useEffect(() => { void question.ask(signal => examine(settings.value, signal)); }, [settings.value]);
  const { width, length, offset, kind } = settings.value;
  const change = (part: Partial<PositionSettings>) => {
    const next = { ...settings.value, ...part };
    settings.value = { ...next, offset: Math.min(next.offset, next.length - 1) };
  };
  return (
    <div class="stack lab">
      <h2>{t('positions.title')}</h2>
      <p>{t('positions.lead')}</p>
      <Formula id="positions" />
      <div class="row" role="group" aria-label={t('positions.settings')}>
        {canAsk && <>
          <NumberField label={t('positions.width')} value={width} min={2} max={512} step={2} onChange={value => { change({ width: value - value % 2 }); }} />
          <NumberField label={t('positions.length')} value={length} min={2} max={512} onChange={value => { change({ length: Math.round(value) }); }} />
          <NumberField label={t('positions.offset')} value={offset} min={1} max={length - 1} onChange={value => { change({ offset: Math.round(value) }); }} />
        </>}
        <Select label={t('positions.kind')} value={kind} options={kinds.map(each => ({ value: each, label: t(`positions.${each}`) }))}
          onChange={value => { change({ kind: value as PositionKind }); }} />
      </div>
      <Answered answer={question.answer.value}>{({ chosen, learned }) => (
        <>
          <Table study={chosen} />
          <Waves study={chosen} />
          <Part title={t('positions.properties')}>
            <Properties study={chosen} />
          </Part>
          <Distances study={chosen} />
          <Shift study={chosen} />
          {chosen.kind !== 'learned' && learned !== null && <Versus sinusoidal={chosen} learned={learned} />}
          <Composition study={chosen} />
        </>
      )}</Answered>
    </div>
  );
}

function Table({ study }: { readonly study: PositionStudy }) {
  const table = useMemo(() => planeOf(study, 'table', [], String, String), [study]);
  const binary = useMemo(() => planeOf(study, 'binary', [], String, column => `2${superscript(column)}`), [study]);
  return (
    <div class="pair uneven">
      <Part title={t('positions.map')} sentence={t('positions.mapSentence')}><Matrix plane={table} caption={t('positions.map')} /></Part>
      <Part title={t('positions.binary')} sentence={t('positions.binarySentence')}><Matrix plane={binary} caption={t('positions.binary')} /></Part>
    </div>
  );
}

/** Four neighbouring dimensions over the positions. */
function Waves({ study }: { readonly study: PositionStudy }) {
  // Not the very first: those waves are as short as two positions are apart.
  const begin = useSignal(Math.floor(study.width / 8));
  const { length, width } = study;
  const from = Math.max(0, Math.min(begin.value, width - 4));
  const values = valuesOf(tensorOf(study, 'table'));
  const positions = Array.from({ length }, (_, position) => position);
  const shown = Array.from({ length: Math.min(4, width) }, (_, i) => from + i);
  const frequencies = valuesOf(tensorOf(study, 'frequencies'));
  return (
    <Part title={t('positions.curves')} sentence={t('positions.curvesSentence')}>
      <Slider label={t('positions.firstDimension')} value={from} min={0} max={Math.max(0, width - 4)} onChange={value => { begin.value = value; }} />
      <Curves label={t('positions.curves')} x={positions} xName={t('lab.position')} yName={t('lab.value')}
        curves={shown.map(dimension => ({ name: `${t('lab.dimension')} ${dimension}`, values: positions.map(position => values[position * width + dimension] ?? NaN) }))} />
      {frequencies.length > 0 && (
        <p class="kicker">{shown.map(dimension => t('positions.wavelength', { dimension, length: brief(2 * Math.PI / (frequencies[dimension] ?? NaN)) })).join(' · ')}</p>
      )}
    </Part>
  );
}

function Distances({ study }: { readonly study: PositionStudy }) {
  const plane = useMemo(() => planeOf(study, 'distances', [], String, String), [study]);
  return <Part title={t('positions.distances')}><Matrix plane={plane} caption={t('positions.distances')} /></Part>;
}

function Versus({ sinusoidal, learned }: { readonly sinusoidal: PositionStudy; readonly learned: PositionStudy }) {
  return (
    <Part title={t('positions.versus')} sentence={t('positions.versusSentence')}>
      <div class="pair">
        {[sinusoidal, learned].map(study => (
          <div class="stack" key={study.kind}>
            <h4>{t(`positions.${study.kind}`)} <span class="kicker">{origin(study)}</span></h4>
            <Matrix plane={planeOf(study, 'table', [], String, String)} caption={t(`positions.${study.kind}`)} />
            <Properties study={study} />
          </div>
        ))}
      </div>
    </Part>
  );
}

const parts = ['words', 'sum', 'concatenated', 'sum_mapped', 'concatenated_mapped'] as const;

function Composition({ study }: { readonly study: PositionStudy }) {
  const chosen = useSignal<typeof parts[number]>('sum_mapped');
  const name = chosen.value;
  const plane = useMemo(() => planeOf(study, `composition.${name}`, [], String, String), [study, name]);
  const { largest_difference, sum_weights, concatenated_weights } = study.composition;
  return (
    <Part title={t('positions.compose')} sentence={t('positions.composeSentence', { difference: brief(largest_difference), sum: sum_weights, concatenated: concatenated_weights })}>
      <div class="row"><Formula id="position_add" /><Formula id="position_concatenate" /></div>
      <Select label={t('lab.matrix')} value={name} options={parts.map(each => ({ value: each, label: t(`positions.${each}`) }))}
        onChange={value => { chosen.value = value as typeof name; }} />
      <Matrix plane={plane} caption={t(`positions.${name}`)} />
    </Part>
  );
}

function origin(study: PositionStudy): string {
  return study.origin === 'formula' ? t('positions.originFormula') : study.origin === 'laboratory' ? t('positions.originLaboratory') : t('positions.originModel', { name: study.origin });
}

/** An exponent in small raised digits. */
function superscript(n: number): string {
  const raised = '⁰¹²³⁴⁵⁶⁷⁸⁹';
  return String(n).split('').map(digit => raised[Number(digit)] ?? '').join('');
}
