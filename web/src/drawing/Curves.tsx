import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useSignal } from '@preact/signals';
import { t } from '../languages/translate';
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
  /** What the height means, with its unit. */
  readonly yName: string;
  readonly curves: readonly Curve[];
  /** The place that another control points at. */
  readonly marked?: number;
  readonly onMark?: (index: number) => void;
}

const height = 280;
const left = 56;
const right = 14;
const top = 30;
const bottom = 46;

/**
 * Lines over one axis, both axes with their names and round numbers. The pointer or the arrow keys move along it; the values there stand
 * below, as text, and where each line begins, ends and is lowest is told to those who do not see it. It is drawn as wide as its place, so that
 * its letters keep their size.
 * Drawn as SVG with presentation attributes only: no script of another library, nothing that the Content-Security-Policy forbids.
 */
export function Curves({ label, x, xName, yName, curves, marked, onMark }: Props) {
  const figure = useRef<HTMLElement>(null);
  const told = useId();
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const element = figure.current;
    if (element === null) return;
    const measure = () => setWidth(Math.max(240, Math.min(960, element.clientWidth)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const hovered = useSignal(marked ?? 0);
  const count = x.length;
  const here = Math.min(marked ?? hovered.value, count - 1);
  const [low, high] = range(curves);
  const [first, last] = [x[0] ?? 0, x[count - 1] ?? 1];
  const [across, up] = [ticks(first, last, Math.max(2, width / 90)), ticks(low, high, 5)];
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
    <figure class="curves" ref={figure}>
      <svg viewBox={`0 0 ${width} ${height}`} role="slider" tabindex={0} aria-label={label} aria-orientation="horizontal" aria-valuemin={first} aria-valuemax={last}
        aria-valuenow={at} aria-valuetext={`${xName} ${number(at)}: ${curves.map(curve => `${curve.name} ${valueAt(curve, here)}`).join(', ')}`} aria-describedby={told} onPointerMove={point} onPointerDown={point} onKeyDown={key}>
        <text class="curves-name" x={8} y={18}>{yName}</text>
        <text class="curves-name" x={width - right} y={height - 8} text-anchor="end">{xName}</text>
        {up.at.map(tick => (
          <g key={tick} class="curves-tick">
            <line x1={left} x2={width - right} y1={py(tick)} y2={py(tick)} />
            <text x={left - 8} y={py(tick) + 4} text-anchor="end">{written(tick, up.digits)}</text>
          </g>
        ))}
        {across.at.map(tick => (
          <g key={tick} class="curves-tick curves-x">
            <line x1={px(tick)} x2={px(tick)} y1={height - bottom} y2={height - bottom + 5} />
            <text x={px(tick)} y={height - bottom + 18} text-anchor="middle">{written(tick, across.digits)}</text>
          </g>
        ))}
        <path class="curves-axis" d={`M${left} ${top}V${height - bottom}H${width - right}`} />
        {curves.map((curve, i) => <path key={curve.name} class={`curve curve-${i % 8}`} d={path(curve.values, x, px, py)} />)}
        <line class="curves-cursor" x1={px(at)} x2={px(at)} y1={top} y2={height - bottom} />
        {curves.map((curve, i) => Number.isFinite(curve.values[here])
          && <circle key={curve.name} class={`curve-${i % 8}`} cx={px(at)} cy={py(curve.values[here] ?? 0)} r={3.5} />)}
      </svg>
      <figcaption>
        <span>{xName} {number(at)}</span>
        {curves.map((curve, i) => <span key={curve.name} class={`curve-key curve-${i % 8}`}>{curve.name} <b>{valueAt(curve, here)}</b></span>)}
      </figcaption>
      <p class="unseen" id={told}>{curves.map(curve => summary(curve, x, xName)).join(' ')}</p>
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

/** About `most` round numbers from low to high, steps of 1, 2 or 5 times a power of ten, and the decimals that all of them need. */
export function ticks(low: number, high: number, most: number): { readonly at: readonly number[]; readonly digits: number } {
  if (!(high > low)) return { at: [low], digits: Number.isInteger(low) ? 0 : 3 };
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (rough <= power ? 1 : rough <= 2 * power ? 2 : rough <= 5 * power ? 5 : 10);
  const at: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) at.push(i * step);
  return { at, digits: Math.max(0, Math.min(9, -Math.floor(Math.log10(step) + 1e-9))) };
}

function written(value: number, digits: number): string {
  return (Math.abs(value) < 1e-12 ? 0 : value).toFixed(digits).replace('-', '−');
}

function valueAt(curve: Curve, index: number): string {
  const value = curve.values[index] ?? NaN;
  return Number.isFinite(value) ? number(value) : '–';
}

/** A line in words: where it begins and ends, and its lowest and highest places. */
function summary(curve: Curve, x: ArrayLike<number>, xName: string): string {
  const there = Array.from({ length: x.length }, (_, i) => i).filter(i => Number.isFinite(curve.values[i]));
  const [first, last] = [there[0], there.at(-1)];
  if (first === undefined || last === undefined) return '';
  const value = (i: number) => curve.values[i] ?? NaN;
  const [lowest, highest] = there.reduce(([low, high], i) => [value(i) < value(low) ? i : low, value(i) > value(high) ? i : high], [first, first]);
  const place = (name: string, i: number) => ({ [name]: number(value(i)), [`${name}At`]: `${xName} ${number(x[i] ?? 0)}` });
  return t('curves.summary', { name: curve.name, ...place('first', first), ...place('last', last), ...place('lowest', lowest), ...place('highest', highest) });
}

function number(value: number): string {
  return Number.isInteger(value) ? String(value) : brief(Number(value.toPrecision(4)));
}

function nearest(x: ArrayLike<number>, target: number): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (Math.abs((x[i] ?? 0) - target) < Math.abs((x[best] ?? 0) - target)) best = i;
  return best;
}
