import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import { must, type Running } from "./process.ts";
import { Hopeless, until } from "./wait.ts";

/** A real OpenBGPD (Debian's package) on a host: a speaker only, on Linux it installs nothing. */
export class OpenBgpd {
  readonly host: Host;
  readonly socket: string;
  readonly program: Running;

  private constructor(host: Host, socket: string, program: Running) {
    this.host = host;
    this.socket = socket;
    this.program = program;
  }

  /** `config`: its own, but for the control socket. */
  static async start(host: Host, config: string): Promise<OpenBgpd> {
    const folder = join(host.net.folder, `${host.name}-openbgpd`);
    // Its parts shut themselves up in the home of the package's user, below /run: a folder of the
    // test's is laid over /run. `ip netns exec` gives a mount namespace, so that nobody else sees it.
    mkdirSync(join(folder, "run/openbgpd"), { recursive: true });
    const file = join(folder, "bgpd.conf");
    const socket = join(folder, "bgpd.sock");
    // It reads nothing that others could read: passwords stand there.
    writeFileSync(file, `socket "${socket}"\n${config}`, { mode: 0o600 });
    // By its path: FRR has a program of that name, too.
    const script = 'mount --bind "$1" /run && exec /usr/sbin/bgpd -d -v -f "$2"';
    const words = ["sh", "-c", script, "sh", join(folder, "run"), file];
    const openbgpd = new OpenBgpd(host, socket, host.start(words));
    await until(
      `OpenBGPD answers on ${host.name}`,
      () => {
        if (openbgpd.program.ended) throw new Hopeless("bgpd ended");
        return openbgpd.ask("show").then(() => true);
      },
      { detail: () => openbgpd.program.output },
    );
    return openbgpd;
  }

  /** What `bgpctl WORDS` prints. */
  ask(...words: string[]): Promise<string> {
    return must(["bgpctl", "-s", this.socket, ...words]);
  }

  async json<T>(...words: string[]): Promise<T> {
    return JSON.parse(await this.ask("-j", ...words)) as T;
  }

  /** Of the session with a neighbour, as RFC 4271 calls it. */
  async state(neighbour: string): Promise<string | undefined> {
    const { neighbors } = await this.json<{ neighbors: { state: string }[] }>(
      ...["show", "neighbor", neighbour],
    );
    return neighbors[0]?.state;
  }

  async isEstablished(neighbour: string): Promise<boolean> {
    return (await this.state(neighbour)) === "Established";
  }

  async established(neighbour: string): Promise<void> {
    await until(
      `OpenBGPD on ${this.host.name}: session with ${neighbour}`,
      () => this.isEstablished(neighbour),
      { detail: async () => `${await this.ask("show", "neighbor")}\n${this.program.output}` },
    );
  }

  /** The parent and its three parts; the sessions are kept by one of these. */
  signal(signal: NodeJS.Signals): void {
    const { pid } = this.program;
    const parts = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? [];
    for (const each of [...parts.map(Number), pid]) {
      try {
        process.kill(each, signal);
      } catch (error) {
        // A part that has ended takes the others with it.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    // The parts outlive a parent that is killed for long enough to take leave of their neighbours.
    if (signal === "SIGKILL" && !this.program.ended) this.signal(signal);
    return this.program.end(signal);
  }
}
