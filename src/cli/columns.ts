import type { Cell, Column } from "./tables.ts";

const GAP = 2;
const NARROWEST = 8;

/** Widths of the columns for the rows, all together no wider than the terminal where it can be. */
export function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  terminal: number,
): number[] {
  const widths = columns.map(({ title }, index) => {
    const filled = rows.some((cells) => cells[index].text !== "");
    // A column that nothing stands in is left out.
    return filled ? Math.max(title.length, ...rows.map((cells) => cells[index].text.length)) : 0;
  });
  let over = total(widths) - terminal;
  columns.forEach(({ cut }, index) => {
    if (!cut || over <= 0) return;
    const less = Math.max(0, Math.min(over, widths[index] - NARROWEST));
    widths[index] -= less;
    over -= less;
  });
  return widths;
}

function total(widths: readonly number[]): number {
  const used = widths.filter((width) => width > 0);
  return used.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, used.length - 1);
}

/** One line of the table. Text that is too long for a column that may be cut ends in `…`. */
export function formatRow(
  columns: readonly Column[],
  cells: readonly Cell[],
  widths: readonly number[],
): string {
  let line = "";
  let pending = 0;
  columns.forEach(({ right, cut }, index) => {
    const width = widths[index];
    if (width === 0) return;
    const { text, paint } = cells[index];
    const shown = cut && text.length > width ? `${text.slice(0, width - 1)}…` : text;
    const space = Math.max(0, width - shown.length);
    if (right === true) pending += space;
    // Blanks are written only when something follows: no line ends in blanks.
    if (shown !== "") {
      line += " ".repeat(pending) + (paint === undefined ? shown : paint(shown));
      pending = 0;
    }
    if (right !== true) pending += space;
    pending += GAP;
  });
  return `${line}\n`;
}
