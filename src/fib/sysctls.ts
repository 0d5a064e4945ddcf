/**
 * Kernel settings that the job needs. Each is read first and written only where it differs; one that
 * is not managed is only reported. Nobody tells when somebody else writes them, so they are read again
 * every minute and when the configuration has been read. Every rule says what it wants given what is there.
 */
import type { BatchBuilder, OperationOwner } from "./batch-builder.ts";
import type { FibEvent, SysctlView } from "./events.ts";
import type { SysctlFact } from "./facts.ts";
import type { BatchError, FibOperation } from "./operations.ts";

export interface SysctlNeeds {
  readonly l2: boolean;
  readonly multipath: boolean;
  readonly nexthopObjects: boolean;
  readonly manage: boolean;
  /** Interfaces towards other routers, with their index: one that is recreated starts anew. */
  readonly uplinks: ReadonlyMap<string, number>;
  /** Bridges that hold a pods' subnet, likewise. */
  readonly podBridges: ReadonlyMap<string, number>;
  /** Where ARP and NDP are answered; "" = nowhere. */
  readonly proxyInterface: string;
}

/** `wanted` undefined: it is read first, for nothing is known of it. */
export interface SysctlForecast {
  readonly path: string;
  readonly value: string | undefined;
  readonly wanted: string | undefined;
}

/** What the value should be; undefined: it is right as it is. */
type Rule = (value: string, read: (path: string) => string | undefined) => string | undefined;

const exactly =
  (wanted: string): Rule =>
  (value) =>
    value === wanted ? undefined : wanted;

/** Only look at it; another rule needs to know. */
const anything: Rule = () => undefined;

/**
 * Strict reverse path filtering (1) breaks asymmetric ECMP. The kernel takes the larger of `all` and
 * the interface's, so 2 (loose) on the interface is right whatever `all` says.
 */
const notStrict: Rule = (value, read) => {
  const all = Number(read(ALL_RP_FILTER) ?? "0");
  return Math.max(all, Number(value)) === 1 ? "2" : undefined;
};

/** With forwarding on, accept_ra=1 means "do not accept"; 2 means "accept all the same". */
const acceptStill: Rule = (value) => (value === "1" ? "2" : undefined);

const ALL_RP_FILTER = "net/ipv4/conf/all/rp_filter";
const IPV6_FORWARDING = "net/ipv6/conf/all/forwarding";

interface Item {
  readonly path: string;
  readonly interface: string;
  rule: Rule;
  status: "unread" | "reading" | "read" | "writing" | "refused";
  value: string | undefined;
  /** What was last reported as wrong, so that it is reported once. */
  reported: string;
  written: boolean;
}

/** Milliseconds between two looks at all of them. */
const READ_AGAIN = 60_000;

export class Sysctls implements OperationOwner {
  readonly #events: FibEvent[];
  readonly #items = new Map<string, Item>();
  #interfaces: ReadonlyMap<string, number> = new Map();
  #manage = false;
  /** Something has changed since all were looked at: a batch is asked for behind every single route. */
  #isTouched = true;
  /** When all are to be read again. */
  #readAgainAt = Infinity;

  constructor(events: FibEvent[]) {
    this.#events = events;
  }

