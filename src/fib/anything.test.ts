/**
 * A Fib under facts that no kernel would tell in this order: things that come twice, change their kind,
 * are gone before they came, name links and objects that nobody has heard of; dumps that begin and never
 * end; refusals of anything with any errno. Nothing throws, nothing is due without end, what is asked
 * for can be done, and views show something.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  HOLDER,
  NextHopTable,
  PrefixTable,
  parseAddress,
  parsePrefix,
  type Address,
  type Prefix,
} from "../route/index.ts";
import { settings } from "./harness.test.ts";
import {
  DUMP_KINDS,
  Fib,
  FIRST_OBJECT,
  packRoute,
  ROUTE_WORDS,
  type BatchError,
  type FibBatch,
  type FibSettings,
  type KernelFact,
} from "./index.ts";

/** Turns in which one delay, or the end, must come to an end. */
const MOST_TURNS = 10_000;

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed, text);
  return parsed;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert.ok(parsed, text);
  return parsed;
}

const ADDRESSES = ["10.0.1.1", "10.0.1.2", "10.0.2.2", "172.16.1.7", "fd00:1::2", "fe80::2"];
const PREFIXES = [
  ...["10.0.1.0/24", "10.0.2.0/24", "172.16.1.0/24", "172.16.1.7/32", "0.0.0.0/0"],
  ...["198.51.1.0/24", "198.51.2.0/24", "2001:db8:1::/48", "fd00:1::/64"],
];
const SYSCTLS = [
  "net/ipv4/ip_forward",
  "net/ipv4/conf/eth1/rp_filter",
  "net/ipv4/nexthop_compat_mode",
];

const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const bool = fc.boolean();
const place = one(ADDRESSES.map(address));
const target = one(PREFIXES.map(prefix));
const link = fc.nat(4);
const gone = one([false, false, true]);
const id = one([1, 2, FIRST_OBJECT, FIRST_OBJECT + 1, FIRST_OBJECT + 2, 0xffffffff]);
const hop = fc.record({ interface: link, gateway: place, onlink: bool });
const direct = fc.record({ interface: link, onlink: bool });

const fact: fc.Arbitrary<KernelFact> = fc.oneof(
  fc.record({
    kind: fc.constant("link" as const),
    index: link,
    name: one(["eth1", "eth2", "veth3", "br0", "lo", ""]),
    up: bool,
    running: bool,
    mtu: one([0, 1500, 0xffffffff]),
    mac: one([new Uint8Array(6), new Uint8Array(0)]),
    master: link,
    linkKind: one(["", "veth", "bridge"]),
    gone,
  }),
  fc.record({
    kind: fc.constant("address" as const),
    interface: link,
    address: place,
    length: one([0, 24, 32, 64]),
    gone,
  }),
  fc.record({
    kind: fc.constant("route" as const),
    prefix: target,
    table: one([254, 255, 100]),
    protocol: one([2, 3, 4, 186]),
    type: one([1, 2, 6]),
    scope: one([0, 253, 254]),
    metric: one([0, 32, 100]),
    hops: fc.array(fc.oneof(hop, direct), { maxLength: 3 }),
    replace: bool,
    gone,
  }),
  fc.record({
    kind: fc.constant("own-route-gone" as const),
    prefix: target,
    metric: one([32, 50]),
    table: one([254, 100]),
  }),
  fc
    .record({
      id,
      protocol: one([0, 3, 186]),
      family: one([0, 1] as const),
      interface: link,
      gateway: place,
      onlink: bool,
      blackhole: bool,
      virtual: bool,
      gone,
      members: fc.option(
        fc.array(fc.record({ id, weight: fc.integer({ min: 1, max: 256 }) }), {
          minLength: 1,
          maxLength: 3,
        }),
      ),
    })
    .map(({ members, ...more }) => ({
      kind: "nexthop" as const,
      ...more,
      ...(members !== null && { members }),
    })),
  fc.record({
    kind: fc.constant("proxy" as const),
    address: place,
    interface: link,
    protocol: one([0, 186]),
    gone,
  }),
  fc.record({
    kind: fc.constant("sysctl" as const),
    path: one(SYSCTLS),
    value: one(["0", "1", "2", "", "text", undefined]),
  }),
);

