import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { until } from "./wait.ts";

/** A packet as it crossed a wire: the outermost protocols and what they say. */
export interface Packet {
  /** Protocols from the outside in, as tshark names them: "eth:ethertype:ip:icmp:data". */
  readonly protocols: string;
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** Bytes of the IP packet. */
  readonly length: number;
}

const FIELDS = {
  protocols: ["frame.protocols"],
  source: ["ip.src", "ipv6.src"],
  destination: ["ip.dst", "ipv6.dst"],
  ttl: ["ip.ttl", "ipv6.hlim"],
  frame: ["frame.len"],
} as const;

const ETHERNET_HEADER = 14;

/** Listens on an interface until closed; tells the packets that pass a capture filter. */
export class Capture {
  readonly #program: Running;

  private constructor(program: Running) {
    this.#program = program;
  }

  static async start(host: Host, interfaceName: string, filter: string): Promise<Capture> {
    const fields = Object.values(FIELDS).flatMap((names) => names.flatMap((name) => ["-e", name]));
    const program = host.start([
      ...["tshark", "-n", "-l", "-i", interfaceName, "-f", filter],
      ...["-T", "fields", "-E", "separator=|", ...fields],
    ]);
    await until("tshark captures", () => program.output.includes("Capturing on"), {
      detail: () => program.output,
    });
    return new Capture(program);
  }

  packets(): Packet[] {
    return this.#program.lines
      .filter((line) => line.startsWith("eth:"))
      .map((line) => {
        const cells = line.split("|");
        const pick = (names: readonly string[], at: number): string =>
          names.map((_, i) => cells[at + i]).find((cell) => cell !== "") ?? "";
        return {
          protocols: cells[0],
          source: pick(FIELDS.source, 1),
          destination: pick(FIELDS.destination, 3),
          ttl: Number(pick(FIELDS.ttl, 5)),
          length: Number(cells[7]) - ETHERNET_HEADER,
        };
      });
  }

  /** Waits for a packet that matches. */
  async seen(what: string, match: (packet: Packet) => boolean): Promise<Packet> {
    return until(what, () => this.packets().find(match), {
      detail: () => this.#program.output.slice(-3000),
    });
  }

  close(): Promise<number> {
    return this.#program.end("SIGINT");
  }
}
