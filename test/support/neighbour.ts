import { join } from "node:path";
import {
  encodeAttributes,
  encodeNextHop,
  encodeOpen,
  IPV4,
  UpdateWriter,
  type Family,
  type PathAttributes,
} from "bgp-ts";
import { parseAddress, parsePrefix, type Prefix } from "../../src/route/index.ts";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { until } from "./wait.ts";

const PROGRAM = join(import.meta.dirname, "neighbour-main.ts");

export interface Heard {
  readonly event: "listening" | "connected" | "established" | "keepalive" | "message" | "closed";
  /** Counts connections from 1. */
  readonly connection: number;
  readonly type?: number;
  /** The message without its header. */
  readonly body?: string;
}

export interface NeighbourSettings {
  readonly address: string;
  readonly asn: number;
  readonly internal?: boolean;
  readonly families?: readonly Family[];
  readonly gracefulRestart?: boolean;
}

/**
 * A neighbour made by hand, for what real routers do not do: it waits for connections, answers OPEN
 * and each KEEPALIVE, and sends exactly the bytes that it is told to. Its program (neighbour-main.ts)
 * runs on the host.
 */
export class Neighbour {
  readonly program: Running;
  readonly asn: number;
  readonly #internal: boolean;

  private constructor(program: Running, asn: number, internal: boolean) {
    this.program = program;
    this.asn = asn;
    this.#internal = internal;
  }

  /**
   * `internal`: what announce() sends is what an internal neighbour (iBGP) says. `gracefulRestart`: it
   * knows of it (RFC 4724), has no family of its own for it, and is so waited for until its End-of-RIB.
   */
  static async start(host: Host, settings: NeighbourSettings): Promise<Neighbour> {
    const { address, asn, internal = false, families = [IPV4], gracefulRestart } = settings;
    const routerId = parseAddress("10.255.0.2")!.w0;
    const open = encodeOpen({
      ...{ asn, holdTime: 240, routerId },
      capabilities: [
        ...families.map(
          (family) => ({ kind: "multiprotocol", afi: family === IPV4 ? 1 : 2, safi: 1 }) as const,
        ),
        { kind: "four-octet-as", asn },
        ...(gracefulRestart === true
          ? [
              {
                kind: "graceful-restart",
                restarting: false,
                notification: false,
                time: 0,
                families: [],
              } as const,
            ]
          : []),
      ],
    });
    const hex = Buffer.from(open).toString("hex");
    const program = host.start([process.execPath, PROGRAM, address, hex], { stdin: "pipe" });
    const neighbour = new Neighbour(program, asn, internal);
    await until("the neighbour listens", () => neighbour.heard("listening").length > 0, {
      detail: () => program.output,
    });
    return neighbour;
  }

  heard(event: Heard["event"]): Heard[] {
    return this.program.lines
      .filter((line) => line.startsWith(`{"event":"${event}"`))
      .map((line) => JSON.parse(line) as Heard);
  }

  /** How many sessions there have been. */
  get sessions(): number {
    return this.heard("established").length;
  }

  async established(count = 1): Promise<void> {
    await until(`session ${count} of the neighbour`, () => this.sessions >= count, {
      detail: () => this.program.output.slice(-3000),
    });
  }

  /** Sends bytes on the latest connection: whole messages, or what should be taken for such. */
  send(...messages: readonly Uint8Array[]): void {
    const bytes = Buffer.concat(messages);
    this.program.child.stdin!.write(`${bytes.toString("base64")}\n`);
  }

  announce(prefixes: readonly (string | Prefix)[], nextHop: string): void {
    this.send(announcement(this.#internal ? 0 : this.asn, prefixes, nextHop));
  }

  withdraw(...prefixes: readonly string[]): void {
    this.send(withdrawal(prefixes));
  }

  endOfRib(...families: readonly Family[]): void {
    const writer = new UpdateWriter(4096);
    for (const family of families) writer.endOfRib(family);
    this.send(writer.take());
  }
}

/** UPDATEs that announce prefixes of one family. `asn` 0: as an internal neighbour. */
export function announcement(
  asn: number,
  prefixes: readonly (string | Prefix)[],
  nextHop: string,
  writer = new UpdateWriter(4096),
): Uint8Array {
  const attributes: PathAttributes = {
    origin: 0,
    asPath: asn === 0 ? [] : [{ type: 2, asns: [asn] }],
    ...(asn === 0 && { localPref: 100 }),
    nextHop: undefined,
    atomicAggregate: false,
    unknown: [],
  };
  const encoded = encodeAttributes(attributes, { fourOctetAs: true });
  const parsed = prefixes.map((prefix) =>
    typeof prefix === "string" ? parsePrefix(prefix)! : prefix,
  );
  writer.announce(parsed[0].family, encoded, encodeNextHop(parseAddress(nextHop)!), false);
  for (const { w0, w1, w2, w3, length } of parsed) writer.add(w0, w1, w2, w3, length, 0);
  return writer.take();
}

export function withdrawal(prefixes: readonly string[]): Uint8Array {
  const writer = new UpdateWriter(4096);
  for (const text of prefixes) {
    const { family, w0, w1, w2, w3, length } = parsePrefix(text)!;
    writer.withdraw(family, false);
    writer.add(w0, w1, w2, w3, length, 0);
  }
  return writer.take();
}

/** An UPDATE put together from raw parts, each as bytes: nothing about them is checked. */
export function rawUpdate(parts: {
  withdrawn?: readonly number[];
  attributes?: readonly (readonly number[])[];
  nlri?: readonly number[];
}): Uint8Array {
  const { withdrawn = [], nlri = [] } = parts;
  const attributes = (parts.attributes ?? []).flat();
  const body = [
    ...[withdrawn.length >> 8, withdrawn.length & 0xff, ...withdrawn],
    ...[attributes.length >> 8, attributes.length & 0xff, ...attributes],
    ...nlri,
  ];
  const length = 19 + body.length;
  return Uint8Array.from([
    ...new Array<number>(16).fill(0xff),
    ...[length >> 8, length & 0xff, 2],
    ...body,
  ]);
}
