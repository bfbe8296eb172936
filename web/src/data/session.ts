import { signal } from '@preact/signals';
import { getJson, postJson } from './api';
import type { ExplanationDocument, Verification } from './document';
import { Explanation } from './explanation';

/** What the page is doing for the reader right now. */
export type Work =
  | { readonly state: 'idle' }
  | { readonly state: 'busy'; readonly text: string }
  | { readonly state: 'failed'; readonly message: string };

/** The explanation that every view shows. */
export const current = signal<Explanation | null>(null);
export const work = signal<Work>({ state: 'idle' });
export const verification = signal<Verification | null>(null);

/** What a reader may ask to have explained: a text, or the tokens of one node of the search. */
export type Question =
  | { readonly text: string; readonly beam_size?: number }
  | { readonly source_ids: readonly number[]; readonly target_ids: readonly number[] };

let abort: AbortController | null = null;

/** Explains anew; an explanation that is still being made is given up. */
export async function explain(question: Question): Promise<boolean> {
  return await perform('text' in question ? question.text : '', signal => postJson<ExplanationDocument>('api/explanations', question, signal));
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
  current.value = new Explanation(document);
  verification.value = document.verification;
}

/** The document inside an exported file; null on a served page. */
export function embedded(): ExplanationDocument | null {
  const text = window.document.getElementById('document')?.textContent;
  return text === undefined || text === null || text.trim() === '' ? null : JSON.parse(text) as ExplanationDocument;
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
    work.value = { state: 'failed', message: error instanceof Error ? error.message : String(error) };
    return false;
  }
}
