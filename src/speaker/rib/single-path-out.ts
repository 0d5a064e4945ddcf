// Adj-RIB-Out with one route a prefix, the best one. 4 bytes a prefix; 6 where a route must not go back
// to the member that it came from. A prefix's entry is its id plus 1.

import type { AttributeTable } from "../../route/index.ts";
import { AdjRibOut, type OutTerms } from "./adj-rib-out.ts";
import type { FamilyRib } from "./family-rib.ts";
import { grown16, grown32 } from "../../route/index.ts";
import type { ExportPolicy } from "./types.ts";

export class SinglePathOut extends AdjRibOut {
  readonly mostEntries = 2;
  readonly lowestPathId = 0;
  readonly #attributes: AttributeTable;
  readonly #policy: ExportPolicy;
  readonly #fits: (set: number) => boolean;
  /** What the policy announces by itself; -1: nothing. */
  readonly #own: number;
  #exported = new Uint32Array(1024);
  /** Where the exported path came from; only for groups that do not send back. */
  #sources: Uint16Array | undefined;
  #size = 0;

  constructor(rib: FamilyRib, terms: OutTerms) {
    super(rib, terms);
    const { attributes, policy, sendBack, fits } = terms;
    this.#attributes = attributes;
    this.#policy = policy;
    this.#fits = fits;
    this.#sources = sendBack ? undefined : new Uint16Array(1024);
    rib.listen(this);
    this.#own = policy.ownPrefix?.(rib.family) ?? -1;
    if (this.#own >= 0) this.queue.push(this.#own);
  }

  override get size(): number {
    return this.#size;
  }

  override first(prefix: number): number {
    return this.#set(prefix) === 0 ? 0 : prefix + 1;
  }

  override next(): number {
    return 0;
  }

  override pathIdOf(): number {
    return 0;
  }

  override setOf(entry: number): number {
    return this.#exported[entry - 1];
  }

  override sourceOf(entry: number): number {
    return this.#sources === undefined ? 0 : this.#sources[entry - 1];
  }

  override highestPathId(): number {
    return 0;
  }

  override load(): void {
    // compare() has shown the only change that there can be.
  }

  protected override get routeBytes(): number {
    return this.#exported.byteLength + (this.#sources?.byteLength ?? 0);
  }

  protected override get limit(): number {
    return this.#exported.length;
  }

  protected override compare(prefix: number): number {
    const { rib } = this;
    const own = prefix === this.#own ? (this.#policy.ownSet?.(rib.family) ?? 0) : 0;
    const best = own === 0 ? rib.best(prefix) : 0;
    let source = best === 0 ? 0 : rib.paths.source[best];
    let set =
      best === 0
        ? own
        : this.#policy.evaluate(rib.paths.accepted[best], rib.family, prefix, source);
    const isAsked = best !== 0 || prefix === this.#own;
    this.noteLack(prefix, set === 0 && isAsked && this.#policy.lacksNextHop === true);
    if (set !== 0 && !this.#fits(set)) set = 0;
    if (set === 0 || this.#sources === undefined) source = 0;
    this.previous = this.#set(prefix);
    this.previousSource = this.previous === 0 ? 0 : this.sourceOf(prefix + 1);
    this.set = set;
    this.source = source;
    if (set === this.previous && source === this.previousSource) return 0;
    this.#store(prefix, set, source);
    return 1;
  }

  protected override remove(prefix: number): number {
    if (this.#exported[prefix] === 0) return 0;
    this.#store(prefix, 0, 0);
    return 1;
  }

  #set(prefix: number): number {
    return prefix < this.#exported.length ? this.#exported[prefix] : 0;
  }

  #store(prefix: number, set: number, source: number): void {
    if (prefix >= this.#exported.length) this.#grow(prefix + 1);
    const old = this.#exported[prefix];
    this.#exported[prefix] = set;
    if (this.#sources !== undefined) this.#sources[prefix] = source;
    if (set === old) return;
    if (set !== 0) this.#attributes.hold(set);
    if (old === 0) {
      this.#size++;
      this.rib.references.retain(prefix);
      return;
    }
    this.#attributes.release(old);
    if (set !== 0) return;
    this.#size--;
    this.rib.references.drop(prefix);
  }

  #grow(needed: number): void {
    this.#exported = grown32(this.#exported, needed);
    if (this.#sources === undefined) return;
    this.#sources = grown16(this.#sources, this.#exported.length);
  }
}
