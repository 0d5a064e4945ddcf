// What the tests of this room share: a RIB on real tables, and neighbours that decode what they are
// sent.

import { equal, ok } from "node:assert/strict";
import {
  decodeRouteRefresh,
  frameMessage,
  MESSAGE,
  NlriCursor,
  pathAttributes,
  UpdateReader,
  type PathAttributes,
  type UpdateContext,
} from "bgp-ts";
import type { Address } from "../../route/index.ts";
import {
  AttributeTable,
  type Family,
  formatWords,
  IPV4,
  IPV6,
  NextHopTable,
  parseAddress,
  parsePrefix,
  PrefixTable,
} from "../../route/index.ts";
import { type DecisionSettings, type GroupSettings, Rib, type Source } from "./index.ts";

export function address(text: string): Address {
  const parsed = parseAddress(text);
  ok(parsed !== undefined, text);
  return parsed;
}

/** Attributes with a next hop; `path`: the ASes of one AS_SEQUENCE. */
export function attributes(
  nextHop: string,
  path: readonly number[] = [],
  fields: Partial<PathAttributes> = {},
): PathAttributes {
  const { family, w0, w1, w2, w3 } = address(nextHop);
  const asPath = path.length === 0 ? [] : [{ type: 2 as const, asns: [...path] }];
  return pathAttributes({ asPath, nextHop: { family, w0, w1, w2, w3 }, ...fields });
}

export function source(name: string, fields: Partial<Source> = {}): Source {
  const ends = { external: true, client: false, asn: 65001, routerId: 1 };
  return { name, ...ends, address: address("10.0.0.1"), ...fields };
}

const SETTINGS: DecisionSettings = {
  defaultLocalPref: 100,
  alwaysCompareMed: false,
  multipath: 1,
  multipathRelax: false,
  missingMedAsWorst: false,
  preferOldest: false,
};

export interface FibRoute {
  /** Next hops as text, the best first. */
  readonly best: readonly string[];
  readonly backup: string | undefined;
}

export class Bench {
  readonly nextHops = new NextHopTable();
  readonly attributes = new AttributeTable(this.nextHops);
  readonly prefixes = [new PrefixTable(IPV4), new PrefixTable(IPV6)] as const;
  readonly rib: Rib;
  /** What the FIB was told last, by prefix. */
  readonly fib = new Map<string, FibRoute>();
  /** Next hops that cannot be reached, as text. */
  readonly unreachable = new Set<string>();
  readonly metrics = new Map<string, number>();
  /** Next hops that the RIB asked about and not yet gave up. */
  readonly interest = new Set<number>();
  readonly receivers = new Map<number, Receiver>();
  readonly #hosts = new Map<string, number>();
  now = 0;

  constructor(settings: Partial<DecisionSettings> = {}) {
    const { prefixes, attributes, nextHops } = this;
    this.rib = new Rib({ prefixes, attributes, nextHops }, { ...SETTINGS, ...settings });
  }

  prefix(text: string): { family: Family; id: number } {
    const prefix = parsePrefix(text);
    ok(prefix !== undefined, text);
    return { family: prefix.family, id: this.prefixes[prefix.family].internPrefix(prefix) };
  }

  /** `accepted` undefined: the policy leaves the attributes alone; null: it rejects the path. */
  announce(
    from: number,
    text: string,
    received: PathAttributes,
    accepted?: PathAttributes | null,
    pathId = 0,
  ): void {
    const { family, id } = this.prefix(text);
    const set = this.attributes.intern(received);
    const after = accepted === null ? 0 : this.attributes.intern(accepted ?? received);
    this.rib.announce(from, family, id, pathId, set, after, this.now);
    this.#note(received);
  }

  withdraw(from: number, text: string, pathId = 0): boolean {
    const prefix = parsePrefix(text);
    ok(prefix !== undefined, text);
    const id = this.prefixes[prefix.family].findPrefix(prefix);
    return id >= 0 && this.rib.withdraw(from, prefix.family, id, pathId);
  }

  /** Resolves next hops and works until there is nothing to do. */
  settle(units = 1000): void {
    for (let isBusy = true; isBusy;) {
      this.resolve();
      isBusy = this.rib.work(units);
      this.deliver();
      this.takeFib();
    }
    this.resolve();
    this.attributes.sweep();
  }

  /** Answers what the RIB wants to know about next hops. */
  resolve(): void {
    const { wanted, unwanted } = this.rib.takeNextHopInterest();
    for (const nextHop of unwanted) ok(this.interest.delete(nextHop));
    for (const nextHop of wanted) {
      ok(!this.interest.has(nextHop));
      this.interest.add(nextHop);
      this.setNextHop(nextHop);
    }
  }

