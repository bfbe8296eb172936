import { useId } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { cancel, current, embedded, explain, work } from '../data/session';
import { t } from '../languages/translate';

/** Another sentence to explain; an exported file has nobody to ask and shows nothing here. */
export function Ask() {
  const id = useId();
  const text = useSignal('');
  const now = work.value;
  if (embedded() !== null) return null;
  const submit = (event: Event) => {
    event.preventDefault();
    if (text.value.trim() !== '') void explain({ text: text.value });
  };
  return (
    <section class="ask" aria-label={t('ask.title')}>
      <form onSubmit={submit}>
        <label class="unseen" for={id}>{t('ask.title')}</label>
        <textarea id={id} class="field" rows={1} value={text.value} placeholder={current.value?.document.text ?? t('ask.example')} dir="auto"
          onInput={event => { text.value = event.currentTarget.value; }}
          onKeyDown={event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event); }} />
        <button type="submit" class="button primary" disabled={now.state === 'busy' || text.value.trim() === ''}>{t('ask.explain')}</button>
        {now.state === 'busy' && <button type="button" class="button" onClick={cancel}>{t('ask.cancel')}</button>}
      </form>
      <div role="status">
        {now.state === 'busy' && <><span class="unseen">{t('page.working')}</span><progress aria-label={t('page.working')} /></>}
      </div>
      {now.state === 'failed' && <p class="failure" role="alert">{t('ask.failed', { message: now.message })}</p>}
    </section>
  );
}
