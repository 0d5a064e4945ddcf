import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import { must, prompt } from "./process.ts";
import type { Running } from "./process.ts";
import { Hopeless, until } from "./wait.ts";

/** A real FRR (zebra and bgpd of Debian's package) on a host, with folders and sockets of its own. */
export class Frr {
  readonly host: Host;
  readonly folder: string;
  #programs: Running[] = [];

  private constructor(host: Host, folder: string) {
    this.host = host;
    this.folder = folder;
  }

  /**
   * `config`: what would stand in frr.conf. `bfd`: what its bfdd is told, if there is to be one.
   * `keep`: seconds that routes of an earlier run stay.
   */
  static async start(host: Host, config: string, bfd?: string, keep = 0): Promise<Frr> {
    const frr = await Frr.#prepare(host, config);
    await frr.#start("zebra", "-K", `${keep}`);
    if (bfd !== undefined) {
      // A file of its own: bgpd stops reading where it meets another daemon's words.
      writeFileSync(join(frr.folder, "bfdd.conf"), bfd);
      await frr.#start("bfdd", "--bfdctl", join(frr.folder, "bfdd.sock"));
    }
    await frr.#start("bgpd", "-p", "179");
    return frr;
  }

  /** bgpd alone, which asks nobody about next hops and installs nothing. */
  static async startBgpd(host: Host, config: string): Promise<Frr> {
    const frr = await Frr.#prepare(host, config);
    // It would complain of each next hop that there is no zebra to be asked.
    await frr.#start("bgpd", "-p", "179", "--no_zebra", "--log-level", "emergencies");
    return frr;
  }

  static async #prepare(host: Host, config: string): Promise<Frr> {
    const frr = new Frr(host, join(host.net.folder, `${host.name}-frr`));
    mkdirSync(frr.folder, { recursive: true });
    // Debian's build drops to the user "frr" and makes its sockets there.
    chmodSync(host.net.folder, 0o755);
    await must(["chown", "frr:frr", frr.folder]);
    writeFileSync(join(frr.folder, "frr.conf"), config);
    return frr;
  }

  async #start(name: string, ...words: string[]): Promise<void> {
    const command = [
      `/usr/lib/frr/${name}`,
      ...["-f", join(this.folder, name === "bfdd" ? "bfdd.conf" : "frr.conf")],
      ...["-i", join(this.folder, `${name}.pid`)],
      ...["-z", join(this.folder, "zserv.api")],
      ...["--vty_socket", this.folder],
      ...["--log", "stdout"],
      ...words,
    ];
    const program = this.host.start(name === "bfdd" ? prompt(command) : command);
    this.#programs.push(program);
    await until(
      `${name} answers on ${this.host.name}`,
      () => {
        if (program.ended) throw new Hopeless(`${name} ended`);
        return this.#ask(name, "show version").then(() => true);
      },
      { detail: () => program.output },
    );
  }

  #ask(daemon: string, ...commands: string[]): Promise<string> {
    const words = commands.flatMap((command) => ["-c", command]);
    return must(["vtysh", "--vty_socket", this.folder, "-d", daemon, ...words]);
  }

  /** What vtysh prints for commands given to bgpd. */
  bgp(...commands: string[]): Promise<string> {
    return this.#ask("bgpd", ...commands);
  }

  bfd(...commands: string[]): Promise<string> {
    return this.#ask("bfdd", ...commands);
  }

  zebra(...commands: string[]): Promise<string> {
    return this.#ask("zebra", ...commands);
  }

  async json<T>(command: string): Promise<T> {
    return JSON.parse(await this.bgp(`${command} json`)) as T;
  }

  /** Configuration lines as typed after `configure terminal`. */
  configure(...lines: string[]): Promise<string> {
    return this.bgp("configure terminal", ...lines);
  }

  async isEstablished(neighbour: string): Promise<boolean> {
    const all = await this.json<Record<string, { bgpState?: string }>>(
      `show bgp neighbors ${neighbour}`,
    );
    return all[neighbour]?.bgpState === "Established";
  }

  /** Waits until the session with a neighbour is Established. */
  async established(neighbour: string): Promise<void> {
    await until(
      `FRR on ${this.host.name}: session with ${neighbour}`,
      () => this.isEstablished(neighbour),
      { detail: () => this.bgp("show bgp neighbors") },
    );
  }

  get pids(): number[] {
    return this.#programs.map((program) => program.pid);
  }

  output(): string {
    return this.#programs.map((program) => program.output).join("\n");
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.end(signal)));
  }
}
