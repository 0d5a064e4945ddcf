import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { clean } from "./clean.ts";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/** Lines that are kept. */
const MOST = 1000;

/** Where it is (XDG Base Directory Specification: state that should persist). */
export function historyFile(env: Readonly<NodeJS.ProcessEnv>): string {
  const state = env["XDG_STATE_HOME"] ?? "";
  const folder = isAbsolute(state) ? state : join(homedir(), ".local/state");
  return join(folder, "underlay/history");
}

/**
 * What was typed at the prompt, in a file that only its owner reads. A file that cannot be read or
 * written costs the history and nothing else, as does what is no file: a pipe would be waited for.
 */
export class History {
  readonly #file: string;
  /** The newest first, as node:readline wants them. */
  #lines: string[];

  constructor(file: string) {
    this.#file = file;
    const all = read(file);
    this.#lines = all.slice(-MOST).reverse();
    if (all.length > 2 * MOST) this.#shorten();
  }

  get lines(): string[] {
    return [...this.#lines];
  }

  /** Once for a line that is repeated. Two at a time add to the same file, each its own lines. */
  add(line: string): void {
    if (line.trim() === "" || line === this.#lines[0]) return;
    this.#lines = [line, ...this.#lines].slice(0, MOST);
    attempt(() => {
      if (!isFile(this.#file)) return;
      mkdirSync(dirname(this.#file), { recursive: true, mode: 0o700 });
      appendFileSync(this.#file, `${line}\n`, { mode: 0o600 });
    });
  }

  #shorten(): void {
    const beside = `${this.#file}.${process.pid}`;
    attempt(() => {
      writeFileSync(beside, `${this.lines.reverse().join("\n")}\n`, { mode: 0o600 });
      renameSync(beside, this.#file);
    });
  }
}

function read(file: string): string[] {
  let text = "";
  attempt(() => {
    if (isFile(file)) text = readFileSync(file, "utf8");
  });
  // The file may hold anything, and is shown on a terminal.
  return text.split("\n").filter((line) => line !== "" && clean(line) === line);
}

/** Or may become one. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() !== false;
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // Said nowhere: it would stand before every answer of a user whose home is read-only.
  }
}
