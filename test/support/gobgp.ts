import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { Hopeless, until } from "./wait.ts";

/** A real GoBGP (Debian's package) on a host: a speaker only, it installs nothing. */
export class GoBgp {
  readonly host: Host;
  readonly program: Running;

  private constructor(host: Host, program: Running) {
    this.host = host;
    this.program = program;
  }

  /** `config`: GoBGP's own, as TOML. `words`: more for its command line. */
  static async start(host: Host, config: string, ...words: string[]): Promise<GoBgp> {
    const file = join(host.net.folder, `${host.name}-gobgpd.toml`);
    writeFileSync(file, config);
    const program = host.start([
      "gobgpd",
      ...["-f", file, "-t", "toml", "--api-hosts", "127.0.0.1:50051", "--pprof-disable"],
      ...words,
    ]);
    const gobgp = new GoBgp(host, program);
    await until(
      `GoBGP answers on ${host.name}`,
      () => {
        if (program.ended) throw new Hopeless("gobgpd ended");
        return gobgp.ask("global").then(() => true);
      },
      { detail: () => program.output },
    );
    return gobgp;
  }

  /** What `gobgp WORDS` prints. */
  ask(...words: string[]): Promise<string> {
    return this.host.must("gobgp", ...words);
  }

  async isEstablished(neighbour: string): Promise<boolean> {
    return /BGP state = ESTABLISHED/i.test(await this.ask("neighbor", neighbour));
  }

  async established(neighbour: string): Promise<void> {
    await until(
      `GoBGP on ${this.host.name}: session with ${neighbour}`,
      () => this.isEstablished(neighbour),
      { detail: () => this.ask("neighbor", neighbour) },
    );
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    return this.program.end(signal);
  }
}
