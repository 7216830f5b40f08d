// Which rows of a long list are worth having: those in sight, some around them, and the one with the focus.

const AROUND = 12;
/** Rows before and behind those in sight: a turn of the wheel shows no gap. */

/** Give the rows to have, in order. `top` is how far the list is scrolled past its beginning; all in pixels. */
export function wantedRows(count: number, height: number, top: number, view: number, focused: number): number[] {
  if (height <= 0) return [];
  const first = Math.max(0, Math.floor(top / height) - AROUND);
  const last = Math.min(count - 1, Math.ceil((top + view) / height) + AROUND);
  const rows = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
  if (focused >= 0 && focused < first) return [focused, ...rows];
  if (focused > last && focused < count) return [...rows, focused];
  return rows;
}
