import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";

/** As far as the tests read what ExaBGP's JSON encoder says. */
export interface ExaMessage {
  readonly type: string;
  readonly neighbor: {
    readonly state?: string;
    readonly message?: Readonly<Record<string, unknown>>;
    readonly notification?: Readonly<Record<string, unknown>>;
    readonly open?: { readonly capabilities: Readonly<Record<string, unknown>> };
  };
}

/**
 * A real ExaBGP (Debian's package) on a host: it announces whatever attribute it is told, and says
 * what it is told. It has no tables and no kernel.
 */
export class ExaBgp {
  readonly host: Host;
  readonly program: Running;

  readonly #heard: string;

  private constructor(host: Host, program: Running, heard: string) {
    this.host = host;
    this.program = program;
    this.#heard = heard;
  }

  /** `neighbour`: what stands in its neighbour's block, beside the process that hears for us. */
  static start(host: Host, address: string, neighbour: string): ExaBgp {
    const folder = join(host.net.folder, `${host.name}-exabgp`);
    mkdirSync(folder);
    const file = join(folder, "exabgp.conf");
    // A file of its own: on a pipe with ExaBGP's log long lines would be torn.
    const heard = join(folder, "heard");
    const hear = `/bin/sed -un "w ${heard}"`;
    const receive = "receive { parsed; update; open; notification; refresh; }";
    writeFileSync(
      file,
      [
        `process hear { run ${hear}; encoder json; }`,
        `neighbor ${address} {`,
        `api { processes [ hear ]; neighbor-changes; ${receive} }`,
        neighbour,
        "}",
        "",
      ].join("\n"),
    );
    const settings = {
      daemon_user: "root", // it would drop to a user who cannot bind port 179
      api_cli: "false",
      api_ack: "false",
      tcp_bind: "0.0.0.0",
      log_parser: "true",
    };
    const words = Object.entries(settings).map(([key, value]) => `exabgp_${key}=${value}`);
    const program = host.start(["env", ...words, "exabgp", file], { cwd: folder });
    return new ExaBgp(host, program, heard);
  }

  /** What it has heard so far. */
  heard(type: string): ExaMessage[] {
    if (!existsSync(this.#heard)) return [];
    return readFileSync(this.#heard, "utf8")
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as ExaMessage)
      .filter((message) => message.type === type);
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    return this.program.end(signal);
  }
}
