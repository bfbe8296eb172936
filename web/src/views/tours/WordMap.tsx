import { useId } from 'preact/hooks';
import { t } from '../../languages/translate';
import { brief } from '../../matrix/numbers';

/** Places on a plane, with a name each, and arrows between them. */
export interface TourMap {
  readonly tensor: string;
  readonly labels: readonly string[];
  readonly arrows: readonly { readonly from: number; readonly to: number }[];
}

const width = 640;
const height = 440;
const margin = 48;

/**
 * Words where their vectors lie on the plane, both axes to the same scale, so that distances and directions are true. The numbers stand in the
 * table below it; who does not see the drawing hears the arrows.
 */
export function WordMap({ map, places }: { readonly map: TourMap; readonly places: ArrayLike<number> }) {
  const told = useId();
  const tip = useId();
  const point = (i: number): [number, number] => [places[2 * i] ?? 0, places[2 * i + 1] ?? 0];
  const all = map.labels.map((_, i) => point(i));
  const [left, right] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))];
  const [low, high] = [Math.min(...all.map(([, y]) => y)), Math.max(...all.map(([, y]) => y))];
  const scale = Math.min((width - 2 * margin) / (right - left || 1), (height - 2 * margin) / (high - low || 1));
  const px = (x: number) => width / 2 + (x - (left + right) / 2) * scale;
  const py = (y: number) => height / 2 - (y - (low + high) / 2) * scale;
  const names = placed(map.labels, all.map(([x, y]) => [px(x), py(y)]));
  const ends = new Set(map.arrows.flatMap(({ from, to }) => [from, to]));
  const spoken = map.arrows.map(({ from, to }) => t('tours.arrow', { from: map.labels[from] ?? '', to: map.labels[to] ?? '', x: brief(point(to)[0] - point(from)[0]), y: brief(point(to)[1] - point(from)[1]) }));
  return (
    <figure class="word-map">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={t('tours.map', { count: map.labels.length })} aria-describedby={told}>
        <defs>
          <marker id={tip} viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
            <path d="M0 0L10 5L0 10z" class="word-map-tip" />
          </marker>
        </defs>
        <line class="word-map-axis" x1={px(0)} x2={px(0)} y1={margin / 2} y2={height - margin / 2} />
        <line class="word-map-axis" x1={margin / 2} x2={width - margin / 2} y1={py(0)} y2={py(0)} />
        {map.arrows.map(({ from, to }) => {
          const [[x1, y1], [x2, y2]] = [point(from), point(to)];
          return <line key={`${from}-${to}`} class="word-map-arrow" x1={px(x1)} y1={py(y1)} x2={px(x2)} y2={py(y2)} marker-end={`url(#${tip})`} />;
        })}
        {map.labels.map((label, i) => {
          const [x, y] = point(i);
          const name = names[i];
          return (
            <g key={label} class={ends.has(i) ? 'word-map-word word-map-end' : 'word-map-word'}>
              <circle cx={px(x)} cy={py(y)} r={3.5} />
              <text x={name?.x} y={name?.y} text-anchor={name?.anchor}>{label}</text>
            </g>
          );
        })}
      </svg>
      <figcaption id={told}>{spoken.length > 0 ? spoken.join(' ') : t('tours.mapTold')}</figcaption>
    </figure>
  );
}

interface Name {
  readonly x: number;
  readonly y: number;
  readonly anchor: 'start' | 'end';
}

/** Beside each point the first of four corners where its name covers neither an earlier name nor a point. */
function placed(labels: readonly string[], points: readonly (readonly [number, number])[]): readonly Name[] {
  const boxes: [number, number, number, number][] = points.map(([x, y]) => [x - 4, y - 4, x + 4, y + 4]);
  return labels.map((label, i) => {
    const [x, y] = points[i] ?? [0, 0];
    const wide = 8 * label.length;
    const corners = ([[1, -5], [1, 14], [-1, -5], [-1, 14]] as const).map(([side, down]): [Name, [number, number, number, number]] => {
      const at = x + 7 * side;
      const box: [number, number, number, number] = side > 0 ? [at, y + down - 11, at + wide, y + down + 2] : [at - wide, y + down - 11, at, y + down + 2];
      return [{ x: at, y: y + down, anchor: side > 0 ? 'start' : 'end' }, box];
    });
    const free = ([, [l, u, r, d]]: (typeof corners)[number]) => l >= 0 && r <= width && boxes.every(([bl, bu, br, bd], j) => j === i || r < bl || l > br || d < bu || u > bd);
    const [name, box] = corners.find(free) ?? corners[0]!;
    boxes.push(box);
    return name;
  });
}
