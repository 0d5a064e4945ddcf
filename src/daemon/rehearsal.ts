import {
  encodeAttributes,
  encodeKeepalive,
  encodeOpen,
  IPV4,
  type PathAttributes,
  UpdateWriter,
} from "bgp-ts";
import { type Config, parseConfig } from "../config/index.ts";
import { DUMP_KINDS, Fib, type FibBatch, type KernelFact } from "../fib/index.ts";
import {
  type Address,
  AttributeTable,
  NextHopTable,
  parseAddress,
  Prefix,
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
 * of 0.40 s; at the start 0.5 s of CPU time, most of it the compilers'.
 * With five sets of attributes a round instead of a hundred half of it is not gained. `pod-latency`,
 * the first 300 pods: since single changes are rehearsed the main thread takes a sixth less for each.
 * `failover`, killed: 12 of 14 ms went by in the code of a session's end, run for the first time.)
 */

const CONFIG = `
node: { name: rehearsal, asn: 64512, routerId: 192.0.2.1 }
reflector: { clusterId: 192.0.2.1 }
pods: { pool: [198.18.0.0/15], interfaces: ["veth*"], advertise: hosts }
peers:
  - { name: tor, address: 192.0.2.2, asn: 64600, passive: true }
  - { name: client, range: 192.0.2.0/24, asn: 64512, passive: true, client: true }
`;
const OWN = "192.0.2.1";
const OWN_NUMBER = 0xc0000201;
const INTERFACE = 2;
const PODS_INTERFACE = 3;

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
/**
 * In each round, so many pods of this node's and of others come and go one by one: what is done for
 * each wake-up is another thing than what is done for each route.
 */
const PODS = 25;
const FIRST_POD = 0xc6130000;
/** And so many times KEEPALIVEs, that many milliseconds apart: our own are due as well. */
const SILENCES = 10;
const SILENCE = 40_000;
/** The first next hop, 192.0.0.10, and how many there are: more than their table has room for at first. */
const FIRST_NODE = 0xc000000a;
const NODES = 400;
/** The segment that all of them are on. */
const SEGMENT = 22;

/** Octets that a neighbour is heard to say in one go. */
const PIECE = 3000;

/**
 * Milliseconds of work between two looks of the event loop at anything else: a question takes some six.
 * (measured: `show status` over the socket while this goes on, 12 to 18 ms; with slices of 5 ms, 22 to 35;
 * both before memory was given back in between, which may take 4 ms)
 */
const SLICE = 2;
/**
 * Milliseconds after which it is enough: of this thread's work, which on a machine with little time for
 * it is worth as much as on any other; and altogether, for at some time routes are more urgent.
 *
 * (measured: `reflect`, 100,000 routes to 50 clients, beside eight busy programs on two cores: a third
 * less CPU time, 0.69 s instead of 0.95 s, for a start that takes a second longer)
 */
const MOST: RehearsalTime = { work: 800, altogether: 2000 };

export interface RehearsalTime {
  readonly work: number;
  readonly altogether: number;
}

/** Both in milliseconds. */
export interface RehearsalClocks {
  /** The real one, which also says when to let others have the thread. */
  readonly clock: () => number;
  /** Processor time that this thread has had. */
  readonly worked: () => number;
  /** Is waited for after each slice: memory goes back before more is compiled. */
  readonly rest: () => Promise<void>;
}

/** Resolves when it is over, with what was done. */
export async function rehearse(
  { clock, worked, rest }: RehearsalClocks,
  most: RehearsalTime = MOST,
): Promise<Rehearsed> {
  const rehearsal = new Rehearsal();
  const steps = rehearsal.steps();
  const end = clock() + most.altogether;
  const enough = worked() + most.work;
  let until = clock() + SLICE;
  while (steps.next().done !== true) {
    if (clock() < until) continue;
    if (clock() >= end || worked() >= enough) break;
    await new Promise<void>((resolve) => setImmediate(resolve));
    await rest();
    until = clock() + SLICE;
  }
  return rehearsal.done;
}

/** Routes that the made-up kernel was asked to add, replace or remove; own pods that were announced. */
export interface Rehearsed {
  routes: number;
  pods: number;
}

class Rehearsal {
  readonly #prefixes = [new PrefixTable(0), new PrefixTable(1)] as const;
  readonly #speaker: Speaker;
  readonly #fib: Fib;
  readonly #flow: Flow;
  #now = 0;
  #batches: FibBatch[] = [];
  readonly done: Rehearsed = { routes: 0, pods: 0 };

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
      onFibEvent: (event) => {
        if (event.kind === "own-route" && event.announce) this.done.pods++;
      },
    });
    this.#speaker.configure(speakerConfig(config, OWN_NUMBER), this.#now);
  }

  /** Announced, announced better; withdrawn and withdrawn, or lost and lost. */
  *steps(): Generator<void> {
    this.#kernelIsRead();
    const neighbours = [TOR, ...CLIENTS];
    const connections = neighbours.map((neighbour) => this.#meet(neighbour));
    yield* this.#work();
    for (let round = 0; round < ROUNDS; round++) {
      const first = round * ROUND;
      const [tor, client] = connections;
      this.#hear(tor, announcement(TOR, first, ROUND));
      yield* this.#work();
      this.#hear(client, announcement(CLIENTS[0], first, ROUND));
      yield* this.#work();
      yield* this.#pods(client, false);
      yield* this.#pods(client, true);
      yield* this.#silence(connections);
      if (round % 4 === 1) yield* this.#losses(neighbours, connections);
      if (round % 4 !== 3) continue;
      this.#hear(tor, withdrawal(first, ROUND));
      yield* this.#work();
      this.#hear(client, withdrawal(first, ROUND));
      yield* this.#work();
    }
  }

  /** Come, or go: one of this node's, then one that the neighbour tells of, and so on. */
  *#pods(connection: number, gone: boolean): Generator<void> {
    for (let i = 0; i < PODS; i++) {
      this.#tell({
        kind: "route",
        prefix: new Prefix(IPV4, FIRST_POD + i, 0, 0, 0, 32),
        ...{ table: 254, protocol: 3, type: 1, scope: 253, metric: 0 },
        hops: [{ interface: PODS_INTERFACE, onlink: false }],
        ...(gone ? { gone } : {}),
      });
      yield* this.#work();
      const number = ROUNDS * ROUND + i;
      this.#hear(connection, gone ? withdrawal(number, 1) : announcement(CLIENTS[0], number, 1));
      yield* this.#work();
    }
  }

  /** Nobody has anything to say but that he is there: what an idle daemon does. */
  *#silence(connections: readonly number[]): Generator<void> {
    for (let i = 0; i < SILENCES; i++) {
      this.#now += SILENCE;
      for (const connection of connections) this.#hear(connection, encodeKeepalive());
      if (this.#speaker.expire(this.#now)) yield* this.#work();
      this.#speaker.take();
      yield;
    }
  }

  /** The one with the better routes is lost, then the other; they come back with none. */
  *#losses(neighbours: readonly Neighbour[], connections: number[]): Generator<void> {
    for (const which of [1, 0]) {
      this.#speaker.disconnected(connections[which], undefined, this.#now);
      yield* this.#work();
      connections[which] = this.#meet(neighbours[which]);
    }
    yield* this.#work();
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

  /**
   * In a Buffer, as a socket brings it: to V8 that is another kind than a plain Uint8Array; and what is
   * long in pieces, most of which begin within a message.
   */
  #hear(connection: number, bytes: Uint8Array): void {
    const read = Buffer.from(bytes);
    for (let start = 0; start < read.length; start += PIECE) {
      const end = Math.min(read.length, start + PIECE);
      this.#speaker.receive(connection, read, start, end, this.#now);
    }
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

  /** As a copy, as the netlink thread's messages bring it: to V8 that is another kind, too. */
  #tell(fact: KernelFact): void {
    this.#fib.fact(structuredClone(fact), this.#now);
  }

  /** A kernel with two interfaces and nothing else. */
  #kernelIsRead(): void {
    const fib = this.#fib;
    for (const kind of DUMP_KINDS) fib.dumpBegin(kind);
    for (const [index, name] of [
      [INTERFACE, "eth0"],
      [PODS_INTERFACE, "veth0"],
    ] as const) {
      this.#tell({
        ...{ kind: "link", index, name, up: true, running: true, mtu: 1500 },
        ...{ mac: new Uint8Array(6), master: 0, linkKind: "" },
      });
    }
    this.#tell({ kind: "address", interface: INTERFACE, address: address(OWN), length: SEGMENT });
    for (const kind of DUMP_KINDS) fib.dumpEnd(kind, this.#now);
  }

  /** It refuses nothing. Whether it was asked anything. */
  #kernelAnswers(): boolean {
    const batches = this.#batches;
    this.#batches = [];
    for (const { id, count } of batches) {
      this.done.routes += count;
      this.#flow.answered();
      this.#fib.result(structuredClone({ id, errors: [] }), this.#now);
    }
    return batches.length > 0;
  }
}

