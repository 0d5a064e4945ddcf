// A few speakers on an in-memory wire under a virtual clock: no socket, no timer, no randomness but a
// seeded one. What the other tests of this room stand on, and those of whole clusters in test/sim; its
// own test is that bytes keep their order.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AttributeTable,
  DISCARD,
  formatAddress,
  NextHopTable,
  parseAddress,
  parsePrefix,
  PrefixTable,
} from "../route/index.ts";
import type { Address, Family, Prefix } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig } from "./config.ts";
import type { ConnectEffect, Endpoints, EventEffect, LivenessEffect } from "./effects.ts";
import { Speaker } from "./speaker.ts";
import type { NeighbourView } from "./views.ts";

/** Milliseconds that bytes and connections take. */
const LATENCY = 1;
/** Deliveries in one run(): five times what a cluster of thirty speakers has in its busiest. */
const MOST_DELIVERIES = 400_000;

export function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed, text);
  return parsed;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert.ok(parsed, text);
  return parsed;
}

/** mulberry32: numbers in [0, 1) from a seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One direction of nothing: who a connection's bytes go to. */
interface End {
  readonly node: Node;
  readonly connection: number;
}

interface Delivery {
  readonly at: number;
  /** Who may have something to do afterwards. */
  readonly nodes: readonly Node[];
  readonly run: () => void;
}

/** How much the tables of a node take, where it is less than by default. */
export interface Room {
  readonly prefixes?: number;
  readonly nextHops?: number;
  /** Bytes of attribute sets. */
  readonly attributes?: number;
}

export class Network {
  now = 1000;
  readonly nodes: Node[] = [];
  readonly random: () => number;
  /** Pairs of addresses between which nothing arrives: "a b", both ways. */
  readonly #cuts = new Set<string>();
  /** By time; in order of arrival where that is the same. */
  readonly #deliveries: Delivery[] = [];
  /** What TCP tries again until the way is free. */
  #held: { from: Node; to: Node; run: () => void }[] = [];
  /** Milliseconds from one node to another, always the same for two: bytes keep their order. */
  readonly #latency: (from: Node, to: Node) => number;

  constructor(seed = 7, latency: (from: Node, to: Node) => number = () => LATENCY) {
    this.random = seeded(seed);
    this.#latency = latency;
  }

  node(own: string, config: SpeakerConfig, multipath = 1, room: Room = {}): Node {
    const node = new Node(this, address(own), config, multipath, room);
    this.nodes.push(node);
    return node;
  }

  /**
   * A node starts anew with what its configuration says. "killed": its kernel tells the neighbours;
   * "lost": they hear of it when they send it something, or when their hold timers expire.
   */
  restart(old: Node, how: "killed" | "lost"): Node {
    const node = new Node(this, old.address, old.config, old.multipath, old.room);
    this.nodes[this.nodes.indexOf(old)] = node;
    old.leave(how);
    return node;
  }

