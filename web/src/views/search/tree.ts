import type { SearchNode, SearchRecord } from '../../data/search';

/** A node in its place. */
export interface Leaf {
  readonly node: SearchNode;
  readonly x: number;
  readonly y: number;
}

export interface Tree {
  readonly leaves: readonly Leaf[];
  readonly byId: ReadonlyMap<number, Leaf>;
  readonly width: number;
  readonly height: number;
}

export const nodeWidth = 116;
export const nodeHeight = 40;
const across = 148;
const down = 48;

/** One column for each step; every branch that ends takes a line of its own, and a prefix stands in the middle of what follows it. */
export function layout(record: SearchRecord, all: boolean): Tree {
  const children = new Map<number, SearchNode[]>();
  for (const node of record.nodes) {
    if (node.parent === null || !(all || node.row !== null || node.state === 'finished')) continue;
    const siblings = children.get(node.parent);
    if (siblings === undefined) children.set(node.parent, [node]);
    else siblings.push(node);
  }
  const leaves: Leaf[] = [];
  const byId = new Map<number, Leaf>();
  let line = 0;
  let steps = 0;
  // Depth first without recursion: a hypothesis may be hundreds of tokens long.
  const root = record.nodes[0];
  const open: { node: SearchNode; next: number; first: number; last: number }[] = root === undefined ? [] : [{ node: root, next: 0, first: -1, last: -1 }];
  while (open.length > 0) {
    const top = open[open.length - 1];
    if (top === undefined) break;
    const child = children.get(top.node.id)?.[top.next++];
    if (child !== undefined) {
      open.push({ node: child, next: 0, first: -1, last: -1 });
      continue;
    }
    open.pop();
    const y = top.first < 0 ? line++ * down : (top.first + top.last) / 2;
    const leaf = { node: top.node, x: top.node.step * across, y };
    leaves.push(leaf);
    byId.set(top.node.id, leaf);
    steps = Math.max(steps, top.node.step);
    const parent = open[open.length - 1];
    if (parent !== undefined) {
      if (parent.first < 0) parent.first = y;
      parent.last = y;
    }
  }
  return { leaves, byId, width: steps * across + nodeWidth, height: Math.max(1, line) * down - down + nodeHeight };
}

/** Where an arrow key leads in the tree: to the parent, to the best continuation, up and down within a step. */
export function neighbour(tree: Tree, from: Leaf, key: string): Leaf | null {
  const beside = tree.leaves.filter(leaf => leaf.node.step === from.node.step).sort((a, b) => a.y - b.y);
  switch (key) {
    case 'ArrowLeft': return from.node.parent === null ? null : tree.byId.get(from.node.parent) ?? null;
    case 'ArrowRight': return tree.leaves.filter(leaf => leaf.node.parent === from.node.id).sort((a, b) => a.node.rank - b.node.rank)[0] ?? null;
    case 'ArrowUp': return beside[beside.indexOf(from) - 1] ?? null;
    case 'ArrowDown': return beside[beside.indexOf(from) + 1] ?? null;
    default: return null;
  }
}
