import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { current } from '../../data/session';
import { sectionsOf, stepAt } from '../../data/walk';
import { placeName } from '../../data/labels';
import { local, t } from '../../languages/translate';
import { address, go, parse } from '../../shell/routing';
import type { ViewProps } from '../registry';
import { ModelMap } from './ModelMap';
import { StepPage } from './StepPage';
import { Sentences } from './Sentences';

/** The whole way from text to translation, one operation at a time. */
export function WalkView({ argument }: ViewProps) {
  const explanation = current.value;
  const steps = explanation?.document.steps ?? [];
  const at = explanation === null ? 0 : stepAt(explanation, argument);
  const to = (i: number) => {
    const step = steps[Math.max(0, Math.min(steps.length - 1, i))];
    if (step !== undefined) go('walk', step.id);
  };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || isTyping(event.target)) return;
      // Keys may come faster than steps are drawn: the address knows the step, the drawing may be behind.
      const now = explanation === null ? 0 : stepAt(explanation, parse(location.hash).argument);
      if (event.key === 'ArrowRight') to(now + 1);
      else if (event.key === 'ArrowLeft') to(now - 1);
      else if (event.key === 'Home') to(0);
      else if (event.key === 'End') to(steps.length - 1);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  });
  const step = steps[at];
  const within = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const here = within.current?.querySelector<HTMLElement>('[aria-current]');
    if (within.current && here) within.current.scrollLeft = here.offsetLeft - within.current.offsetLeft - (within.current.clientWidth - here.offsetWidth) / 2;
  }, [step]);
  if (explanation === null || step === undefined) return null;
  const sections = sectionsOf(explanation);
  const section = sections.find(each => each.name === step.section);
  return (
    <div class="walk">
      <div class="side">
        <ModelMap sections={sections} step={step} />
      </div>
      <article class="stack">
        <Sentences explanation={explanation} />
        {section !== undefined && section.steps.length > 1 && (
          <nav class="within" ref={within} aria-label={t('walk.steps', { place: placeName(section.name) })}>
            {section.steps.map(each => <a key={each.id} href={address('walk', each.id)} aria-current={each === step ? 'step' : undefined}>{local(each.title)}</a>)}
          </nav>
        )}
        <StepPage explanation={explanation} step={step} />
        <nav class="paces" aria-label={t('walk.paces')}>
          <button type="button" class="button" disabled={at === 0} onClick={() => to(at - 1)}><span aria-hidden="true">←</span> {t('walk.previous')}</button>
          <div class="progress">
            <progress value={at + 1} max={steps.length} aria-label={t('walk.position', { number: at + 1, count: steps.length })} />
            <span class="kicker">{t('walk.position', { number: at + 1, count: steps.length })}</span>
          </div>
          <button type="button" class="button primary" disabled={at === steps.length - 1} onClick={() => to(at + 1)}>{t('walk.next')} <span aria-hidden="true">→</span></button>
        </nav>
        <p class="kicker">{t('walk.keys')}</p>
      </article>
    </div>
  );
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
