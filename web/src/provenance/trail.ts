import { signal } from '@preact/signals';
import type { Explanation } from '../data/explanation';
import type { Cell } from '../rules/operands';

/** The cells a reader went through, the present one last; empty when the panel is closed. */
export interface Trail {
  readonly explanation: Explanation;
  readonly cells: readonly Cell[];
}

export const trail = signal<Trail | null>(null);
let opener: Element | null = null;

/** Opens the panel at this cell and starts a new trail. */
export function openCell(explanation: Explanation, cell: Cell): void {
  opener = document.activeElement;
  trail.value = { explanation, cells: [cell] };
}

/** Goes from the present cell to one of its operands. */
export function follow(cell: Cell): void {
  const now = trail.value;
  if (now !== null) trail.value = { ...now, cells: [...now.cells, cell] };
}

/** Goes back to an earlier cell of the trail. */
export function back(to: number): void {
  const now = trail.value;
  if (now !== null) trail.value = { ...now, cells: now.cells.slice(0, to + 1) };
}

/** Closes the panel; the focus returns to where it was opened from. */
export function close(): void {
  trail.value = null;
  if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
  opener = null;
}

/** Whether this cell is the one whose provenance is open. */
export function isTraced(tensor: string, index: readonly number[]): boolean {
  const cell = trail.value?.cells.at(-1);
  return cell !== undefined && cell.tensor === tensor && cell.index.length === index.length && cell.index.every((i, axis) => i === index[axis]);
}
