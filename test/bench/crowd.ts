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
export const FEEDERS = "10.1.128.0/18";
export const CLIENTS = "10.1.192.0/18";
const FIRST_FEEDER = 0x0a018001;
const FIRST_CLIENT = 0x0a01c001;

/** The first neighbours are feeders, of which a bench uses as many as it likes; the others clients. */
export const CLIENT = 64;

export interface CrowdSettings {
  readonly clients: number;
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

/**
 * BGP neighbours of one router, all in one small program (crowd.c). They are numbered: feeders from 0,
 * clients from {@link CLIENT}.
 */
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
    const { clients, holdTime, routes, listens = false } = settings;
    const file = join(host.net.folder, `${host.name}-neighbours`);
    const lines = Array.from({ length: CLIENT + clients }, (_, i) => line(i, holdTime, listens));
    writeFileSync(file, lines.join(""));
    if (!listens) await host.ip("route", "add", "local", CROWD, "dev", "lo");
    const program = compile(host.net.folder, "crowd.c");
    const words = [file, `${holdTime / 3}`, `${FIRST_PREFIX}`, `${routes}`];
    const dialogue = new Dialogue<Said>(host.start([program, ...words], { stdin: "pipe" }));
    await dialogue.event("ready");
    return new Crowd(dialogue, host.net.folder);
  }

  /** Begins the sessions of `from` to `to` (not itself), and answers when all are Established. */
  async up(from: number, to: number): Promise<{ readonly begun: number }> {
    this.order("up", from, to);
    const { at } = await this.heard("coming");
    await this.heard("up");
    return { begun: at };
  }

  /** A file's octets, from each of these neighbours at once; answers when the first leaves. */
  send(from: number, to: number, file: string): Promise<Said> {
    this.order("send", from, to, file);
    return this.heard("sending");
  }

  /** A file's messages one by one, over and over again, so many a second for some seconds. */
  pace(neighbour: number, file: string, rate: number, seconds: number): Promise<Said> {
    this.order("pace", neighbour, file, rate, seconds);
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
    return this.#dialogue.event(wanted);
  }

  order(...words: (string | number)[]): void {
    this.#dialogue.say(words.join(" "));
  }

  /** Octets to be sent: in a file, so that they are there when they are wanted. */
  file(bytes: Uint8Array): string {
    const file = join(this.#folder, `octets-${++this.#files}`);
    writeFileSync(file, bytes);
    return file;
  }
}

function line(index: number, holdTime: number, listens: boolean): string {
  const address = index < CLIENT ? FIRST_FEEDER + index : FIRST_CLIENT + index - CLIENT;
  const open = encodeOpen({
    ...{ asn: ASN, holdTime, routerId: address },
    capabilities: [
      { kind: "multiprotocol", afi: 1, safi: 1 },
      { kind: "four-octet-as", asn: ASN },
    ],
  });
  const local = [24, 16, 8, 0].map((bits) => (address >>> bits) & 0xff).join(".");
  const ends = listens ? `${ROUTER} ${local} listen` : `${local} ${ROUTER} connect`;
  return `${ends} ${Buffer.from(open).toString("hex")}\n`;
}
