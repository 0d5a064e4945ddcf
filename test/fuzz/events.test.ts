import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathAttributes } from "bgp-ts";
import fc from "fast-check";
import { parsePrefix, type Prefix } from "../../src/route/index.ts";
import type { FilterSpec, NeighbourConfig, SpeakerConfig } from "../../src/speaker/index.ts";
import { address } from "../../src/speaker/simulation.test.ts";
import { asOf, Driver } from "./driver.ts";
import { message } from "./messages.ts";

/**
 * A whole speaker under any sequence of what its callers may report and ask: connections that come up,
 * fail and end, neighbours' bytes, time, work in slices, next hops, own routes, BFD's findings,
 * discovered neighbours, operators, and other configurations at any moment. Nothing throws, what comes
 * out can be carried out, and when all neighbours are taken away nothing is left of them.
 */

const REMOTES = [
  "10.0.0.2",
  "10.0.0.12",
  "10.0.0.13",
  "10.0.1.4",
  "10.0.1.15",
  "fe80::12",
  "10.0.9.9",
];
const NAMES = ["inner", "outer", "other", "range", "range-10.0.1.4", "wire", "nobody"];
const OWN = ["172.16.1.0/24", "172.16.1.7/32", "172.16.2.9/32", "2001:db8:1::/64"];
const LINK_LOCAL = ["fe80::12", "fe80::13"] as const;
const COMMANDS = ["enable", "disable", "restart"] as const;
const filterName = fc.constantFrom("all", "some", "none");
const TOLD = ["203.0.113.0/24", "100.64.0.0/10", "2001:db8::/64", "172.16.1.0/24", "0.0.0.0/0"];

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  assert.ok(parsed, text);
  return parsed;
};

const FILTERS: readonly FilterSpec[] = [
  { name: "all", rules: [{ then: "accept" }] },
  {
    name: "some",
    rules: [
      { match: { length: { minimum: 20, maximum: 64 } }, then: "next", set: { med: 7 } },
      {
        match: { source: ["ebgp"] },
        then: "accept",
        set: { addCommunities: [0xfc000001], prepend: 2 },
      },
      { match: { origin: [2] }, then: "reject" },
      { then: "default" },
    ],
  },
];

/** Mostly as it is by default. */
const maybe = <T>(...values: readonly T[]): fc.Arbitrary<T | undefined> =>
  fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 });
const rarely = <T>(value: T): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 11, arbitrary: fc.constant(undefined) }, fc.constant(value));

const EVERY = { receive: true, send: "all" as const };
const TWO = { receive: true, send: 2 };
const ONE = { receive: false, send: undefined };

/** What may be set for any neighbour. */
const knobs = fc.record({
  enabled: rarely(false),
  passive: rarely(true),
  holdTime: maybe(0, 3, 90),
  families: maybe([true, false] as const, [false, true] as const, [true, true] as const),
  addPath: maybe([EVERY, EVERY] as const, [EVERY, TWO] as const, [ONE, TWO] as const),
  client: maybe(true),
  nextHop: maybe("self" as const, "keep" as const),
  maxPrefixes: maybe(
    { received: 3 },
    { accepted: 2, action: "block" as const },
    { received: 4, action: "restart" as const, after: 700 },
  ),
  gracefulRestart: maybe("full" as const, "helper" as const, "off" as const),
  longLivedStaleTime: maybe(5),
  bfd: maybe(
    { interval: 50, multiplier: 3 },
    { interval: 50, multiplier: 3, onDown: "graceful" as const },
  ),
  import: maybe("all", "some"),
  export: maybe("all", "all", "some"),
  extendedNextHop: maybe("on" as const, "off" as const),
  removePrivateAs: maybe("all" as const),
  weight: maybe(10),
  gracefulShutdown: maybe(true),
  aigp: maybe("on" as const, "originate" as const),
  allowOwnAs: maybe(1),
});

const WHO: readonly NeighbourConfig[] = [
  { name: "inner", address: address("10.0.0.2"), asn: asOf("10.0.0.2") },
  { name: "outer", address: address("10.0.0.12"), asn: "external" },
  { name: "other", address: address("10.0.0.13"), asn: asOf("10.0.0.13") },
  { name: "range", range: prefix("10.0.1.0/24"), asn: "external", max: 1, idleTimeout: 2000 },
  { name: "wire", interface: "eth7", asn: "external" },
];

