import { effect } from '@preact/signals';
import { asked, explain, origin } from '../data/session';
import { t } from '../languages/translate';
import { attempt } from './memory';

/** Longer texts stay out of the address: a server need not take them, and nobody reads them there. */
const longest = 1500;
const store = 'pellucid.text';

/** Explains what the address asks for, else what was read last in this window, else the example; afterwards the address says what is shown. */
export function followLinks(): void {
  window.addEventListener('hashchange', () => {
    const text = textIn(location.hash);
    if (text !== null) open(text);
  });
  const text = textIn(location.hash) ?? new URLSearchParams(location.search).get('text') ?? attempt(() => sessionStorage.getItem(store));
  open(text !== null && text.trim() !== '' ? text : t('ask.example'));
  effect(() => {
    const shown = asked.value;
    if (shown === '' || origin.value !== null) return;
    attempt(() => sessionStorage.setItem(store, shown));
    history.replaceState(null, '', addressOf(shown, textIn(location.hash) === null ? location.hash : ''));
  });
}

/** Another sentence in a link: #text=I%20see%20the%20house. */
export function textIn(hash: string): string | null {
  const found = /^#text=(.+)$/s.exec(hash)?.[1];
  return found === undefined ? null : attempt(() => decodeURIComponent(found.replace(/\+/g, ' ')));
}

/** The address that opens this text, relative to the page. */
export function addressOf(text: string, hash: string): string {
  const query = `?text=${encodeURIComponent(text)}`;
  return `${location.pathname}${text === t('ask.example') || query.length > longest ? '' : query}${hash}`;
}

function open(text: string): void {
  void explain({ text });
}
