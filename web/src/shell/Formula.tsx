import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../languages/translate';
import { formulas } from '../formulas.generated';
import { Wide } from './Wide';

const parsed = new Map<string, Element | null>();

/** A formula as MathML made at build time. It is parsed apart from the page, where nothing runs. */
export function Formula({ id }: { id: string }) {
  const place = useRef<HTMLDivElement>(null);
  const math = read(id);
  useLayoutEffect(() => {
    const box = place.current;
    if (math === null || box === null) return;
    box.replaceChildren(document.importNode(math, true));
    // A formula that is wider than its place scrolls, and what scrolls must be reached by keyboard.
    const reach = new ResizeObserver(() => { box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1; });
    reach.observe(box);
    return () => { reach.disconnect(); };
  }, [math]);
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
