import {
  type Alias,
  type Document,
  LineCounter,
  type ParsedNode,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
} from "yaml";
import { type Path, formatPath, quote } from "./problem.ts";
import type { Problem } from "./types.ts";

// YAML text -> plain values, with the place of each. All scalars stay text ("failsafe" schema): what
// a text means is the business of the key that it stands under. So `asn: 1.10` is 1.10 and not the
// number 1.1, and nobody's `no` turns into false.

/** 10,000 neighbours with five lines each are about a third of it. */
const MAXIMUM_CHARACTERS = 4 * 1024 * 1024;
/** Brackets, commas, colons, line ends and other signs that the parser may complain about: a second at this. */
const MAXIMUM_MARKS = 300_000;
/** Brackets that are open at one place: the parser takes seconds to find itself out of stack. */
const MAXIMUM_OPEN = 500;
/** No key of this configuration is deeper than 6. */
const MAXIMUM_DEPTH = 32;
/** Aliases unfolded, those inside of others counted each time: a bomb of nested ones ends here. */
const MAXIMUM_ALIASES = 100;
/** Values in all, unfolded. */
const MAXIMUM_VALUES = 1_000_000;
/** More of the same helps nobody. */
const MAXIMUM_PROBLEMS = 100;

const TOO_DEEP = "the text is nested too deeply";

const MARKS = codesOf("[]{},:\n-&*!%");
const QUOTES = codesOf("\"'");

/** A scalar is text, an empty one null; lists and maps are plain and not shared. */
export type Plain = string | null | Plain[] | { [key: string]: Plain };

/** Where the offsets into a text are in its file. */
class Places {
  readonly counter = new LineCounter();
  readonly #file: string;
  readonly #before: number;

  /** `before`: lines of the file that come before the text. */
  constructor(file: string, before: number) {
    this.#file = file;
    this.#before = before;
  }

  problem(offset: number, path: Path, message: string): Problem {
    const { line, col } = this.counter.linePos(offset);
    const [file, at] = [this.#file, this.#before + line];
    return { file, line: at, column: col, path: formatPath(path), message };
  }
}

/** What a text says, and where it says it. */
export class Source {
  readonly value: Plain;
  readonly #places: Places;
  readonly #values: ReadonlyMap<string, number>;
  readonly #keys: ReadonlyMap<string, number>;

  constructor(
    value: Plain,
    places: Places,
    values: ReadonlyMap<string, number>,
    keys: ReadonlyMap<string, number>,
  ) {
    this.value = value;
    this.#places = places;
    this.#values = values;
    this.#keys = keys;
  }

  /** A problem with the value at the path, or with what it should stand in. */
  problem(path: Path, message: string): Problem {
    return this.#make(path, message, this.#values);
  }

  /** A problem with the key itself. */
  keyProblem(path: Path, message: string): Problem {
    return this.#make(path, message, this.#keys);
  }

  #make(path: Path, message: string, offsets: ReadonlyMap<string, number>): Problem {
    let offset = offsets.get(formatPath(path));
    for (let length = path.length - 1; offset === undefined && length >= 0; length--) {
      offset = this.#values.get(formatPath(path.slice(0, length)));
    }
    return this.#places.problem(offset ?? 0, path, message);
  }
}

/** Reads the text. Broken YAML: all that the parser found wrong. */
export function readSource(text: string, file: string): Source | Problem[] {
  const unreadable = checkText(text, file);
  return unreadable === undefined ? parse({ text, before: 0 }, file) : [unreadable];
}

/**
 * The same for a text of documents behind each other, each by itself; what is wrong with all of it comes
 * alone. `most`: it has less documents than that.
 */
export function* readDocuments(
  text: string,
  file: string,
  most: number,
): Generator<Source | Problem[]> {
  const unreadable = checkText(text, file);
  const documents = unreadable === undefined ? documentsOf(text) : [];
  if (unreadable !== undefined) yield [unreadable];
  else if (documents.length >= most) {
    yield [whole(file, `found ${documents.length} documents, expected less than ${most}`)];
  } else for (const document of documents) yield parse(document, file);
}

