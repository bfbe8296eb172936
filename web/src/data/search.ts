/** The record of a search, as docs/trace-format.md describes it. */
export interface SearchRecord {
  readonly options: {
    readonly search: string;
    readonly width: number;
    readonly best: number;
    readonly length_penalty: { readonly kind: string; readonly alpha: number };
  };
  readonly chosen: number;
  readonly best: readonly number[];
  readonly stop: SearchReason;
  readonly nodes: readonly SearchNode[];
}

export interface SearchNode {
  readonly id: number;
  readonly parent: number | null;
  readonly token: number;
  readonly piece: string;
  readonly step: number;
  readonly row: number | null;
  readonly rank: number;
  readonly log_probability: number;
  readonly total: number;
  readonly score: { readonly text: string; readonly value: number } | null;
  readonly state: 'continued' | 'finished' | 'died';
  readonly reason: SearchReason | null;
  readonly place: number | null;
  readonly cut: boolean;
}

export interface SearchReason {
  readonly key: string;
  readonly numbers: Readonly<Record<string, number>>;
  readonly by: number | null;
}

/** The nodes from the root to this one. */
export function pathTo(record: SearchRecord, id: number): readonly SearchNode[] {
  const path: SearchNode[] = [];
  for (let at: number | null = id; at !== null;) {
    const node: SearchNode | undefined = record.nodes[at];
    if (node === undefined || path.length > record.nodes.length) break;
    path.unshift(node);
    at = node.parent;
  }
  return path;
}

/** The tokens of this node, without begin and end marks: what a trace of it is asked for with. */
export function targetIds(record: SearchRecord, id: number): readonly number[] {
  const path = pathTo(record, id);
  const last = path.at(-1);
  const ended = last !== undefined && last.step > 0 && last.token === record.nodes[record.chosen]?.token;
  return (ended ? path.slice(1, -1) : path.slice(1)).map(node => node.token);
}
