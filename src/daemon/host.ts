import type { DumpKind, Fib, InterfaceView, KernelFact, RouteHop } from "../fib/index.ts";
import {
  type Address,
  IPV4,
  IPV6,
  addressesEqual,
  formatAddress,
  isLinkLocal,
  isLoopback,
  networkOf,
  prefixContainsAddress,
} from "../route/index.ts";
import type { OwnAddress } from "../speaker/index.ts";
import type { LocalAddresses } from "../transport/index.ts";

/** RT_TABLE_MAIN */
const MAIN_TABLE = 254;

/** RTN_UNICAST */
const UNICAST = 1;

interface DefaultRoute {
  readonly family: number;
  readonly metric: number;
  readonly interface: number;
  /** Since the dump that is going on has begun. */
  seen: boolean;
}

function hopText({ interface: index, gateway }: RouteHop): string {
  return `${index} ${gateway === undefined ? "" : formatAddress(gateway)}`;
}

/** What the daemon itself must know of its host: which way is out, and what it is called there. */
export class HostView {
  readonly #fib: Fib;
  /** Tables that say where this node's packets go; single routes may be in others. */
  readonly #tables: readonly number[];
  readonly #defaults = new Map<string, DefaultRoute>();

  /** `table`: where routes of ours are usually. */
  constructor(fib: Fib, table: number) {
    this.#fib = fib;
    this.#tables = [MAIN_TABLE, table];
  }

  /** Every fact passes here on its way to the Fib. */
  fact(fact: KernelFact): void {
    if (fact.kind !== "route" || fact.prefix.length !== 0 || fact.type !== UNICAST) return;
    if (!this.#tables.includes(fact.table)) return;
    const { family } = fact.prefix;
    const rank = `${family} ${fact.table} ${fact.metric} `;
    // IPv6 has several of one metric, one for each router that advertises itself.
    const key = rank + fact.hops.map(hopText).join();
    if (fact.replace === true) {
      for (const other of this.#defaults.keys()) {
        if (other.startsWith(rank)) this.#defaults.delete(other);
      }
    }
    const hop = fact.hops.at(0);
    if (fact.gone === true || hop === undefined) this.#defaults.delete(key);
    else {
      const { metric } = fact;
      this.#defaults.set(key, { family, metric, interface: hop.interface, seen: true });
    }
  }

  /** Whether a fact, just taken in, is about a way out: the uplink, its MTU, may be another now. */
  concernsUplink(fact: KernelFact, uplink: string | undefined): boolean {
    if (fact.kind === "route") return fact.prefix.length === 0;
    if (fact.kind !== "link") return false;
    if (fact.name === uplink) return true;
    return [...this.#defaults.values()].some((route) => route.interface === fact.index);
  }

  dumpBegin(what: DumpKind): void {
    if (what === "routes") for (const route of this.#defaults.values()) route.seen = false;
  }

  /** What has not been seen since dumpBegin is gone; its event was lost. */
  dumpEnd(what: DumpKind): void {
    if (what !== "routes") return;
    for (const [key, { seen }] of this.#defaults) if (!seen) this.#defaults.delete(key);
  }

  /**
   * The interface of the default route (IPv4 before IPv6, the lowest metric), if there is one. The
   * kernel does not say that routes of a link that is down are gone: those do not count.
   */
  uplink(): InterfaceView | undefined {
    const links = this.#interfaces();
    return [...this.#defaults.values()]
      .sort((a, b) => a.family - b.family || a.metric - b.metric)
      .map((route) => links.find(({ index }) => index === route.interface))
      .find((link) => link?.up);
  }

  addresses(): OwnAddress[] {
    return this.#interfaces().flatMap(({ index, addresses }) =>
      addresses.map(({ address }) => ({ address, interface: index })),
    );
  }

  /** Whether the address is in a subnet of one of this node's interfaces. */
  isConnected(address: Address): boolean {
    if (address.family === IPV6 && isLinkLocal(address)) return true;
    return this.#interfaces().some((link) =>
      link.addresses.some((own) =>
        prefixContainsAddress(networkOf(own.address, own.length), address),
      ),
    );
  }

  byName(name: string): InterfaceView | undefined {
    return this.#interfaces().find((link) => link.name === name);
  }

  /**
   * The BGP Identifier to use where none is configured: the IPv4 address of the default route's
   * interface, else that of the first interface that has one. Host order; 0: there is none.
   */
  routerId(): number {
    const uplink = this.uplink();
    const links = uplink === undefined ? [] : [uplink];
    for (const link of [...links, ...this.#interfaces()]) {
      const address = link.addresses
        .map((entry) => entry.address)
        .find((candidate) => candidate.family === IPV4 && !isLoopback(candidate));
      if (address !== undefined) return address.w0;
    }
    return 0;
  }

  /**
   * Whose interface a connection's local address is on, and what may be announced as next hop there.
   * `zone`: its name, where the address has one; another interface may have the same link-local one.
   * 127.0.0.1 and ::1, which are on lo beside a router's own addresses, are nobody's next hop.
   */
  localAddresses(local: Address, zone?: string): LocalAddresses | undefined {
    const link = this.#interfaces().find(
      ({ name, addresses }) =>
        (zone === undefined || name === zone) &&
        addresses.some(({ address }) => addressesEqual(address, local)),
    );
    if (link === undefined) return undefined;
    const others = link.addresses.map(({ address }) => address);
    const all = [local, ...others.filter((address) => !isLoopback(address))];
    const ipv4 = all.find(({ family }) => family === IPV4);
    const ipv6 = all.find((address) => address.family === IPV6 && !isLinkLocal(address));
    const linkLocal = all.find((address) => address.family === IPV6 && isLinkLocal(address));
    return {
      interface: link.index,
      interfaceName: link.name,
      ...(ipv4 && { ipv4 }),
      ...(ipv6 && { ipv6 }),
      ...(linkLocal && { linkLocal }),
    };
  }

  #interfaces(): InterfaceView[] {
    return [...this.#fib.interfaces()].sort((a, b) => a.index - b.index);
  }
}
