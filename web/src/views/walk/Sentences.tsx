import type { Token } from '../../data/document';
import type { Explanation } from '../../data/explanation';
import { shown } from '../../data/labels';
import { t } from '../../languages/translate';

/** Both sentences as the model sees them: tokens with their ids. */
export function Sentences({ explanation }: { explanation: Explanation }) {
  const { source, answer } = explanation.document;
  return (
    <div class="sentences">
      <span class="arrow" aria-hidden="true" />
      <Tokens name={t('walk.source')} tokens={source} />
      <span class="arrow" aria-hidden="true">→</span>
      <Tokens name={t('walk.target')} tokens={answer} />
    </div>
  );
}

/** The tokens that are drawn before the rest is only counted. */
const most = 14;

function Tokens({ name, tokens }: { name: string; tokens: readonly Token[] }) {
  return (
    <ol class="tokens" aria-label={name}>
      {tokens.slice(0, most).map((token, i) => <li key={i}><bdi>{shown(token)}</bdi><span class="id">{token.id}</span></li>)}
      {tokens.length > most && <li class="more">{t('walk.more', { count: tokens.length - most })}</li>}
    </ol>
  );
}
