import { type Interface, clearScreenDown, createInterface, moveCursor } from "node:readline";
import { ClientError } from "./client.ts";
import { FILES, candidates, namesOf } from "./complete.ts";
import { DAEMON_COMMANDS, type HelpEntry, entriesFor, helpLines } from "./help.ts";
import { History, historyFile } from "./history.ts";
import { Answered, type Options, readOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { askOnce, execute, openOutput } from "./run.ts";
import { Session } from "./session.ts";
import { Suspension } from "./suspension.ts";
import { VERBS } from "./verbs.ts";
import { commandLine, splitWords } from "./words.ts";

/** What works here alone. */
const OWN_WORDS: readonly HelpEntry[] = [
  { usage: "help", text: "all commands; ? at any place: those that go on from there" },
  { usage: "exit | quit", text: "leave (Ctrl-D does, too)" },
];

const ENTRIES: readonly HelpEntry[] = [
  ...DAEMON_COMMANDS,
  ...VERBS.flatMap(({ help }) => help),
  ...OWN_WORDS,
];

/** The prompt; gives the exit status, that of the last command. */
export function converse(options: Options): Promise<number> {
  return new Prompt(options).run();
}

class Prompt {
  readonly #options: Options;
  readonly #history = new History(historyFile(process.env));
  readonly #session: Session;
  /** While a line is edited. */
  #editor: Interface | undefined;
  /** While a command runs. */
  #output: Output | undefined;
  /** Lines that came with the last one, and what has been typed of the next. */
  #pasted: string[] = [];
  #begun = "";
  /** Said while a command had the terminal. */
  #unsaid: string[] = [];

  constructor(options: Options) {
    this.#options = options;
    this.#session = new Session({
      path: options.socket,
      restricted: options.restricted,
      say: (text) => this.#say(text),
    });
  }

  async run(): Promise<number> {
    try {
      await this.#session.connect();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      process.stderr.write(`underlayctl: ${error.message}\n`);
      return 1;
    }
    const interrupt = (): void => {
      // Where a pager has the terminal, the key is for that.
      if (this.#output?.isPaging !== true) this.#output?.stop();
    };
    process.on("SIGINT", interrupt);
    let status = 0;
    for (;;) {
      const line = await this.#read();
      if (line === undefined) break;
      const words = splitWords(line);
      if (["exit", "quit"].includes(words[0])) break;
      if (words.length > 0) status = await this.#carryOut(line, words);
      this.#sayUnsaid();
    }
    process.off("SIGINT", interrupt);
    this.#session.close();
    return status;
  }

  async #carryOut(line: string, words: readonly string[]): Promise<number> {
    this.#history.add(line);
    if (words.at(-1) === "?" || (words.length === 1 && words[0] === "help")) {
      process.stdout.write(helpFor(words.slice(0, -1), true));
      return 0;
    }
    const { socket, restricted, json, colour, pager } = this.#options;
    try {
      const own = readOptions(words);
      const options = {
        ...{ ...own, socket, restricted: restricted || own.restricted },
        ...{ json: json || own.json, pager: pager && own.pager },
        colour: own.colour === "auto" ? colour : own.colour,
      };
      const output = openOutput(options);
      this.#output = output;
      const isOwn = options.watch !== undefined || options.restricted !== restricted;
      return await execute(options, output, (text) =>
        isOwn ? askOnce(options, output, text) : this.#session.ask(text, output.signal),
      );
    } catch (error) {
      if (error instanceof Answered) return error.status;
      throw error;
    } finally {
      this.#output = undefined;
    }
  }

  /**
   * A line; undefined: the end. The editor is there for one line only: the command that follows has the
   * terminal for itself, with its own keys and with Ctrl-C as a signal.
   */
  #read(): Promise<string | undefined> {
    const pasted = this.#pasted.shift();
    if (pasted !== undefined) return Promise.resolve(pasted);
    return new Promise((resolve) => {
      const editor = createInterface({
        input: process.stdin,
        output: process.stdout,
        prompt: "underlay> ",
        history: this.#history.lines,
        historySize: 1000,
        completer: (typed: string, done: Completed) => void complete(typed, this.#options, done),
      });
      this.#editor = editor;
      const suspension = new Suspension(
        () => process.stdin.setRawMode(false),
        () => {
          process.stdin.setRawMode(false).setRawMode(true);
          editor.prompt(true);
        },
      );
      suspension.open();
      const lines: string[] = [];
      const leave = (): void => {
        if (this.#editor !== editor) return;
        this.#editor = undefined;
        process.stdin.off("keypress", help);
        suspension.close();
        const [line, ...others] = lines;
        this.#pasted = others;
        this.#begun = lines.length === 0 ? "" : editor.line;
        // It is shown again with the next prompt.
        if (this.#begun !== "") process.stdout.write("\r\x1b[K");
        editor.close();
        resolve(line);
      };
      const help = (_: unknown, key: { readonly sequence?: string }): void => {
        if (key.sequence === "?") this.#help(editor);
      };
      process.stdin.on("keypress", help);
      // What was pasted comes in one go, and is all taken before the editor is left.
      const take = (line: string): void => {
        if (lines.push(line) === 1) setImmediate(leave);
      };
      editor.on("line", take);
      editor.on("close", () => {
        if (lines.length === 0) process.stdout.write("\n");
        leave();
      });
      // Its own way to stop leaves it paused when it goes on.
      editor.on("SIGTSTP", () => suspension.stopJob());
      editor.on("SIGINT", () => {
        process.stdout.write("^C\n");
        editor.write("", { ctrl: true, name: "e" });
        editor.write("", { ctrl: true, name: "u" });
        take("");
      });
      editor.prompt();
      if (this.#begun !== "") editor.write(this.#begun);
      this.#begun = "";
    });
  }

  /** As birdc has it: at once, and the line stays as it was. In a text in quotes it is a character. */
  #help(editor: Interface): void {
    const typed = editor.line.slice(0, editor.cursor);
    if (!typed.endsWith("?") || typed.split('"').length % 2 === 0) return;
    editor.write("", { name: "backspace" });
    const line = typed.slice(0, -1);
    const words = splitWords(line);
    this.#above(editor, helpFor(words, line === "" || line.endsWith(" ")));
  }

  /** Over the line that is being edited; else when the command that runs is done. */
  #say(text: string): void {
    if (this.#output !== undefined) this.#unsaid.push(text);
    else if (this.#editor !== undefined) this.#above(this.#editor, `${text}\n`);
    else process.stdout.write(`${text}\n`);
  }

  #sayUnsaid(): void {
    process.stdout.write(this.#unsaid.map((text) => `${text}\n`).join(""));
    this.#unsaid = [];
  }

  #above(editor: Interface, text: string): void {
    moveCursor(process.stdout, -1000, -editor.getCursorPos().rows);
    clearScreenDown(process.stdout);
    process.stdout.write(text);
    editor.prompt(true);
  }
}

/** `isNext`: the next word is asked about, not how the last one goes on. */
function helpFor(words: readonly string[], isNext: boolean): string {
  const written = words.length === 0 ? [] : commandLine(words).words;
  const found = entriesFor(ENTRIES, isNext ? [...written, ""] : written);
  return found.length === 0
    ? "no command begins like this\n"
    : helpLines(found, process.stdout.columns - 1);
}

type Completed = (error: null, result: [string[], string]) => void;

async function complete(typed: string, options: Options, done: Completed): Promise<void> {
  const words = splitWords(typed);
  const begun = typed === "" || typed.endsWith(" ") ? "" : (words.pop() ?? "");
  const all = await candidates(words, begun, (kinds) => namesOf(options.socket, kinds));
  const found = all.filter((word) => word !== FILES);
  // The only one is complete: the next word begins.
  done(null, [found.length === 1 ? [`${found[0]} `] : found, begun]);
}
