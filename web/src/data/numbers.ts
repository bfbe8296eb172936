import { fromBase64, toFloats } from './bytes';
import type { TensorEntry } from './document';
import { slice, type Plane } from '../matrix/plane';

/** What a laboratory sends: named tensors with their values inside. */
export interface Study {
  readonly tensors: readonly TensorEntry[];
}

const unpacked = new WeakMap<TensorEntry, Float32Array>();

/** The tensor of this name; null when the study has none. */
export function tensorOf(study: Study, name: string): TensorEntry | null {
  return study.tensors.find(tensor => tensor.name === name) ?? null;
}

export function valuesOf(tensor: TensorEntry | null): Float32Array {
  if (tensor?.data === undefined) return new Float32Array();
  let values = unpacked.get(tensor);
  if (values === undefined) {
    const count = tensor.shape.reduce((product, length) => product * length, 1);
    unpacked.set(tensor, values = toFloats(fromBase64(tensor.data).buffer, count, tensor.name));
  }
  return values;
}

/** The last two axes of a study's tensor as a matrix, the leading ones held. */
export function planeOf(study: Study, name: string, leading: readonly number[], rowLabel: (row: number) => string, columnLabel: (column: number) => string): Plane {
  const tensor = tensorOf(study, name);
  const shape = tensor?.shape ?? [0, 0];
  return slice(valuesOf(tensor), shape, shape.length - 2, shape.length - 1, leading, rowLabel, columnLabel);
}
