import { optional, t } from '../../languages/translate';
import { exact } from '../../matrix/numbers';

/** What a reader may change; the same words go to the engine. */
export type Edit =
  | { readonly kind: 'weight'; readonly name: string; readonly index: readonly number[]; readonly value: number }
  | { readonly kind: 'head'; readonly place: string; readonly head: number }
  | { readonly kind: 'mask'; readonly place: string; readonly index: readonly [number, number]; readonly visible: boolean };

/** What the edit changes: a second edit of the same thing replaces the first. */
export function subject(edit: Edit): string {
  switch (edit.kind) {
    case 'weight': return `${edit.name}[${edit.index.join(',')}]`;
    case 'head': return `${edit.place}/${edit.head}`;
    case 'mask': return `${edit.place}[${edit.index.join(',')}]`;
  }
}

/** The edit in words; `token` names a row or a column of a mask. */
export function describe(edit: Edit, token: (place: string, axis: 'query' | 'key', i: number) => string): string {
  switch (edit.kind) {
    case 'weight': return t('edit.changeWeight', { name: edit.name, index: edit.index.join(', '), value: exact(edit.value) });
    case 'head': return t('edit.changeHead', { place: placeLabel(edit.place), head: edit.head });
    case 'mask': {
      const [query, key] = edit.index;
      return t(edit.visible ? 'edit.changeMaskShow' : 'edit.changeMaskHide',
        { place: placeLabel(edit.place), query: token(edit.place, 'query', query), key: token(edit.place, 'key', key) });
    }
  }
}

/** encoder.0.self_attention in the reader's language. */
export function placeLabel(place: string): string {
  return place.split('.').map(part => (/^\d+$/.test(part) ? t('places.layer', { number: Number(part) }) : optional(`places.${part}`) ?? part)).join(' · ');
}
