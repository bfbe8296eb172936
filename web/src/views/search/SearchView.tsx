import { current } from '../../data/session';
import { t } from '../../languages/translate';

/** How the translation was found. */
export function SearchView() {
  const search = current.value?.document.search;
  return (
    <section class="stack">
      <h2>{t('views.search')}</h2>
      {(search === null || search === undefined) && <p class="absent">{t('search.absent')}</p>}
    </section>
  );
}
