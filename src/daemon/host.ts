import type { Fib, InterfaceView, KernelFact } from "../fib/index.ts";
import {
  type Address,
  IPV4,
  IPV6,
  addressesEqual,
  isLinkLocal,
  isLoopback,
} from "../route/index.ts";
import type { LocalAddresses } from "../transport/index.ts";

/** RTN_UNICAST */
const UNICAST = 1;

/** What the daemon itself must know of its host: which way is out, and what it is called there. */
export class HostView {
  readonly #fib: Fib;
  /** Interfaces of default routes, by family and metric. */
  readonly #defaults = new Map<string, { family: number; metric: number; interface: number }>();

  constructor(fib: Fib) {
    this.#fib = fib;
  }

  /** Every fact passes here on its way to the Fib. */
  fact(fact: KernelFact): void {
    if (fact.kind !== "route" || fact.prefix.length !== 0 || fact.type !== UNICAST) return;
    const key = `${fact.prefix.family} ${fact.table} ${fact.metric}`;
    const hop = fact.hops.at(0);
    if (fact.gone === true || hop === undefined) this.#defaults.delete(key);
    else {
      const { family } = fact.prefix;
      this.#defaults.set(key, { family, metric: fact.metric, interface: hop.interface });
    }
  }

  /** The interface of the default route (IPv4 before IPv6, the lowest metric), if there is one. */
  uplink(): InterfaceView | undefined {
    const best = [...this.#defaults.values()].sort(
      (a, b) => a.family - b.family || a.metric - b.metric,
    )[0];
    if (best === undefined) return undefined;
    return this.#interfaces().find(({ index }) => index === best.interface);
  }

  addresses(): Address[] {
    return this.#interfaces().flatMap((link) => link.addresses.map(({ address }) => address));
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

  /** Whose interface a connection's local address is on, and what may be announced as next hop there. */
  localAddresses(local: Address): LocalAddresses | undefined {
    const link = this.#interfaces().find(({ addresses }) =>
      addresses.some(({ address }) => addressesEqual(address, local)),
    );
    if (link === undefined) return undefined;
    const all = link.addresses.map(({ address }) => address);
    const ipv4 = local.family === IPV4 ? local : all.find(({ family }) => family === IPV4);
    const global = (address: Address): boolean => address.family === IPV6 && !isLinkLocal(address);
    const ipv6 = global(local) ? local : all.find(global);
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
