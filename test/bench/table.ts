import { SUBJECTS, type SubjectName } from "./bench.ts";
import type { Row } from "./report.ts";

/** The rows as a table: of text for a terminal, of Markdown for the page. */

export const NAMES: Readonly<Record<SubjectName, string>> = {
  underlay: "underlay",
  bird: "BIRD",
  frr: "FRR",
  c: "C",
};

function cells(rows: readonly Row[]): string[][] {
  const subjects = SUBJECTS.filter((name) => rows.some((row) => row.cells[name] !== undefined));
  const head = ["bench", "size", "figure", ...subjects.map((name) => NAMES[name])];
  const body = rows.map(({ bench, size, figure, cells, growth, reach }) => [
    ...[bench, size, figure, ...subjects.map((name) => cells[name] ?? "")],
    ...[growth, reach],
  ]);
  return [[...head, "growth", "to reach"], ...body];
}

export function textTable(rows: readonly Row[]): string {
  return padded(cells(rows))
    .map((row) => row.join("  ").trimEnd())
    .join("\n");
}

export function markdownTable(rows: readonly Row[]): string {
  const [head, ...body] = padded(cells(rows));
  const line = (row: readonly string[]): string => `| ${row.join(" | ")} |`;
  const rule = head.map((cell) => "-".repeat(cell.length));
  return [line(head), line(rule), ...body.map(line)].join("\n");
}

/** With cells as wide as the widest of their column. */
function padded(table: readonly (readonly string[])[]): string[][] {
  const widths = table[0].map((_, i) => Math.max(3, ...table.map((row) => row[i].length)));
  return table.map((row) => row.map((cell, i) => cell.padEnd(widths[i])));
}