class Driver {
  readonly prefixes: [PrefixTable, PrefixTable] = [new PrefixTable(0), new PrefixTable(1)];
  readonly nextHops = new NextHopTable();
  readonly fib: Fib;
  readonly submitted: FibBatch[] = [];
  now = 0;
  batches = 0;

  constructor(changes: Partial<FibSettings>) {
    const { prefixes, nextHops } = this;
    this.fib = new Fib({ prefixes, nextHops, settings: settings(changes), share: 1 << 17 });
  }

  hops(list: readonly Address[]): number[] {
    return list.map((each) => this.nextHops.intern(each, each.w0 >>> 22 === 0x3fa ? 1 : 0));
  }

  want(what: Prefix, best: readonly Address[], backup: Address | undefined): void {
    const table = this.prefixes[what.family];
    const known = table.internPrefix(what);
    table.hold(known, HOLDER.RIB);
    const [spare] = backup === undefined ? [0] : this.hops([backup]);
    this.fib.setRoute(what.family, known, this.hops(best), spare);
    if (best.length === 0) table.release(known, HOLDER.RIB);
  }

  take(limit: number): boolean {
    const batch = this.fib.takeBatch(limit, this.now);
    for (const event of this.fib.takeEvents(this.now)) {
      if (event.kind === "dump-wanted") this.dump(event.what, []);
    }
    if (batch === undefined) return false;
    this.batches++;
    assert.ok(batch.count <= limit && batch.routes.length >= batch.count * ROUTE_WORDS);
    this.submitted.push(batch);
    return true;
  }

  /** The kernel's answer to the oldest batch; `refused` chooses what goes wrong. */
  answer(refused: readonly number[], errno: number): boolean {
    const batch = this.submitted.shift();
    if (batch === undefined) return false;
    const { before, after, count } = batch;
    const total = before.length + count + after.length;
    const indices = new Set(total === 0 ? [] : refused.map((pick) => pick % total));
    const errors: BatchError[] = [...indices]
      .sort((a, b) => a - b)
      .map((index) => ({ index, errno, message: "no" }));
    this.fib.result({ id: batch.id, errors }, this.now);
    return true;
  }

  dump(what: (typeof DUMP_KINDS)[number], facts: readonly KernelFact[]): void {
    this.fib.dumpBegin(what);
    for (const each of facts) this.fib.fact(each, this.now);
    this.fib.dumpEnd(what, this.now);
  }

  adopt(list: readonly (readonly [Prefix, number, number])[]): void {
    const packed = new Uint32Array(list.length * ROUTE_WORDS);
    list.forEach(([{ family, w0, w1, w2, w3, length }, object, metric], i) => {
      packRoute(packed, i, 1, family, length, 1, object, metric, 254);
      packed.set([w0, w1, w2, w3], i * ROUTE_WORDS + 2);
    });
    this.fib.ownRoutes(packed, list.length, this.now);
  }

  look(): void {
    const { fib } = this;
    for (const views of [fib.interfaces(), fib.pods(), fib.pathLists(), fib.sysctls()]) {
      assert.ok([...views].every((view) => view !== undefined));
    }
    for (const hopId of this.hops(ADDRESSES.map(address))) fib.nextHop(hopId);
    for (const family of [0, 1] as const) {
      const table = this.prefixes[family];
      for (let i = 0; i < table.limit; i++) if (table.has(i)) fib.route(family, i);
    }
    assert.ok(fib.inKernel() >= 0 && fib.summary() !== undefined);
  }

