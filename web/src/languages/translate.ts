import { computed } from '@preact/signals';
import en from './en.json';
import zh from './zh.json';
import { parts as partsInEnglish, search as searchInEnglish } from '../../../src/Pellucid.Explain/Languages/en.json';
import { parts as partsInChinese, search as searchInChinese } from '../../../src/Pellucid.Explain/Languages/zh.json';
import { remembered } from '../shell/memory';

export type Language = 'en' | 'zh';
export const languages: readonly Language[] = ['en', 'zh'];

/** A text in both languages, as the engine writes titles and sentences. */
export type Bilingual = Readonly<Record<Language, string>>;

type Leaves<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaves<T[K], `${Prefix}${K}.`>
}[keyof T & string];

/** Every key of the English dictionary; a key that is missing there does not compile. */
export type Key = Leaves<typeof en>;

/** The page's own texts, and those of the engine that the terminal shows too: each is written once. */
const dictionaries: Record<Language, unknown> = { en: { ...en, engine: { parts: partsInEnglish, search: searchInEnglish } }, zh: { ...zh, engine: { parts: partsInChinese, search: searchInChinese } } };
const preferred: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

export const language = remembered<Language>('language', languages, preferred);
export const localeName = computed(() => language.value === 'zh' ? 'zh-CN' : 'en');

/** The text of this key in the current language, with {names} replaced. */
export function t(key: Key, values: Readonly<Record<string, string | number>> = {}): string {
  return fill(find(dictionaries[language.value], key) ?? key, values);
}

/** The text of a key that is composed at run time (an axis, a view); null when the dictionary has none. */
export function optional(key: string): string | null {
  return find(dictionaries[language.value], key);
}

/** The engine's text in the current language. */
export function local(text: Bilingual): string {
  return text[language.value];
}

function find(dictionary: unknown, key: string): string | null {
  let node: unknown = dictionary;
  for (const part of key.split('.')) {
    if (typeof node !== 'object' || node === null) return null;
    node = (node as Record<string, unknown>)[part];
  }
  return typeof node === 'string' ? node : null;
}

function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