/** A text and the number of lines that come before it in its file. */
interface Part {
  readonly text: string;
  readonly before: number;
}

/** What is between lines of three dashes; not those without anything but comments. */
export function documentsOf(text: string): Part[] {
  const documents: Part[] = [];
  let lines: string[] = [];
  for (const [index, line] of [...text.split("\n"), "---"].entries()) {
    if (!/^---\s*(#.*)?$/.test(line)) {
      lines.push(line);
      continue;
    }
    if (lines.some((each) => /^\s*[^\s#]/.test(each))) {
      documents.push({ text: lines.join("\n"), before: index - lines.length });
    }
    lines = [];
  }
  return documents;
}

function parse({ text, before }: Part, file: string): Source | Problem[] {
  const unreadable = checkNesting(text, file);
  if (unreadable !== undefined) return [unreadable];
  const places = new Places(file, before);
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      schema: "failsafe",
      lineCounter: places.counter,
      prettyErrors: false,
      // The parser would compare each key with all others; Walk does it in one go.
      uniqueKeys: false,
      // Not "silent": that would let a second document pass.
      logLevel: "error",
    });
  } catch (error) {
    // The parser is recursive: thousands of brackets in a row exhaust its stack.
    if (error instanceof RangeError) return [whole(file, TOO_DEEP)];
    throw error;
  }
  const complaints = [...document.errors, ...document.warnings];
  // Where it notices that itself, it goes on, and one complaint follows the other.
  if (complaints.some(({ message }) => message.includes("call stack"))) {
    return [whole(file, TOO_DEEP)];
  }
  if (complaints.length > 0) {
    return complaints
      .slice(0, MAXIMUM_PROBLEMS)
      .map((complaint) => places.problem(complaint.pos[0], [], describeYamlError(complaint)));
  }
  return new Walk(document, places).source();
}

/** What is no text at all is said in one sentence, not by a page of syntax errors. */
function checkText(text: string, file: string): Problem | undefined {
  if (text.length > MAXIMUM_CHARACTERS) {
    return whole(
      file,
      `found ${text.length} characters, expected at most ${MAXIMUM_CHARACTERS}: is this the right file?`,
    );
  }
  const marks = countMarks(text);
  if (marks > MAXIMUM_MARKS) {
    return whole(
      file,
      `found ${marks} brackets, commas, colons, line ends and the like, expected at most ${MAXIMUM_MARKS}: is this the right file?`,
    );
  }
  const at = text.search(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]/);
  if (at < 0) return undefined;
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const code = text.charCodeAt(at);
  const found =
    code === 0xfffd
      ? "bytes that are not UTF-8"
      : `the byte 0x${code.toString(16).padStart(2, "0")}`;
  return { file, line, column, path: "", message: `found ${found}, expected YAML text in UTF-8` };
}

function countMarks(text: string): number {
  let marks = 0;
  let before = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Quoted texts side by side are complaints, one each; those with something in between are values.
    if (MARKS.has(code) || (QUOTES.has(code) && QUOTES.has(before))) marks++;
    if (code > 0x20) before = code;
  }
  return marks;
}

/** Brackets in comments and quotes count too; nobody has so many that are not closed, or not opened. */
function checkNesting(text: string, file: string): Problem | undefined {
  let [depth, deepest, lowest] = [0, 0, 0];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
    deepest = Math.max(deepest, depth);
    lowest = Math.min(lowest, depth);
  }
  if (deepest > MAXIMUM_OPEN) return whole(file, TOO_DEEP);
  if (lowest >= -MAXIMUM_OPEN) return undefined;
  const found = `found more than ${MAXIMUM_OPEN} closing brackets without an opening one`;
  return whole(file, `${found}: is this the right file?`);
}

function codesOf(signs: string): ReadonlySet<number> {
  return new Set(Array.from(signs, (sign) => sign.charCodeAt(0)));
}

function whole(file: string, message: string): Problem {
  return { file, line: 1, column: 1, path: "", message };
}

