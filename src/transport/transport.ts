// The speaker's hands: TCP in and out, the clock, turns.

import type { Socket } from "node:net";
import { parseAddress } from "../speaker/index.ts";
import type { Address, ConnectEffect, Endpoints, EventEffect, Speaker } from "../speaker/index.ts";
import { Alarm } from "./alarm.ts";
import { BfdWatch } from "./bfd-watch.ts";
import type { BfdSessionView, BfdWatchOptions } from "./bfd-watch.ts";
import { Connection } from "./connection.ts";
import type { ConnectionOwner } from "./connection.ts";
import { Effects } from "./effects.ts";
import type { OtherEffect } from "./effects.ts";
import { Discovery } from "./discovery.ts";
import type { DiscoveryOptions } from "./discovery.ts";
import { errorText } from "./errors.ts";
import { Listeners } from "./listeners.ts";
import type { ListenSettings } from "./listeners.ts";
import { connectSocket, setAcceptedSocket } from "./sockets.ts";
import { Turns } from "./turn.ts";
import type { TurnsView } from "./turn.ts";

/** Bytes given to the speaker at a time: some 3000 routes, a few milliseconds. */
const PIECE = 1 << 14;
/**
 * Connections that may still be open for their last words at one time. A neighbour that connects
 * again and again must not use up the descriptors; one more is closed at once.
 */
const LINGERING = 256;

/** What the host knows about the interface that has a local address. */
export interface LocalAddresses {
  /** Index and name of the interface. */
  readonly interface: number;
  readonly interfaceName?: string;
  /** Own next hops to announce, by family. */
  readonly ipv4?: Address;
  readonly ipv6?: Address;
  readonly linkLocal?: Address;
}

/** What the transport asks of a speaker. */
export type TransportSpeaker = Pick<
  Speaker,
  | "accept"
  | "blocked"
  | "congested"
  | "connected"
  | "connectFailed"
  | "disconnected"
  | "drained"
  | "endpointsChanged"
  | "expire"
  | "flowing"
  | "found"
  | "listenKeys"
  | "nextDeadline"
  | "notFound"
  | "pathChanged"
  | "progressed"
  | "receive"
  | "stalled"
  | "take"
>;

export interface TransportOptions {
  readonly speaker: TransportSpeaker;
  /** Monotonic milliseconds: performance.now. */
  readonly clock: () => number;
  /**
   * Called when a connection is up, and when addresses have changed. `zone`: the name of the
   * interface, which a link-local address is not without (RFC 4007 §6).
   */
  readonly localAddresses: (local: Address, zone: string | undefined) => LocalAddresses | undefined;
  readonly onEvent: (event: EventEffect) => void;
  /** BFD: whether an address is in a subnet of this host; and who was lost or found again. */
  readonly isConnected: BfdWatchOptions["isConnected"];
  readonly onPath: BfdWatchOptions["onPath"];
  /** Interfaces by name, for unnumbered neighbours. */
  readonly link: DiscoveryOptions["link"];
  /**
   * One slice of everybody's queued work (the speaker's included) until about `until` on the clock,
   * and at least a small piece; true: there is more. Runs after input in every turn.
   */
  readonly slice: (until: number) => boolean;
}

