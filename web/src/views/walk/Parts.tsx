import { useMemo } from 'preact/hooks';
import type { Explanation } from '../../data/explanation';
import { optional } from '../../languages/translate';
import { brief } from '../../matrix/numbers';
import type { Plane } from '../../matrix/plane';
import type { Shown } from '../../matrix/TensorMatrix';
import { inputs, parts } from '../../rules/operands';
import { Wide } from '../../shell/Wide';

const mostColumns = 12;
const mostReads = 100_000;

/** What went into the rows and columns above: of a softmax the maximum, the exponentials and their sum, of a norm mean, variance, γ and β. */
export function Parts({ explanation, tensor, shown }: { explanation: Explanation; tensor: string; shown: Shown }) {
  const op = explanation.producer(tensor);
  const all = op === undefined ? [] : explanation.rule(op.kind)?.parts ?? [];
  const ready = op !== undefined && all.length > 0 && inputs(explanation, op).every(([, state]) => state.state === 'ready');
  const { plane, at } = shown;
  const table = useMemo(() => {
    if (!ready) return null;
    const columns = widest(plane);
    const rows = Array.from({ length: Math.min(plane.rows, Math.max(1, Math.floor(mostReads / plane.columns))) }, (_, row) => row);
    return {
      columns,
      rows: rows.map(row => {
        const shared = parts(explanation, { tensor, index: at(row, 0) }, 'row');
        const own = columns.map(column => [...parts(explanation, { tensor, index: at(row, column) }, 'cell', shared).values()]);
        return { row, shared, own };
      }),
      columnParts: columns.map(column => parts(explanation, { tensor, index: at(0, column) }, 'column')),
    };
  }, [ready, plane, tensor]);
  if (table === null || op === undefined) return null;
  const family = op.kind === 'log_softmax' ? 'softmax' : op.kind;
  const hasCells = all.some(part => part.of === 'cell');
  const names = all.filter(part => part.of === 'row').map(part => part.name);
  const [before, after] = hasCells ? [names.slice(0, 1), names.slice(1)] : [names, []];
  const shared = all.filter(part => part.of === 'column').map(part => part.name);
  const caption = optional(`engine.parts.${family}_rows`) ?? family;
  const columnCaption = optional(`engine.parts.${family}_columns`) ?? family;
  const title = (name: string) => optional(`engine.parts.${name}`) ?? name;
  return (
    <>
      <p class="muted">{caption}</p>
      <Wide class="scroll-x" label={caption}>
        <table class="figures">
          <thead><tr>
            <td />
            {before.map(name => <th scope="col" key={name}>{title(name)}</th>)}
            {hasCells && table.columns.map(column => <th scope="col" key={column}><bdi>{plane.columnLabel(column)}</bdi></th>)}
            {after.map(name => <th scope="col" key={name}>{title(name)}</th>)}
          </tr></thead>
          <tbody>
            {table.rows.map(({ row, shared: values, own }) => (
              <tr key={row}>
                <th scope="row"><bdi>{plane.rowLabel(row)}</bdi></th>
                {before.map(name => <td key={name}>{brief(values.get(name)?.value ?? NaN)}</td>)}
                {hasCells && own.map((cell, i) => <td key={table.columns[i]}>{brief(cell[0]?.value ?? NaN)}</td>)}
                {after.map(name => <td key={name}>{brief(values.get(name)?.value ?? NaN)}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {table.rows.length < plane.rows && <p class="muted">{(optional('engine.parts.first_rows') ?? '').replace('{count}', String(table.rows.length))}</p>}
      {shared.length > 0 && <p class="muted">{columnCaption}</p>}
      {shared.length > 0 && (
        <Wide class="scroll-x" label={columnCaption}>
          <table class="figures">
            <thead><tr><td />{table.columns.map(column => <th scope="col" key={column}><bdi>{plane.columnLabel(column)}</bdi></th>)}</tr></thead>
            <tbody>
              {shared.map(name => (
                <tr key={name}><th scope="row">{title(name)}</th>{table.columnParts.map((values, i) => <td key={table.columns[i]}>{brief(values.get(name)?.value ?? NaN)}</td>)}</tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </>
  );
}

/** All columns of a narrow matrix; of a wide one those with the largest values. */
function widest(plane: Plane): readonly number[] {
  const all = Array.from({ length: plane.columns }, (_, column) => column);
  if (all.length <= mostColumns) return all;
  const largest = new Map(all.map(column => [column, -Infinity]));
  for (let row = 0; row < plane.rows; row++) for (const column of all) largest.set(column, Math.max(largest.get(column) ?? -Infinity, plane.value(row, column)));
  return all.sort((a, b) => (largest.get(b) ?? 0) - (largest.get(a) ?? 0)).slice(0, mostColumns).sort((a, b) => a - b);
}
