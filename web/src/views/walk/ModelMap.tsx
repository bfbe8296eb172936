import type { Step } from '../../data/document';
import type { Section } from '../../data/walk';
import { placeName } from '../../data/labels';
import { optional, t } from '../../languages/translate';
import { address } from '../../shell/routing';
import { stillness } from '../../shell/theme';
import { layout, type Box } from './layout';

/** The architecture as a map: where the data has been, where it is now, and a link to every part. */
export function ModelMap({ sections, step }: { sections: readonly Section[]; step: Step }) {
  const drawing = layout(sections, step.section);
  const reached = sections.findIndex(section => section.name === step.section);
  const order = new Map(sections.map((section, i) => [section.name, i]));
  const here = (box: Box) => box.section.name === step.section || (box.folded && step.section.startsWith(box.section.name.split('.').slice(0, 2).join('.') + '.'));
  return (
    <nav class="map" aria-label={t('walk.map')}>
      <svg viewBox={`-2 -2 ${drawing.width + 4} ${drawing.height + 4}`} role="presentation">
        <defs>
          <marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" /></marker>
        </defs>
        {drawing.titles.map(title => <text key={title.stack} class="title" x={title.x} y={title.y} aria-hidden="true">{t(`places.${title.stack}`)}</text>)}
        {drawing.frames.map(frame => (
          <g key={`${frame.stack}${frame.layer}`}>
            <rect class="frame" x={frame.x} y={frame.y} width={frame.width} height={frame.height} rx="10" />
          </g>
        ))}
        {drawing.skips.map(skip => (
          <path key={skip.to} class={`skip${(order.get(skip.to) ?? 0) < reached ? ' done' : ''}${skip.to === step.section ? ' now' : ''}`} d={skip.path} />
        ))}
        {[...drawing.flows].sort((a, b) => Number(a.to === step.section) - Number(b.to === step.section)).map(flow => {
          const done = (order.get(flow.to) ?? 0) <= reached;
          return <path key={`${flow.from} ${flow.to}`} class={`flow${done ? ' done' : ''}${flow.to === step.section ? ' now' : ''}`} d={flow.path} marker-end="url(#tip)" />;
        })}
        {!stillness.value && drawing.flows.filter(flow => flow.to === step.section).map(flow => (
          <circle key={`${step.id} ${flow.from}`} class="drop" r="4" aria-hidden="true" style={{ 'offset-path': `path("${flow.path}")` }} />
        ))}
        {drawing.boxes.map(box => {
          const state = here(box) ? ' now' : (order.get(box.section.name) ?? 0) < reached ? ' done' : '';
          const name = box.folded ? t('places.layer', { number: box.layer ?? 0 }) : optional(`places.${box.part}`) ?? box.part;
          return (
            <a key={box.section.name} class={`part${state}`} href={address('walk', box.section.steps[0]?.id ?? '')}
              aria-label={box.folded ? placeName(box.section.name.split('.').slice(0, 2).join('.')) : placeName(box.section.name)} aria-current={here(box) ? 'step' : undefined}>
              <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="7" />
              <text x={box.x + box.width / 2} y={box.y + box.height / 2} aria-hidden="true">{name}</text>
            </a>
          );
        })}
      </svg>
    </nav>
  );
}
