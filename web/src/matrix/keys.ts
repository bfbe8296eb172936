/** A place in a matrix. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Where a key leads: arrows by one cell, Home and End along the row (with Ctrl to the corners), PageUp and PageDown by ten rows. Null for other keys. */
export function follow(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>, from: Place, rows: number, columns: number): Place | null {
  if (event.altKey || event.metaKey) return null;
  const at = (row: number, column: number): Place => ({
    row: Math.max(0, Math.min(rows - 1, row)),
    column: Math.max(0, Math.min(columns - 1, column)),
  });
  switch (event.key) {
    case 'ArrowLeft': return at(from.row, from.column - 1);
    case 'ArrowRight': return at(from.row, from.column + 1);
    case 'ArrowUp': return at(from.row - 1, from.column);
    case 'ArrowDown': return at(from.row + 1, from.column);
    case 'Home': return at(event.ctrlKey ? 0 : from.row, 0);
    case 'End': return at(event.ctrlKey ? rows - 1 : from.row, columns - 1);
    case 'PageUp': return at(from.row - 10, from.column);
    case 'PageDown': return at(from.row + 10, from.column);
    default: return null;
  }
}
