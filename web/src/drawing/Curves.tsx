import { useSignal } from '@preact/signals';
import { brief } from '../matrix/numbers';

/** One line of a plot: its name and a value for each place on the x axis. */
export interface Curve {
  readonly name: string;
  readonly values: ArrayLike<number>;
}

interface Props {
  readonly label: string;
  readonly x: ArrayLike<number>;
  readonly xName: string;
  readonly curves: readonly Curve[];
  /** The place that another control points at. */
  readonly marked?: number;
  readonly onMark?: (index: number) => void;
}

const width = 640;
const height = 240;
const left = 48;
const right = 8;
const top = 8;
const bottom = 28;

/**
 * Lines over one axis. The pointer or the arrow keys move along it; the values there stand below, as text.
 * Drawn as SVG with presentation attributes only: no script of another library, nothing that the Content-Security-Policy forbids.
 */
export function Curves({ label, x, xName, curves, marked, onMark }: Props) {
  const hovered = useSignal(marked ?? 0);
  const count = x.length;
  const here = Math.min(marked ?? hovered.value, count - 1);
  const [low, high] = range(curves);
  const [first, last] = [x[0] ?? 0, x[count - 1] ?? 1];
  const px = (value: number) => left + (last === first ? 0 : (value - first) / (last - first)) * (width - left - right);
  const py = (value: number) => height - bottom - (high === low ? 0.5 : (value - low) / (high - low)) * (height - top - bottom);

  const mark = (index: number) => {
    hovered.value = Math.max(0, Math.min(count - 1, index));
    onMark?.(hovered.value);
  };
  const point = (event: PointerEvent & { currentTarget: SVGSVGElement }) => {
    const box = event.currentTarget.getBoundingClientRect();
    const target = first + ((event.clientX - box.left) / box.width * width - left) / (width - left - right) * (last - first);
    mark(nearest(x, target));
  };
  const key = (event: KeyboardEvent) => {
    const to = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: count - 1, PageUp: here - 10, PageDown: here + 10 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    mark(to);
  };

  if (count === 0) return null;
  const at = x[here] ?? 0;
  return (
    <figure class="curves">
      <svg viewBox={`0 0 ${width} ${height}`} role="slider" tabindex={0} aria-label={label} aria-orientation="horizontal" aria-valuemin={first} aria-valuemax={last}
        aria-valuenow={at} aria-valuetext={`${xName} ${number(at)}`} onPointerMove={point} onPointerDown={point} onKeyDown={key}>
        {ticks(low, high).map(tick => (
          <g key={tick} class="curves-tick">
            <line x1={left} x2={width - right} y1={py(tick)} y2={py(tick)} />
            <text x={left - 6} y={py(tick) + 4} text-anchor="end">{number(tick)}</text>
          </g>
        ))}
        {ticks(first, last).map(tick => <text key={tick} class="curves-x" x={px(tick)} y={height - 8} text-anchor="middle">{number(tick)}</text>)}
        {curves.map((curve, i) => <path key={curve.name} class={`curve curve-${i % 8}`} d={path(curve.values, x, px, py)} />)}
        <line class="curves-cursor" x1={px(at)} x2={px(at)} y1={top} y2={height - bottom} />
        {curves.map((curve, i) => Number.isFinite(curve.values[here])
          && <circle key={curve.name} class={`curve-${i % 8}`} cx={px(at)} cy={py(curve.values[here] ?? 0)} r={3.5} />)}
      </svg>
      <figcaption>
        <span>{xName} {number(at)}</span>
        {curves.map((curve, i) => <span key={curve.name} class={`curve-key curve-${i % 8}`}>{curve.name} <b>{Number.isFinite(curve.values[here]) ? number(curve.values[here] ?? 0) : '–'}</b></span>)}
      </figcaption>
    </figure>
  );
}

/** A line through the values that there are: what is measured more rarely is joined from one measurement to the next. */
function path(values: ArrayLike<number>, x: ArrayLike<number>, px: (value: number) => number, py: (value: number) => number): string {
  let d = '';
  let pen = 'M';
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    d += `${pen}${px(x[i] ?? 0).toFixed(1)} ${py(value).toFixed(1)}`;
    pen = 'L';
  }
  return d;
}

function range(curves: readonly Curve[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const curve of curves) {
    for (let i = 0; i < curve.values.length; i++) {
      const value = curve.values[i] ?? NaN;
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  return low > high ? [0, 1] : [low, high];
}

/** Round numbers from low to high: steps of 1, 2 or 5 times a power of ten. */
function ticks(low: number, high: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough / power >= 5 ? 5 : rough / power >= 2 ? 2 : 1);
  const all: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) all.push(i * step);
  return all;
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : brief(Number(value.toPrecision(4)));
}

function nearest(x: ArrayLike<number>, target: number): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (Math.abs((x[i] ?? 0) - target) < Math.abs((x[best] ?? 0) - target)) best = i;
  return best;
}
