// Looks for unnumbered neighbours: a socket on each of their interfaces, and what is heard there.
//
// Node's event loop has no place for an ICMPv6 socket, and a few packets a minute are no reason for a
// thread: the sockets are looked at ten times a second.

import { addressesEqual, addressFromBytes, formatAddress, isLinkLocal } from "../speaker/index.ts";
import type { Address, DiscoverEffect, EventEffect, Speaker } from "../speaker/index.ts";
import { describeErrno, ERRNO, Icmpv6Socket, isSystemFault } from "../sysdep/index.ts";
import { LinkDiscovery } from "./link-discovery.ts";
import type { LinkAction } from "./link-discovery.ts";
import {
  ALL_NODES,
  ALL_ROUTERS,
  encodeAdvertisement,
  encodeSolicitation,
  readRouterMessage,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
} from "./router-messages.ts";

/** An interface as the host sees it. */
export interface LinkView {
  readonly index: number;
  readonly up: boolean;
  readonly running: boolean;
  readonly mac: Uint8Array;
  readonly addresses: readonly { readonly address: Address }[];
}

export interface DiscoveryOptions {
  readonly speaker: Pick<Speaker, "found" | "notFound">;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** The interface of that name; undefined: there is none. */
  readonly link: (name: string) => LinkView | undefined;
  readonly onEvent: (event: EventEffect) => void;
  /** The speaker has something to do. */
  readonly wake: () => void;
}

/** Milliseconds between two looks at the sockets, and at the interfaces. */
const TICK = 100;
const LINK_TICK = 1000;
/** Messages read from a socket at one look. */
const MOST_MESSAGES = 32;

interface Watch {
  readonly neighbour: string;
  readonly interface: string;
  open: Open | undefined;
  /** What stands in the way, as it was said last. */
  problem: string;
}

interface Open {
  readonly socket: Icmpv6Socket;
  readonly index: number;
  readonly machine: LinkDiscovery;
}

export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #watches = new Map<string, Watch>();
  readonly #bytes = new Uint8Array(2048);
  #timer: NodeJS.Timeout | undefined;
  #linksAt = 0;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  carryOut({ neighbour, interface: name }: DiscoverEffect): void {
    const known = this.#watches.get(neighbour);
    if (known !== undefined) this.#close(known);
    this.#watches.delete(neighbour);
    if (name !== undefined) {
      this.#watches.set(neighbour, { neighbour, interface: name, open: undefined, problem: "" });
      this.linksChanged();
    }
    this.#keepTime();
  }

  /** Interfaces or their addresses may have changed. */
  linksChanged(): void {
    this.#linksAt = 0;
  }

  close(): void {
    for (const watch of this.#watches.values()) this.#close(watch);
    this.#watches.clear();
    this.#keepTime();
  }

  #keepTime(): void {
    if (this.#watches.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else {
      this.#timer ??= setInterval(() => this.#tick(), TICK).unref();
    }
  }

  #tick(): void {
    const now = this.#options.clock();
    const looksAtLinks = this.#linksAt <= now;
    if (looksAtLinks) this.#linksAt = now + LINK_TICK;
    for (const watch of this.#watches.values()) {
      if (looksAtLinks) this.#checkLink(watch, now);
      if (watch.open !== undefined) this.#serve(watch, watch.open, now);
    }
  }

  /** Opens a socket where the interface can be used, closes it where it cannot any more. */
  #checkLink(watch: Watch, now: number): void {
    const link = this.#options.link(watch.interface);
    const why = unusable(watch.interface, link);
    if (watch.open !== undefined && (why !== undefined || watch.open.index !== link?.index)) {
      this.#close(watch);
      this.#lost(watch, why ?? `interface ${watch.interface} is another one now`, now);
    }
    if (watch.open !== undefined) return;
    if (link === undefined || why !== undefined) this.#say(watch, why ?? "");
    else this.#open(watch, link, now);
  }

  #open(watch: Watch, { index }: LinkView, now: number): void {
    const socket = Icmpv6Socket.open({
      device: watch.interface,
      index,
      types: [ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT],
      groups: [ALL_NODES, ALL_ROUTERS],
    });
    if (isSystemFault(socket)) {
      this.#say(watch, socket.message);
      return;
    }
    watch.problem = "";
    watch.open = { socket, index, machine: new LinkDiscovery(now, Math.random) };
  }

  #close(watch: Watch): void {
    watch.open?.socket.close();
    watch.open = undefined;
  }

  #serve(watch: Watch, open: Open, now: number): void {
    this.#read(watch, open, now);
    const { machine } = open;
    if (machine.nextDeadline() <= now) machine.expire(now);
    for (const action of machine.take()) this.#perform(watch, open, action, now);
  }

  #read(watch: Watch, { socket, machine }: Open, now: number): void {
    for (let i = 0; i < MOST_MESSAGES; i++) {
      const length = socket.receive(this.#bytes);
      if (length < 0) {
        // What else it may be (the network is down, say), the next look at the interface tells.
        if (length !== -ERRNO.EAGAIN) this.linksChanged();
        return;
      }
      const sender = socket.sender();
      const message = readRouterMessage(this.#bytes, length, sender);
      const address = addressFromBytes(sender);
      if (message === undefined || address === undefined) continue;
      if (!this.#isOwn(watch, address)) machine.heard(message, address, now);
    }
  }

  #isOwn(watch: Watch, address: Address): boolean {
    const link = this.#options.link(watch.interface);
    return link?.addresses.some((own) => addressesEqual(own.address, address)) === true;
  }

  #perform(watch: Watch, open: Open, action: LinkAction, now: number): void {
    const { speaker, wake } = this.#options;
    switch (action.kind) {
      case "send":
        this.#send(watch, open, action.message, now);
        return;
      case "found":
        speaker.found(watch.neighbour, action.address, action.previous, now);
        break;
      case "lost":
        speaker.notFound(watch.neighbour, undefined, now);
        break;
      case "crowded":
        this.#say(
          watch,
          `${formatAddress(action.other)} is a router on ${watch.interface} too; ` +
            `the neighbour stays ${formatAddress(action.address)}`,
        );
        return;
    }
    wake();
  }

  #send(
    watch: Watch,
    { socket, machine }: Open,
    message: "solicitation" | "advertisement",
    now: number,
  ): void {
    const mac = this.#options.link(watch.interface)?.mac ?? new Uint8Array(0);
    const sent =
      message === "advertisement"
        ? socket.send(encodeAdvertisement(mac), ALL_NODES)
        : socket.send(encodeSolicitation(mac), ALL_ROUTERS);
    if (sent >= 0) return;
    machine.unsent(message, now);
    this.#say(watch, `router ${message} on ${watch.interface}: ${describeErrno(-sent)}`);
  }

  #lost(watch: Watch, why: string, now: number): void {
    this.#options.speaker.notFound(watch.neighbour, why, now);
    this.#options.wake();
  }

  /** Once, until something else is in the way. */
  #say(watch: Watch, text: string): void {
    if (watch.problem === text) return;
    watch.problem = text;
    const { neighbour } = watch;
    this.#options.onEvent({
      kind: "event",
      level: "warn",
      name: "discovery-problem",
      neighbour,
      text,
    });
  }
}

function unusable(name: string, link: LinkView | undefined): string | undefined {
  if (link === undefined) return `there is no interface ${name}`;
  if (!link.up || !link.running) return `interface ${name} is down`;
  const isReady = link.addresses.some(
    ({ address }) => address.family === 1 && isLinkLocal(address),
  );
  return isReady ? undefined : `interface ${name} has no link-local address`;
}
