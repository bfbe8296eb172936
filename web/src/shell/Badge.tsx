import { useSignal } from '@preact/signals';
import { postJson } from '../data/api';
import type { Verification } from '../data/document';
import { current, verification } from '../data/session';
import { t } from '../languages/translate';

/** Whether every operation was computed again and agreed; the same figures as `pellucid verify`. */
export function Badge() {
  const busy = useSignal(false);
  const failure = useSignal<string | null>(null);
  const explanation = current.value;
  if (explanation === null) return null;
  const result = verification.value;
  const verify = async () => {
    const id = explanation.document.id;
    if (id === undefined) return;
    busy.value = true;
    failure.value = null;
    try {
      const answer = await postJson<Verification>(`api/explanations/${encodeURIComponent(id)}/verify`, {});
      if (current.peek() === explanation) verification.value = answer;
    } catch (error) {
      failure.value = error instanceof Error ? error.message : String(error);
    }
    busy.value = false;
  };
  return (
    <span class="verdict" role="status">
      {result !== null && (
        <span class={result.ok ? 'badge good' : 'badge bad'}>
          <span aria-hidden="true">{result.ok ? '✓' : '✗'}</span> {t(result.ok ? 'verify.ok' : 'verify.bad', { ops: result.ops, error: result.max_relative_error?.toExponential(1) ?? '∞' })}
          <span class="worst">{t('verify.worst', { worst: result.worst })}</span>
        </span>
      )}
      {failure.value !== null && <span class="badge bad">{t('verify.failed', { message: failure.value })}</span>}
      {result === null && explanation.served && <button type="button" class="button quiet" disabled={busy.value} onClick={verify}>{t(busy.value ? 'verify.busy' : 'verify.button')}</button>}
    </span>
  );
}
