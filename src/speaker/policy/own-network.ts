// What is this node's own, as far as policies ask: its blocks, its addresses, and the prefixes that
// it originates. The speaker keeps it up to date; every policy of the speaker reads the same one.

import {
  type Address,
  type Family,
  IPV4,
  type Prefix,
  type PrefixTable,
  type ResolvedNextHop,
  addressesEqual,
  isLinkLocal,
} from "../../route/index.ts";
import { RangeSet, inside } from "./range-set.ts";

/** An address of one of this node's interfaces. */
export interface OwnAddress {
  readonly address: Address;
  /** The interface's index. */
  readonly interface: number;
}

const NONE: readonly OwnAddress[] = [];

export class OwnNetwork {
  #blocks = new RangeSet([]);
  /** By {@link lastWord}. */
  #addresses: ReadonlyMap<number, readonly OwnAddress[]> = new Map();
  readonly #originated: [Uint32Array, Uint32Array] = [new Uint32Array(32), new Uint32Array(32)];
  #version = 0;

  /** Changes with the addresses: a judgement of a next hop holds for one version only. */
  get version(): number {
    return this.#version;
  }

  get blocks(): readonly Prefix[] {
    return this.#blocks.ranges.map((range) => range.prefix);
  }

  /** The node's blocks. What was judged before has to be judged again by the caller. */
  setBlocks(blocks: readonly Prefix[]): void {
    this.#blocks = new RangeSet(blocks.map(inside));
  }

  /** The addresses of the node's own interfaces. The same holds. */
  setAddresses(addresses: readonly OwnAddress[]): void {
    this.#addresses = Map.groupBy(addresses, ({ address }) => lastWord(address));
    this.#version = (this.#version + 1) >>> 0;
  }

  /** Takes another one's addresses over. */
  copyAddresses(other: OwnNetwork): void {
    this.#addresses = other.#addresses;
    this.#version = (this.#version + 1) >>> 0;
  }

  /** Notes that the node originates a prefix (a pod, a block), or no longer does. */
  setOriginated(family: Family, prefixId: number, originated: boolean): void {
    const word = prefixId >>> 5;
    if (word >= this.#originated[family].length) {
      const larger = new Uint32Array(Math.max(word + 1, this.#originated[family].length * 2));
      larger.set(this.#originated[family]);
      this.#originated[family] = larger;
    }
    const bit = 1 << (prefixId & 31);
    if (originated) this.#originated[family][word] |= bit;
    else this.#originated[family][word] &= ~bit;
  }

  originates(family: Family, prefixId: number): boolean {
    const bits = this.#originated[family];
    const word = prefixId >>> 5;
    return word < bits.length && (bits[word] & (1 << (prefixId & 31))) !== 0;
  }

  /** The block that the prefix is or lies in, by its index in `blocks`; -1 when there is none. */
  blockOf(prefixes: PrefixTable, prefixId: number): number {
    return this.#blocks.match(prefixes, prefixId);
  }

  /** Whether a next hop is this node itself. */
  isOwn(nextHop: ResolvedNextHop): boolean {
    const { address, linkLocal, interface: link } = nextHop;
    return this.#has(address, link) || (linkLocal !== undefined && this.#has(linkLocal, link));
  }

  /**
   * A link-local address is another one on another link (RFC 4007 §6): a router may well have there
   * what this node has here, fe80::1 say. `link` 0: on whichever.
   */
  #has(address: Address, link: number): boolean {
    const isAnywhere = link === 0 || !isLinkLocal(address);
    const alike = this.#addresses.get(lastWord(address)) ?? NONE;
    return alike.some(
      (own) => addressesEqual(own.address, address) && (isAnywhere || own.interface === link),
    );
  }
}

/** Of these few addresses of our own it tells nearly all apart, and no text is made to ask. */
function lastWord({ family, w0, w3 }: Address): number {
  return family === IPV4 ? w0 : w3;
}
