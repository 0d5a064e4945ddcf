/**
 * l2 mode: for each local pod inside the uplink's own subnet a proxy neighbour entry on the uplink,
 * so that the kernel answers ARP and NDP for exactly these addresses, also while nobody runs here.
 *
 * A pod that has just arrived is announced, since others may remember its former place: three times,
 * a second apart (RFC 5227 §2.3 sends two, RFC 4861 §7.2.6 up to three). A pod that was here before,
 * with its entry, is not: nothing has changed for anybody.
 *
 * The kernel tells nobody when somebody deletes such an entry. So the entries are looked at every few
 * seconds, and what is missing is put back.
 */
import {
  type Address,
  type Family,
  formatAddress,
  networkAddress,
  prefixContainsAddress,
} from "../route/index.ts";
import type { BatchBuilder, OperationOwner } from "./batch-builder.ts";
import { isAbsence } from "./errno.ts";
import type { Answering, FibEvent } from "./events.ts";
import type { ProxyFact } from "./facts.ts";
import type { Link, LinkTable } from "./links.ts";
import { Losses } from "./losses.ts";
import type { BatchError, FibOperation } from "./operations.ts";
import type { Pod } from "./pods.ts";

/** Milliseconds after its entry is there. */
const ANNOUNCE_AT: readonly number[] = [0, 1000, 2000];

/** Milliseconds between two looks at the kernel's entries: a dump of some hundred of them at most. */
const LOOK_AGAIN = 3000;

class Entry {
  readonly address: Address;
  readonly interface: number;
  /** A pod needs it. */
  wanted = false;
  /** In the kernel, as far as we know. */
  present = false;
  /** Made by somebody else: it serves, and is not ours to delete. */
  foreign = false;
  flying = false;
  /** The kernel has dropped the entries of the link while an answer was out: it proves nothing. */
  disturbed = false;
  /** To be announced once the entry is there. */
  announce = false;
  generation = 0;
  failures = 0;
  retryAt = 0;

  constructor(address: Address, index: number) {
    this.address = address;
    this.interface = index;
  }
}

export class Proxies implements OperationOwner {
  readonly #links: LinkTable;
  readonly #protocol: number;
  readonly #events: FibEvent[];
  readonly #entries = new Map<string, Entry>();
  /** Ordered by time within each delay; few. */
  #announcements: { readonly entry: Entry; readonly due: number }[] = [];
  #generation = 0;
  /** When the entries are to be looked at again, counted from the last look. */
  #lookAt = Infinity;
  readonly #losses = new Losses();
  /** Bridges with pods that nobody answers for. */
  #bridges: ReadonlySet<string> = new Set();
  /** As of the last update. */
  #uplink: Link | undefined;
  /** The pods of the start have been seen. */
  #started = false;

  constructor(links: LinkTable, protocol: number, events: FibEvent[]) {
    this.#links = links;
    this.#protocol = protocol;
    this.#events = events;
  }

  isPresent(address: Address): boolean {
    for (const entry of this.#entries.values()) {
      if (entry.present && formatAddress(entry.address) === formatAddress(address)) return true;
    }
    return false;
  }

  /** What is done about a pod, in words. */
  trial(pod: Pod): Answering {
    const uplink = this.#uplink;
    if (uplink === undefined) {
      return {
        state: "missing",
        words: "not answered, there is no interface for that (pods.uplink)",
      };
    }
    const { name } = uplink;
    if (!uplink.up) return { state: "missing", words: `not answered, ${name} is down` };
    const address = networkAddress(pod.prefix);
    const entry = this.#entries.get(keyOf(address, uplink.index));
    if (entry?.present === true) return { state: "answered", words: `answered on ${name}` };
    if (entry?.wanted === true) {
      const words = `not answered on ${name}, the kernel has no entry for it`;
      return { state: "missing", words: entry.failures === 0 ? words : `${words} and refuses it` };
    }
    const why =
      pod.interface === uplink.index
        ? "it is on that link itself"
        : pod.isHost
          ? `it is in no subnet of ${name}`
          : "it is a bridge's subnet";
    return { state: "none", words: `not answered on ${name}, ${why}` };
  }

