import type { Explanation } from '../../data/explanation';

/** One attention of the model whose weights are in the explanation. */
export interface AttentionPlace {
  readonly kind: 'encoder' | 'decoder' | 'cross';
  readonly layer: number;
  /** Its name without the tensor: encoder.0.self_attention. */
  readonly name: string;
  readonly heads: number;
}

export const kinds = ['encoder', 'decoder', 'cross'] as const;

export function placesOf(explanation: Explanation): readonly AttentionPlace[] {
  return explanation.document.tensors.flatMap(tensor => {
    const found = /^((encoder|decoder)\.(\d+)\.(self|cross)_attention)\.weights$/.exec(tensor.name);
    if (found === null) return [];
    const [, name = '', stack, layer, which] = found;
    const kind = which === 'cross' ? 'cross' : stack === 'encoder' ? 'encoder' : 'decoder';
    return [{ kind, layer: Number(layer), name, heads: tensor.shape[1] ?? 1 } as const];
  });
}
