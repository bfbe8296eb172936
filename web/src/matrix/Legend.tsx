import { t } from '../languages/translate';
import { brief } from './numbers';
import type { Scale } from './plane';

/** The scale of one matrix, stated: its minimum, zero and its maximum. */
export function Legend({ scale }: { scale: Scale }) {
  const span = scale.maximum - scale.minimum || 1;
  const below = Math.max(0, Math.min(1, -scale.minimum / span));
  const strength = (value: number) => scale.bound === 0 ? '0%' : `${100 * Math.abs(value) / scale.bound}%`;
  // A scale that does not reach zero begins, or ends, in a colour.
  const [least, most] = [strength(Math.max(0, scale.minimum)), strength(Math.min(0, scale.maximum))];
  return (
    <span class="legend">
      <span class="range">
        <span>{t('matrix.minimum')} <span class="number">{brief(scale.minimum)}</span></span>
        <span class="bar" aria-hidden="true">
          {below > 0 && <span class="low" style={{ '--share': String(below), '--tone': strength(scale.minimum), '--from': most }} />}
          {below < 1 && <span class="high" style={{ '--share': String(1 - below), '--tone': strength(scale.maximum), '--from': least }} />}
          {scale.minimum <= 0 && scale.maximum >= 0 && <span class="zero" style={{ '--at': String(below) }} />}
        </span>
        <span>{t('matrix.maximum')} <span class="number">{brief(scale.maximum)}</span></span>
      </span>
      <span>{t('matrix.zero')}</span>
      {scale.negativeInfinities > 0 && <span class="none">{t('matrix.infinite', { count: scale.negativeInfinities })}</span>}
      {scale.notNumbers > 0 && <span class="none">{t('matrix.notNumbers', { count: scale.notNumbers })}</span>}
    </span>
  );
}
