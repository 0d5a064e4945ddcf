import { spawn, spawnSync, type ChildProcess, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { searchPath } from "./packages.ts";

/**
 * Child processes of a test: run to the end with an answer, or kept running and ended with the test.
 * Whatever a test started and did not end itself is killed when this process exits, also after a
 * crash, by the ids noted here and never by a name.
 */

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Milliseconds that no command of a test takes, however busy the machine is. */
const LIMIT = 600_000;
/** Those that a program has to end in by itself. */
const PATIENCE = 300_000;

// As in run.ts, for a test file or the lab that is run by itself.
process.env["PATH"] = searchPath();

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // Not once(): a second Ctrl-C must not end the cleaning up.
  process.on(signal, () => process.exit(signal === "SIGINT" ? 130 : 143));
}

/** Runs a command to its end. Never throws for an exit code: see {@link must} for that. */
export async function run(
  command: readonly string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string; timeout?: number } = {},
): Promise<Answer> {
  const [file, ...args] = command;
  const child = spawn(file, args, {
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    ...(options.env ? { env: options.env } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    timeout: options.timeout ?? LIMIT,
  });
  running.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin?.on("error", () => undefined); // the command may end before it has read its input
  child.stdin?.end(options.input);
  try {
    const [code] = (await once(child, "close")) as [number | null];
    return { code: code ?? 128, stdout, stderr };
  } finally {
    running.delete(child);
  }
}

/** Runs a command that must succeed; answers its standard output. */
export async function must(
  command: readonly string[],
  options: Parameters<typeof run>[1] = {},
): Promise<string> {
  const answer = await run(command, options);
  if (answer.code !== 0) {
    throw new Error(
      `${command.join(" ")}: exit code ${answer.code}\n${answer.stderr}${answer.stdout}`.trim(),
    );
  }
  return answer.stdout;
}

/** The same, at once: for clean-up while the process exits. */
export function runNow(command: readonly string[]): Answer {
  const [file, ...args] = command;
  const done = spawnSync(file, args, { encoding: "utf8" });
  return { code: done.status ?? 128, stdout: done.stdout ?? "", stderr: done.stderr ?? "" };
}

/** A program that goes on running, its output kept for the test's message when something fails. */
export class Running {
  readonly child: ChildProcess;
  output = "";
  #ended = false;

  constructor(
    command: readonly string[],
    options: {
      env?: NodeJS.ProcessEnv;
      cwd?: string;
      logFile?: string;
      stdin?: "pipe";
      /** Pipes besides standard input, output and error, from descriptor 3 on. */
      pipes?: number;
    } = {},
  ) {
    const [file, ...args] = command;
    const more = Array.from({ length: options.pipes ?? 0 }, () => "pipe" as const);
    const stdio: StdioOptions = [options.stdin ?? "ignore", "pipe", "pipe", ...more];
    this.child = spawn(file, args, {
      stdio,
      ...(options.env ? { env: options.env } : {}),
      ...(options.cwd ? { cwd: options.cwd } : {}),
    });
    running.add(this.child);
    const log = options.logFile ? createWriteStream(options.logFile, { flags: "a" }) : undefined;
    const keep = (text: string): void => {
      this.output = (this.output + text).slice(-1_000_000);
      log?.write(text);
    };
    this.child.stdout!.setEncoding("utf8").on("data", keep);
    this.child.stderr!.setEncoding("utf8").on("data", keep);
    this.child.on("error", (error) => keep(`${error.message}\n`));
    this.child.on("close", () => {
      this.#ended = true;
      running.delete(this.child);
      log?.end();
    });
  }

  /** What it has said so far, in lines, without one that is not whole yet. */
  get lines(): string[] {
    return this.output.split("\n").slice(0, -1);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`not started: ${this.output}`);
    return this.child.pid;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends a signal and waits for the end; SIGKILL follows when that takes too long. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    if (!this.#ended) {
      const closed = once(this.child, "close");
      this.child.kill(signal);
      const timer = setTimeout(() => this.child.kill("SIGKILL"), PATIENCE);
      await closed;
      clearTimeout(timer);
    }
    return this.child.exitCode ?? 128;
  }
}

/**
 * A command whose program goes before all others where that is allowed: for routers' BFD, which has
 * to be on time also beside other tests. The daemon's own BFD thread does it by itself.
 */
export function prompt(command: readonly string[]): string[] {
  return ["sh", "-c", 'chrt --rr --pid 1 $$ 2>/dev/null; exec "$@"', "sh", ...command];
}
