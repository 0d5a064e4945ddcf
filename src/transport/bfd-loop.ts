// All that the BFD thread does: a synchronous loop around poll(2), with sockets on one side and the
// sessions of the bfd room on the other. No event loop, no promise, few objects: nothing that another
// thread does (a million routes, a garbage collection) holds up a packet here.

import { Bfd } from "../bfd/index.ts";
import type { Sha1 } from "../bfd/index.ts";
import { ERRNO, errnoWords, isSystemFault } from "../sysdep/index.ts";
import type { BfdChange, BfdSession, FromBfd, ToBfd } from "./bfd-messages.ts";
import { portOf } from "./bfd-sockets.ts";
import type { BfdSocket, BfdSystem } from "./bfd-sockets.ts";

export interface BfdLoopOptions {
  readonly system: BfdSystem;
  /** An eventfd that says that there are messages. */
  readonly wake: number;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Wall clock minus `clock`, milliseconds. */
  readonly origin: number;
  /** Uniform in [0, 1), not to be guessed. */
  readonly random: () => number;
  readonly sha1: Sha1;
  /** The next message, if there is one. */
  readonly next: () => ToBfd | undefined;
  readonly post: (message: FromBfd) => void;
}

/** Between two reports for `show`, and two attempts to open a socket that was refused; ms. */
const REPORT_INTERVAL = 1000;
/** Larger than any packet (RFC 5880 §4.1: the length is an octet). */
const ROOM = 256;
/** Packets that are read from a socket before the others have their turn. */
const BURST = 64;
/**
 * What waits is read before it is asked who is silent, so that a stall of this machine is not taken
 * for one of the neighbours; but for so many milliseconds at most: a flood stops no packet of ours.
 */
const READING = 10;
/** Milliseconds without reading after that: this thread goes before all others, and must end. */
const REST = 10;
/** Milliseconds between two packets that are never let gather, and the weight of the latest in the average. */
const RARE = 1000;
const INERTIA = 1 / 8;

interface Entry {
  readonly name: string;
  readonly path: string;
  session: BfdSession;
  sender: BfdSocket | undefined;
  /** The last socket error that was reported. */
  trouble: string;
  /** The last change that was told. */
  change: BfdChange | undefined;
}

interface Receiver {
  readonly socket: BfdSocket;
  readonly multihop: boolean;
}

export class BfdLoop {
  readonly #options: BfdLoopOptions;
  readonly #bfd: Bfd;
  readonly #entries = new Map<string, Entry>();
  /** Those of #entries, and those that were removed and still say goodbye. */
  readonly #byPath = new Map<string, Entry>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #room = new Uint8Array(ROOM);
  readonly #deaf: ReturnType<BfdSystem["poller"]>;
  #poller: ReturnType<BfdSystem["poller"]>;
  /** Until then nothing is read. */
  #restUntil = -Infinity;
  /** Until then packets that come wake nobody. */
  #gatherUntil = -Infinity;
  /** Read so far, when the last one was, and milliseconds between two of them, on average of late. */
  #packets = 0;
  #heardAt = -Infinity;
  #spacing = RARE;
  #reportAt = Infinity;
  #isClosing = false;

  constructor(options: BfdLoopOptions) {
    this.#options = options;
    this.#bfd = new Bfd({ random: options.random, sha1: options.sha1 });
    this.#deaf = options.system.poller([options.wake]);
    this.#poller = this.#deaf;
  }

