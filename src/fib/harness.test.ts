/** A Fib, the kernel model and the two streams between them, to be advanced step by step. */
import assert from "node:assert/strict";
import {
  DISCARD,
  HOLDER,
  NextHopTable,
  PrefixTable,
  formatPrefix,
  parseAddress,
  parsePrefix,
} from "../route/index.ts";
import { Fib, type FibBatch, type FibEvent, type FibSettings } from "./index.ts";
import { KernelModel } from "./kernel-model.test.ts";

export const SETTINGS: FibSettings = {
  mode: "l3",
  install: true,
  table: 254,
  metric: 32,
  protocol: 186,
  multipath: 8,
  nexthopObjects: true,
  resilientGroups: true,
  manageSysctls: false,
  pods: { pool: [], blocks: [], interfaces: [], advertise: "block" },
  onlink: [],
};

export function settings(changes: Partial<FibSettings>): FibSettings {
  return { ...SETTINGS, ...changes };
}

interface Wish {
  readonly best: readonly string[];
  readonly backup: string;
  /** 0: as all others. */
  readonly table: number;
  readonly metric: number;
}

export class Harness {
  readonly kernel = new KernelModel();
  settings: FibSettings;
  now = 0;
  prefixes: [PrefixTable, PrefixTable] = [new PrefixTable(0), new PrefixTable(1)];
  nextHops = new NextHopTable();
  fib: Fib;
  readonly events: FibEvent[] = [];
  readonly submitted: FibBatch[] = [];
  /** What the speaker wants: next hops by address, first the best ones, then the backup. */
  readonly wanted = new Map<string, Wish>();
  readonly violations: string[] = [];
  batches = 0;

  constructor(changes: Partial<FibSettings> = {}) {
    this.settings = settings(changes);
    this.kernel.plain = !this.settings.nexthopObjects;
    this.fib = this.#makeFib();
  }

  /** The daemon is killed and comes back, with other settings perhaps; the kernel stays. */
  restart(changes: Partial<FibSettings> = {}): void {
    this.settings = { ...this.settings, ...changes };
    this.kernel.plain = !this.settings.nexthopObjects;
    this.submitted.length = 0;
    this.kernel.messages.length = 0;
    this.kernel.workerMap.clear();
    this.kernel.fresh = true;
    this.prefixes = [new PrefixTable(0), new PrefixTable(1)];
    this.nextHops = new NextHopTable();
    this.fib = this.#makeFib();
    this.kernel.dump();
  }

  resend(): void {
    for (const [prefix, { best, backup, table, metric }] of this.wanted) {
      this.want(prefix, best, backup, table, metric);
    }
  }

  hop(text: string): number {
    if (text === "blackhole") return DISCARD;
    const at = text.indexOf("%");
    const address = parseAddress(at < 0 ? text : text.slice(0, at));
    assert.ok(address !== undefined, text);
    const scope = at < 0 ? 0 : Number(text.slice(at + 1));
    return this.nextHops.intern(address, scope);
  }

  want(text: string, best: readonly string[], backup = "", table = 0, metric = 0): void {
    const prefix = parsePrefix(text);
    assert.ok(prefix !== undefined, text);
    if (best.length === 0) this.wanted.delete(text);
    else this.wanted.set(text, { best, backup, table, metric });
    const prefixes = this.prefixes[prefix.family];
    const id = prefixes.internPrefix(prefix);
    prefixes.hold(id, HOLDER.RIB);
    const hops = best.map((hop) => this.hop(hop));
    const spare = backup === "" ? 0 : this.hop(backup);
    this.fib.setRoute(prefix.family, id, hops, spare, table, metric);
    if (best.length === 0) prefixes.release(id, HOLDER.RIB);
  }

  id(text: string): number {
    const prefix = parsePrefix(text);
    assert.ok(prefix !== undefined);
    return this.prefixes[prefix.family].findPrefix(prefix);
  }

  status(text: string) {
    return this.fib.route(text.includes(":") ? 1 : 0, this.id(text));
  }