  /** Changes a next hop for good. */
  move(text: string, reachable: boolean, metric = 0): void {
    if (reachable) this.unreachable.delete(text);
    else this.unreachable.add(text);
    this.metrics.set(text, metric);
    for (const nextHop of this.interest) {
      if (this.#name(nextHop) === text) this.setNextHop(nextHop);
    }
  }

  setNextHop(nextHop: number): void {
    const name = this.#name(nextHop);
    this.rib.setNextHop(nextHop, !this.unreachable.has(name), this.metrics.get(name) ?? 0);
  }

  takeFib(): void {
    this.rib.takeFibChanges((family, prefix, best, backup) => {
      const text = this.prefixes[family].format(prefix);
      if (best.length === 0) {
        equal(backup, 0);
        this.fib.delete(text);
        return;
      }
      const name = (id: number): string => this.#name(id);
      this.fib.set(text, { best: best.map(name), backup: backup === 0 ? undefined : name(backup) });
    }, 1e9);
  }

  join(member: number, settings: Partial<GroupSettings> = {}): Receiver {
    const group: GroupSettings = {
      policy: { key: "all", evaluate: (set) => set },
      families: [true, true],
      fourOctetAs: true,
      maximumLength: 4096,
      sendBack: true,
      ...settings,
    };
    const receiver = new Receiver(group);
    this.receivers.set(member, receiver);
    this.rib.join(member, group);
    return receiver;
  }

  leave(member: number): void {
    this.rib.leave(member);
    this.receivers.delete(member);
  }

  /** Hands the writes to the members. */
  deliver(): number {
    const writes = this.rib.take();
    for (const { members, bytes } of writes) {
      ok(members.length > 0);
      ok(bytes.length > 0);
      for (const member of members) {
        const receiver = this.receivers.get(member);
        ok(receiver !== undefined, `a write for ${member}, which is no member`);
        receiver.receive(bytes);
      }
    }
    return writes.length;
  }

  reasons(text: string): string[] {
    const { family, id } = this.prefix(text);
    const views = this.rib.paths(family, id);
    return views.map((view) => `${this.rib.source(view.source)?.name}: ${view.reason}`);
  }

  /** Nothing may be left once everything is withdrawn. */
  assertEmpty(): void {
    this.settle();
    this.attributes.sweep();
    for (const table of this.prefixes) equal(table.size, 0, "prefixes are left");
    equal(this.attributes.size, 0, "attribute sets are left");
    equal(this.nextHops.size, 0, "next hops are left");
    equal(this.interest.size, 0, "interest in next hops is left");
    equal(this.fib.size, 0, "the FIB has routes left");
  }

  #name(nextHop: number): string {
    for (const [text, id] of this.#hosts) if (id === nextHop && this.nextHops.has(id)) return text;
    throw new Error(`next hop ${nextHop} is unknown`);
  }

  #note(received: PathAttributes): void {
    const { nextHop } = received;
    if (nextHop === undefined) return;
    const text = formatWords(nextHop.family, nextHop.w0, nextHop.w1, nextHop.w2, nextHop.w3);
    const id = this.nextHops.intern(nextHop, 0);
    for (const [other, known] of this.#hosts) if (known === id) this.#hosts.delete(other);
    this.#hosts.set(text, id);
  }
}

/** The other end of a session: what it holds is what it was told. */
export class Receiver {
  /** Attributes by prefix; where there are path identifiers, by both: "192.0.2.0/24 #1". */
  readonly routes = new Map<string, PathAttributes>();
  /** What came, in order: "+ PREFIX", "- PREFIX", "end 0" (End-of-RIB), "refresh 1 0" (BoRR). */
  readonly log: string[] = [];
  /** Withdrawals of prefixes that it did not hold. */
  spurious = 0;
  messages = 0;
  readonly #reader = new UpdateReader();
  readonly #cursor = new NlriCursor();
  readonly #context: UpdateContext;
  readonly #maximumLength: number;

  constructor(settings: GroupSettings) {
    const { fourOctetAs, families, extendedNextHop = false, paths = [0, 0] } = settings;
    this.#context = {
      fourOctetAs,
      families,
      external: false,
      addPath: [paths[0] > 0, paths[1] > 0],
      extendedNextHop,
    };
    this.#maximumLength = settings.maximumLength;
  }

  receive(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const frame = frameMessage(bytes, at, bytes.length, this.#maximumLength);
      if (frame.kind !== "message") throw new Error("a broken message");
      this.messages++;
      if (frame.type === MESSAGE.UPDATE) this.#update(bytes, frame.start, frame.end);
      else this.#refresh(bytes, frame.start, frame.end);
      at += frame.total;
    }
  }

  prefixes(): string[] {
    return [...this.routes.keys()].sort();
  }

  #refresh(bytes: Uint8Array, start: number, end: number): void {
    const message = decodeRouteRefresh(bytes, start, end);
    ok(message.kind === "route-refresh");
    this.log.push(`refresh ${message.subtype} ${message.afi - 1}`);
  }

  #update(bytes: Uint8Array, start: number, end: number): void {
    const reader = this.#reader;
    equal(reader.read(bytes, start, end, this.#context), undefined);
    if (reader.endOfRib >= 0) {
      this.log.push(`end ${reader.endOfRib}`);
      return;
    }
    this.#each(reader.withdrawn, IPV4, undefined);
    if (reader.mpUnreach) this.#each(reader.mpUnreach.nlri, reader.mpUnreach.family, undefined);
    if (reader.announced.end > reader.announced.start) {
      this.#each(reader.announced, IPV4, this.#attributes("base"));
    }
    if (reader.mpReach) {
      this.#each(reader.mpReach.nlri, reader.mpReach.family, this.#attributes("mp"));
    }
  }

  #attributes(section: "base" | "mp"): PathAttributes {
    const { attributes, faults } = this.#reader.decodeAttributes(section);
    equal(faults.length, 0, faults[0]?.reason);
    return attributes;
  }

  #each(
    range: { readonly start: number; readonly end: number },
    family: Family,
    routes: PathAttributes | undefined,
  ): void {
    const cursor = this.#cursor;
    const withPathIds = this.#context.addPath[family];
    cursor.reset(this.#reader.bytes, range.start, range.end, family, withPathIds);
    while (cursor.next()) {
      const words = formatWords(family, cursor.w0, cursor.w1, cursor.w2, cursor.w3);
      const prefix = `${words}/${cursor.length}${withPathIds ? ` #${cursor.pathId}` : ""}`;
      this.log.push(`${routes === undefined ? "-" : "+"} ${prefix}`);
      if (routes !== undefined) this.routes.set(prefix, routes);
      else if (!this.routes.delete(prefix)) this.spurious++;
    }
  }
}
