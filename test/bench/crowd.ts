import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeOpen } from "bgp-ts";
import type { Host } from "../support/net.ts";
import { compile } from "./compile.ts";
import { Dialogue } from "./dialogue.ts";
import { FIRST_PREFIX } from "./updates.ts";

/** The AS of the router that is measured, and of its neighbours. */
export const ASN = 64512;
/** The router's address, on one segment with all neighbours and all next hops. */
export const ROUTER = "10.1.0.1";
export const SEGMENT = 16;
/** Where the neighbours are: their host answers for all of it. */
const CROWD = "10.1.128.0/17";
const FIRST_NEIGHBOUR = 0x0a018001;

export interface CrowdSettings {
  readonly neighbours: number;
  /** Seconds. */
  readonly holdTime: number;
  /** /32s of the bench: who holds them is noted. */
  readonly routes: number;
  /** They wait for the router's connections: the crowd's own bench. */
  readonly listens?: boolean;
}

interface Said {
  readonly event: string;
  readonly at: number;
  readonly behind?: number;
  readonly longest?: number;
}

/** Seconds. */
const LIMIT = 280;

/** BGP neighbours of one router, all in one small program (crowd.c); they are numbered from 0. */
export class Crowd {
  readonly #dialogue: Dialogue<Said>;
  readonly #folder: string;
  #files = 0;

  private constructor(dialogue: Dialogue<Said>, folder: string) {
    this.#dialogue = dialogue;
    this.#folder = folder;
  }

  /** On a host that is wired to the router's segment by its eth0. */
  static async start(host: Host, settings: CrowdSettings): Promise<Crowd> {
    const { neighbours, holdTime, routes, listens = false } = settings;
    const file = join(host.net.folder, `${host.name}-neighbours`);
    const lines = Array.from({ length: neighbours }, (_, i) => line(i, holdTime, listens));
    writeFileSync(file, lines.join(""));
    if (!listens) await host.ip("route", "add", "local", CROWD, "dev", "lo");
    const program = compile(host.net.folder, "crowd.c");
    const words = [file, `${holdTime / 3}`, `${FIRST_PREFIX}`, `${routes}`];
    const dialogue = new Dialogue<Said>(host.start([program, ...words], { stdin: "pipe" }));
    await dialogue.next(({ event }) => event === "ready", 30);
    return new Crowd(dialogue, host.net.folder);
  }

  /** Begins the sessions of `from` to `to` (not itself), and answers when all are Established. */
  up(from: number, to: number): Promise<Said> {
    this.order("up", from, to);
    return this.heard("up");
  }

  /** Octets, from each of these neighbours at once; answers when the first leaves. */
  send(from: number, to: number, bytes: Uint8Array): Promise<Said> {
    this.order("send", from, to, this.#file(bytes));
    return this.heard("sending");
  }

  /** Whole messages one by one, over and over again, so many a second for some seconds. */
  pace(neighbour: number, messages: Uint8Array, rate: number, seconds: number): Promise<Said> {
    this.order("pace", neighbour, this.#file(messages), rate, seconds);
    return this.heard("sending");
  }

  /** Says "held" once each holds so many /32s of the bench and has heard of so many marks. */
  awaitRoutes(from: number, to: number, routes: number, marks = 0): void {
    this.order("hold", from, to, routes, marks);
  }

  /** Milliseconds that one of them heard nothing, at most, since the last question. */
  async silence(from: number, to: number): Promise<number> {
    this.order("silence", from, to);
    return (await this.heard("silence")).longest ?? 0;
  }

  heard(wanted: string): Promise<Said> {
    return this.#dialogue.next(({ event }) => event === wanted, LIMIT);
  }

  order(...words: (string | number)[]): void {
    this.#dialogue.say(words.join(" "));
  }

  #file(bytes: Uint8Array): string {
    const file = join(this.#folder, `octets-${++this.#files}`);
    writeFileSync(file, bytes);
    return file;
  }
}

function line(index: number, holdTime: number, listens: boolean): string {
  const address = FIRST_NEIGHBOUR + index;
  const open = encodeOpen({
    ...{ asn: ASN, holdTime, routerId: address },
    capabilities: [
      { kind: "multiprotocol", afi: 1, safi: 1 },
      { kind: "four-octet-as", asn: ASN },
    ],
  });
  const [local, remote] = [neighbourAddress(index), ROUTER];
  const ends = listens ? `${remote} ${local} listen` : `${local} ${remote} connect`;
  return `${ends} ${Buffer.from(open).toString("hex")}\n`;
}

export function neighbourAddress(index: number): string {
  const address = FIRST_NEIGHBOUR + index;
  return [24, 16, 8, 0].map((bits) => (address >>> bits) & 0xff).join(".");
}