const neighbours = fc
  .tuple(
    ...WHO.map((who) =>
      fc.option(
        knobs.map((more) => ({ ...who, ...more, connectRetry: 1 })),
        { freq: 8 },
      ),
    ),
  )
  .map((list) => list.filter((each) => each !== null));

const config: fc.Arbitrary<SpeakerConfig> = fc.record({
  asn: rarely(64612).map((asn) => asn ?? 64512),
  routerId: fc.constantFrom(1, 1, 0x0a000001),
  clusterId: maybe(1),
  neighbours,
  filters: fc.constant(FILTERS),
  restart: maybe({ time: 2, staleTime: 1000, deferral: 500 }),
  blocks: maybe([prefix("172.16.1.0/24")]),
  statics: maybe([], [{ prefix: prefix("192.0.2.0/24"), med: 5 }]),
  aggregates: maybe([], [{ prefix: prefix("203.0.0.0/8"), summaryOnly: true }]),
});

/** What may happen, and to or with what: readable where a sequence of it is printed. */
class Step {
  readonly #name: string;
  readonly #detail: unknown;
  readonly run: (driver: Driver) => void;

  constructor(name: string, detail: unknown, run: (driver: Driver) => void) {
    this.#name = name;
    this.#detail = detail;
    this.run = run;
  }

  [fc.toStringMethod](): string {
    return this.#detail === undefined ? this.#name : `${this.#name} ${fc.stringify(this.#detail)}`;
  }
}

interface Weighted {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Step>;
}

function event<T>(
  weight: number,
  name: string,
  detail: fc.Arbitrary<T>,
  run: (driver: Driver, detail: T) => void,
): Weighted {
  const step = (value: T): Step => new Step(name, value, (driver) => run(driver, value));
  return { weight, arbitrary: detail.map(step) };
}

const NOTHING = fc.constant(undefined);
const which = fc.nat(6);
const name = fc.constantFrom(...NAMES);
const bool = fc.boolean();

const greeting = fc.record({ addPath: bool, restarts: bool, holdTime: fc.constantFrom(0, 3, 90) });
const transport = fc.constantFrom("blocked", "drained", "stalled", "progressed", "flowing");
const finding = fc.record({ isUp: bool, remoteAdminDown: bool, controlPlaneIndependent: bool });

const EVENTS: readonly Weighted[] = [
  event(2, "configure", config, (driver, next) => driver.configure(next)),
  event(4, "accept", fc.constantFrom(...REMOTES), (driver, remote) =>
    driver.accept(remote, remote.startsWith("fe80") ? "eth7" : undefined),
  ),
  event(5, "conclude", fc.tuple(which, bool), (driver, [one, works]) =>
    driver.conclude(one, works),
  ),
  event(10, "greet", fc.tuple(which, greeting), (driver, [one, how]) => driver.greet(one, how)),
  event(8, "all establish", greeting, (driver, how) => {
    while (driver.pending.length > 0) driver.conclude(0, true);
    for (let one = 0; one < driver.open.length; one++) driver.greet(one, how);
  }),
  event(25, "receive", fc.tuple(which, message, fc.nat(80)), (driver, what) =>
    driver.receive(...what),
  ),
  event(3, "disconnect", which, (driver, one) => driver.disconnect(one)),
  event(10, "pass", fc.constantFrom(0, 1, 30, 200, 1500, 6000, 40_000), (driver, time) =>
    driver.pass(time),
  ),
  event(10, "work", fc.nat(30), ({ speaker, now }, units) => void speaker.work(units, now)),
  event(5, "settle", NOTHING, (driver) => driver.settle()),
  event(3, "answer", bool, (driver, reachable) => driver.answer(reachable)),
  event(4, "originate", fc.constantFrom(...OWN), (driver, text) => driver.originate(text)),
  event(2, "withdraw", fc.constantFrom(...OWN), (driver, text) => driver.withdraw(text)),
  event(4, "transport", fc.tuple(which, transport), ({ speaker, open, now }, [one, how]) => {
    const connection = open[one]?.connection ?? one;
    if (how === "blocked") speaker.blocked(connection);
    else if (how === "drained") speaker.drained(connection);
    else if (how === "stalled") speaker.stalled(connection, now);
    else if (how === "progressed") speaker.progressed(connection, now);
    else speaker.flowing(connection, now);
  }),
  event(1, "endpoints", which, ({ speaker, open, now }, one) => {
    const nextHopSelf = [address("10.0.0.77"), undefined] as const;
    const { connection, ends } = open[one] ?? {};
    if (ends) speaker.endpointsChanged(connection, { ...ends, nextHopSelf }, now);
  }),
  event(3, "BFD", fc.tuple(name, finding), ({ speaker, now }, [who, change]) => {
    speaker.pathChanged(who, { ...change, diagnostic: "test" }, now);
  }),
  event(3, "discovery", fc.tuple(name, fc.constantFrom(...LINK_LOCAL), bool, bool), discover),
  event(4, "operator", fc.tuple(name, fc.constantFrom(...COMMANDS), maybe("why")), command),
  event(1, "ownRoutesKnown", NOTHING, ({ speaker }) => speaker.ownRoutesKnown()),
  event(1, "recovered", NOTHING, ({ speaker }) => speaker.recovered()),
  event(1, "addresses", fc.constantFrom("10.10.10.10", "fd00::7"), ({ speaker }, text) =>
    speaker.setOwnAddresses([{ address: address(text), interface: 2 }]),
  ),
  event(1, "multipath", fc.integer({ min: 1, max: 4 }), ({ speaker }, paths) =>
    speaker.setMultipath(paths),
  ),
  event(2, "filter", fc.tuple(filterName, fc.constantFrom(...TOLD), maybe(...NAMES), bool), ask),
  event(2, "look", NOTHING, (driver) => driver.look()),
];

