// All that the BFD thread does: a synchronous loop around poll(2), with sockets on one side and the
// sessions of the bfd room on the other. No event loop, no promise, few objects: nothing that another
// thread does (a million routes, a garbage collection) holds up a packet here.

import { Bfd } from "../bfd/index.ts";
import type { Sha1 } from "../bfd/index.ts";
import { clearEvent, ERRNO, errnoWords, isSystemFault, Poller } from "../sysdep/index.ts";
import type { UdpSocket } from "../sysdep/index.ts";
import type { BfdSession, FromBfd, ToBfd } from "./bfd-messages.ts";
import { openReceiver, openSender, portOf } from "./bfd-sockets.ts";

export interface BfdLoopOptions {
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

interface Entry {
  readonly path: string;
  session: BfdSession;
  sender: UdpSocket | undefined;
  /** The last socket error that was reported. */
  trouble: string;
}

interface Receiver {
  readonly socket: UdpSocket;
  readonly multihop: boolean;
}

export class BfdLoop {
  readonly #options: BfdLoopOptions;
  readonly #bfd: Bfd;
  readonly #entries = new Map<string, Entry>();
  readonly #byPath = new Map<string, string>();
  readonly #receivers = new Map<string, Receiver>();
  readonly #room = new Uint8Array(ROOM);
  #poller: Poller;
  #reportAt = Infinity;
  #isClosing = false;

  constructor(options: BfdLoopOptions) {
    this.#options = options;
    this.#bfd = new Bfd({ random: options.random, sha1: options.sha1 });
    this.#poller = new Poller([options.wake]);
  }

  /** Runs until it was told to close and all goodbyes are said. */
  run(): void {
    const { wake, clock } = this.#options;
    while (!this.#isClosing) {
      const now = clock();
      const deadline = Math.min(this.#bfd.nextDeadline(), this.#reportAt);
      const timeout = deadline === Infinity ? -1 : Math.max(0, Math.ceil(deadline - now));
      const ready = this.#poller.wait(timeout);
      if ((ready & 1) !== 0) clearEvent(wake);
      this.#hear(ready >>> 1);
      // After what was heard, so that a packet that waited is not held against its sender.
      this.#bfd.expire(clock());
      if ((ready & 1) !== 0) this.#obey();
      this.#carryOut();
      if (clock() >= this.#reportAt) this.#report();
    }
    for (const { sender } of this.#entries.values()) sender?.close();
    for (const { socket } of this.#receivers.values()) socket.close();
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
    const entry = this.#entries.get(name) ?? { path, session, sender: undefined, trouble: "" };
    entry.session = session;
    this.#entries.set(name, entry);
    this.#byPath.set(path, name);
    this.#reportAt = Math.min(this.#reportAt, this.#options.clock() + REPORT_INTERVAL);
    this.#begin(name, entry);
  }

  /** Begins or changes the session when its sockets are there. */
  #begin(name: string, entry: Entry): void {
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
    const ipv6 = local.length === 16;
    const kind = `${multihop} ${ipv6}`;
    if (!this.#receivers.has(kind)) {
      const socket = openReceiver(ipv6, multihop);
      if (isSystemFault(socket)) return `UDP port ${portOf(multihop)}: ${socket.message}`;
      this.#receivers.set(kind, { socket, multihop });
      const sockets = [...this.#receivers.values()].map(({ socket: { fd } }) => fd);
      this.#poller = new Poller([this.#options.wake, ...sockets]);
    }
    if (entry.sender !== undefined) return undefined;
    const sender = openSender(entry.session, this.#options.random);
    if (isSystemFault(sender)) return `its local address: ${sender.message}`;
    entry.sender = sender;
    return undefined;
  }

  #remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#bfd.remove(entry.path, this.#options.clock());
    // The goodbye goes out now; repeating it for a while is not worth a socket that lives on.
    this.#carryOut();
    entry.sender?.close();
    this.#entries.delete(name);
    if (this.#byPath.get(entry.path) === name) this.#byPath.delete(entry.path);
  }

  /** `ready`: a bit for each receiver, in their order. */
  #hear(ready: number): void {
    let bit = 1;
    for (const { socket, multihop } of this.#receivers.values()) {
      if ((ready & bit) !== 0) this.#read(socket, multihop);
      bit <<= 1;
    }
  }

  #read(socket: UdpSocket, multihop: boolean): void {
    for (let i = 0; i < BURST; i++) {
      const length = socket.receive(this.#room);
      if (length < 0) return;
      const { address, scope } = socket.sender();
      const path = pathOf(multihop, address, scope ?? 0);
      this.#bfd.receive(path, this.#room, Math.min(length, ROOM), this.#options.clock());
      this.#carryOut();
    }
  }

  #carryOut(): void {
    for (const effect of this.#bfd.take()) {
      const name = this.#byPath.get(effect.path);
      const entry = name === undefined ? undefined : this.#entries.get(name);
      if (name === undefined || entry === undefined) continue;
      if (effect.kind === "send") this.#send(name, entry, effect.bytes);
      else {
        const { state, diagnostic, remoteAdminDown, controlPlaneIndependent } = effect;
        const change = { state, diagnostic, remoteAdminDown, controlPlaneIndependent };
        this.#options.post({ kind: "change", name, ...change });
        this.#reportAt = this.#options.clock();
      }
    }
  }

  /** A refusal is said once; the session's own detection time decides what it means. */
  #send(name: string, entry: Entry, bytes: Uint8Array): void {
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
    for (const [name, entry] of this.#entries) {
      if (this.#bfd.view(entry.path) === undefined) this.#begin(name, entry);
    }
    const views = [...this.#entries].flatMap(([name, { path }]) => {
      const view = this.#bfd.view(path);
      return view === undefined ? [] : [[name, { ...view, since: view.since + origin }] as const];
    });
    post({ kind: "views", views });
    this.#reportAt = this.#entries.size === 0 ? Infinity : clock() + REPORT_INTERVAL;
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
