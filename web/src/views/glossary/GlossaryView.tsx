import { useSignal } from '@preact/signals';
import { glossary as english } from '../../../../src/Pellucid.Explain/Languages/en.json';
import { glossary as chinese } from '../../../../src/Pellucid.Explain/Languages/zh.json';
import { language, t } from '../../languages/translate';
import { TextField } from '../labs/controls';

interface Entry {
  readonly term: string;
  readonly text: string;
}

type Terms = Readonly<Record<string, Entry>>;

const terms: Readonly<Record<'en' | 'zh', Terms>> = { en: english, zh: chinese };

/** The words that terminal and page use, in the order of a course, each in both languages. */
export function GlossaryView() {
  const wanted = useSignal('');
  const other = language.value === 'en' ? 'zh' : 'en';
  const query = wanted.value.trim().toLowerCase();
  const entries = Object.entries(terms[language.value]).map(([key, mine]) => ({ key, mine, theirs: terms[other][key] }));
  const found = entries.filter(({ mine, theirs }) => query === '' || [mine.term, mine.text, theirs?.term, theirs?.text].some(text => text?.toLowerCase().includes(query)));
  return (
    <div class="stack lab">
      <h2>{t('glossary.title')}</h2>
      <p>{t('glossary.lead')}</p>
      <div class="row"><TextField label={t('glossary.search')} value={wanted.value} onChange={value => { wanted.value = value; }} /></div>
      <p class="kicker" role="status">{found.length === 0 ? t('glossary.none', { query: wanted.value }) : t('glossary.count', { count: found.length })}</p>
      <dl class="glossary">
        {found.map(({ key, mine, theirs }) => (
          <div key={key} class="entry" id={`term-${key}`}>
            <dt><b>{mine.term}</b> {theirs !== undefined && <span class="muted" lang={other}>{theirs.term}</span>}</dt>
            <dd>{mine.text}</dd>
            {theirs !== undefined && <dd class="muted" lang={other}>{theirs.text}</dd>}
          </div>
        ))}
      </dl>
    </div>
  );
}
