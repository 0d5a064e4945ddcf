/** A column: its heading, and what becomes of it where the terminal is too narrow for all. */
export interface Column {
  readonly title: string;
  /** Its texts may be cut. */
  readonly cut: boolean;
  readonly right?: boolean;
  /** It may be left out where cutting does not help; the smallest number goes first. */
  readonly spare?: number;
}

export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

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
  const spare = columns
    .map(({ spare: rank }, index) => ({ rank: rank ?? Infinity, index }))
    .filter(({ rank }) => rank !== Infinity)
    .sort((a, b) => a.rank - b.rank);
  for (const { index } of spare) {
    if (narrowest(columns, widths) <= terminal) break;
    widths[index] = 0;
  }
  let over = total(widths) - terminal;
  columns.forEach(({ cut }, index) => {
    if (!cut || over <= 0) return;
    const less = Math.max(0, Math.min(over, widths[index] - NARROWEST));
    widths[index] -= less;
    over -= less;
  });
  return widths;
}

/** How far cutting goes. */
function narrowest(columns: readonly Column[], widths: readonly number[]): number {
  return total(widths.map((width, at) => (columns[at].cut ? Math.min(width, NARROWEST) : width)));
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
