/** A value as a cell shows it, about four digits. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return special(value);
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e6) return sign(String(value === 0 ? 0 : value));
  if (size < 0.0005) return small(value);
  if (size >= 1e6) return sign(value.toExponential(1));
  return sign(size >= 1000 ? value.toFixed(0) : size >= 100 ? value.toFixed(1) : size >= 10 ? value.toFixed(2) : value.toFixed(3));
}

/** A float32 with as many digits as tell it from its neighbours: at most nine. */
export function exact(value: number): string {
  if (!Number.isFinite(value)) return special(value);
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return sign(rounded.toString());
  }
  return sign(Number(value.toPrecision(9)).toString());
}

/** A double as far as it is worth reading beside a float32. */
export function double(value: number): string {
  return Number.isFinite(value) ? sign(Number(value.toPrecision(12)).toString()) : special(value);
}

function small(value: number): string {
  return sign(value.toExponential(0));
}

function special(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value < 0 ? '−∞' : '∞';
}

/** A true minus sign: a hyphen is too short to be seen in a column of numbers. */
function sign(text: string): string {
  return text.replace(/-/g, '−');
}
