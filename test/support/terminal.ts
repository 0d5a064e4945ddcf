import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must, runNow } from "./process.ts";
import { until } from "./wait.ts";

/** Keys by tmux's names; everything else is typed as it is. */
const KEY = /^(?:Enter|Tab|Up|Escape|C-[a-z])$/;

/** Says when the program has ended, and stays, so that there is something to look at. */
const SHELL = 'trap : INT; "$@"; echo "[ended: $?]"; exec cat';

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A program on a terminal of its own, made by tmux: what a person would see of it, and type. */
export class Terminal {
  readonly #folder: string;
  readonly #end = (): void => void runNow([...this.#tmux, "kill-server"]);

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(command: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const { columns = 80, rows = 24, env = {} } = options;
    const terminal = new Terminal(mkdtempSync(join(tmpdir(), "underlay-terminal-")));
    const settings = join(terminal.#folder, "tmux.conf");
    writeFileSync(settings, "set -g status off\n"); // The whole window is the program's.
    process.on("exit", terminal.#end);
    const size = ["-x", String(columns), "-y", String(rows)];
    const shell = ["sh", "-c", SHELL, "sh", ...command];
    await must([...terminal.#tmux, "-f", settings, "new-session", "-d", ...size, quoted(shell)], {
      env: { ...process.env, TERM: "xterm-256color", ...env },
    });
    return terminal;
  }

  get #tmux(): string[] {
    return ["tmux", "-S", join(this.#folder, "tmux")];
  }

  /** The lines that are to be seen, without the blanks at their ends. */
  async text(): Promise<string> {
    return (await must([...this.#tmux, "capture-pane", "-p"])).replaceAll(/ +$/gm, "");
  }

  /** The same with its colours. */
  coloured(): Promise<string> {
    return must([...this.#tmux, "capture-pane", "-p", "-e"]);
  }

  async type(...keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      const form = KEY.test(key) ? ["--"] : ["-l", "--"];
      await must([...this.#tmux, "send-keys", ...form, key]);
    }
  }

  async resize(columns: number, rows: number): Promise<void> {
    await must([...this.#tmux, "resize-window", "-x", String(columns), "-y", String(rows)]);
  }

  /** Waits until it is to be seen; answers the whole screen. */
  async shows(pattern: RegExp): Promise<string> {
    let text = "";
    return until(
      `the terminal shows ${pattern.source}`,
      async () => pattern.test((text = await this.text())) && text,
      { detail: () => text },
    );
  }

  /** A format of tmux's: `alternate_on`, `cursor_flag`, `pane_pid`. */
  async is(what: string): Promise<string> {
    return (await must([...this.#tmux, "display-message", "-p", `#{${what}}`])).trim();
  }

  async signal(signal: "TERM" | "INT"): Promise<void> {
    await must(["pkill", `-${signal}`, "-P", await this.is("pane_pid")]);
  }

  /** Stops whatever the shell has in the foreground, as somebody at another terminal would. */
  async stop(): Promise<void> {
    const group = (await must(["ps", "-o", "tpgid=", "-p", await this.is("pane_pid")])).trim();
    process.kill(-Number(group), "SIGTSTP");
  }

  /** Whether the terminal gives whole lines, and shows what is typed: what shells are used to. */
  async isCooked(): Promise<boolean> {
    const settings = await must(["stty", "-a", "-F", await this.is("pane_tty")]);
    return / icanon\b/.test(settings) && / echo\b/.test(settings);
  }

  /** Waits for the program's end; answers its exit status. */
  async ended(): Promise<number> {
    const text = await this.shows(/^\[ended: \d+\]$/m);
    return Number(/^\[ended: (\d+)\]$/m.exec(text)?.[1]);
  }

  close(): void {
    this.#end();
    process.off("exit", this.#end);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As one word for the shell that tmux starts it by. */
const quoted = (command: readonly string[]): string =>
  command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
