import { lookUp } from '../../data/laboratory';
import type { Study } from '../../data/numbers';

export const kinds = ['sinusoidal', 'sinusoidal_concatenated', 'learned'] as const;
export type PositionKind = typeof kinds[number];
export const checkNames = ['unique', 'bounded', 'same_distance', 'shift'] as const;

/** A property that a positional encoding is praised for, and the numbers that show whether this table has it. */
export interface PositionCheck {
  readonly name: typeof checkNames[number];
  readonly holds: boolean;
  readonly numbers: Readonly<Record<string, number>>;
}

/** A table of positions under examination: table, distances, frequencies, shift, shifted, binary, composition.*. */
export interface PositionStudy extends Study {
  readonly kind: PositionKind;
  readonly origin: string;
  readonly length: number;
  readonly width: number;
  readonly offset: number;
  readonly checks: readonly PositionCheck[];
  readonly composition: { readonly sum_weights: number; readonly concatenated_weights: number; readonly largest_difference: number };
}

export interface PositionSettings {
  readonly width: number;
  readonly length: number;
  readonly offset: number;
  readonly kind: PositionKind;
}

/** The chosen table, and the learned one beside it. */
export interface PositionPair {
  readonly chosen: PositionStudy;
  /** Null where the engine has none of this size. */
  readonly learned: PositionStudy | null;
}

export async function examine(settings: PositionSettings, signal: AbortSignal): Promise<PositionPair> {
  const [chosen, learned] = await Promise.all([one(settings, signal), one({ ...settings, kind: 'learned' }, signal).catch(() => null)]);
  return { chosen, learned };
}

async function one({ width, length, offset, kind }: PositionSettings, signal: AbortSignal): Promise<PositionStudy> {
  const query = { width: String(width), length: String(length), offset: String(offset), kind };
  return await lookUp<PositionStudy>(`api/laboratory/positions?kind=${kind}`, query, signal);
}
