import {
  encodeAttributes,
  encodeKeepalive,
  encodeOpen,
  IPV4,
  type PathAttributes,
  UpdateWriter,
} from "bgp-ts";
import { type Config, parseConfig } from "../config/index.ts";
import { DUMP_KINDS, Fib, type FibBatch } from "../fib/index.ts";
import {
  type Address,
  AttributeTable,
  NextHopTable,
  parseAddress,
  PrefixTable,
} from "../route/index.ts";
import { type Endpoints, Speaker } from "../speaker/index.ts";
import { Flow } from "./flow.ts";
import { fibSettings, speakerConfig } from "./settings.ts";

/**
 * Before the first neighbour is spoken to, a speaker and a Fib of their own are given some thousands
 * of made-up routes, under a made-up clock and in front of a made-up kernel, and are then thrown away.
 * The rooms that work on routes are pure, so nothing of it is seen outside, and what runs here is the
 * very code that the real ones run: V8 has compiled it when the first UPDATE comes. It is work that
 * the first routes would wait for; here it is done while the netlink worker starts.
 *
 * (measured: `reflect`, 100,000 routes to 50 clients: 0.42 s instead of 0.78 s, 10,000: 0.16 s instead
 * of 0.40 s; at the start 0.5 s of CPU time, most of it the compilers', and 2 to 4 MiB at the peak.
 * With five sets of attributes a round instead of a hundred half of it is not gained.)
 */

const CONFIG = `
node: { name: rehearsal, asn: 64512, routerId: 192.0.2.1 }
reflector: { clusterId: 192.0.2.1 }
peers:
  - { name: tor, address: 192.0.2.2, asn: 64600, passive: true }
  - { name: client, range: 192.0.2.0/24, asn: 64512, passive: true, client: true }
`;
const OWN = "192.0.2.1";
const OWN_NUMBER = 0xc0000201;
const INTERFACE = 2;

interface Neighbour {
  /** The last octet of its address. */
  readonly octet: number;
  readonly asn: number;
}

/** Who is there: an eBGP neighbour, and clients, of which the others hear what the first one says. */
const TOR: Neighbour = { octet: 2, asn: 64600 };
const CLIENTS: readonly Neighbour[] = [3, 4, 5].map((octet) => ({ octet, asn: 64512 }));
const HOLD_TIME = 90;

/** 198.18.0.0/15, for tests of devices (RFC 2544): no route of it leaves this file. */
const FIRST_PREFIX = 0xc6120000;
/** Routes of one round, and of one set of attributes: what is done for each set is rehearsed, too. */
const ROUND = 500;
const SHARE = 5;
const ROUNDS = 12;
/** The last octet of the first next hop, and how many there are. */
const FIRST_NODE = 10;
const NODES = 200;

/** Milliseconds of work between two looks of the event loop at anything else. */
const SLICE = 5;
/** Milliseconds after which it is enough: on a machine that has no time for it, routes are more urgent. */
const LONGEST = 500;

/**
 * Resolves when it is over, with the number of routes that the made-up kernel was given. `clock`: the
 * real one, in milliseconds, which says when to let others have the thread; `longest`: when it is
 * enough.
 */
export async function rehearse(clock: () => number, longest = LONGEST): Promise<number> {
  const rehearsal = new Rehearsal();
  const steps = rehearsal.steps();
  const end = clock() + longest;
  let until = clock() + SLICE;
  while (steps.next().done !== true) {
    const now = clock();
    if (now >= end) break;
    if (now < until) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    until = clock() + SLICE;
  }
  return rehearsal.installed;
}

class Rehearsal {
  readonly #prefixes = [new PrefixTable(0), new PrefixTable(1)] as const;
  readonly #speaker: Speaker;
  readonly #fib: Fib;
  readonly #flow: Flow;
  #now = 0;
  #batches: FibBatch[] = [];
  /** Routes that the kernel was asked to add, replace or remove. */
  installed = 0;

