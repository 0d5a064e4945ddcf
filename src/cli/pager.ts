import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Writable } from "node:stream";

/** Ends at once where all fits, shows colours, and leaves what was read on the screen. */
const LESS = "FRX";

/**
 * The pager that the user wants: $UNDERLAY_PAGER, else $PAGER, else less, where it is. undefined: none
 * (`cat`, or empty, says so).
 */
export function pagerOf(env: Readonly<NodeJS.ProcessEnv>): string | undefined {
  const wish = env["UNDERLAY_PAGER"] ?? env["PAGER"];
  if (wish !== undefined) return wish === "" || wish === "cat" ? undefined : wish;
  return isThere("less", env["PATH"] ?? "") ? `less -${LESS}` : undefined;
}

function isThere(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
}

/** Characters: no shell takes so much that finds nothing to run (its pipe is much smaller). */
const MOST_KEPT = 1 << 20;

/** What a shell ends with where it cannot run the command, or there is none (POSIX, 2.8.2). */
const NOT_RUN: readonly (number | null)[] = [126, 127];

/** A pager that runs: started by the shell, as its users are used to. */
export class Pager {
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<void>;
  readonly #input: Writable;
  /** What it was given, as long as it may turn out that it cannot be run. */
  #kept: string | undefined = "";
  #isRefused = false;

  constructor(command: string) {
    const env = { LESS, ...process.env };
    const child = spawn(command, { shell: true, stdio: ["pipe", "inherit", "inherit"], env });
    this.#input = child.stdin;
    // Whoever reads no more ends, and is waited for.
    this.#input.on("error", () => undefined);
    // Ctrl-C is for the pager while it has the terminal; that it ends is the end of the answer.
    const ignore = (): void => undefined;
    process.on("SIGINT", ignore);
    this.ended = new Promise((resolve) => {
      const done = (): void => {
        process.off("SIGINT", ignore);
        resolve();
      };
      const refuse = (why: string): void => {
        this.#isRefused = true;
        process.stderr.write(`underlayctl: the pager ${command} ${why}; without it:\n`);
      };
      child.on("error", (error) => {
        refuse(`cannot be started: ${error.message}`);
        done();
      });
      child.on("close", (status) => {
        if (NOT_RUN.includes(status)) refuse("cannot be run");
        done();
      });
    });
  }

  /** All that it was given, where it has ended because it could not be run; else undefined. */
  get unread(): string | undefined {
    return this.#isRefused ? this.#kept : undefined;
  }

  /** Resolves when there is room for more, or it has ended. */
  async write(text: string): Promise<void> {
    if (this.#kept !== undefined) this.#kept += text;
    if ((this.#kept?.length ?? 0) > MOST_KEPT) this.#kept = undefined;
    const input = this.#input;
    if (!input.destroyed && !input.write(text)) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          input.off("drain", done).off("close", done);
          resolve();
        };
        input.on("drain", done).on("close", done);
      });
    }
    if (input.destroyed) await this.ended;
  }

  /** Nothing more comes; comes back when it has been left. */
  async end(): Promise<void> {
    this.#input.end();
    await this.ended;
  }
}

/** Lines of a terminal so wide that the text takes. */
export function screenLines(text: string, columns: number): number {
  let lines = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    lines += Math.max(1, Math.ceil(line.replaceAll(/\x1b\[[\d;]*m/g, "").length / columns));
  }
  return lines;
}