  /** Entries of ours that the kernel has, or may have. */
  get inKernel(): number {
    let count = 0;
    for (const { present, foreign, flying } of this.#entries.values()) {
      if ((present && !foreign) || flying) count++;
    }
    return count;
  }

  fact(fact: ProxyFact): void {
    const entry = this.#ensure(fact.address, fact.interface);
    entry.generation = this.#generation;
    if (entry.flying) return;
    entry.present = fact.gone !== true;
    entry.foreign = entry.present && fact.protocol !== this.#protocol;
    this.#forgetUnused(entry);
  }

  beginDump(): void {
    this.#generation++;
  }

  endDump(now: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.generation === this.#generation || entry.flying) continue;
      if (entry.present && entry.wanted && this.#losses.add(now)) {
        this.#losses.example = formatAddress(entry.address);
      }
      entry.present = false;
      this.#forgetUnused(entry);
    }
    this.#lookAt = now + LOOK_AGAIN;
  }

  /** Asks for a dump of the entries when it is time, and tells what the last one has missed. */
  watch(now: number): void {
    const lost = this.#losses.take(now);
    if (lost !== undefined) {
      const { count, example: address } = lost;
      this.#events.push({ kind: "proxies-removed", count, address });
    }
    if (now < this.#nextLook()) return;
    // Not again before it has ended.
    this.#lookAt = Infinity;
    this.#events.push({ kind: "dump-wanted", what: "proxies" });
  }

  /** Nothing is looked at where nothing is wanted. */
  #nextLook(): number {
    for (const { wanted } of this.#entries.values()) if (wanted) return this.#lookAt;
    return Infinity;
  }

  /**
   * The kernel has dropped the entries of a link that went down or away, or (with `family`) has no
   * address of a family any more.
   */
  dropLink(link: Link, family?: Family): void {
    for (const entry of this.#entries.values()) {
      if (entry.interface !== link.index) continue;
      if (family !== undefined && entry.address.family !== family) continue;
      entry.present = false;
      entry.disturbed = entry.flying;
      entry.retryAt = 0;
      this.#forgetUnused(entry);
    }
  }

  /** The uplink has a new MAC address: everybody has to learn it. */
  announceAll(link: Link, now: number): void {
    for (const entry of this.#entries.values()) {
      if (entry.interface === link.index && entry.wanted && entry.present) this.#tell(entry, now);
    }
  }

  /** `uplink`: undefined where entries are not wanted at all (l3). */
  update(pods: Iterable<Pod>, uplink: Link | undefined, now: number): void {
    this.#uplink = uplink;
    const wanted = new Set<Entry>();
    const bridges = new Set<string>();
    if (uplink?.up === true) {
      for (const pod of pods) {
        const address = networkAddress(pod.prefix);
        if (pod.interface === uplink.index) continue;
        if (!pod.isHost) {
          bridges.add(pod.interfaceName);
          continue;
        }
        if (!uplink.addresses.some((own) => prefixContainsAddress(own.network, address))) continue;
        wanted.add(this.#ensure(address, uplink.index));
      }
    }
    for (const entry of this.#entries.values()) {
      const isNew = wanted.has(entry) && !entry.wanted;
      entry.wanted = wanted.has(entry);
      if (isNew) this.#welcome(entry, now);
      this.#forgetUnused(entry);
    }
    for (const name of bridges) {
      if (!this.#bridges.has(name)) this.#events.push({ kind: "bridge-unseen", interface: name });
    }
    this.#bridges = bridges;
    this.#started = true;
  }

  removeAll(): void {
    for (const entry of this.#entries.values()) entry.wanted = false;
    this.#announcements = [];
  }

  collect(batch: BatchBuilder): void {
    for (const entry of this.#entries.values()) {
      if (entry.flying || entry.retryAt > batch.now || !isWrong(entry)) continue;
      entry.flying = true;
      const { address, interface: index } = entry;
      if (entry.wanted) batch.addBefore({ kind: "proxy-add", address, interface: index }, this);
      else batch.addAfter({ kind: "proxy-delete", address, interface: index }, this);
    }
    this.#collectAnnouncements(batch);
  }

  finished(operation: FibOperation, error: BatchError | undefined, now: number): void {
    if (operation.kind === "announce-address") {
      if (error !== undefined) this.#report("announcement", operation.address, error);
      return;
    }
    if (operation.kind !== "proxy-add" && operation.kind !== "proxy-delete") return;
    const entry = this.#entries.get(keyOf(operation.address, operation.interface));
    if (entry === undefined) return;
    entry.flying = false;
    const isAdd = operation.kind === "proxy-add";
    if (error === undefined || (!isAdd && isAbsence(error.errno))) {
      entry.failures = 0;
      entry.foreign = false;
      entry.present = isAdd && !entry.disturbed && this.#links.get(entry.interface)?.up === true;
      if (entry.present && entry.wanted && entry.announce) this.#tell(entry, now);
    } else {
      entry.retryAt = now + Math.min(64_000, 500 * 2 ** Math.min(entry.failures++, 7));
      if (entry.failures === 1) this.#report(operation.kind, entry.address, error);
    }
    entry.disturbed = false;
    this.#forgetUnused(entry);
  }

  nextDeadline(): number {
    let deadline = Math.min(this.#nextLook(), this.#losses.nextDeadline());
    for (const { due } of this.#announcements) deadline = Math.min(deadline, due);
    for (const entry of this.#entries.values()) {
      if (!entry.flying && isWrong(entry)) deadline = Math.min(deadline, entry.retryAt);
    }
    return deadline;
  }

  #welcome(entry: Entry, now: number): void {
    const wasHere = entry.present && !this.#started;
    entry.announce = !wasHere;
    if (entry.present && !wasHere && !entry.flying) this.#tell(entry, now);
  }

  #tell(entry: Entry, now: number): void {
    entry.announce = false;
    this.#announcements = this.#announcements.filter((other) => other.entry !== entry);
    for (const delay of ANNOUNCE_AT) this.#announcements.push({ entry, due: now + delay });
  }

  #collectAnnouncements(batch: BatchBuilder): void {
    if (this.#announcements.length === 0) return;
    const later: { readonly entry: Entry; readonly due: number }[] = [];
    for (const announcement of this.#announcements) {
      const { entry, due } = announcement;
      const link = this.#links.get(entry.interface);
      if (!entry.wanted || link === undefined) continue;
      if (due > batch.now) {
        later.push(announcement);
        continue;
      }
      const { address, interface: index } = entry;
      batch.addAfter({ kind: "announce-address", address, interface: index, mac: link.mac }, this);
    }
    this.#announcements = later;
  }

  #report(operation: string, address: Address, { errno, message }: BatchError): void {
    const subject = formatAddress(address);
    this.#events.push({ kind: "operation-failed", operation, subject, errno, message });
  }

  #ensure(address: Address, index: number): Entry {
    const key = keyOf(address, index);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = new Entry(address, index);
      entry.generation = this.#generation;
      this.#entries.set(key, entry);
    }
    return entry;
  }

  #forgetUnused(entry: Entry): void {
    if (entry.wanted || entry.present || entry.flying) return;
    this.#entries.delete(keyOf(entry.address, entry.interface));
  }
}

/** The kernel has it otherwise than wanted, and it is ours to change. */
function isWrong(entry: Entry): boolean {
  return entry.wanted ? !entry.present : entry.present && !entry.foreign;
}

function keyOf(address: Address, index: number): string {
  return `${index} ${formatAddress(address)}`;
}
