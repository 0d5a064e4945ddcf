/**
 * Links and addresses as the kernel has them. Everything is reached by ifindex or name in O(1), and
 * what belongs to a link (addresses, other people's routes) hangs on it, so that a link which goes
 * takes its own along and nobody searches: a node that has seen 40,000 dead pod interfaces is no
 * slower than a fresh one.
 */
import {
  type Address,
  type Prefix,
  PrefixTable,
  formatAddress,
  networkOf,
  prefixContainsAddress,
  prefixesEqual,
} from "../route/index.ts";
import type { AddressFact, LinkFact } from "./facts.ts";
import type { ForeignRoute } from "./foreign-route.ts";

export interface LinkAddress {
  readonly address: Address;
  readonly length: number;
  readonly network: Prefix;
  generation: number;
}

const NO_MAC = new Uint8Array(0);

export class Link {
  readonly index: number;
  name = "";
  up = false;
  running = false;
  mtu = 0;
  mac: Uint8Array = NO_MAC;
  master = 0;
  linkKind = "";
  readonly addresses: LinkAddress[] = [];
  /** Foreign routes with a hop over this link. */
  readonly routes = new Set<ForeignRoute>();
  generation = 0;

  constructor(index: number) {
    this.index = index;
  }

  /** Packets can leave: administratively up, with carrier. */
  get usable(): boolean {
    return this.up && this.running;
  }
}

/** What a link fact has changed. */
export interface LinkChange {
  readonly link: Link;
  readonly gone: boolean;
  /** It was usable before and is not now, or it has gone. */
  readonly lost: boolean;
  /** It can be used from now on. */
  readonly gained: boolean;
  /** It was up (IFF_UP) and is not now, or it has gone: the kernel has dropped what was on it. */
  readonly downed: boolean;
  readonly renamed: boolean;
  readonly macChanged: boolean;
}

export class LinkTable {
  readonly #links = new Map<number, Link>();
  readonly #names = new Map<string, Link>();
  /** Own addresses, counted: the same address may be on two links. */
  readonly #own = new Map<string, number>();
  /** Connected subnets by family, and by prefix id the links that have an address in them. */
  readonly #networks = [new PrefixTable(0, 16), new PrefixTable(1, 16)] as const;
  readonly #connected: readonly [Set<Link>[], Set<Link>[]] = [[], []];
  #linkGeneration = 0;
  #addressGeneration = 0;

  get(index: number): Link | undefined {
    return this.#links.get(index);
  }

  named(name: string): Link | undefined {
    return this.#names.get(name);
  }

  all(): IterableIterator<Link> {
    return this.#links.values();
  }

  nameOf(index: number): string {
    return this.#links.get(index)?.name ?? (index === 0 ? "" : `if${index}`);
  }

  usable(index: number): boolean {
    return this.#links.get(index)?.usable ?? false;
  }

  isOwn(address: Address): boolean {
    return this.#own.has(formatAddress(address));
  }

  /** The address lies in a subnet of one of the link's own addresses. */
  isConnected(link: Link, address: Address): boolean {
    return link.addresses.some((own) => prefixContainsAddress(own.network, address));
  }

  /** A usable link with the address in a subnet of its own, longer than `length` bits. */
  connected(address: Address, length: number): Link | undefined {
    const sets = this.#connected[address.family];
    const networks = this.#networks[address.family];
    const id = networks.longestMatch(address.w0, address.w1, address.w2, address.w3, (candidate) =>
      hasUsable(sets[candidate]),
    );
    if (id < 0 || networks.lengthOf(id) <= length) return undefined;
    for (const link of sets[id]) if (link.usable) return link;
    return undefined;
  }

  /** Of the longest subnet that has the address, a link that is not usable. */
  unusable(address: Address): Link | undefined {
    const sets = this.#connected[address.family];
    const networks = this.#networks[address.family];
    const id = networks.longestMatch(address.w0, address.w1, address.w2, address.w3, () => true);
    return id < 0 ? undefined : [...sets[id]].find((link) => !link.usable);
  }

  /** Events may be heard in any order, so a link can be spoken of before it is introduced. */
  ensure(index: number): Link {
    let link = this.#links.get(index);
    if (link === undefined) {
      link = new Link(index);
      link.generation = this.#linkGeneration;
      this.#links.set(index, link);
    }
    return link;
  }

