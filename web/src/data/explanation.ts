import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { getBytes } from './api';
import { fromBase64, toFloats } from './bytes';
import type { ExplanationDocument, OpEntry, Rule, Step, TensorEntry } from './document';

/** What the page knows of a tensor's values; they are read when something first asks for them. */
export type TensorState =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly values: Float32Array }
  | { readonly state: 'missing' }
  | { readonly state: 'failed'; readonly message: string };

/** A document with its tensors, wherever they lie: in the document itself or behind the server. */
export class Explanation {
  private readonly entries: ReadonlyMap<string, TensorEntry>;
  private readonly producers: ReadonlyMap<string, OpEntry>;
  private readonly stepsByTensor: ReadonlyMap<string, Step>;
  private readonly states = new Map<string, Signal<TensorState>>();
  private readonly bits = new Map<string, Uint8Array>();

  constructor(readonly document: ExplanationDocument) {
    this.entries = new Map(document.tensors.map(tensor => [tensor.name, tensor]));
    this.producers = new Map(document.ops.map(op => [op.output, op]));
    this.stepsByTensor = new Map(document.steps.flatMap(step => step.tensor === undefined ? [] : [[step.tensor, step] as const]).reverse());
  }

  /** Whether values come from the server; an exported file asks nobody. */
  get served(): boolean {
    return this.document.id !== undefined;
  }

  entry(name: string): TensorEntry | undefined {
    return this.entries.get(name);
  }

  /** The operation that computed this tensor; none for a weight. */
  producer(name: string): OpEntry | undefined {
    return this.producers.get(name);
  }

  rule(kind: string): Rule | undefined {
    return Object.hasOwn(this.document.rules, kind) ? this.document.rules[kind] : undefined;
  }

  /** The step of the walk that shows this tensor. */
  stepOf(tensor: string): Step | undefined {
    return this.stepsByTensor.get(tensor);
  }

  /** The bits of a mask operation, one per cell of [B, T, S]. */
  visible(op: OpEntry): Uint8Array {
    let bits = this.bits.get(op.output);
    if (bits === undefined) this.bits.set(op.output, bits = op.visible === undefined ? new Uint8Array() : fromBase64(op.visible));
    return bits;
  }

  /** The values of a tensor, read on first use. */
  values(name: string): ReadonlySignal<TensorState> {
    let state = this.states.get(name);
    if (state === undefined) {
      this.states.set(name, state = signal<TensorState>({ state: 'loading' }));
      void this.read(name, state);
    }
    return state;
  }

  private async read(name: string, state: Signal<TensorState>): Promise<void> {
    const entry = this.entry(name);
    if (entry === undefined) {
      state.value = { state: 'missing' };
      return;
    }
    const count = entry.shape.reduce((product, length) => product * length, 1);
    try {
      if (entry.data !== undefined) {
        state.value = { state: 'ready', values: toFloats(fromBase64(entry.data).buffer, count, name) };
      } else if (entry.captured && this.document.id !== undefined) {
        const path = `api/explanations/${encodeURIComponent(this.document.id)}/tensors/${encodeURIComponent(name)}`;
        state.value = { state: 'ready', values: toFloats(await getBytes(path), count, name) };
      } else {
        state.value = { state: 'missing' };
      }
    } catch (error) {
      state.value = { state: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  }
}
