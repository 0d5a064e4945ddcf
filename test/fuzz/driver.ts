import assert from "node:assert/strict";
import { encodeKeepalive, encodeOpen, frameMessage, MESSAGE, type Capability } from "bgp-ts";
import {
  AttributeTable,
  formatAddress,
  NextHopTable,
  parsePrefix,
  PrefixTable,
  type Family,
} from "../../src/route/index.ts";
import {
  Speaker,
  type ConnectEffect,
  type Endpoints,
  type SpeakerConfig,
} from "../../src/speaker/index.ts";
import { address, seeded } from "../../src/speaker/simulation.test.ts";

/** Capabilities of a neighbour who can everything that this speaker can. */
const OFFERED: readonly Capability[] = [
  { kind: "multiprotocol", afi: 1, safi: 1 },
  { kind: "multiprotocol", afi: 2, safi: 1 },
  { kind: "route-refresh" },
  { kind: "enhanced-route-refresh" },
  { kind: "extended-message" },
  { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
];
const FAMILIES = [
  { afi: 1, safi: 1, forwarding: true },
  { afi: 2, safi: 1, forwarding: false },
];
const RESTARTS: readonly Capability[] = [
  { kind: "graceful-restart", restarting: true, notification: true, time: 5, families: FAMILIES },
  {
    kind: "long-lived-graceful-restart",
    families: FAMILIES.map((family) => ({ ...family, staleTime: 20 })),
  },
];
const ADD_PATH: Capability = {
  kind: "add-path",
  families: [1, 2].map((afi) => ({ afi, safi: 1, send: true, receive: true })),
};

interface Open {
  readonly connection: number;
  readonly ends: Endpoints;
}

/** Turns of work in which it must come to an end. */
const MOST_TURNS = 100_000;

/**
 * A speaker and its surroundings: a transport, a kernel and neighbours that do whatever they are told
 * to, sensible or not; only the contract of the speaker's callers is kept. What comes out of it is checked.
 */
export class Driver {
  readonly prefixes: readonly [PrefixTable, PrefixTable] = [new PrefixTable(0), new PrefixTable(1)];
  readonly nextHops = new NextHopTable();
  readonly attributes = new AttributeTable(this.nextHops);
  readonly speaker: Speaker;
  now = 0;
  /** Connections that are open, and those that are being made. */
  open: Open[] = [];
  pending: ConnectEffect[] = [];
  /** Prefixes originated, by their text. */
  readonly own = new Map<string, number>();
  /** UPDATEs written. */
  updates = 0;
  established = 0;

  constructor(seed: number) {
    const { nextHops, attributes } = this;
    this.speaker = new Speaker({
      tables: { prefixes: [...this.prefixes], attributes, nextHops },
      random: seeded(seed),
      multipath: 1 + (seed % 3),
    });
  }

  configure(config: SpeakerConfig): void {
    this.speaker.configure(config, this.now);
    this.follow();
  }

  /** A connection from outside. */
  accept(remote: string, interfaceName?: string): void {
    const ends = endpoints(remote, interfaceName);
    const answer = this.speaker.accept(ends, this.now);
    if (answer.kind === "refused") return;
    this.open.push({ connection: answer.connection, ends });
    this.speaker.connected(answer.connection, ends, this.now);
    this.follow();
  }

  /** One of the connections that are being made comes to something, or does not. */
  conclude(pick: number, works: boolean): void {
    const effect = at(this.pending, pick);
    if (effect === undefined) return;
    this.pending = this.pending.filter((each) => each !== effect);
    const { connection } = effect;
    if (works) {
      const ends = endpoints(formatAddress(effect.remote), effect.interface);
      this.open.push({ connection, ends });
      this.speaker.connected(connection, ends, this.now);
    } else {
      this.speaker.connectFailed(connection, "connection refused (ECONNREFUSED)", this.now);
    }
    this.follow();
  }

  /** A neighbour sends bytes, which arrive in two parts. */
  receive(pick: number, bytes: Uint8Array, cut = bytes.length): void {
    const middle = Math.min(cut, bytes.length);
    const connection = at(this.open, pick)?.connection;
    for (const [start, end] of [
      [0, middle],
      [middle, bytes.length],
    ]) {
      if (!this.open.some((each) => each.connection === connection)) return;
      if (start < end) this.speaker.receive(connection!, bytes, start, end, this.now);
      this.follow();
    }
  }

  /** A neighbour says all that makes its session Established. */
  greet(pick: number, options: { addPath: boolean; restarts: boolean; holdTime: number }): void {
    const one = at(this.open, pick);
    if (one === undefined) return;
    const asn = asOf(formatAddress(one.ends.remote));
    const open = encodeOpen({
      ...{ asn, holdTime: options.holdTime, routerId: one.ends.remote.w0 >>> 0 || 9 },
      capabilities: [
        ...OFFERED,
        { kind: "four-octet-as", asn },
        ...(options.addPath ? [ADD_PATH] : []),
        ...(options.restarts ? RESTARTS : []),
      ],
    });
    this.receive(pick, Uint8Array.from([...open, ...encodeKeepalive()]));
  }

  disconnect(pick: number): void {
    const one = at(this.open, pick);
    if (one === undefined) return;
    this.open = this.open.filter((each) => each !== one);
    this.speaker.disconnected(one.connection, "reset (ECONNRESET)", this.now);
    this.follow();
  }

  originate(text: string): void {
    const { family, w0, w1, w2, w3, length } = parsePrefix(text)!;
    const id = this.prefixes[family].intern(w0, w1, w2, w3, length);
    this.own.set(text, id);
    this.speaker.originate(family, id, length > 30 ? "pod" : "block", this.now);
  }

  withdraw(text: string): void {
    const id = this.own.get(text);
    if (id === undefined || !this.own.delete(text)) return;
    this.speaker.withdrawOwn(parsePrefix(text)!.family, id, this.now);
  }

  /** Time passes, deadline by deadline. */
  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    for (let turns = 0; this.speaker.nextDeadline() <= until; turns++) {
      assert.ok(turns < MOST_TURNS, "something is due without end");
      this.now = Math.max(this.now, this.speaker.nextDeadline());
      this.speaker.expire(this.now);
      this.speaker.work(1, this.now); // as the transport's turn does; some of what is due is done there
      this.follow();
    }
    this.now = until;
  }

  /** The kernel answers for next hops, and is told of routes. */
  answer(reachable: boolean): void {
    for (const id of this.speaker.takeNextHopInterest().wanted) {
      this.speaker.setNextHop(id, { reachable, metric: id % 3 });
    }
    this.speaker.takeNextHopLosses();
    this.speaker.takeRouteChanges((family, prefix, best, backup) => {
      assert.ok(this.prefixes[family].lengthOf(prefix) >= 0);
      for (const hop of backup === 0 ? best : [...best, backup]) {
        assert.ok(this.nextHops.has(hop), "a next hop that there is");
      }
    }, 1000);
  }

  /** Works off all that is queued. */
  settle(): void {
    for (let turns = 0; ; turns++) {
      assert.ok(turns < MOST_TURNS, "work without end");
      const more = this.speaker.work(20, this.now);
      this.follow();
      this.answer(true);
      if (!more && !this.speaker.hasRouteChanges) return;
    }
  }

  /** Everything that can be shown. */
  look(): void {
    const { speaker, now } = this;
    for (const view of speaker.survey.neighbours(now)) assert.ok(view.name.length > 0);
    for (const range of speaker.survey.ranges()) assert.ok(range.name.length > 0);
    speaker.listenKeys();
    for (const family of [0, 1] as const) {
      const { routes, networks } = speaker.survey.tableSize(family);
      assert.ok(routes >= networks);
      const table = this.prefixes[family];
      for (let id = 0; id < table.limit; id++) if (table.has(id)) speaker.survey.paths(family, id);
    }
  }

  /** Carries effects out, and checks that they can be. */
  follow(): void {
    for (const effect of this.speaker.take()) {
      if (effect.kind === "connect") this.pending.push(effect);
      else if (effect.kind === "write") {
        for (const connection of effect.connections) assert.ok(this.#isOpen(connection), "written");
        this.#readBack(effect.bytes);
      } else if (effect.kind === "close") {
        const { connection } = effect;
        const isPending = this.pending.some((each) => each.connection === connection);
        assert.ok(isPending || this.#isOpen(connection), "closed what was open");
        this.open = this.open.filter((each) => each.connection !== connection);
        this.pending = this.pending.filter((each) => each.connection !== connection);
      } else if (effect.kind === "event") {
        if (effect.name === "session-up") this.established++;
        assert.ok(effect.text.length > 0);
      }
    }
  }

  /** Nobody is a neighbour any more, and nothing is this node's own: then the tables are empty. */
  end(config: SpeakerConfig): void {
    for (const text of [...this.own.keys()]) this.withdraw(text);
    this.configure({ asn: config.asn, routerId: config.routerId, neighbours: [] });
    for (const text of [...this.own.keys()]) this.withdraw(text);
    for (let i = 0; i < 20; i++) {
      this.settle();
      this.pass(10_000);
    }
    this.settle();
    assert.deepEqual([...this.speaker.survey.neighbours(this.now)], []);
    assert.deepEqual([this.open, this.pending], [[], []], "no connection is left");
    const { prefixes, attributes, nextHops } = this;
    const sizes = [prefixes[0].size, prefixes[1].size, attributes.size, nextHops.size];
    // One set of attributes is this node's own, for routes to come.
    assert.deepEqual(sizes, [0, 0, 1, 0], "the tables are empty");
  }

  #isOpen(connection: number): boolean {
    return this.open.some((each) => each.connection === connection);
  }

  /** Whole messages, and of a kind that a speaker sends. */
  #readBack(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length;) {
      const frame = frameMessage(bytes, start, bytes.length, 65535);
      assert.ok(frame.kind === "message", "what is written are whole messages");
      if (frame.type === MESSAGE.UPDATE) this.updates++;
      start += frame.total;
    }
  }
}

/** 64512 within, 64600 and more outside: by the last octet or group of the address. */
export function asOf(remote: string): number {
  const last = Number(/(\d+)$/.exec(remote)?.[1] ?? 0);
  return last < 10 ? 64512 : 64600 + last;
}

function at<T>(list: readonly T[], pick: number): T | undefined {
  return list.length === 0 ? undefined : list[pick % list.length];
}

function endpoints(remote: string, interfaceName?: string): Endpoints {
  const other = address(remote);
  const local: Record<Family, string> = { 0: "10.0.0.1", 1: "fe80::1" };
  const own = [address("10.0.0.1"), address("fd00::1")] as const;
  return {
    ...{ local: address(local[other.family]), remote: other, localPort: 179, remotePort: 40000 },
    ...{ interface: 2, ...(interfaceName !== undefined && { interfaceName }) },
    nextHopSelf: own,
    linkLocal: address("fe80::1"),
  };
}
