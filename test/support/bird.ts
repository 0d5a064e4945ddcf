import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import { must, prompt, type Running } from "./process.ts";
import { Hopeless, until } from "./wait.ts";

/** A real BIRD 2 (Debian's package) on a host, with a socket of its own. */
export class Bird {
  readonly host: Host;
  readonly socket: string;
  readonly file: string;
  readonly program: Running;

  private constructor(host: Host, socket: string, file: string, program: Running) {
    this.host = host;
    this.socket = socket;
    this.file = file;
    this.program = program;
  }

  /** `words`: more for its command line. */
  static async start(host: Host, config: string, ...words: string[]): Promise<Bird> {
    const file = join(host.net.folder, `${host.name}-bird.conf`);
    const socket = join(host.net.folder, `${host.name}-bird.ctl`);
    writeFileSync(file, config);
    const command = ["bird", "-f", "-c", file, "-s", socket, ...words];
    const program = host.start(/^protocol bfd\b/m.test(config) ? prompt(command) : command);
    const bird = new Bird(host, socket, file, program);
    await until(
      `BIRD answers on ${host.name}`,
      () => {
        if (program.ended) throw new Hopeless("bird ended");
        return bird.ask("show status").then(() => true);
      },
      { detail: () => program.output },
    );
    return bird;
  }

  /** What birdc prints for a command. */
  ask(command: string): Promise<string> {
    return must(["birdc", "-s", this.socket, command]);
  }

  async isEstablished(protocol: string): Promise<boolean> {
    return /BGP state:\s+Established/.test(await this.ask(`show protocols all ${protocol}`));
  }

  async established(protocol: string): Promise<void> {
    await until(`BIRD on ${this.host.name}: ${protocol}`, () => this.isEstablished(protocol), {
      detail: () => this.ask("show protocols all"),
    });
  }

  async reconfigure(config: string): Promise<void> {
    writeFileSync(this.file, config);
    await this.ask("configure");
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    return this.program.end(signal);
  }
}