  /** Works out the list anew; what is no longer needed is left as it is, and forgotten. */
  update(needs: SysctlNeeds): void {
    this.#manage = needs.manage;
    this.#isTouched = true;
    const interfaces = new Map([...needs.uplinks, ...needs.podBridges]);
    for (const [path, { interface: name }] of this.#items) {
      if (name !== "" && this.#interfaces.get(name) !== interfaces.get(name)) {
        this.#items.delete(path);
      }
    }
    this.#interfaces = interfaces;
    const kept = new Set<string>();
    for (const [path, name, rule] of wantedList(needs)) {
      kept.add(path);
      const known = this.#items.get(path);
      if (known !== undefined) known.rule = rule;
      else this.#items.set(path, newItem(path, name, rule));
    }
    for (const path of this.#items.keys()) if (!kept.has(path)) this.#items.delete(path);
  }

  /** What other needs would have written; of settings that were never read it is not known yet. */
  forecast(needs: SysctlNeeds): SysctlForecast[] {
    if (!needs.manage) return [];
    const read = (path: string): string | undefined => this.#items.get(path)?.value;
    const found: SysctlForecast[] = [];
    for (const [path, , rule] of wantedList(needs)) {
      const known = this.#items.get(path);
      const value = known?.value;
      const wanted = value === undefined ? undefined : rule(value, read);
      const isNew = known === undefined && rule !== anything;
      if (isNew || wanted !== undefined) found.push({ path, value, wanted });
    }
    return found;
  }

  fact({ path, value }: SysctlFact): void {
    const item = this.#items.get(path);
    if (item === undefined) return;
    this.#isTouched = true;
    item.value = value;
    if (item.status !== "writing") item.status = "read";
  }

  /** All are to be read again at once. */
  readAgain(): void {
    this.#readAgainAt = 0;
  }

  nextDeadline(): number {
    return this.#readAgainAt;
  }

  collect(batch: BatchBuilder): void {
    this.#collectReads(batch);
    if (!this.#isTouched) return;
    this.#isTouched = false;
    for (const item of this.#items.values()) {
      if (item.status === "unread") {
        item.status = "reading";
        batch.addBefore({ kind: "read-sysctl", path: item.path }, this);
        continue;
      }
      const wanted = this.#wanted(item);
      if (wanted === undefined) item.reported = "";
      if (wanted === undefined || item.status !== "read" || this.#mustWait(item)) continue;
      if (this.#manage) {
        item.status = "writing";
        batch.addBefore({ kind: "sysctl", path: item.path, value: wanted }, this);
      } else {
        this.#reportWrong(item, wanted, "kernel.manageSysctls is off");
      }
    }
  }

  #collectReads(batch: BatchBuilder): void {
    if (this.#items.size === 0) this.#readAgainAt = Infinity;
    else if (this.#readAgainAt === Infinity) this.#readAgainAt = batch.now + READ_AGAIN;
    if (batch.now < this.#readAgainAt) return;
    this.#readAgainAt = batch.now + READ_AGAIN;
    for (const { path, status } of this.#items.values()) {
      // One that is being read or written will be known anyway.
      if (status !== "read" && status !== "refused") continue;
      batch.addBefore({ kind: "read-sysctl", path }, this);
    }
  }

  finished(operation: FibOperation, error: BatchError | undefined): void {
    if (operation.kind !== "sysctl" && operation.kind !== "read-sysctl") return;
    const item = this.#items.get(operation.path);
    if (item === undefined) return;
    this.#isTouched = true;
    if (operation.kind === "read-sysctl") {
      // The value itself comes as a fact; without one there is nothing to act on.
      if (error !== undefined && item.status === "reading") item.status = "read";
      return;
    }
    if (error !== undefined) {
      item.status = "refused";
      this.#reportWrong(item, operation.value, error.message);
      return;
    }
    const from = item.value ?? "";
    item.status = "read";
    item.value = operation.value;
    item.written = true;
    this.#events.push({ kind: "sysctl-set", path: item.path, from, to: operation.value });
  }

  /** All have been read, and written where they have to be, or the kernel has refused that. */
  get isSettled(): boolean {
    for (const item of this.#items.values()) {
      if (item.status === "refused") continue;
      if (item.status !== "read") return false;
      if (this.#manage && this.#wanted(item) !== undefined) return false;
    }
    return true;
  }

  *view(): Generator<SysctlView> {
    for (const item of this.#items.values()) {
      if (item.rule === anything) continue;
      const wanted = this.#wanted(item);
      yield {
        path: item.path,
        wanted: wanted ?? item.value ?? "",
        value: item.value,
        status: statusOf(item, wanted),
      };
    }
  }

  #wanted(item: Item): string | undefined {
    if (item.value === undefined) return undefined;
    return item.rule(item.value, (path) => this.#items.get(path)?.value);
  }

  /**
   * Turning IPv6 forwarding on makes the kernel forget its router advertisements on interfaces with
   * accept_ra=1: they are set first. rp_filter cannot be judged before `all` is known.
   */
  #mustWait(item: Item): boolean {
    if (item.rule === notStrict) return this.#items.get(ALL_RP_FILTER)?.status !== "read";
    if (item.path !== IPV6_FORWARDING) return false;
    for (const other of this.#items.values()) {
      if (other.rule !== acceptStill || other.status === "refused") continue;
      if (other.status !== "read") return true;
      if (this.#manage && this.#wanted(other) !== undefined) return true;
    }
    return false;
  }

  #reportWrong(item: Item, wanted: string, reason: string): void {
    const key = `${item.value} ${reason}`;
    if (item.reported === key) return;
    item.reported = key;
    const { path, value } = item;
    this.#events.push({ kind: "sysctl-wrong", path, value: value ?? "", wanted, reason });
  }
}

function newItem(path: string, name: string, rule: Rule): Item {
  return {
    path,
    interface: name,
    rule,
    status: "unread",
    value: undefined,
    reported: "",
    written: false,
  };
}

function statusOf(item: Item, wanted: string | undefined): SysctlView["status"] {
  if (item.status === "unread" || item.status === "reading") return "unknown";
  if (item.value === undefined) return "absent";
  if (wanted !== undefined) return "wrong";
  return item.written ? "set" : "ok";
}

/** Path, interface that it belongs to ("" = none), rule; in the order of writing. */
function* wantedList(needs: SysctlNeeds): Generator<readonly [string, string, Rule]> {
  for (const name of needs.uplinks.keys()) {
    yield [`net/ipv6/conf/${name}/accept_ra`, name, acceptStill];
  }
  yield ["net/ipv4/ip_forward", "", exactly("1")];
  yield [IPV6_FORWARDING, "", exactly("1")];
  yield [ALL_RP_FILTER, "", anything];
  // The kernel sends redirects where `all` or the interface says so.
  yield ["net/ipv4/conf/all/send_redirects", "", exactly("0")];
  for (const name of needs.uplinks.keys()) {
    yield [`net/ipv4/conf/${name}/send_redirects`, name, exactly("0")];
    yield [`net/ipv4/conf/${name}/rp_filter`, name, notStrict];
  }
  // With 1 the kernel walks every route of a nexthop object that changes, to tell of each.
  if (needs.nexthopObjects) yield ["net/ipv4/nexthop_compat_mode", "", exactly("0")];
  if (needs.multipath) {
    yield ["net/ipv4/fib_multipath_hash_policy", "", exactly("1")];
    yield ["net/ipv6/fib_multipath_hash_policy", "", exactly("1")];
  }
  // Pods on a bridge look for the others of its subnet by ARP. For one that has moved to another
  // node, and is routed there by its own /32, this node answers; for those on the bridge it does not.
  for (const bridge of needs.podBridges.keys()) {
    yield [`net/ipv4/neigh/${bridge}/proxy_delay`, bridge, exactly("0")];
    yield [`net/ipv4/conf/${bridge}/proxy_arp`, bridge, exactly("1")];
  }
  const name = needs.proxyInterface;
  if (!needs.l2 || name === "") return;
  // Otherwise the first answer waits up to 0.8 s (measured).
  yield [`net/ipv4/neigh/${name}/proxy_delay`, name, exactly("0")];
  yield [`net/ipv6/neigh/${name}/proxy_delay`, name, exactly("0")];
  yield [`net/ipv6/conf/${name}/proxy_ndp`, name, exactly("1")];
}