  later(nodes: readonly Node[], run: () => void, delay = LATENCY): void {
    const at = this.now + delay;
    let place = this.#deliveries.length;
    while (place > 0 && this.#deliveries[place - 1].at > at) place--;
    this.#deliveries.splice(place, 0, { at, nodes, run });
  }

  cut(a: Node, b: Node): void {
    this.#cuts.add(`${a.name} ${b.name}`).add(`${b.name} ${a.name}`);
  }

  mend(): void {
    this.#cuts.clear();
    for (const { from, to, run } of this.#held.splice(0)) this.between(from, to, run);
  }

  /** Between two nodes, in order and without loss, as TCP does it. */
  between(a: Node, b: Node, run: () => void): void {
    if (this.passes(a, b)) this.later([a, b], run, this.#latency(a, b));
    else this.#held.push({ from: a, to: b, run });
  }

  passes(a: Node, b: Node): boolean {
    return !this.#cuts.has(`${a.name} ${b.name}`);
  }

  /** Runs `milliseconds` of virtual time: deliveries in order, deadlines when they come. */
  run(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (const node of this.nodes) node.settle();
    for (let count = 0; ; count++) {
      assert.ok(count < MOST_DELIVERIES, "speakers that never have enough of each other");
      const [delivery] = this.#deliveries;
      let next = delivery?.at ?? Infinity;
      for (const { deadline } of this.nodes) next = Math.min(next, deadline);
      if (next > end) break;
      this.now = Math.max(this.now, next);
      if (delivery !== undefined && delivery.at <= this.now) {
        this.#deliveries.shift();
        delivery.run();
        for (const node of delivery.nodes) node.settle();
      }
      for (const node of this.nodes) {
        if (node.deadline > this.now) continue;
        node.settle(node.speaker.expire(this.now));
      }
    }
    this.now = end;
  }
}

export class Node {
  readonly network: Network;
  readonly address: Address;
  readonly name: string;
  readonly speaker: Speaker;
  readonly prefixes: [PrefixTable, PrefixTable];
  readonly nextHops: NextHopTable;
  readonly attributes: AttributeTable;
  /** What the FIB was told: prefix -> next hops. */
  readonly routes = new Map<string, string[]>();
  /** Prefixes of which it was told that there is no route, in order. */
  readonly gone: string[] = [];
  readonly backups = new Map<string, string>();
  /** Table and metric of the last word about a prefix. */
  readonly places = new Map<string, readonly [number, number]>();
  readonly events: EventEffect[] = [];
  /** What was asked of BFD. */
  readonly liveness: LivenessEffect[] = [];
  /** Everything written, for looking at messages. */
  readonly written: Uint8Array[] = [];
  /** Next hops that are not reachable, as text. */
  readonly unreachable = new Set<string>();
  /** When the speaker wants to be woken, as of the last settle(). */
  deadline = 0;
  /** undefined: it is there. Else it has been replaced, and how it went. */
  #left: "killed" | "lost" | undefined;
  readonly #wires = new Map<number, End>();
  config: SpeakerConfig;
  readonly multipath: number;
  readonly room: Room;

  constructor(
    network: Network,
    own: Address,
    config: SpeakerConfig,
    multipath: number,
    room: Room,
  ) {
    const table = (family: 0 | 1) => new PrefixTable(family, undefined, 0, room.prefixes);
    this.prefixes = [table(0), table(1)];
    this.nextHops = new NextHopTable(0, room.nextHops);
    this.attributes = new AttributeTable(this.nextHops, undefined, 0, room.attributes);
    this.network = network;
    this.address = own;
    this.name = formatAddress(own);
    this.config = config;
    this.multipath = multipath;
    this.room = room;
    this.speaker = new Speaker({
      tables: {
        prefixes: this.prefixes,
        attributes: this.attributes,
        nextHops: this.nextHops,
      },
      random: network.random,
      multipath,
    });
    this.speaker.configure(config, network.now);
  }

  reconfigure(change: Partial<SpeakerConfig>) {
    this.config = { ...this.config, ...change };
    return this.speaker.configure(this.config, this.network.now);
  }

  /** Changes one neighbour's settings. */
  change(name: string, part: Partial<NeighbourConfig>) {
    const neighbours = this.config.neighbours.map((n) => (n.name === name ? { ...n, ...part } : n));
    return this.reconfigure({ neighbours });
  }

  id(text: string): number {
    const { family, w0, w1, w2, w3, length } = prefix(text);
    return this.prefixes[family].intern(w0, w1, w2, w3, length);
  }

  originate(...texts: string[]): void {
    const { now } = this.network;
    for (const text of texts)
      this.speaker.originate(prefix(text).family, this.id(text), "pod", now);
  }

  withdraw(...texts: string[]): void {
    const { now } = this.network;
    for (const text of texts) this.speaker.withdrawOwn(prefix(text).family, this.id(text), now);
  }

  neighbour(name: string): NeighbourView {
    const found = [...this.speaker.survey.neighbours(this.network.now)].find(
      (n) => n.name === name,
    );
    assert.ok(found, `${this.name} has no neighbour ${name}`);
    return found;
  }

  state(name: string): string {
    return this.neighbour(name).state;
  }

  eventNames(neighbour?: string): string[] {
    const own = this.events.filter((e) => neighbour === undefined || e.neighbour === neighbour);
    return own.map((event) => event.name);
  }

  /**
   * All that the speaker has to do now: work, effects, routes, next hops. `works` false: only effects,
   * for it has said that there is nothing to work on.
   */
  settle(works = true): void {
    if (this.#left !== undefined) return;
    if (!works) this.#carryOut();
    for (let more = works; more;) {
      more = this.speaker.work(50, this.network.now);
      this.#carryOut();
      if (this.answerNextHops()) more = true;
      this.speaker.takeRouteChanges((...change) => this.#route(...change), 1000);
    }
    this.deadline = this.speaker.nextDeadline();
  }

  /** It is not there any more: see Network.restart(). */
  leave(how: "killed" | "lost"): void {
    this.#left = how;
    if (how === "killed")
      for (const connection of [...this.#wires.keys()]) this.#hangUp(connection);
  }

  /** Next hops that changed their state. */
  setReachable(text: string, reachable: boolean): void {
    if (reachable) this.unreachable.delete(text);
    else this.unreachable.add(text);
    for (let id = 1; id < this.nextHops.limit; id++) {
      if (this.nextHops.has(id) && formatAddress(this.nextHops.get(id).address) === text) {
        this.speaker.setNextHop(id, { reachable, metric: 0 });
      }
    }
  }

  /** True: a next hop became known, so there is something to decide again. */
  answerNextHops(): boolean {
    const { wanted } = this.speaker.takeNextHopInterest();
    for (const id of wanted) {
      const reachable = !this.unreachable.has(formatAddress(this.nextHops.get(id).address));
      this.speaker.setNextHop(id, { reachable, metric: 0 });
    }
    return wanted.length > 0;
  }

  #route(
    family: Family,
    id: number,
    best: readonly number[],
    backup: number,
    table: number,
    metric: number,
  ): void {
    const text = this.prefixes[family].format(id);
    const name = (hop: number) =>
      hop === DISCARD ? "blackhole" : formatAddress(this.nextHops.get(hop).address);
    this.places.set(text, [table, metric]);
    if (best.length === 0) {
      this.routes.delete(text);
      this.gone.push(text);
    } else this.routes.set(text, best.map(name));
    if (backup === 0) this.backups.delete(text);
    else this.backups.set(text, name(backup));
  }

  #carryOut(): void {
    for (const effect of this.speaker.take()) {
      switch (effect.kind) {
        case "connect":
          this.#dial(effect);
          break;
        case "write":
          this.written.push(effect.bytes);
          for (const id of effect.connections) this.#send(id, effect.bytes);
          break;
        case "close":
          this.#hangUp(effect.connection);
          break;
        case "event":
          this.events.push(effect);
          break;
        case "liveness":
        case "path-proved":
          this.liveness.push(effect);
          break;
        case "discover":
          break; // Nobody is unnumbered here.
      }
    }
  }

  #dial(effect: ConnectEffect): void {
    const other = this.network.nodes.find((node) => node.name === formatAddress(effect.remote));
    const both = other === undefined ? [this] : [this, other];
    this.network.later(both, () => this.#connect(effect, other));
  }

  #connect(effect: ConnectEffect, other: Node | undefined): void {
    if (this.#left !== undefined) return;
    const { now } = this.network;
    if (other === undefined || other.#left !== undefined || !this.network.passes(this, other)) {
      this.speaker.connectFailed(effect.connection, "no route to host (EHOSTUNREACH)", now);
      return;
    }
    const acceptance = other.speaker.accept(endpoints(other, this), now);
    if (acceptance.kind === "refused") {
      this.speaker.connectFailed(effect.connection, "connection refused (ECONNREFUSED)", now);
      return;
    }
    this.#wires.set(effect.connection, { node: other, connection: acceptance.connection });
    other.#wires.set(acceptance.connection, { node: this, connection: effect.connection });
    this.speaker.connected(effect.connection, endpoints(this, other), now);
    other.speaker.connected(acceptance.connection, endpoints(other, this), now);
  }

  #send(connection: number, bytes: Uint8Array): void {
    const end = this.#wires.get(connection);
    if (end === undefined) return;
    // Cut somewhere, as TCP does.
    const middle = Math.floor(this.network.random() * bytes.length);
    for (const [start, stop] of [
      [0, middle],
      [middle, bytes.length],
    ]) {
      this.network.between(this, end.node, () => {
        if (end.node.#left === "lost") return this.#reset(connection);
        if (!end.node.#wires.has(end.connection)) return;
        end.node.speaker.receive(end.connection, bytes, start, stop, this.network.now);
      });
    }
  }

  /** What its kernel says of a connection to another node. */
  endpointsWith(other: Node): Endpoints {
    return endpoints(this, other);
  }

  /** The one connection to a node. */
  connectionWith(other: Node): number {
    const [[connection], ...more] = [...this.#wires].filter(([, end]) => end.node === other);
    assert.equal(more.length, 0);
    return connection;
  }

  /** Raw bytes as if the speaker had sent them to a neighbour. */
  inject(to: Node, bytes: Uint8Array): void {
    for (const [connection, end] of this.#wires) if (end.node === to) this.#send(connection, bytes);
  }

  /** The other end's kernel knows nothing of this connection. */
  #reset(connection: number): void {
    if (!this.#wires.delete(connection)) return;
    this.speaker.disconnected(connection, "connection reset (ECONNRESET)", this.network.now);
  }

  /** This end's connection is gone; the other end hears of it. */
  #hangUp(connection: number): void {
    const end = this.#wires.get(connection);
    this.#wires.delete(connection);
    if (end === undefined) return;
    this.network.between(this, end.node, () => {
      if (!end.node.#wires.delete(end.connection)) return;
      end.node.speaker.disconnected(end.connection, undefined, this.network.now);
    });
  }

  /** The TCP connections to a node break at both ends. */
  breakWith(other: Node): void {
    for (const [connection, end] of [...this.#wires]) {
      if (end.node !== other) continue;
      this.#wires.delete(connection);
      other.#wires.delete(end.connection);
      this.speaker.disconnected(connection, "connection reset", this.network.now);
      other.speaker.disconnected(end.connection, "connection reset", this.network.now);
    }
  }
}

function endpoints(from: Node, to: Node): Endpoints {
  const v6 = address(`fd00::${from.name.split(".").at(-1)}`);
  return {
    local: from.address,
    remote: to.address,
    localPort: 179,
    remotePort: 40000,
    interface: 2,
    nextHopSelf: [from.address, v6],
  };
}

test("a wire keeps the order of bytes, however they are cut", () => {
  const network = new Network();
  const heard: number[] = [];
  for (let i = 0; i < 20; i++) network.later([], () => heard.push(i));
  network.run(LATENCY);
  assert.deepEqual(heard, [...heard.keys()]);
});
