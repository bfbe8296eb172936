import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../languages/translate';
import { formulas } from '../formulas.generated';
import { Wide } from './Wide';

const parsed = new Map<string, Element | null>();

/** A formula as MathML made at build time. It is parsed apart from the page, where nothing runs. */
export function Formula({ id }: { id: string }) {
  const place = useRef<HTMLDivElement>(null);
  const math = read(id);
  useLayoutEffect(() => { if (math !== null) place.current?.replaceChildren(document.importNode(math, true)); }, [math]);
  return math === null ? null : <Wide class="formula" label={t('page.formula')} inner={place} />;
}

function read(id: string): Element | null {
  let math = parsed.get(id);
  if (math === undefined) {
    const text = Object.hasOwn(formulas, id) ? formulas[id] : undefined;
    math = text === undefined ? null : new DOMParser().parseFromString(text, 'text/html').body.firstElementChild;
    parsed.set(id, math);
  }
  return math;
}
