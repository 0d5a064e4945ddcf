// Listening sockets and the MD5 keys on them.

import { Server } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setMd5Keys } from "../sysdep/index.ts";
import { formatAddress, formatPrefix } from "../speaker/index.ts";
import type { Address, ListenKey } from "../speaker/index.ts";
import { errorText } from "./errors.ts";
import { listenDescriptor, md5Key, throwFault } from "./sockets.ts";

export interface ListenSettings {
  readonly addresses: readonly Address[];
  /** 0: any free one, for tests. */
  readonly port: number;
}

/** Pending connections: a rack that starts again must not see refusals. */
const BACKLOG = 511;

interface Place {
  readonly address: Address;
  readonly port: number;
}

interface Listener {
  readonly server: Server;
  readonly fd: number;
  readonly place: Place;
  /** The keys in place, by what they are for. */
  keys: Map<string, ListenKey>;
}

export class Listeners {
  readonly #incoming: (socket: Socket) => void;
  readonly #listeners = new Map<string, Listener>();

  constructor(incoming: (socket: Socket) => void) {
    this.#incoming = incoming;
  }

  get bound(): readonly { readonly address: Address; readonly port: number }[] {
    return [...this.#listeners.values()].map(({ server, place }) => {
      return { address: place.address, port: (server.address() as AddressInfo).port };
    });
  }

  /**
   * Closes what is not wanted any more and opens what is new; in this order, since 0.0.0.0 and one
   * address of this host exclude each other. If one cannot be opened, what listened before does so
   * again, and it rejects with the reason. Connections are not touched.
   */
  async set(settings: ListenSettings, keys: readonly ListenKey[]): Promise<void> {
    const wanted = new Map<string, Place>();
    for (const address of settings.addresses) {
      const place = { address, port: settings.port };
      wanted.set(nameOf(place), place);
    }
    const closed = [...this.#listeners].filter(([name]) => !wanted.has(name));
    for (const [name] of closed) this.#close(name);
    const opened: string[] = [];
    try {
      for (const [name, place] of wanted) {
        if (this.#listeners.has(name)) continue;
        this.#listeners.set(name, await this.#open(place));
        opened.push(name);
      }
      this.setKeys(keys);
    } catch (error) {
      for (const name of opened) this.#close(name);
      for (const [name, { place }] of closed) this.#listeners.set(name, await this.#open(place));
      this.setKeys(keys);
      throw error;
    }
  }

  setKeys(keys: readonly ListenKey[]): void {
    for (const listener of this.#listeners.values()) setKeys(listener, keys);
  }

  close(): void {
    for (const name of [...this.#listeners.keys()]) this.#close(name);
  }

  /** Not to be waited for: Node calls a server closed when its last connection has ended. */
  #close(name: string): void {
    this.#listeners.get(name)?.server.close();
    this.#listeners.delete(name);
  }

  async #open(place: Place): Promise<Listener> {
    try {
      const fd = listenDescriptor(place.address, place.port);
      const server = new Server((socket) => this.#incoming(socket));
      // From here on the descriptor is Node's, which closes it when it cannot listen: closing it here
      // as well would close whatever has got its number since.
      await listening(server, fd);
      // A failed accept (no descriptors left, say) is one connection's trouble, not the daemon's.
      server.on("error", () => undefined);
      return { server, fd, place, keys: new Map() };
    } catch (error) {
      throw new Error(`listen on ${nameOf(place)}: ${errorText(error)}`, { cause: error });
    }
  }
}

function nameOf({ address, port }: Place): string {
  return `${formatAddress(address)} port ${port}`;
}

function listening(server: Server, fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ fd, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Takes away the keys that are gone, then puts those that are new or changed. */
function setKeys(listener: Listener, keys: readonly ListenKey[]): void {
  const wanted = new Map<string, ListenKey>();
  for (const key of keys) {
    if (key.peers.family === listener.place.address.family)
      wanted.set(formatPrefix(key.peers), key);
  }
  for (const [name, old] of listener.keys) {
    if (!wanted.has(name)) apply(listener, name, old, NO_KEY);
  }
  for (const [name, key] of wanted) {
    const old = listener.keys.get(name);
    if (old === undefined || !sameBytes(old.key, key.key)) apply(listener, name, key, key.key);
  }
}

const NO_KEY = new Uint8Array(0);

function apply(listener: Listener, name: string, listenKey: ListenKey, key: Uint8Array): void {
  const fault = setMd5Keys(listener.fd, [md5Key(listenKey, key)]);
  if (fault !== undefined) throwFault(fault);
  if (key.length === 0) listener.keys.delete(name);
  else listener.keys.set(name, listenKey);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
