import { computed, effect, signal } from '@preact/signals';
import { remembered } from './memory';

export type Theme = 'system' | 'light' | 'dark';
export const themes: readonly Theme[] = ['system', 'light', 'dark'];
export const theme = remembered<Theme>('theme', themes, 'system');

const prefersDark = matches('(prefers-color-scheme: dark)');
export const stillness = matches('(prefers-reduced-motion: reduce)');
export const narrow = matches('(max-width: 720px)');

/** What is drawn: canvases read their colours again when it changes. */
export const shown = computed<'light' | 'dark'>(() => theme.value === 'system' ? (prefersDark.value ? 'dark' : 'light') : theme.value);

effect(() => { document.documentElement.dataset['theme'] = shown.value; });

function matches(query: string) {
  const list = window.matchMedia(query);
  const state = signal(list.matches);
  list.addEventListener('change', event => { state.value = event.matches; });
  return state;
}
