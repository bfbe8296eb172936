import { t } from '../languages/translate';
import { getJson, postJson } from './api';
import { embedded, isFile } from './session';

/** What an exported file holds of the laboratories, by address; null on a served page. */
const kept = isFile ? embedded?.laboratory ?? {} : null;

/** Whether new numbers can be asked for: an exported file shows what was computed when it was written. */
export const canAsk = kept === null;

/** The engine's answer to a question without a body; of an exported file, what it holds under this address. */
export async function lookUp<T>(address: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<T> {
  const path = address.split('?')[0] ?? address;
  const asked = new URLSearchParams(query).toString();
  return kept === null ? await getJson<T>(asked === '' ? path : `${path}?${asked}`, signal) : held<T>(address);
}

/** The engine's answer to a question with a body; of an exported file, what it holds under this address. */
export async function compute<T>(address: string, body: unknown, signal: AbortSignal): Promise<T> {
  return kept === null ? await postJson<T>(address.split('?')[0] ?? address, body, signal) : held<T>(address);
}

function held<T>(address: string): T {
  const answer = kept !== null && Object.hasOwn(kept, address) ? kept[address] : undefined;
  if (answer === undefined) throw new Error(t('lab.needsServer'));
  return answer as T;
}