function discover(
  { speaker, now }: Driver,
  [who, text, isThere, moved]: readonly [string, string, boolean, boolean],
): void {
  const previous = moved ? address(LINK_LOCAL[0]) : undefined;
  if (isThere) speaker.found(who, address(text), previous, now);
  else speaker.notFound(who, moved ? "no link-local address" : undefined, now);
}

function command(
  { speaker, now }: Driver,
  [who, what, text]: readonly [string, (typeof COMMANDS)[number], string | undefined],
): void {
  speaker[what](who, now, text);
}

function ask(
  { speaker }: Driver,
  [filter, text, neighbour, isGiven]: readonly [string, string, string | undefined, boolean],
): void {
  const route = isGiven ? { attributes: pathAttributes({}), source: "ebgp" as const } : undefined;
  for (const direction of ["import", "export"] as const) {
    speaker.survey.askFilter({ filter, direction, prefix: prefix(text), neighbour, route });
  }
}

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 150);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20261121);

describe("any sequence of events for a whole speaker", () => {
  it("a neighbour that goes while its first routes wait for decisions leaves no work behind", () => {
    const driver = new Driver(1);
    const { speaker } = driver;
    speaker.takeOver(true, [true, true], 0);
    const neighbours = WHO.slice(0, 1).map((who) => ({ ...who, connectRetry: 1 }));
    driver.configure({ asn: 64512, routerId: 1, neighbours });
    speaker.ownRoutesKnown();
    driver.accept("10.0.0.2");
    for (const text of OWN) driver.originate(text);
    driver.greet(0, { addPath: false, restarts: false, holdTime: 90 });
    assert.equal(driver.established, 1);
    assert.equal(speaker.work(1, driver.now), true, "there is more to decide");
    driver.disconnect(0);
    driver.settle();
    assert.equal(speaker.work(1, driver.now), false);
  });

  it("nothing throws, what comes out can be carried out, nothing is left behind", () => {
    let updates = 0;
    let established = 0;
    const sequence = fc.array(fc.oneof(...EVENTS), { minLength: 5, maxLength: 120, size: "max" });
    fc.assert(
      fc.property(config, sequence, fc.nat(100), fc.boolean(), (first, list, seed, takesOver) => {
        const driver = new Driver(seed);
        if (takesOver) driver.speaker.takeOver(true, [true, false], 0);
        driver.configure(first);
        for (const step of list) {
          step.run(driver);
          driver.follow();
        }
        driver.look();
        updates += driver.updates;
        established += driver.established;
        driver.end(first);
      }),
      { numRuns: RUNS, seed: SEED, unbiased: true },
    );
    assert.ok(established > RUNS && updates > RUNS, `${established} sessions, ${updates} UPDATEs`);
  });
});
