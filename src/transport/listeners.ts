// Listening sockets and the MD5 keys on them.

import { Server } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { closeDescriptor, setMd5Keys } from "../sysdep/index.ts";
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

interface Listener {
  readonly server: Server;
  readonly fd: number;
  readonly address: Address;
  /** The keys in place, by what they are for. */
  keys: Map<string, ListenKey>;
}

export class Listeners {
  readonly #incoming: (socket: Socket) => void;
  #listeners = new Map<string, Listener>();

  constructor(incoming: (socket: Socket) => void) {
    this.#incoming = incoming;
  }

  get bound(): readonly { readonly address: Address; readonly port: number }[] {
    return [...this.#listeners.values()].map(({ server, address }) => {
      return { address, port: (server.address() as AddressInfo).port };
    });
  }

  /**
   * Opens what is new, then closes what is not wanted any more. If one cannot be opened, all that
   * was opened by this call is closed, what listened before goes on, and it rejects with the reason.
   */
  async set(settings: ListenSettings, keys: readonly ListenKey[]): Promise<void> {
    const wanted = new Map<string, Listener>();
    const opened: Listener[] = [];
    try {
      for (const address of settings.addresses) {
        const name = `${formatAddress(address)} port ${settings.port}`;
        let listener = this.#listeners.get(name);
        if (listener === undefined) {
          listener = await this.#open(address, settings.port, name);
          opened.push(listener);
        }
        wanted.set(name, listener);
      }
      for (const listener of wanted.values()) setKeys(listener, keys);
    } catch (error) {
      await Promise.all(opened.map(close));
      throw error;
    }
    const old = [...this.#listeners].filter(([name]) => !wanted.has(name));
    this.#listeners = wanted;
    await Promise.all(old.map(([, listener]) => close(listener)));
  }

  setKeys(keys: readonly ListenKey[]): void {
    for (const listener of this.#listeners.values()) setKeys(listener, keys);
  }

  async close(): Promise<void> {
    const old = [...this.#listeners.values()];
    this.#listeners.clear();
    await Promise.all(old.map(close));
  }

  async #open(address: Address, port: number, name: string): Promise<Listener> {
    try {
      const fd = listenDescriptor(address, port);
      const server = new Server((socket) => this.#incoming(socket));
      try {
        await listening(server, fd);
      } catch (error) {
        closeDescriptor(fd);
        throw error;
      }
      // A failed accept (no descriptors left, say) is one connection's trouble, not the daemon's.
      server.on("error", () => undefined);
      return { server, fd, address, keys: new Map() };
    } catch (error) {
      throw new Error(`listen on ${name}: ${errorText(error)}`, { cause: error });
    }
  }
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

function close({ server }: Listener): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}

/** Takes away the keys that are gone, then puts those that are new or changed. */
function setKeys(listener: Listener, keys: readonly ListenKey[]): void {
  const wanted = new Map<string, ListenKey>();
  for (const key of keys) {
    if (key.peers.family === listener.address.family) wanted.set(formatPrefix(key.peers), key);
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
