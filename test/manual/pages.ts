import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The pages of the manual, and what is in them. */

export const TOP = join(import.meta.dirname, "../..");

/** Folders whose pages are other people's, or copies. */
const OTHERS: readonly string[] = ["node_modules", "dist"];

/** Every page of the repository: paths from the top. git is not asked: root it tells nothing of another's clone. */
export function pages(): string[] {
  const exclude = (path: string): boolean => OTHERS.includes(basename(path));
  return globSync("**/*.md", { cwd: TOP, exclude });
}

export const pageText = (page: string): string => readFileSync(join(TOP, page), "utf8");

export interface Block {
  /** As it stands behind the fence: `yaml`, `frr`; empty where there is none. */
  readonly language: string;
  readonly text: string;
  /** 1-based, of the fence. */
  readonly line: number;
}

/** The fenced blocks of a page. */
export function blocksOf(page: string): Block[] {
  const blocks: Block[] = [];
  const lines = pageText(page).split("\n");
  for (let at = 0; at < lines.length; at++) {
    const language = /^```(.*)$/.exec(lines[at])?.[1];
    if (language === undefined) continue;
    const end = lines.indexOf("```", at + 1);
    if (end < 0) throw new Error(`${page}:${at + 1}: a block without an end`);
    const text = `${lines.slice(at + 1, end).join("\n")}\n`;
    blocks.push({ language: language.trim(), text, line: at + 1 });
    at = end;
  }
  return blocks;
}

/** The block of a language that follows a line of the page. Throws where there is none. */
export function blockAfter(page: string, words: string, language: string): string {
  const lines = pageText(page).split("\n");
  const from = lines.findIndex((line) => line.includes(words)) + 1;
  const found = blocksOf(page).find((block) => block.line > from && block.language === language);
  if (from === 0 || found === undefined) {
    throw new Error(`${page}: no block of ${language} follows "${words}"`);
  }
  return found.text;
}

/** The page without its blocks and code: what is read as Markdown. */
export function proseOf(page: string): string {
  return pageText(page)
    .replaceAll(/^```[^]*?^```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of pageText(page)
    .replaceAll(/^```[^]*?^```$/gm, "")
    .matchAll(/^#+ (.+)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const slug = text.replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
    for (let n = 0; ; n++) {
      const anchor = n === 0 ? slug : `${slug}-${n}`;
      if (anchors.has(anchor)) continue;
      anchors.add(anchor);
      break;
    }
  }
  return anchors;
}

/** The rows of all tables under a heading, and of those below it; cells without backticks. */
export function rowsUnder(page: string, heading: string): string[][] {
  const text = pageText(page);
  const start = text.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`${page} has no "${heading}"`);
  const level = /^#+/.exec(heading)?.[0].length ?? 0;
  const rest = text.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${level}} `, "m"));
  const lines = (end < 0 ? rest : rest.slice(0, end)).split("\n");
  return lines
    .filter((line, at) => line.startsWith("| ") && !isHead(lines, at))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim().replaceAll("\\|", "|")));
}

/** A table's first two lines. */
const isHead = (lines: readonly string[], at: number): boolean =>
  /^\| -/.test(lines[at]) || /^\| -/.test(lines[at + 1] ?? "");

/** The words in backticks of a cell. */
export const wordsOf = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word);
