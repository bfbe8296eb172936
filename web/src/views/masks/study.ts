import { compute } from '../../data/laboratory';
import type { Study } from '../../data/numbers';

export const kinds = ['padding', 'causal', 'combined'] as const;
export type MaskKind = typeof kinds[number];

/** A cell of the mask that was set by hand. */
export interface MaskCell {
  readonly sentence: number;
  readonly query: number;
  readonly key: number;
  readonly visible: boolean;
}

/** One mask over a padded batch and what the engine's attention makes of it: visible, scaled, masked, weights and context. */
export interface MaskStudy extends Study {
  readonly kind: MaskKind;
  readonly sentences: readonly (readonly string[])[];
  readonly lengths: readonly number[];
  /** The queries that see nothing, as sentence and query. */
  readonly empty_rows: readonly (readonly [number, number])[];
}

export type MaskStudies = Readonly<Record<MaskKind, MaskStudy>>;

/** The three masks of the same sentences; the cells changed by hand are those of the chosen one. */
export async function study(texts: readonly string[], chosen: MaskKind, cells: readonly MaskCell[], signal: AbortSignal): Promise<MaskStudies> {
  const all = await Promise.all(kinds.map(async kind =>
    [kind, await compute<MaskStudy>(`api/laboratory/mask?kind=${kind}`, { texts, kind, cells: kind === chosen ? cells : [] }, signal)] as const));
  return Object.fromEntries(all) as MaskStudies;
}
