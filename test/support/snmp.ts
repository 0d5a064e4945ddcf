import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { Hopeless, until } from "./wait.ts";

/** Debian's snmpd as a master agent (AgentX) on a host, answering the community `public` there. */
export class Snmpd {
  readonly socket: string;
  readonly #host: Host;
  readonly #configuration: string;
  program!: Running;

  private constructor(host: Host, more: string) {
    const folder = join(host.net.folder, `snmpd-${host.name}`);
    mkdirSync(folder, { recursive: true });
    this.#host = host;
    this.socket = join(folder, "master");
    this.#configuration = join(folder, "ours.conf"); /* snmpd.conf there is what it keeps itself */
    const lines = [
      "rocommunity public 127.0.0.1",
      "agentaddress udp:127.0.0.1:161",
      "master agentx",
      `agentXSocket ${this.socket}`,
      "agentXTimeout 5",
      more,
    ];
    writeFileSync(this.#configuration, `${lines.join("\n")}\n`);
  }

  /** `more`: further lines of its configuration. */
  static async start(host: Host, more = ""): Promise<Snmpd> {
    const snmpd = new Snmpd(host, more);
    await snmpd.launch();
    return snmpd;
  }

  /** One that is still to be launched. */
  static at(host: Host, more = ""): Snmpd {
    return new Snmpd(host, more);
  }

  async launch(): Promise<void> {
    const persistent = join(this.#host.net.folder, `snmpd-${this.#host.name}`);
    const command = ["snmpd", "-f", "-Lo", "-C", "-c", this.#configuration];
    this.program = this.#host.start(command, {
      env: { ...process.env, SNMP_PERSISTENT_DIR: persistent, MIBS: "" },
    });
    await until(
      "snmpd answers",
      async () => {
        if (this.program.ended) throw new Hopeless("snmpd ended");
        const words = ["snmpget", "-v2c", "-cpublic", "-t1", "-r0", "127.0.0.1"];
        return (await this.#host.run(...words, "1.3.6.1.2.1.1.3.0")).code === 0;
      },
      { detail: () => this.program.output },
    );
  }
}

/** Debian's snmptrapd on a host: what it has been told, a line each, in numbers. */
export class TrapSink {
  readonly program: Running;

  private constructor(program: Running) {
    this.program = program;
  }

  /** `users`: lines `createUser ...` and `authUser ...`. */
  static async start(host: Host, address: string, users = ""): Promise<TrapSink> {
    const folder = join(host.net.folder, `snmptrapd-${host.name}`);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, "ours.conf");
    writeFileSync(file, `authCommunity log public\n${users}\n`);
    const program = host.start(
      ["snmptrapd", "-f", "-Lo", "-On", "-C", "-c", file, "-F", "%v\\n", address],
      { env: { ...process.env, SNMP_PERSISTENT_DIR: folder, MIBS: "" } },
    );
    const sink = new TrapSink(program);
    await until("snmptrapd listens", () => program.output.includes("NET-SNMP version"), {
      detail: () => program.output,
    });
    return sink;
  }

  /** What it has been told so far, with the notification's OID in it. */
  told(oid: string): string[] {
    return this.program.lines.filter((line) => line.includes(`OID: ${oid}`));
  }

  async hears(oid: string, count = 1): Promise<string[]> {
    return until(
      `${count} of notification ${oid}`,
      () => this.told(oid).length >= count && this.told(oid),
      { detail: () => this.program.output.slice(-3000) },
    );
  }
}

/** A walk's answers: the value, with its type, by OID. */
export function walked(text: string): Map<string, string> {
  const rows = text
    .split("\n")
    .map((line) => /^(\.[0-9.]+) = (.*)$/.exec(line))
    .filter((match) => match !== null);
  return new Map(rows.map(([, oid, value]) => [oid, value]));
}
