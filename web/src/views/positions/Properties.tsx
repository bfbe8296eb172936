import { useMemo } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { Formula } from '../../shell/Formula';
import { t } from '../../languages/translate';
import { Matrix } from '../../matrix/Matrix';
import { brief } from '../../matrix/numbers';
import type { Plane } from '../../matrix/plane';
import { planeOf } from '../../data/numbers';
import { Part, Slider } from '../labs/controls';
import type { PositionCheck, PositionStudy } from './study';

const formulas = { unique: 'position_unique', bounded: 'position_bounded', same_distance: 'position_distance', shift: 'position_rotation' } as const;

/** The four properties as the engine measured them on this table. */
export function Properties({ study }: { readonly study: PositionStudy }) {
  return (
    <ul class="checks">
      {study.checks.map(check => <Property key={check.name} check={check} />)}
    </ul>
  );
}

function Property({ check }: { readonly check: PositionCheck }) {
  const numbers = Object.fromEntries(Object.entries(check.numbers).map(([name, value]) => [name, Number.isInteger(value) ? String(value) : brief(value)]));
  return (
    <li class={check.holds ? 'card stack check good' : 'card stack check bad'}>
      <h4>{t(`positions.${check.name}`)} <span class="verdict">{t(check.holds ? 'lab.holds' : 'lab.fails')}</span></h4>
      <Formula id={formulas[check.name]} />
      <p>{t(`positions.${check.name}Sentence`, numbers)}</p>
    </li>
  );
}

/** The matrix of an offset, and one position taken through it: what the table says, what the matrix makes, and their difference. */
export function Shift({ study }: { readonly study: PositionStudy }) {
  const position = useSignal(0);
  const dimension = (i: number) => String(i);
  const matrix = useMemo(() => planeOf(study, 'shift', [], dimension, dimension), [study]);
  const last = Math.max(0, study.length - study.offset - 1);
  const p = Math.min(position.value, last);
  const rows = useMemo((): Plane => {
    const table = planeOf(study, 'table', [], String, dimension);
    const shifted = planeOf(study, 'shifted', [], String, dimension);
    const [expected, got, difference] = [t('positions.expected'), t('positions.got'), t('lab.difference')];
    return {
      rows: 3,
      columns: table.columns,
      value: (row, column) => {
        const [want, made] = [table.value(p + study.offset, column), shifted.value(p, column)];
        return row === 0 ? want : row === 1 ? made : made - want;
      },
      rowLabel: row => (row === 0 ? expected : row === 1 ? got : difference),
      columnLabel: dimension,
    };
  }, [study, p, t('lab.difference')]);
  return (
    <Part title={t('positions.matrix')} sentence={t('positions.matrixSentence')}>
      <Matrix plane={matrix} caption={t('positions.matrix')} />
      <h4>{t('positions.verify')}</h4>
      <Slider label={t('positions.from')} value={p} min={0} max={last} onChange={value => { position.value = value; }} />
      <Matrix plane={rows} caption={t('positions.verify')} />
    </Part>
  );
}
