import { signal } from '@preact/signals';
import { getJson, postJson } from './api';
import { t } from '../languages/translate';
import { documentVersion, type ExplanationDocument, type Verification } from './document';
import { Explanation } from './explanation';

/** What the page is doing for the reader right now. */
export type Work =
  | { readonly state: 'idle' }
  | { readonly state: 'busy'; readonly text: string }
  | { readonly state: 'failed'; readonly message: string };

/** The explanation that every view shows. */
export const current = signal<Explanation | null>(null);
export const work = signal<Work>({ state: 'idle' });
/** The translation that a reader came from, while another path of its search is shown. */
export const origin = signal<Explanation | null>(null);

/** The whole text that was asked for; the explanation is of one of its sentences. */
export const asked = signal('');
export const verification = signal<Verification | null>(null);

/** What a reader may ask to have explained: a text, or the tokens of one node of the search. */
export type Question =
  | { readonly text: string; readonly sentence?: number; readonly beam_size?: number }
  | { readonly source_ids: readonly number[]; readonly target_ids: readonly number[] };

let abort: AbortController | null = null;

/** Explains anew; an explanation that is still being made is given up. */
export async function explain(question: Question): Promise<boolean> {
  const from = current.value;
  const text = 'text' in question ? question.text : null;
  const done = await perform(text ?? asked.value, signal => postJson<ExplanationDocument>('api/explanations', question, signal));
  if (done) [asked.value, origin.value] = text === null ? [asked.value, origin.value ?? from] : [text, null];
  return done;
}

/** Returns from a path of the search to the translation. */
export function goBack(): void {
  if (origin.value === null) return;
  current.value = origin.value;
  verification.value = origin.value.document.verification;
  origin.value = null;
}

/** Opens an explanation that the server already holds. */
export async function open(id: string): Promise<boolean> {
  return await perform('', signal => getJson<ExplanationDocument>(`api/explanations/${encodeURIComponent(id)}`, signal));
}

export function cancel(): void {
  abort?.abort();
  work.value = { state: 'idle' };
}

/** Puts a document in front of the reader. */
export function show(document: ExplanationDocument): void {
  if (document.version !== documentVersion) throw new RangeError(t('page.otherVersion', { version: document.version, known: documentVersion }));
  current.value = new Explanation(document);
  verification.value = document.verification;
}

const block = window.document.getElementById('document');

/** Whether this page is an exported file: its document lies inside, and there is nobody to ask. */
export const isFile = block !== null;

let broken: string | null = null;

/** The document inside an exported file; null on a served page and when it cannot be read. */
export const embedded = readEmbedded();

function readEmbedded(): ExplanationDocument | null {
  const text = block?.textContent ?? '';
  block?.remove();
  try {
    return isFile ? JSON.parse(text) as ExplanationDocument : null;
  } catch (error) {
    broken = told(error);
    return null;
  }
}

/** Shows the document of an exported file, or says why it cannot be shown. */
export function showEmbedded(): void {
  try {
    if (embedded !== null) show(embedded);
    else if (broken !== null) work.value = { state: 'failed', message: broken };
  } catch (error) {
    work.value = { state: 'failed', message: told(error) };
  }
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function perform(text: string, ask: (signal: AbortSignal) => Promise<ExplanationDocument>): Promise<boolean> {
  abort?.abort();
  const mine = abort = new AbortController();
  work.value = { state: 'busy', text };
  try {
    const document = await ask(mine.signal);
    if (mine.signal.aborted) return false;
    show(document);
    work.value = { state: 'idle' };
    return true;
  } catch (error) {
    if (mine.signal.aborted) return false;
    work.value = { state: 'failed', message: told(error) };
    return false;
  }
}
