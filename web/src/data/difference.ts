import { computed, type ReadonlySignal } from '@preact/signals';
import type { TensorState } from './explanation';
import { Explanation } from './explanation';

/** What a run differs from another one by: the values of a tensor are after minus before. */
export class Difference extends Explanation {
  private readonly differences = new Map<string, ReadonlySignal<TensorState>>();

  constructor(readonly before: Explanation, readonly after: Explanation) {
    super(after.document);
  }

  /** Whether both runs have this tensor in the same shape. */
  comparable(name: string): boolean {
    const [old, now] = [this.before.entry(name), this.after.entry(name)];
    return old !== undefined && now !== undefined && old.captured && now.captured && old.shape.join() === now.shape.join();
  }

  override values(name: string): ReadonlySignal<TensorState> {
    let state = this.differences.get(name);
    if (state === undefined) this.differences.set(name, state = computed(() => this.subtract(name)));
    return state;
  }

  private subtract(name: string): TensorState {
    if (!this.comparable(name)) return { state: 'missing' };
    const [old, now] = [this.before.values(name).value, this.after.values(name).value];
    if (old.state !== 'ready') return old;
    if (now.state !== 'ready') return now;
    return { state: 'ready', values: now.values.map((value, i) => minus(value, old.values[i] ?? NaN)) };
  }
}

/** Two minus infinities do not differ. */
function minus(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