  /** Everything is read once more and answered without a refusal until there is nothing to do. */
  end(): void {
    for (const what of DUMP_KINDS) this.dump(what, []);
    this.fib.removeAll();
    for (let turns = 0; ; turns++) {
      assert.ok(turns < MOST_TURNS, "never quiet");
      const isBusy = this.answer([], 0);
      if (this.take(50) || isBusy || this.fib.isLooking) continue;
      if (this.fib.idle) break;
      assert.notEqual(this.fib.nextDeadline(), Infinity, "not idle, and nothing is due");
      this.now = Math.max(this.now, this.fib.nextDeadline());
      this.fib.expire(this.now);
    }
    assert.equal(this.fib.inKernel(), 0);
  }
}

interface Event {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<(driver: Driver) => void>;
}

function event<T>(
  weight: number,
  detail: fc.Arbitrary<T>,
  run: (driver: Driver, detail: T) => void,
): Event {
  return {
    weight,
    arbitrary: detail.map((value) =>
      Object.assign((driver: Driver): void => run(driver, value), {
        [fc.toStringMethod]: () => `${String(run)} <- ${fc.stringify(value)}`,
      }),
    ),
  };
}

const NOTHING = fc.constant(undefined);
const dumped = fc.tuple(one(DUMP_KINDS), fc.array(fact, { maxLength: 6 }));
const wish = fc.tuple(
  target,
  fc.array(place, { maxLength: 3 }),
  fc.option(place, { nil: undefined }),
);
const refusal = fc.tuple(
  fc.array(fc.nat(50), { maxLength: 4 }),
  one([1, 2, 12, 17, 22, 100, 101, 105, 113]),
);
const own = fc.array(fc.tuple(target, id, one([32, 50])), { maxLength: 4 });

const EVENTS: readonly Event[] = [
  event(20, fact, ({ fib, now }, what) => fib.fact(what, now)),
  event(8, dumped, (driver, [what, facts]) => driver.dump(what, facts)),
  event(1, one(DUMP_KINDS), ({ fib }, what) => fib.dumpBegin(what)),
  event(12, wish, (driver, what) => driver.want(...what)),
  event(10, fc.integer({ min: 1, max: 20 }), (driver, limit) => void driver.take(limit)),
  event(10, refusal, (driver, what) => void driver.answer(...what)),
  event(2, own, (driver, list) => driver.adopt(list)),
  event(1, NOTHING, ({ fib }) => fib.overrun()),
  event(1, NOTHING, ({ fib }) => fib.startSweep()),
  event(2, place, (driver, which) => driver.fib.trackNextHop(driver.hops([which])[0])),
  event(1, place, (driver, which) => driver.fib.untrackNextHop(driver.hops([which])[0])),
  event(2, fc.tuple(place, link, bool), ({ fib }, what) => fib.setLost(...what)),
  event(2, fc.tuple(place, bool), (driver, [which, lost]) =>
    driver.fib.setAbandoned(driver.hops([which])[0], lost),
  ),
  event(5, one([0, 10, 500, 5000, 70_000]), (driver, time) => {
    driver.now += time;
    driver.fib.expire(driver.now);
  }),
  event(2, NOTHING, (driver) => driver.look()),
];

const pods: FibSettings["pods"] = {
  pool: [prefix("172.16.0.0/12")],
  blocks: [prefix("172.16.1.0/24")],
  interfaces: ["veth*"],
  advertise: "both",
  uplink: "eth1",
};

test("no sequence of facts, wishes and refusals throws, and all of it can be taken away again", () => {
  let batches = 0;
  const some = fc.array(fc.oneof(...EVENTS), { minLength: 5, maxLength: 100, size: "max" });
  fc.assert(
    fc.property(
      some,
      one(["l2", "l3"] as const),
      bool,
      bool,
      (events, mode, nexthopObjects, sysctls) => {
        const driver = new Driver({ mode, nexthopObjects, manageSysctls: sysctls, pods });
        for (const what of DUMP_KINDS) driver.dump(what, []);
        for (const run of events) run(driver);
        driver.look();
        batches += driver.batches;
        driver.end();
      },
    ),
    {
      numRuns: Number(process.env["FUZZ_RUNS"] ?? 150),
      seed: Number(process.env["FUZZ_SEED"] ?? 20_261_121),
    },
  );
  assert.ok(batches > 150, `${batches} batches`);
});
