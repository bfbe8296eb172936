import { bitAt } from '../../data/bytes';
import type { Explanation } from '../../data/explanation';

/** Whether the query sees the key in the first sentence of a mask operation. */
export function bitOf(explanation: Explanation, masked: string, query: number, key: number): boolean {
  const op = explanation.producer(masked);
  const keys = explanation.entry(masked)?.shape.at(-1) ?? 1;
  return op === undefined || op.visible === undefined || bitAt(explanation.visible(op), query * keys + key);
}