function describeYamlError(error: { readonly code: string; readonly message: string }): string {
  switch (error.code) {
    case "TAB_AS_INDENT":
      return "found a tab, expected spaces: YAML is indented with spaces";
    case "MULTIPLE_DOCS":
      return "found a second document (---), expected one";
    case "TAG_RESOLVE_FAILED":
      return "found a tag (!), expected plain values";
    default:
      return `YAML: ${error.message.split("\n")[0]}`;
  }
}

/** One way through the document: values, places, and what YAML allows but this file does not. */
class Walk {
  readonly #document: Document.Parsed;
  readonly #places: Places;
  readonly #values = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  readonly #problems: Problem[] = [];
  #count = 0;
  #aliases = 0;

  constructor(document: Document.Parsed, places: Places) {
    this.#document = document;
    this.#places = places;
  }

  source(): Source | Problem[] {
    const value = this.#visit(this.#document.contents, [], 0);
    if (this.#problems.length > 0) return this.#problems;
    return new Source(value, this.#places, this.#values, this.#keys);
  }

  #visit(node: ParsedNode | null, path: Path, offset: number): Plain {
    if (++this.#count > MAXIMUM_VALUES) {
      const limit = `found more than ${MAXIMUM_VALUES} values`;
      if (this.#count === MAXIMUM_VALUES + 1) this.#complain(path, offset, limit);
      return null;
    }
    const at = node?.range[0] ?? offset;
    this.#values.set(formatPath(path), at);
    if (path.length > MAXIMUM_DEPTH) {
      this.#complain(path.slice(0, 4), at, TOO_DEEP);
      return null;
    }
    if (node === null) return null;
    if (isAlias(node)) return this.#alias(node, path, at);
    if (isScalar(node)) return this.#scalar(node);
    if (isSeq<ParsedNode>(node)) {
      return node.items.map((item, index) => this.#visit(item, [...path, index], at));
    }
    return isMap<ParsedNode, ParsedNode | null>(node) ? this.#map(node.items, path) : null;
  }

  #alias(node: Alias.Parsed, path: Path, at: number): Plain {
    if (++this.#aliases > MAXIMUM_ALIASES) {
      const limit = `found more than ${MAXIMUM_ALIASES} aliases (*), expected groups instead`;
      if (this.#aliases === MAXIMUM_ALIASES + 1) this.#complain(path, at, limit);
      return null;
    }
    const target = node.resolve(this.#document) as ParsedNode | undefined;
    if (target !== undefined) return this.#visit(target, path, at);
    this.#complain(path, at, `found the alias *${node.source}, expected one with an anchor`);
    return null;
  }

  #scalar(node: { readonly value: unknown; readonly type?: string | undefined }): string | null {
    const text = typeof node.value === "string" ? node.value : "";
    return text === "" && node.type === "PLAIN" ? null : text;
  }

  #map(
    items: readonly { readonly key: ParsedNode; readonly value: ParsedNode | null }[],
    path: Path,
  ): Plain {
    // No prototype: a key like "__proto__" is an unknown key and nothing else.
    const map = Object.create(null) as { [key: string]: Plain };
    for (const { key, value } of items) {
      const at = key.range[0];
      if (!isScalar(key) || typeof key.value !== "string") {
        this.#complain(path, at, "found a list, a map or an alias as a key, expected a word");
        continue;
      }
      const inner = [...path, key.value];
      if (key.value === "<<") {
        this.#complain(inner, at, `found a merge key (<<), expected a group: use "groups"`);
        continue;
      }
      if (Object.hasOwn(map, key.value)) {
        this.#complain(inner, at, `found the key ${quote(key.value)} twice, expected it once`);
        continue;
      }
      this.#keys.set(formatPath(inner), at);
      map[key.value] = this.#visit(value, inner, at);
    }
    return map;
  }

  #complain(path: Path, offset: number, message: string): void {
    if (this.#problems.length >= MAXIMUM_PROBLEMS) return;
    this.#problems.push(this.#places.problem(offset, path, message));
  }
}

/** What stands in the file, in words: `"abc"`, `a list`, `nothing`. */
export function describePlain(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  return Array.isArray(value) ? "a list" : "a map of keys";
}
