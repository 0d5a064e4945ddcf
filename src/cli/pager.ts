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

export interface RunningPager {
  readonly input: Writable;
  /** Resolves when it has ended, or could not be started. */
  readonly ended: Promise<void>;
}

/** Starts it by the shell, as its users are used to. */
export function startPager(command: string): RunningPager {
  const env = { LESS, ...process.env };
  const child = spawn(command, { shell: true, stdio: ["pipe", "inherit", "inherit"], env });
  // Ctrl-C is for the pager while it has the terminal; that it ends is the end of the answer.
  const ignore = (): void => undefined;
  process.on("SIGINT", ignore);
  const ended = new Promise<void>((resolve) => {
    const done = (): void => {
      process.off("SIGINT", ignore);
      resolve();
    };
    child.on("error", (error) => {
      process.stderr.write(`underlayctl: the pager ${command}: ${error.message}\n`);
      done();
    });
    child.on("close", done);
  });
  return { input: child.stdin, ended };
}

/** Lines of a terminal so wide that the text takes. */
export function screenLines(text: string, columns: number): number {
  let lines = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    lines += Math.max(1, Math.ceil(line.replaceAll(/\x1b\[[\d;]*m/g, "").length / columns));
  }
  return lines;
}