  constructor() {
    const config = parsed(CONFIG);
    const prefixes = this.#prefixes;
    const nextHops = new NextHopTable();
    const attributes = new AttributeTable(nextHops);
    this.#speaker = new Speaker({
      tables: { prefixes, attributes, nextHops },
      random: () => 0.5,
      multipath: config.kernel.multipath,
    });
    const settings = fibSettings(config, { nexthopObjects: true, resilientGroups: true });
    this.#fib = new Fib({ prefixes, nextHops, settings });
    this.#flow = new Flow({
      prefixes,
      speaker: this.#speaker,
      fib: this.#fib,
      kernel: { dump: () => undefined, submit: (batch) => this.#batches.push(batch) },
      clock: () => this.#now++,
      onFibEvent: () => undefined,
    });
    this.#speaker.configure(speakerConfig(config, OWN_NUMBER), this.#now);
  }

  /** Announced, announced better; of some rounds withdrawn and withdrawn. */
  *steps(): Generator<void> {
    this.#kernelIsRead();
    const tor = this.#meet(TOR);
    const [client] = CLIENTS.map((neighbour) => this.#meet(neighbour));
    yield* this.#work();
    for (let round = 0; round < ROUNDS; round++) {
      this.#hear(tor, announcement(TOR, round));
      yield* this.#work();
      this.#hear(client, announcement(CLIENTS[0], round));
      yield* this.#work();
      if (round % 4 !== 3) continue;
      this.#hear(tor, withdrawal(round));
      yield* this.#work();
      this.#hear(client, withdrawal(round));
      yield* this.#work();
    }
  }

  *#work(): Generator<void> {
    for (let more = true; more;) {
      more = this.#flow.slice(this.#now + 1);
      yield;
      // What it has to say to neighbours needs nobody to write it.
      this.#speaker.take();
      if (this.#kernelAnswers()) more = true;
      yield;
    }
  }

  /** In a Buffer, as a socket brings it: to V8 that is another kind than a plain Uint8Array. */
  #hear(connection: number, bytes: Uint8Array): void {
    const read = Buffer.from(bytes);
    this.#speaker.receive(connection, read, 0, read.length, this.#now);
  }

  /** Up to Established. The answer: the connection. */
  #meet({ octet, asn }: Neighbour): number {
    const endpoints = endpointsWith(octet);
    const acceptance = this.#speaker.accept(endpoints, this.#now);
    if (acceptance.kind === "refused") throw new Error(`rehearsal: ${acceptance.why}`);
    const { connection } = acceptance;
    this.#speaker.connected(connection, endpoints, this.#now);
    const routerId = OWN_NUMBER - 1 + octet;
    const capabilities = [
      { kind: "multiprotocol", afi: 1, safi: 1 },
      { kind: "four-octet-as", asn },
    ] as const;
    this.#hear(connection, encodeOpen({ asn, holdTime: HOLD_TIME, routerId, capabilities }));
    this.#hear(connection, encodeKeepalive());
    return connection;
  }

  /** A kernel with one interface and nothing else. */
  #kernelIsRead(): void {
    const fib = this.#fib;
    for (const kind of DUMP_KINDS) fib.dumpBegin(kind);
    fib.fact(
      {
        ...{ kind: "link", index: INTERFACE, name: "eth0", up: true, running: true, mtu: 1500 },
        ...{ mac: new Uint8Array(6), master: 0, linkKind: "" },
      },
      this.#now,
    );
    fib.fact(
      { kind: "address", interface: INTERFACE, address: address(OWN), length: 24 },
      this.#now,
    );
    for (const kind of DUMP_KINDS) fib.dumpEnd(kind, this.#now);
  }

  /** It refuses nothing. Whether it was asked anything. */
  #kernelAnswers(): boolean {
    const batches = this.#batches;
    this.#batches = [];
    for (const { id, count } of batches) {
      this.installed += count;
      this.#flow.answered();
      this.#fib.result({ id, errors: [] }, this.#now);
    }
    return batches.length > 0;
  }
}

/** The routes of one round; a client's lead to nodes, the other's to itself. */
function announcement({ octet, asn }: Neighbour, round: number): Uint8Array {
  const isInternal = asn === CLIENTS[0].asn;
  const writer = new UpdateWriter(4096);
  for (let i = 0; i < ROUND; i++) {
    const number = round * ROUND + i;
    if (i % SHARE === 0) {
      const set: PathAttributes = {
        origin: 0,
        asPath: isInternal ? [] : [{ type: 2, asns: [asn] }],
        med: number,
        localPref: isInternal ? 100 : undefined,
        nextHop: undefined,
        atomicAggregate: false,
        unknown: [],
      };
      const hop = isInternal ? FIRST_NODE + ((number / SHARE) % NODES) : octet;
      const encoded = encodeAttributes(set, { fourOctetAs: true });
      writer.announce(IPV4, encoded, Uint8Array.of(192, 0, 2, hop), false);
    }
    writer.add(FIRST_PREFIX + number, 0, 0, 0, 32, 0);
  }
  return writer.take();
}

function withdrawal(round: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.withdraw(IPV4, false);
  for (let i = 0; i < ROUND; i++) writer.add(FIRST_PREFIX + round * ROUND + i, 0, 0, 0, 32, 0);
  return writer.take();
}

function endpointsWith(octet: number): Endpoints {
  const local = address(OWN);
  return {
    local,
    remote: address(`192.0.2.${octet}`),
    localPort: 179,
    remotePort: 40000,
    interface: INTERFACE,
    nextHopSelf: [local, undefined],
  };
}

function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw new Error(`rehearsal: ${text} is no address`);
  return parsed;
}

function parsed(text: string): Config {
  const result = parseConfig(text, { file: "rehearsal", hostname: "rehearsal" });
  if (!result.ok) throw new Error(`rehearsal: ${result.problems[0].message}`);
  return result.config;
}