/** So many routes; a client's lead to nodes, the other's to itself. */
function announcement({ octet, asn }: Neighbour, first: number, count: number): Uint8Array {
  const isInternal = asn === CLIENTS[0].asn;
  const writer = new UpdateWriter(4096);
  for (let number = first; number < first + count; number++) {
    if (number === first || number % SHARE === 0) {
      const set: PathAttributes = {
        origin: 0,
        asPath: isInternal ? [] : [{ type: 2, asns: [asn] }],
        med: number - (number % SHARE),
        localPref: isInternal ? 100 : undefined,
        nextHop: undefined,
        atomicAggregate: false,
        unknown: [],
      };
      const node = FIRST_NODE + (Math.floor(number / SHARE) % NODES);
      const hop = isInternal ? node : OWN_NUMBER - 1 + octet;
      const encoded = encodeAttributes(set, { fourOctetAs: true });
      writer.announce(IPV4, encoded, octets(hop), false);
    }
    writer.add(FIRST_PREFIX + number, 0, 0, 0, 32, 0);
  }
  return writer.take();
}

function octets(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

function withdrawal(first: number, count: number): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.withdraw(IPV4, false);
  for (let i = 0; i < count; i++) writer.add(FIRST_PREFIX + first + i, 0, 0, 0, 32, 0);
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
