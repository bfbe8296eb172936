import { useState } from 'preact/hooks';
import { current } from '../../data/session';
import { t } from '../../languages/translate';
import { TensorMatrix } from '../../matrix/TensorMatrix';

/** Who reads whom: every attention of the model. */
export function AttentionView() {
  const explanation = current.value;
  const names = explanation?.document.tensors.map(tensor => tensor.name).filter(name => /^(en|de)coder\.\d+\.(self|cross)_attention\.weights$/.test(name)) ?? [];
  const [name, setName] = useState(names[0] ?? '');
  if (explanation === null) return null;
  return (
    <section class="stack">
      <h2>{t('views.attention')}</h2>
      <label class="row">{t('attention.kind')}
        <select class="field" value={name} onChange={event => setName(event.currentTarget.value)}>{names.map(each => <option key={each}>{each}</option>)}</select>
      </label>
      <TensorMatrix explanation={explanation} name={name} />
    </section>
  );
}