  update(fact: LinkFact): LinkChange | undefined {
    if (fact.gone === true) {
      const link = this.#links.get(fact.index);
      return link === undefined ? undefined : this.remove(link);
    }
    const link = this.ensure(fact.index);
    const wasUsable = link.usable;
    const wasUp = link.up;
    const renamed = link.name !== fact.name;
    const macChanged = !sameBytes(link.mac, fact.mac);
    if (renamed) this.#rename(link, fact.name);
    link.up = fact.up;
    link.running = fact.running;
    link.mtu = fact.mtu;
    link.mac = fact.mac;
    link.master = fact.master;
    link.linkKind = fact.linkKind;
    link.generation = this.#linkGeneration;
    return {
      link,
      gone: false,
      lost: wasUsable && !link.usable,
      gained: !wasUsable && link.usable,
      downed: wasUp && !link.up,
      renamed,
      macChanged,
    };
  }

  remove(link: Link): LinkChange {
    const change = {
      link,
      gone: true,
      lost: link.usable,
      gained: false,
      downed: true,
      renamed: false,
      macChanged: false,
    };
    // One by one: a network is given back with the last address in it.
    for (let own = link.addresses.pop(); own !== undefined; own = link.addresses.pop()) {
      this.#disown(link, own);
    }
    link.up = false;
    link.running = false;
    this.#links.delete(link.index);
    if (this.#names.get(link.name) === link) this.#names.delete(link.name);
    return change;
  }

  /** The networks that an address fact adds or takes away; undefined: it changes nothing. */
  updateAddress(fact: AddressFact): LinkAddress | undefined {
    const link = fact.gone === true ? this.#links.get(fact.interface) : this.ensure(fact.interface);
    if (link === undefined) return undefined;
    const text = formatAddress(fact.address);
    const at = link.addresses.findIndex(
      (entry) => entry.length === fact.length && formatAddress(entry.address) === text,
    );
    if (fact.gone === true) {
      if (at < 0) return undefined;
      const [removed] = link.addresses.splice(at, 1);
      this.#disown(link, removed);
      return removed;
    }
    if (at >= 0) {
      link.addresses[at].generation = this.#addressGeneration;
      return undefined;
    }
    const entry: LinkAddress = {
      address: fact.address,
      length: fact.length,
      network: networkOf(fact.address, fact.length),
      generation: this.#addressGeneration,
    };
    link.addresses.push(entry);
    this.#own.set(text, (this.#own.get(text) ?? 0) + 1);
    this.#connect(link, entry.network);
    return entry;
  }

  /** A dump begins: what it does not mention is not of the new generation. */
  beginLinks(): void {
    this.#linkGeneration++;
  }

  beginAddresses(): void {
    this.#addressGeneration++;
  }

  unseenLinks(): Link[] {
    return [...this.#links.values()].filter((link) => link.generation !== this.#linkGeneration);
  }

  unseenAddresses(): AddressFact[] {
    const facts: AddressFact[] = [];
    for (const link of this.#links.values()) {
      for (const { address, length, generation } of link.addresses) {
        if (generation === this.#addressGeneration) continue;
        facts.push({ kind: "address", interface: link.index, address, length, gone: true });
      }
    }
    return facts;
  }

  #rename(link: Link, name: string): void {
    if (this.#names.get(link.name) === link) this.#names.delete(link.name);
    link.name = name;
    this.#names.set(name, link);
  }

  #connect(link: Link, network: Prefix): void {
    const networks = this.#networks[network.family];
    const id = networks.internPrefix(network);
    networks.hold(id, HELD);
    (this.#connected[network.family][id] ??= new Set()).add(link);
  }

  /** Takes back what an address of the link stood for; it is out of `link.addresses` already. */
  #disown(link: Link, { address, network }: LinkAddress): void {
    const text = formatAddress(address);
    const count = this.#own.get(text) ?? 0;
    if (count <= 1) this.#own.delete(text);
    else this.#own.set(text, count - 1);
    if (link.addresses.some((other) => prefixesEqual(other.network, network))) return;
    const networks = this.#networks[network.family];
    const id = networks.findPrefix(network);
    const set = this.#connected[network.family][id];
    set.delete(link);
    if (set.size === 0) networks.release(id, HELD);
  }
}

/** Who holds a prefix of this table: nobody but the table's owner. */
const HELD = 1;

function hasUsable(links: ReadonlySet<Link>): boolean {
  for (const link of links) if (link.usable) return true;
  return false;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
