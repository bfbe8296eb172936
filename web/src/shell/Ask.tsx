import { useId } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { asked, cancel, current, explain, goBack, isFile, origin, work } from '../data/session';
import { t } from '../languages/translate';
import { Badge } from './Badge';

/** Another sentence to explain, and what can be done with the present one. An exported file has nobody to ask. */
export function Ask() {
  const now = work.value;
  const document = current.value?.document;
  return (
    <section class="ask" aria-label={t('ask.title')}>
      <div class="line">
        {!isFile && <Question />}
        <div class="row tools">
          <Badge />
          {document?.id !== undefined && <a class="button quiet" href={`api/explanations/${encodeURIComponent(document.id)}/page.html`} download="pellucid.html">{t('page.export')}</a>}
          {document?.id !== undefined && <a class="button quiet" href={`api/explanations/${encodeURIComponent(document.id)}/page.html?weights=true`} download="pellucid.html">{t('page.exportWeights')}</a>}
        </div>
      </div>
      <div role="status">
        {now.state === 'busy' && <><span class="unseen">{t('page.working')}</span><progress aria-label={t('page.working')} /></>}
      </div>
      <Sentences />
      {origin.value !== null && <p class="callout row">{t('ask.path')} <button type="button" class="button small" onClick={goBack}>{t('ask.back')}</button></p>}
      {now.state === 'failed' && <p class="failure" role="alert">{t('ask.failed', { message: now.message })}</p>}
    </section>
  );
}

function Question() {
  const id = useId();
  const text = useSignal('');
  const now = work.value;
  const submit = (event: Event) => {
    event.preventDefault();
    const asking = text.value;
    if (asking.trim() !== '') void explain({ text: asking }).then(done => { if (done && text.peek() === asking) text.value = ''; });
  };
  return (
    <form onSubmit={submit}>
      <label class="unseen" for={id}>{t('ask.title')}</label>
      <textarea id={id} class="field" rows={1} value={text.value} placeholder={short(current.value?.document.text ?? t('ask.example'))} dir="auto"
        onInput={event => { text.value = event.currentTarget.value; }}
        onKeyDown={event => { if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) submit(event); }} />
      <button type="submit" class="button primary" disabled={now.state === 'busy' || text.value.trim() === ''}>{t('ask.explain')}</button>
      {now.state === 'busy' && <button type="button" class="button" onClick={cancel}>{t('ask.cancel')}</button>}
    </form>
  );
}

/** The sentences of a longer text; one at a time is explained. */
function Sentences() {
  const document = current.value?.document;
  const sentences = document?.sentences ?? [];
  if (sentences.length < 2) return null;
  return (
    <div class="row" role="group" aria-label={t('ask.sentences')}>
      {sentences.map((sentence, i) => (
        <button type="button" key={i} class="button small" aria-pressed={i === document?.sentence} onClick={() => void explain({ text: asked.value, sentence: i })}><bdi>{short(sentence)}</bdi></button>
      ))}
    </div>
  );
}

function short(text: string): string {
  const letters = [...text];
  return letters.length > 60 ? `${letters.slice(0, 59).join('')}…` : text;
}
