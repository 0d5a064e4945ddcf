import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Host } from "./net.ts";
import { run, type Answer, type Running } from "./process.ts";
import { recordSent } from "./sent.ts";
import { Hopeless, until } from "./wait.ts";

const SOURCES = join(import.meta.dirname, "../../src");
const DAEMON = join(SOURCES, "daemon/main.ts");
export const CLI = join(SOURCES, "cli/main.ts");

/** One line of the daemon's log. */
export interface LogLine {
  readonly event: string;
  readonly [key: string]: unknown;
}

/** A real `underlayd` on a host, with its configuration, socket and log in the test's folder. */
export class Underlay {
  readonly host: Host;
  readonly file: string;
  socket: string;
  program!: Running;
  readonly #command: readonly string[];

  private constructor(
    host: Host,
    name: string,
    command: readonly string[] | undefined,
    entry: string,
  ) {
    const base = join(host.net.folder, name);
    this.host = host;
    this.file = `${base}.yaml`;
    this.socket = `${base}.ctl`;
    this.#command = command ?? [process.execPath, entry, "--config", this.file];
  }

  /**
   * `config`: the YAML text; a control socket in the test's folder is added to it. `entry`: the
   * program, if not the sources.
   */
  static async start(host: Host, config: string, entry = DAEMON): Promise<Underlay> {
    const underlay = new Underlay(host, host.name, undefined, entry);
    underlay.write(config);
    await underlay.launch();
    return underlay;
  }

  /**
   * One that is still to be written and launched: by another command (its configuration is NAME.yaml
   * in the test's folder), or as a second one of its host, by another name.
   */
  static at(host: Host, command?: readonly string[], name = host.name): Underlay {
    return new Underlay(host, name, command, DAEMON);
  }

  write(config: string): void {
    writeFileSync(this.file, `${config}\ncontrol: { socket: ${this.socket} }\n`);
  }

  /** The same, with a configuration that says itself where the control socket is. */
  writeWhole(config: string, socket: string): void {
    this.socket = socket;
    writeFileSync(this.file, config);
  }

  /** Starts the daemon (again) and waits until it answers. */
  async launch(): Promise<void> {
    await recordSent(this.host);
    this.program = this.host.start(this.#command);
    await until(
      `underlayd answers on ${this.host.name}`,
      () => {
        if (this.program.ended) throw new Hopeless("underlayd ended");
        return this.ask("show status").then(() => true);
      },
      { detail: () => this.program.output },
    );
  }

  /** `underlayctl WORDS`. */
  ctl(...words: string[]): Promise<Answer> {
    return run([process.execPath, CLI, "--socket", this.socket, ...words]);
  }

  async show(...words: string[]): Promise<string> {
    const answer = await this.ctl("show", ...words);
    if (answer.code !== 0)
      throw new Error(`show ${words.join(" ")}: ${answer.stderr}${answer.stdout}`);
    return answer.stdout;
  }

  /**
   * What the control socket answers to a line, without the codes. For questions asked over and
   * over: a program started for each would keep the machine from what is being waited for.
   */
  async ask(line: string): Promise<string> {
    const socket = connect(this.socket);
    await once(socket, "connect");
    socket.setEncoding("utf8");
    socket.write(`${line}\n`);
    const rows: string[] = [];
    let partial = "";
    let answers = 0; // the greeting is one
    try {
      for await (const text of socket as AsyncIterable<string>) {
        const lines = (partial + text).split("\n");
        partial = lines.pop() ?? "";
        for (const each of lines) {
          if (answers === 1) rows.push(each.replace(/^(?:\d{4}[ -]| )/, ""));
          if (/^\d{4} /.test(each) && ++answers === 2) return rows.join("\n");
        }
      }
    } finally {
      socket.destroy();
    }
    throw new Error(`${line}: the connection was closed before the answer was complete`);
  }

  async json<T = Record<string, unknown>>(...words: string[]): Promise<T> {
    const answer = await run([process.execPath, CLI, "--socket", this.socket, "--json", ...words]);
    if (answer.code !== 0) throw new Error(`${words.join(" ")}: ${answer.stderr}${answer.stdout}`);
    return JSON.parse(answer.stdout) as T;
  }

  /** Waits until the session of a neighbour is Established. */
  async established(...names: string[]): Promise<void> {
    for (const name of names) {
      await until(
        `underlayd on ${this.host.name}: session ${name}`,
        async () => {
          if (this.program.ended) throw new Hopeless("underlayd ended");
          return /BGP state:\s+Established/.test(await this.ask(`show protocols all ${name}`));
        },
        { detail: () => `${this.program.output.slice(-5000)}` },
      );
    }
  }

  log(): LogLine[] {
    return this.program.lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as LogLine);
  }

  async logged(event: string, match: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return until(
      `log event ${event} on ${this.host.name}`,
      () => this.log().find((line) => line.event === event && match(line)),
      { detail: () => this.program.output.slice(-5000) },
    );
  }

  /** `underlayctl down`, which must succeed; answers when the program has ended too. */
  async down(): Promise<void> {
    const { code, stdout, stderr } = await this.ctl("down");
    const words = `underlayctl down: ${stdout}${stderr}\n${this.program.output.slice(-3000)}`;
    if (code !== 0) throw new Error(words);
    await until("underlayd has ended", () => this.program.ended, { detail: () => words });
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    return this.program.end(signal);
  }
}

/** `underlayd WORDS` run to its end on the machine itself: `--check`, `--help`. */
export function underlayd(...words: string[]): Promise<Answer> {
  return run([process.execPath, DAEMON, ...words]);
}

/** The same on a host. */
export function underlaydOn(host: Host, ...words: string[]): Promise<Answer> {
  return host.run(process.execPath, DAEMON, ...words);
}