export class Transport implements ConnectionOwner {
  readonly #speaker: TransportSpeaker;
  readonly #clock: () => number;
  readonly #options: TransportOptions;
  readonly #listeners: Listeners;
  readonly #turns: Turns;
  readonly #bfd: BfdWatch;
  readonly #discovery: Discovery;
  readonly #connections = new Map<number, Connection>();
  readonly #lingering = new Set<Connection>();
  /** Connections with input, in the order in which they are served. */
  #arrivals: Connection[] = [];
  /** More has happened than input that leads to nothing (a KEEPALIVE): others may have work. */
  #hasWork = true;
  readonly #effects: Effects;
  /** For the speaker's next deadline. */
  readonly #alarm: Alarm;
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#speaker = options.speaker;
    this.#clock = options.clock;
    this.#effects = new Effects(options, {
      write: (id, bytes) => this.#connections.get(id)?.write(bytes),
      carryOut: (effect) => this.#carryOut(effect),
    });
    this.#turns = new Turns(options.clock, (until) => this.#turn(until));
    // Whether there is work behind it, the speaker says.
    this.#alarm = new Alarm(options.clock, () => this.#turns.wake());
    this.#bfd = new BfdWatch({ ...options, wake: () => this.wake() });
    this.#discovery = new Discovery({ ...options, wake: () => this.wake() });
    this.#listeners = new Listeners((socket) => this.#incoming(socket));
  }

  /**
   * Listens as told, and nowhere else; again after a change. The speaker's keys are put on the
   * sockets. Rejects with a text that names the address; what listened before then still does.
   */
  async listen(settings: ListenSettings): Promise<void> {
    await this.#listeners.set(settings, this.#speaker.listenKeys());
  }

  /** After Speaker.configure(): keys of listening sockets as they are now. Throws what the kernel says. */
  updateKeys(): void {
    this.#listeners.setKeys(this.#speaker.listenKeys());
  }

  /** This host's addresses changed: the speaker is told what that means for each connection. */
  addressesChanged(): void {
    for (const { id, isUp, socket } of this.#connections.values()) {
      const endpoints = isUp ? this.#endpoints(socket) : undefined;
      if (endpoints !== undefined) this.#speaker.endpointsChanged(id, endpoints, this.#clock());
    }
    this.#discovery.linksChanged();
    this.wake();
  }

  /** Somebody (a command, the FIB, a reload) gave the speaker or another room something to do. */
  wake(): void {
    this.#hasWork = true;
    this.#turns.wake();
  }

  /** As wake(), of work that may wait a millisecond for more of its kind. */
  gather(): void {
    this.#hasWork = true;
    this.#turns.gather();
  }

  /** Where it listens, for show and for tests with port 0. */
  get listening(): readonly { readonly address: Address; readonly port: number }[] {
    return this.#listeners.bound;
  }

  /** BFD sessions, for show. */
  bfdSessions(): Iterable<BfdSessionView> {
    return this.#bfd.sessions();
  }

  /** How long the turns were, for metrics. */
  turns(): TurnsView {
    return this.#turns.view();
  }

  /** Bytes sent on a connection, and those that the kernel has not taken yet; undefined: it is gone. */
  output(connection: number): Connection["output"] | undefined {
    return this.#connections.get(connection)?.output;
  }

  /** Writes out what the speaker still has to say, ends all connections, and stops listening. */
  async close(): Promise<void> {
    this.#effects.carryOut(Infinity);
    this.#isClosed = true;
    this.#turns.stop();
    this.#alarm.stop();
    this.#discovery.close();
    const gone = [...this.#connections.values()]
      .filter(({ socket }) => !socket.closed)
      .map(({ socket }) => new Promise<void>((resolve) => socket.once("close", resolve)));
    for (const connection of this.#connections.values()) connection.close(true);
    this.#listeners.close();
    await Promise.all([...gone, this.#bfd.close()]);
  }

  // Turns

  #turn(until: number): boolean {
    const now = this.#clock();
    // What is ready to be written to hundreds of neighbours goes out before there is more of it.
    const isFree = this.#effects.carryOut(until) && this.#clock() < until;
    if (isFree) this.#feed(now + (until - now) / 2);
    // After the input; and a KEEPALIVE that still waits here, since a turn is short, counts too.
    if (this.#speaker.nextDeadline() <= now && this.#speaker.expire(now, this.#unread)) {
      this.#hasWork = true;
    }
    const isDone = this.#effects.carryOut(until) && this.#slice(until);
    if (!this.#isClosed) this.#alarm.set(this.#speaker.nextDeadline());
    return !isDone || this.#arrivals.length > 0;
  }

  /**
   * Others' work, and the effects of it; true: all is done. With a hundred update groups a look at
   * all of them is a third of what a KEEPALIVE costs (measured: `idle`).
   */
  #slice(until: number): boolean {
    if (this.#hasWork) {
      this.#hasWork = false; // Before: the slice itself may wake.
      if (this.#options.slice(until)) this.#hasWork = true;
    }
    return this.#effects.carryOut(until) && !this.#hasWork;
  }

  readonly #unread = (id: number): boolean => this.#connections.get(id)?.hasInput === true;

  /** Input, a piece a connection in turn. While the speaker has too much queued, none: TCP waits. */
  #feed(until: number): void {
    while (this.#arrivals.length > 0 && !this.#speaker.congested()) {
      const round = this.#arrivals;
      this.#arrivals = [];
      for (let i = 0; i < round.length; i++) {
        this.#feedOne(round[i]);
        if (this.#clock() < until && !this.#speaker.congested()) continue;
        this.#arrivals = round.slice(i + 1).concat(this.#arrivals);
        return;
      }
    }
  }

  #feedOne(connection: Connection): void {
    const now = this.#clock();
    connection.isQueued = false;
    connection.feed(PIECE, (bytes, start, end) => {
      if (this.#speaker.receive(connection.id, bytes, start, end, now)) this.#hasWork = true;
    });
    if (connection.hasInput) this.#queue(connection);
  }

  #queue(connection: Connection): void {
    if (connection.isQueued) return;
    connection.isQueued = true;
    this.#arrivals.push(connection);
  }

  // Effects

  #carryOut(effect: OtherEffect): void {
    switch (effect.kind) {
      case "connect":
        this.#connect(effect);
        return;
      case "close":
        this.#hangUp(effect.connection, effect.linger);
        return;
      case "liveness":
      case "path-proved":
        this.#bfd.carryOut(effect);
        return;
      case "discover":
        this.#discovery.carryOut(effect);
        return;
      case "event":
        this.#options.onEvent(effect);
        return;
    }
  }

  // Connections

  #connect(effect: ConnectEffect): void {
    const id = effect.connection;
    let socket: Socket;
    try {
      socket = connectSocket(effect);
    } catch (error) {
      this.#speaker.connectFailed(id, errorText(error), this.#clock());
      return;
    }
    const connection = new Connection(id, socket, this);
    this.#connections.set(id, connection);
    socket.once("connect", () => {
      const endpoints = this.#endpoints(socket);
      // Dead already: its end follows, and is that of an attempt.
      if (endpoints === undefined) return;
      connection.open();
      this.#speaker.connected(id, endpoints, this.#clock());
      this.wake();
    });
  }

  #hangUp(id: number, linger: boolean): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    const waits = linger && this.#lingering.size < LINGERING;
    if (waits) this.#lingering.add(connection);
    connection.close(waits);
  }

  #incoming(socket: Socket): void {
    const endpoints = this.#endpoints(socket);
    if (endpoints === undefined) {
      socket.destroy();
      return;
    }
    const acceptance = this.#speaker.accept(endpoints, this.#clock());
    this.wake();
    if (acceptance.kind === "refused") {
      socket.destroy();
      return;
    }
    try {
      setAcceptedSocket(socket, acceptance.socket);
    } catch (error) {
      socket.destroy();
      this.#speaker.disconnected(acceptance.connection, errorText(error), this.#clock());
      return;
    }
    const connection = new Connection(acceptance.connection, socket, this);
    this.#connections.set(connection.id, connection);
    connection.open();
    this.#speaker.connected(connection.id, endpoints, this.#clock());
  }

  /** undefined: the connection is no more, and the kernel has forgotten whose it was. */
  #endpoints(socket: Socket): Endpoints | undefined {
    const local = zonedAddress(socket.localAddress);
    const remote = zonedAddress(socket.remoteAddress);
    if (local === undefined || remote === undefined) return undefined;
    const zone = local.zone ?? remote.zone;
    const host = this.#options.localAddresses(local.address, zone);
    return {
      local: local.address,
      remote: remote.address,
      localPort: socket.localPort ?? 0,
      remotePort: socket.remotePort ?? 0,
      interface: host?.interface ?? 0,
      interfaceName: zone ?? host?.interfaceName,
      nextHopSelf: [host?.ipv4, host?.ipv6],
      linkLocal: host?.linkLocal,
    };
  }

  // ConnectionOwner

  arrived(connection: Connection): void {
    this.#queue(connection);
    if (connection.isPaused) this.#turns.wake();
    else this.#turns.gather();
  }

  stalled(connection: Connection): void {
    this.#speaker.stalled(connection.id, this.#clock());
    this.wake();
  }

  progressed(connection: Connection): void {
    this.#speaker.progressed(connection.id, this.#clock());
    this.wake();
  }

  flowing(connection: Connection): void {
    this.#speaker.flowing(connection.id, this.#clock());
    this.wake();
  }

  blocked(connection: Connection): void {
    this.#speaker.blocked(connection.id);
  }

  drained(connection: Connection): void {
    this.#speaker.drained(connection.id);
    this.wake();
  }

  gone(connection: Connection, error: Error | undefined): void {
    this.#connections.delete(connection.id);
    this.#lingering.delete(connection);
    if (connection.isClosing || this.#isClosed) return;
    const text = error === undefined ? undefined : errorText(error);
    const now = this.#clock();
    if (connection.isUp) this.#speaker.disconnected(connection.id, text, now);
    else this.#speaker.connectFailed(connection.id, text ?? "connection closed", now);
    this.wake();
  }
}

/** Node writes an IPv6 link-local address with its zone: "fe80::1%eth0". */
function zonedAddress(
  text: string | undefined,
): { readonly address: Address; readonly zone: string | undefined } | undefined {
  const [name, zone] = (text ?? "").split("%", 2) as [string, string?];
  const address = parseAddress(name);
  return address && { address, zone };
}