  /** The Fib makes a batch, if it has anything to do. */
  take(limit = 100): boolean {
    let batch = this.fib.takeBatch(limit, this.now);
    while (batch === undefined && this.fib.isLooking) batch = this.fib.takeBatch(limit, this.now);
    for (const event of this.fib.takeEvents(this.now)) {
      if (event.kind === "dump-wanted") this.kernel.dump([event.what]);
      else this.events.push(event);
    }
    if (batch === undefined) return false;
    this.batches++;
    assert.ok(batch.count <= limit);
    this.#checkDeletions(batch);
    this.submitted.push(batch);
    return true;
  }

  /** The kernel does the oldest batch. */
  work(): boolean {
    const batch = this.submitted.shift();
    if (batch === undefined) return false;
    this.kernel.apply(batch);
    return true;
  }

  /** The Fib reads one message. */
  deliver(): boolean {
    const message = this.kernel.messages.shift();
    if (message === undefined) return false;
    if (message.kind === "fact") this.fib.fact(message.fact, this.now);
    else if (message.kind === "result") {
      this.fib.result(message.result, this.now);
      // The array is used again: nothing that an earlier batch left in it may matter.
      message.routes.fill(0xdeadbeef);
    } else if (message.kind === "overrun") this.fib.overrun();
    else if (message.kind === "begin") this.fib.dumpBegin(message.what);
    else if (message.kind === "end") this.fib.dumpEnd(message.what, this.now);
    else this.fib.ownRoutes(message.packed, message.packed.length / 8, this.now);
    return true;
  }

  /** Everything that can be done without time passing. */
  drain(): void {
    for (let i = 0; i < 100_000; i++) {
      const delivered = this.deliver();
      const worked = this.work();
      if (this.take() || delivered || worked || this.kernel.messages.length > 0) continue;
      return;
    }
    assert.fail("never quiet");
  }

  advance(milliseconds: number): void {
    this.now += milliseconds;
    this.fib.expire(this.now);
    this.drain();
  }

  /** Past every back-off. */
  quiesce(): void {
    this.drain();
    for (let i = 0; i < 6 && this.fib.nextDeadline() !== Infinity; i++) this.advance(70_000);
  }

  /** No route is removed that is wanted and, as far as the Fib can know, resolvable. */
  #checkDeletions(batch: FibBatch): void {
    for (let i = 0; i < batch.count; i++) {
      if ((batch.routes[i * 8] & 0xff) !== 3) continue;
      const family = ((batch.routes[i * 8] >>> 8) & 0xff) === 0 ? 0 : 1;
      const [w0, w1, w2, w3] = batch.routes.subarray(i * 8 + 2, i * 8 + 6);
      const length = (batch.routes[i * 8] >>> 16) & 0xff;
      const id = this.prefixes[family].find(w0, w1, w2, w3, length);
      if (id < 0) continue;
      const text = formatPrefix(this.prefixes[family].prefix(id));
      const wish = this.wanted.get(text);
      // Somebody else's route has the place, or had it as far as the Fib can know.
      const isBlocked = this.kernel.rivals.has(text);
      // What is deleted is not where the route is to be, and it is there already.
      if (wish !== undefined && this.#isMoved(wish, batch.routes.subarray(i * 8, i * 8 + 8)))
        continue;
      if (wish === undefined || isBlocked || this.fib.route(family, id).status === "failed")
        continue;
      const hops = wish.backup === "" ? wish.best : [...wish.best, wish.backup];
      // The kernel has no IPv6 routes over IPv4 gateways.
      if (family === 1 && hops.some((hop) => hop.includes("."))) continue;
      const alive = hops.filter((hop) => this.fib.nextHop(this.hop(hop))?.reachable === true);
      if (alive.length > 0) this.violations.push(`${text} deleted though ${alive.join()} lives`);
    }
  }

  #isMoved(wish: Wish, route: Uint32Array): boolean {
    const table = wish.table || this.settings.table;
    const metric = wish.metric || this.settings.metric;
    return route[6] !== metric || route[7] !== table;
  }

  #makeFib(): Fib {
    const { prefixes, nextHops } = this;
    return new Fib({ prefixes, nextHops, settings: this.settings, share: 1 << 17 });
  }
}