  /** Runs until it was told to close and all goodbyes are said. */
  run(): void {
    try {
      this.#live();
    } finally {
      // Also when a mistake ends the thread: the ports are wanted by the next one.
      for (const { sender } of this.#byPath.values()) sender?.close();
      for (const { socket } of this.#receivers.values()) socket.close();
    }
  }

  #live(): void {
    const { wake, clock, system } = this.#options;
    while (!this.#isClosing) {
      const now = clock();
      const deafUntil = Math.max(this.#restUntil, this.#gatherUntil);
      const isDeaf = now < deafUntil;
      const again = isDeaf ? deafUntil : Infinity;
      const deadline = Math.min(this.#bfd.nextDeadline(), this.#reportAt, again);
      const timeout = deadline === Infinity ? -1 : Math.max(0, Math.ceil(deadline - now));
      const ready = (isDeaf ? this.#deaf : this.#poller).wait(timeout);
      if ((ready & 1) !== 0) system.clearEvent(wake);
      if (clock() >= this.#restUntil) this.#hear(isDeaf ? this.#allReceivers : ready >>> 1);
      this.#bfd.expire(clock());
      if ((ready & 1) !== 0) this.#obey();
      this.#carryOut();
      if (clock() >= this.#reportAt) this.#report();
    }
  }

  #obey(): void {
    const { next, clock } = this.#options;
    for (let message = next(); message !== undefined; message = next()) {
      if (message.kind === "set") this.#set(message.name, message.session);
      else if (message.kind === "remove") this.#remove(message.name);
      else {
        this.#isClosing = true;
        for (const { path } of this.#entries.values()) this.#bfd.remove(path, clock());
      }
      this.#carryOut();
    }
  }

  #set(name: string, session: BfdSession): void {
    const path = pathOf(session.multihop, session.remote, session.scope);
    const known = this.#entries.get(name);
    if (known !== undefined && (known.path !== path || !sameEnds(known.session, session))) {
      this.#remove(name);
    }
    let entry = this.#entries.get(name);
    if (entry === undefined) {
      entry = { name, path, session, sender: undefined, trouble: "", change: undefined };
      this.#entries.set(name, entry);
      this.#take(entry);
    }
    // Over another interface it goes on, the neighbour notices nothing; but whoever asked for that has
    // forgotten what he was told of it.
    const isMoved = entry.session.scope !== session.scope;
    entry.session = session;
    this.#reportAt = Math.min(this.#reportAt, this.#options.clock() + REPORT_INTERVAL);
    this.#begin(entry);
    if (isMoved && entry.change !== undefined) this.#options.post(entry.change);
  }

  /** Whoever had the path before (a neighbour with another name once) has it no more. */
  #take(entry: Entry): void {
    const former = this.#byPath.get(entry.path);
    if (former !== undefined && this.#isLive(former)) this.#remove(former.name);
    former?.sender?.close();
    this.#byPath.set(entry.path, entry);
  }

  /** Begins or changes the session when its sockets are there. */
  #begin(entry: Entry): void {
    const { name } = entry;
    const trouble = this.#open(entry);
    if (trouble !== undefined) {
      if (trouble !== entry.trouble) this.#options.post({ kind: "problem", name, text: trouble });
      entry.trouble = trouble;
      return;
    }
    entry.trouble = "";
    this.#bfd.add(entry.path, entry.session.settings, this.#options.clock());
  }

  #open(entry: Entry): string | undefined {
    const { multihop, local } = entry.session;
    const { system, wake, random } = this.#options;
    const ipv6 = local.length === 16;
    const kind = `${multihop} ${ipv6}`;
    if (!this.#receivers.has(kind)) {
      const socket = system.openReceiver(ipv6, multihop);
      if (isSystemFault(socket)) return `UDP port ${portOf(multihop)}: ${socket.message}`;
      this.#receivers.set(kind, { socket, multihop });
      const sockets = [...this.#receivers.values()].map(({ socket: { fd } }) => fd);
      this.#poller = system.poller([wake, ...sockets]);
    }
    if (entry.sender !== undefined) return undefined;
    const sender = system.openSender(entry.session, random);
    if (isSystemFault(sender)) return `its local address: ${sender.message}`;
    entry.sender = sender;
    return undefined;
  }

  /** The session says goodbye, over its socket, until #report() finds that it is over. */
  #remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#bfd.remove(entry.path, this.#options.clock());
    this.#carryOut();
    this.#entries.delete(name);
  }

  get #allReceivers(): number {
    return 2 ** this.#receivers.size - 1;
  }

  /** `ready`: a bit for each receiver, in their order. */
  #hear(ready: number): void {
    const before = this.#packets;
    this.#readAll(ready);
    if (this.#packets > before) this.#gather(this.#packets - before);
  }

  /**
   * Where packets come so densely that more than one is to be expected while they may wait, those that
   * come next are let gather, and are read at one wake-up, as is done with a busy network card's
   * (measured: `idle`). Where fewer come, the wake-up at the end of the wait would be one too many.
   */
  #gather(count: number): void {
    const now = this.#options.clock();
    const { slack } = this.#bfd;
    const spacing = Math.min(now - this.#heardAt, RARE) / count;
    this.#spacing += (spacing - this.#spacing) * INERTIA;
    // Of what has not all been read there is enough already: in a flood it would wait for ever longer.
    if (now < this.#restUntil) this.#gatherUntil = -Infinity;
    else if (this.#spacing < slack) this.#gatherUntil = now + slack;
    this.#heardAt = now;
  }

  #readAll(ready: number): void {
    const { clock } = this.#options;
    const until = clock() + READING;
    for (let waiting = ready; waiting !== 0;) {
      if (clock() >= until) {
        this.#restUntil = clock() + REST;
        return;
      }
      let bit = 1;
      for (const { socket, multihop } of this.#receivers.values()) {
        if ((waiting & bit) !== 0 && this.#read(socket, multihop)) waiting &= ~bit;
        bit <<= 1;
      }
    }
  }

  /** A burst from one socket; true: nothing more is there. */
  #read(socket: BfdSocket, multihop: boolean): boolean {
    for (let i = 0; i < BURST; i++) {
      const length = socket.receive(this.#room);
      if (length < 0) return true;
      this.#packets++;
      const { address, scope } = socket.sender();
      const path = pathOf(multihop, address, scope ?? 0);
      this.#bfd.receive(path, this.#room, length, this.#options.clock());
      this.#carryOut();
    }
    return false;
  }

  #carryOut(): void {
    for (const effect of this.#bfd.take()) {
      const entry = this.#byPath.get(effect.path);
      if (entry === undefined) continue;
      if (effect.kind === "send") this.#send(entry, effect.bytes);
      else {
        const { state, diagnostic, remoteAdminDown, controlPlaneIndependent } = effect;
        const change = { state, diagnostic, remoteAdminDown, controlPlaneIndependent };
        entry.change = { kind: "change", name: entry.name, ...change };
        this.#options.post(entry.change);
        this.#reportAt = this.#options.clock();
      }
    }
  }

  /** A refusal is said once; the session's own detection time decides what it means. */
  #send(entry: Entry, bytes: Uint8Array): void {
    const { name } = entry;
    const { remote, multihop, scope } = entry.session;
    const to = { address: remote, port: portOf(multihop), scope };
    const sent = entry.sender?.send(bytes, to) ?? 0;
    const trouble = sent < 0 && sent !== -ERRNO.EAGAIN ? `sending: ${errnoWords(-sent)}` : "";
    if (trouble !== "" && trouble !== entry.trouble) {
      this.#options.post({ kind: "problem", name, text: trouble });
    }
    entry.trouble = trouble;
  }

  #report(): void {
    const { origin, clock, post } = this.#options;
    for (const entry of this.#byPath.values()) {
      if (this.#bfd.view(entry.path) === undefined) this.#settle(entry);
    }
    const views = [...this.#entries].flatMap(([name, { path }]) => {
      const view = this.#bfd.view(path);
      return view === undefined ? [] : [[name, { ...view, since: view.since + origin }] as const];
    });
    post({ kind: "views", views });
    this.#reportAt = this.#byPath.size === 0 ? Infinity : clock() + REPORT_INTERVAL;
  }

  /** No session runs on the path: it could not begin, or has said goodbye. */
  #settle(entry: Entry): void {
    if (this.#isLive(entry)) {
      this.#begin(entry);
      return;
    }
    entry.sender?.close();
    this.#byPath.delete(entry.path);
  }

  #isLive(entry: Entry): boolean {
    return this.#entries.get(entry.name) === entry;
  }
}

/** The two ends by what a packet shows of them: who sent it, and on which port it came. */
function pathOf(multihop: boolean, remote: Uint8Array, scope: number): string {
  const isLinkLocal = remote.length === 16 && remote[0] === 0xfe && (remote[1] & 0xc0) === 0x80;
  return `${multihop ? "multihop" : "single hop"} ${remote.join(".")} ${isLinkLocal ? scope : 0}`;
}

/** Whether a session can go on as another one: the neighbour would not notice. */
function sameEnds(a: BfdSession, b: BfdSession): boolean {
  const before = a.settings.authentication;
  const after = b.settings.authentication;
  const sameKey =
    before?.type === after?.type &&
    before?.keyId === after?.keyId &&
    String(before?.key) === String(after?.key);
  return sameKey && String(a.local) === String(b.local);
}
