import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";

const HEARD = "heard ";

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

  private constructor(host: Host, program: Running) {
    this.host = host;
    this.program = program;
  }

  /** `neighbour`: what stands in its neighbour's block, beside the process that hears for us. */
  static start(host: Host, address: string, neighbour: string): ExaBgp {
    const folder = join(host.net.folder, `${host.name}-exabgp`);
    mkdirSync(folder);
    const file = join(folder, "exabgp.conf");
    const hear = `/bin/sed -un "s/^/${HEARD}/w /dev/stderr"`;
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
    return new ExaBgp(host, host.start(["env", ...words, "exabgp", file], { cwd: folder }));
  }

  /** What it has heard so far. */
  heard(type: string): ExaMessage[] {
    return this.program.lines
      .filter((line) => line.startsWith(`${HEARD}{`))
      .map((line) => JSON.parse(line.slice(HEARD.length)) as ExaMessage)
      .filter((message) => message.type === type);
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<number> {
    return this.program.end(signal);
  }
}
