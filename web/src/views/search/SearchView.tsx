import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { shown as written } from '../../data/labels';
import { pathTo, type SearchNode, type SearchReason, type SearchRecord } from '../../data/search';
import { current } from '../../data/session';
import { optional, t } from '../../languages/translate';
import { brief } from '../../matrix/numbers';
import { Wide } from '../../shell/Wide';
import { NodeDetails } from './NodeDetails';
import { layout, neighbour, nodeHeight, nodeWidth, type Leaf } from './tree';

/** How the translation was found: the beam as a tree, every number and every death explained. */
export function SearchView() {
  const record = current.value?.document.search as SearchRecord | null | undefined;
  return (
    <section class="stack search">
      <h2>{t('search.title')}</h2>
      {record === null || record === undefined ? <p class="absent">{t('search.absent')}</p> : <SearchTree record={record} />}
    </section>
  );
}

export function SearchTree({ record }: { record: SearchRecord }) {
  const all = useSignal(false);
  const chosen = useSignal(record.chosen);
  const drawing = useRef<SVGSVGElement>(null);
  const tree = useMemo(() => layout(record, all.value), [record, all.value]);
  const best = useMemo(() => new Set(pathTo(record, record.chosen).map(node => node.id)), [record]);
  const lit = new Set(pathTo(record, chosen.value).map(node => node.id));
  const at = tree.byId.has(chosen.value) ? chosen.value : record.chosen;
  const frame = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const root = tree.byId.get(0);
    if (frame.current !== null && root !== undefined) frame.current.scrollTop = root.y - frame.current.clientHeight / 2;
  }, [tree]);
  const select = (leaf: Leaf) => {
    chosen.value = leaf.node.id;
    requestAnimationFrame(() => drawing.current?.querySelector<SVGGElement>(`[data-node="${leaf.node.id}"]`)?.focus());
  };
  return (
    <>
      <p class="lead">{t('search.lead', { width: record.options.width, stop: reasonText(record.stop) })}</p>
      <div class="row">
        <button type="button" class="button" aria-pressed={all.value} onClick={() => { all.value = !all.value; }}>{t('search.all', { count: record.nodes.length })}</button>
        <span class="kicker">{t('search.keys')}</span>
      </div>
      <Wide class="beam" inner={frame} label={t('search.tree')}>
        <svg ref={drawing} width={tree.width + 8} height={tree.height + 8} viewBox={`-4 -4 ${tree.width + 8} ${tree.height + 8}`} role="group" aria-label={t('search.tree')}
          onKeyDown={event => {
            const from = tree.byId.get(at);
            const to = from === undefined ? null : neighbour(tree, from, event.key);
            if (to === null) return;
            event.preventDefault();
            event.stopPropagation();
            select(to);
          }}>
          {tree.leaves.map(leaf => {
            const parent = leaf.node.parent === null ? undefined : tree.byId.get(leaf.node.parent);
            if (parent === undefined) return null;
            const [x1, y1, x2, y2] = [parent.x + nodeWidth, parent.y + nodeHeight / 2, leaf.x, leaf.y + nodeHeight / 2];
            return <path key={leaf.node.id} class={`${best.has(leaf.node.id) ? 'best' : ''}${lit.has(leaf.node.id) ? ' lit' : ''}`} d={`M${x1} ${y1}C${(x1 + x2) / 2} ${y1} ${(x1 + x2) / 2} ${y2} ${x2} ${y2}`} />;
          })}
          {tree.leaves.map(leaf => (
            <g key={leaf.node.id} data-node={leaf.node.id} transform={`translate(${leaf.x} ${leaf.y})`} role="button" tabindex={leaf.node.id === at ? 0 : -1}
              aria-pressed={leaf.node.id === chosen.value} aria-description={nameOf(leaf.node)}
              class={`node ${leaf.node.state}${best.has(leaf.node.id) ? ' best' : ''}${leaf.node.id === chosen.value ? ' chosen' : ''}`}
              onClick={() => select(leaf)}>
              <rect width={nodeWidth} height={nodeHeight} rx="8" />
              <text x="9" y="14">{mark(leaf.node)}{short(pieceOf(leaf.node))}</text>
              <text class="small" x="9" y="30">{leaf.node.parent === null ? '' : percent(leaf.node)}</text>
              <text class="small end" x={nodeWidth - 9} y="30">{brief(leaf.node.state === 'finished' ? leaf.node.score?.value ?? leaf.node.total : leaf.node.total)}</text>
            </g>
          ))}
        </svg>
      </Wide>
      <NodeDetails record={record} id={chosen.value} onOpen={id => { chosen.value = id; }} />
    </>
  );
}

/** Why something happened to a hypothesis, in words. */
export function reasonText(reason: SearchReason): string {
  const text = optional(`engine.search.${reason.key.replace(/^search\./, '')}`) ?? reason.key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => reason.numbers[name] === undefined ? whole : brief(reason.numbers[name]).replace(/\.0+$/, ''));
}

export function pieceOf(node: SearchNode): string {
  return written({ id: node.token, piece: node.piece, start: 0, end: 0 });
}

function percent(node: SearchNode): string {
  return `${brief(100 * Math.exp(node.log_probability))} %`;
}

function nameOf(node: SearchNode): string {
  return t('search.node', { step: node.step, piece: pieceOf(node), probability: brief(Math.exp(node.log_probability)), total: brief(node.total), state: t(`search.states.${node.state}`) });
}

function mark(node: SearchNode): string {
  return node.state === 'finished' ? '✓ ' : node.state === 'died' ? '✗ ' : '';
}

function short(text: string): string {
  const letters = [...text];
  return letters.length > 12 ? `${letters.slice(0, 11).join('')}…` : text;
}
