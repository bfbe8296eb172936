import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ComponentChildren, Ref } from 'preact';

/** A frame for what may be wider than the page: it scrolls by itself, and is a stop of the keyboard while there is something to scroll. */
export function Wide({ class: name, label, children, inner }: { class: string; label: string; children?: ComponentChildren; inner?: Ref<HTMLDivElement> }) {
  const frame = useRef<HTMLDivElement | null>(null);
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = () => setScrolls(element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  });
  const hold = (element: HTMLDivElement | null) => {
    frame.current = element;
    if (typeof inner === 'function') inner(element);
    else if (inner) inner.current = element;
  };
  return <div class={name} ref={hold} {...(scrolls ? { tabIndex: 0, role: 'group', 'aria-label': label } : {})}>{children}</div>;
}
