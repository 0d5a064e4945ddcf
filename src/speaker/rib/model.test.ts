// The whole room against a model of arrays and objects: whatever happens, in whatever order and in
// slices of whatever size, in the end every member holds what the model says, and so does the FIB.

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { formatAsPath, type PathAttributes } from "bgp-ts";
import fc from "fast-check";
import { formatWords } from "../../route/index.ts";
import { address, attributes, Bench, source } from "./harness.test.ts";
import type { DecisionRules, ExportPolicy } from "./index.ts";

/** Two internal neighbours (source ids 1, 2), three external ones (3, 4, 5). */
const NEIGHBOURS = 5;
const isExternal = (id: number): boolean => id > 2;
const PREFIXES = [
  "192.0.2.0/24",
  "192.0.2.1/32",
  "198.18.0.0/15",
  "2001:db8::/32",
  "2001:db8::/64",
];
/** By family. */
const HOPS = [
  ["10.1.0.1", "10.1.0.2", "10.1.0.3"],
  ["2001:db8:1::1", "2001:db8:1::2", "2001:db8:1::3"],
] as const;
const ALL_HOPS = HOPS.flat();
const MULTIPATH = 2;
/** How many paths a member is sent (RFC 7911), by family; 0: one without path identifiers. */
const SENT: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 0],
  [Infinity, 2],
  [0, 0],
  [2, Infinity],
  [Infinity, 0],
];

/** A run begins with the first of them. */
const RULES: readonly DecisionRules[] = [0, 1, 2, 3, 4, 12].map((bits) => ({
  alwaysCompareMed: (bits & 1) !== 0,
  missingMedAsWorst: (bits & 2) !== 0,
  multipathRelax: (bits & 4) !== 0,
  preferOldest: (bits & 8) !== 0,
}));

interface ModelPath {
  readonly from: number;
  readonly prefix: string;
  readonly pathId: number;
  readonly attributes: PathAttributes;
  readonly isFiltered: boolean;
  isStale: boolean;
  /** When it changed last. */
  since: number;
}

class Model {
  paths: ModelPath[] = [];
  readonly metrics = new Map<string, number>(ALL_HOPS.map((hop) => [hop, 0]));
  readonly members = new Set<number>();
  rules = RULES[0];
  now = 0;
  /** Which of the policies a member has; by member. */
  readonly variants = new Map<number, number>();

  announce(path: ModelPath): void {
    const isOld = (old: ModelPath): boolean =>
      old.from === path.from && old.prefix === path.prefix && old.pathId === path.pathId;
    const isSame = (old: ModelPath): boolean =>
      old.isFiltered === path.isFiltered && isDeepStrictEqual(old.attributes, path.attributes);
    const same = this.paths.find((old) => isOld(old) && isSame(old));
    this.paths = this.paths.filter((old) => !isOld(old));
    this.paths.push({ ...path, since: same?.since ?? ++this.now });
  }

  withdraw(from: number, prefix: string, pathId: number): void {
    this.paths = this.paths.filter(
      (path) => path.from !== from || path.prefix !== prefix || path.pathId !== pathId,
    );
  }

  /** RFC 4271 §9.1.2.2, by sorting and filtering. The first is the best. */
  ranking(prefix: string, without: readonly ModelPath[] = []): ModelPath[] {
    const usable = this.paths.filter(
      (path) => path.prefix === prefix && this.isUsable(path) && !without.includes(path),
    );
    const keys = (path: ModelPath): number[] => [
      path.from === 0 ? 0 : 1,
      -(path.attributes.localPref ?? 100),
      path.attributes.asPath[0]?.asns.length ?? 0,
      path.attributes.origin,
    ];
    const least = (paths: readonly ModelPath[], key: (path: ModelPath) => number): ModelPath[] => {
      const lowest = Math.min(...paths.map(key));
      return paths.filter((path) => key(path) === lowest);
    };
    let left = usable;
    for (let i = 0; i < 4; i++) left = least(left, (path) => keys(path)[i]);
    const { alwaysCompareMed, missingMedAsWorst, preferOldest } = this.rules;
    const none = missingMedAsWorst ? Infinity : 0;
    const med = (path: ModelPath): number => path.attributes.med ?? none;
    const areCompared = (a: ModelPath, b: ModelPath): boolean =>
      alwaysCompareMed || neighbourAs(a) === neighbourAs(b);
    const survivors = left.filter(
      (path) => !left.some((other) => areCompared(other, path) && med(other) < med(path)),
    );
    const late = (path: ModelPath): number[] => [
      isExternal(path.from) ? 0 : 1,
      this.metrics.get(hopOf(path)) ?? 0,
      preferOldest && isExternal(path.from) ? path.since : 0,
      path.attributes.originatorId ?? path.from,
      path.attributes.clusterList?.length ?? 0,
      path.from,
      path.pathId,
    ];
    return survivors.toSorted((a, b) => compareLists(late(a), late(b)));
  }

  isUsable(path: ModelPath): boolean {
    return !path.isFiltered && (path.from === 0 || this.metrics.get(hopOf(path)) !== undefined);
  }

  /** What a member holds, by prefix: the routes in some order. */
  held(member: number): Map<string, readonly string[]> {
    const held = new Map<string, readonly string[]>();
    const variant = this.variants.get(member) ?? 0;
    for (const prefix of PREFIXES) {
      const paths = this.sent(member, prefix, variant);
      const told = paths.filter((path) => !isExternal(member) || path.from !== member);
      if (told.length === 0) continue;
      const routes = told.map((path) => describe(exported(path.attributes, variant)));
      held.set(prefix, routes.toSorted());
    }
    return held;
  }

  /** What a member's group exports of a prefix. */
  sent(member: number, prefix: string, variant: number): ModelPath[] {
    const most = SENT[member][familyOf(prefix)];
    const [best] = this.ranking(prefix);
    if (best === undefined) return [];
    if (most === 0) return mayHear(member, best, variant) ? [best] : [];
    const ranked: ModelPath[] = [];
    const sent: ModelPath[] = [];
    for (;;) {
      const [path] = this.ranking(prefix, ranked);
      if (path === undefined || sent.length === most) return sent;
      ranked.push(path);
      if (mayHear(member, path, variant)) sent.push(path);
    }
  }

  fib(): Map<string, readonly string[]> {
    const fib = new Map<string, readonly string[]>();
    for (const prefix of PREFIXES) {
      const ranking = this.ranking(prefix);
      const [best] = ranking;
      if (best === undefined || best.from === 0) continue;
      const equals = ranking.filter(
        (path) =>
          isExternal(path.from) === isExternal(best.from) &&
          this.metrics.get(hopOf(path)) === this.metrics.get(hopOf(best)) &&
          (this.rules.multipathRelax || neighbourAs(path) === neighbourAs(best)),
      );
      fib.set(prefix, [...new Set(equals.map(hopOf))].slice(0, MULTIPATH));
    }
    return fib;
  }
}

function neighbourAs(path: ModelPath): number {
  return path.attributes.asPath[0]?.asns[0] ?? 0;
}

function familyOf(prefix: string): 0 | 1 {
  return prefix.includes(":") ? 1 : 0;
}

function hopOf({ attributes: { nextHop } }: ModelPath): string {
  if (nextHop === undefined) throw new Error("no next hop");
  return formatWords(nextHop.family, nextHop.w0, nextHop.w1, nextHop.w2, nextHop.w3);
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, i) => value !== b[i]);
  return at < 0 ? 0 : a[at] - b[at];
}

/** Policies that a member may have. */
const VARIANTS = 5;

/** Variant 0 does not export MED 3, variant 1 not MED 2; 2 and 4 export all, and 3 nothing. */
function passes(med: number | undefined, variant: number): boolean {
  return variant !== 3 && (variant === 2 || med !== 3 - variant);
}

/**
 * Variant 1 writes ORIGIN anew, so that some routes change with the policy, and others do not; 4 makes
 * sets equal that differ, as an export to another AS does.
 */
function exported(set: PathAttributes, variant: number): PathAttributes {
  if (variant === 4) return attributes(HOPS[set.nextHop?.family ?? 0][0], [1], { med: set.med });
  return variant === 1 ? { ...set, origin: 2 } : set;
}

/** Besides, an internal neighbour does not hear of internal routes. */
function mayHear(member: number, path: ModelPath, variant: number): boolean {
  if (!passes(path.attributes.med, variant)) return false;
  if (isExternal(member)) return true;
  return path.from === 0 || isExternal(path.from) || path.attributes.originatorId !== undefined;
}

function describe(set: PathAttributes): string {
  const hop = set.nextHop;
  return [
    hop && formatWords(hop.family, hop.w0, hop.w1, hop.w2, hop.w3),
    formatAsPath(set.asPath),
    set.origin,
    set.med,
    set.originatorId,
    set.clusterList,
  ].join(" ");
}

/** What a group has; nobody may ask it when no member uses it. */
interface Policy extends ExportPolicy {
  readonly users: Set<number>;
}

class System {
  readonly model = new Model();
  readonly bench = new Bench({ multipath: MULTIPATH });
  readonly #policies = new Map<string, Policy>();
  /** By member. */
  readonly #used = new Map<number, Policy>();
  /** Changes of policy that have to be asked for again. */
  readonly #pending = new Map<number, Policy>();

  constructor() {
    for (let id = 1; id <= NEIGHBOURS; id++) {
      const at = address(`10.0.0.${id}`);
      const fields = { external: isExternal(id), routerId: id, address: at };
      equal(this.bench.rib.addSource(source(`n${id}`, fields)), id);
    }
  }

  announce(path: ModelPath): void {
    this.model.announce(path);
    this.bench.now = this.model.now;
    const accepted = path.isFiltered ? null : undefined;
    this.bench.announce(path.from, path.prefix, path.attributes, accepted, path.pathId);
  }

  withdraw(from: number, prefix: string, pathId: number): void {
    this.model.withdraw(from, prefix, pathId);
    this.bench.withdraw(from, prefix, pathId);
  }

  setRules(rules: DecisionRules): void {
    this.model.rules = rules;
    this.bench.rib.setRules(rules);
  }

  flush(from: number): void {
    this.model.paths = this.model.paths.filter((path) => path.from !== from);
    this.bench.rib.flushSource(from);
  }

  markStale(from: number): void {
    const { model } = this;
    model.paths = model.paths.filter((path) => path.from !== from || !path.isStale);
    for (const path of model.paths) if (path.from === from) path.isStale = true;
    this.bench.rib.markStale(from);
  }

  markAllStale(from: number): void {
    for (const path of this.model.paths) if (path.from === from) path.isStale = true;
    for (const family of [0, 1] as const) this.bench.rib.markAllStale(from, family);
  }

  sweepStale(from: number): void {
    const { model } = this;
    model.paths = model.paths.filter((path) => path.from !== from || !path.isStale);
    this.bench.rib.sweepStale(from);
  }

  move(hop: string, metric: number | undefined): void {
    if (metric === undefined) this.model.metrics.delete(hop);
    else this.model.metrics.set(hop, metric);
    this.bench.move(hop, metric !== undefined, metric ?? 0);
  }

  toggle(member: number): void {
    const { members } = this.model;
    if (members.delete(member)) {
      this.bench.deliver(); // What was written before goes out before.
      this.bench.leave(member);
      this.#pending.delete(member);
      this.#use(member, undefined);
      return;
    }
    members.add(member);
    const policy = this.#policy(member, this.model.variants.get(member) ?? 0);
    this.#use(member, policy);
    this.bench.join(member, { policy, sendBack: !isExternal(member), paths: SENT[member] });
  }

  regroup(member: number, variant: number): void {
    if (!this.model.members.has(member)) return;
    this.model.variants.set(member, variant);
    this.#pending.set(member, this.#policy(member, variant));
    this.#retry();
  }

  #retry(): void {
    for (const [member, policy] of this.#pending) {
      policy.users.add(member); // The room may ask it before it has said yes.
      if (!this.bench.rib.regroup(member, policy)) {
        if (this.#used.get(member) !== policy) policy.users.delete(member);
        continue;
      }
      this.#pending.delete(member);
      this.#use(member, policy);
    }
  }

  #use(member: number, policy: Policy | undefined): void {
    const old = this.#used.get(member);
    if (old !== policy) old?.users.delete(member);
    this.#used.delete(member);
    if (policy === undefined) return;
    policy.users.add(member);
    this.#used.set(member, policy);
  }

  work(units: number): void {
    this.#retry();
    this.bench.resolve();
    this.bench.rib.work(units);
    this.bench.deliver();
  }

  check(): void {
    for (const member of this.model.members) this.bench.rib.drained(member);
    this.bench.settle(7);
    this.#retry();
    equal(this.#pending.size, 0, "a member that has arrived may move on");
    this.bench.settle(7);
    for (const member of this.model.members) this.#checkMember(member);
    const fib = [...this.bench.fib].map(([prefix, route]) => [prefix, route.best] as const);
    deepEqual(new Map(fib), this.model.fib());
    this.#checkCounters();
  }

  finish(): void {
    for (const member of this.model.members) this.bench.leave(member);
    for (let id = 0; id <= NEIGHBOURS; id++) this.bench.rib.flushSource(id);
    this.bench.assertEmpty();
  }

  #checkMember(member: number): void {
    const receiver = this.bench.receivers.get(member);
    if (receiver === undefined) throw new Error("no receiver");
    const held = new Map<string, string[]>();
    for (const [route, set] of receiver.routes) {
      const [prefix] = route.split(" ");
      held.set(prefix, [...(held.get(prefix) ?? []), describe(set)].toSorted());
    }
    deepEqual(held, this.model.held(member), `member ${member}`);
    for (const family of [0, 1]) {
      const ends: string[] = receiver.log.filter((line) => line === `end ${family}`);
      equal(ends.length, 1, `member ${member}: one End-of-RIB`);
    }
  }

  #checkCounters(): void {
    for (let id = 0; id <= NEIGHBOURS; id++) {
      const own = this.model.paths.filter((path) => path.from === id);
      const best = PREFIXES.filter((prefix) => this.model.ranking(prefix)[0]?.from === id);
      const four = this.bench.rib.counters(id, 0);
      const six = this.bench.rib.counters(id, 1);
      equal(four.received + six.received, own.length);
      equal(four.filtered + six.filtered, own.filter((path) => path.isFiltered).length);
      equal(four.stale + six.stale, own.filter((path) => path.isStale).length);
      equal(four.best + six.best, best.length);
    }
  }

  #policy(member: number, variant: number): Policy {
    const key = `${isExternal(member) ? "external" : "internal"} ${variant}`;
    const known = this.#policies.get(key);
    if (known !== undefined) return known;
    const { attributes } = this.bench;
    const users = new Set<number>();
    const evaluate = (set: number, _family: number, _prefix: number, from: number): number => {
      ok(users.size > 0, `policy "${key}" is asked, and nobody has it`);
      const before = attributes.get(set);
      if (!passes(before.med, variant)) return 0;
      const { originatorId } = before;
      const mayPass =
        isExternal(member) || from === 0 || isExternal(from) || originatorId !== undefined;
      return mayPass ? attributes.intern(exported(before, variant)) : 0;
    };
    const policy = { key, evaluate, users };
    this.#policies.set(key, policy);
    return policy;
  }
}

const number = (max: number, min = 0): fc.Arbitrary<number> => fc.integer({ min, max });
const prefix = fc.constantFrom(...PREFIXES);
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });

const fields = fc.record({
  origin: fc.constantFrom(0 as const, 2 as const),
  med: maybe(number(3)),
  localPref: maybe(fc.constantFrom(90, 110)),
  originatorId: maybe(number(3, 1)),
  clusterList: maybe(fc.constantFrom([1], [1, 2])),
});

const path: fc.Arbitrary<ModelPath> = fc
  .record({
    from: number(NEIGHBOURS),
    prefix,
    pathId: number(2),
    isFiltered: number(5).map((n) => n === 0),
    hop: number(2),
    asns: fc.constantFrom([], [1], [2]),
    fields,
  })
  .map(({ from, prefix, pathId, isFiltered, hop, asns, fields }) => {
    const set = attributes(HOPS[familyOf(prefix)][hop], asns, fields);
    // This node has one path of its own, whose next hop says nothing.
    const id = from === 0 ? 0 : pathId;
    return { from, prefix, pathId: id, isFiltered, attributes: set, isStale: false, since: 0 };
  });

type Verb =
  | "withdraw"
  | "work"
  | "toggle"
  | "regroup"
  | "blocked"
  | "drained"
  | "refresh"
  | "flush"
  | "markStale"
  | "markAllStale"
  | "sweepStale"
  | "takeFib"
  | "rules"
  | "check";

/** Plain data, so that a counterexample can be read. `id`: of a neighbour. */
type Step =
  | { readonly verb: "announce"; readonly path: ModelPath }
  | { readonly verb: "move"; readonly hop: string; readonly metric: number | undefined }
  | { readonly verb: Verb; readonly id: number; readonly n: number };

function verb(weight: number, name: Verb, first = 1): fc.WeightedArbitrary<Step> {
  const arbitrary = fc.record({
    verb: fc.constant(name),
    id: number(NEIGHBOURS, first),
    n: number(14),
  });
  return { weight, arbitrary };
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ verb: fc.constant("announce" as const), path }) },
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant("move" as const),
      hop: fc.constantFrom(...ALL_HOPS),
      metric: maybe(number(2)),
    }),
  },
  verb(5, "withdraw", 0),
  verb(8, "work"),
  verb(3, "toggle"),
  verb(4, "regroup"),
  verb(3, "blocked"),
  verb(3, "drained"),
  verb(1, "refresh"),
  verb(1, "flush", 0),
  verb(1, "markStale", 0),
  verb(1, "markAllStale", 0),
  verb(1, "sweepStale", 0),
  verb(2, "takeFib"),
  verb(1, "rules"),
  verb(1, "check"),
);

function apply(system: System, step: Step): void {
  const { rib } = system.bench;
  switch (step.verb) {
    case "announce":
      return system.announce({ ...step.path });
    case "move":
      return system.move(step.hop, step.metric);
    case "withdraw":
      return system.withdraw(step.id, PREFIXES[step.n % PREFIXES.length], step.n % 3);
    case "work":
      return system.work(step.n + 1);
    case "toggle":
      return system.toggle(step.id);
    case "regroup":
      return system.regroup(step.id, step.n % VARIANTS);
    case "blocked":
      return rib.blocked(step.id);
    case "drained":
      return rib.drained(step.id);
    case "refresh":
      return rib.refresh(step.id, step.n % 2 === 0 ? 0 : 1, step.n > 6);
    case "flush":
      return system.flush(step.id);
    case "markStale":
      return system.markStale(step.id);
    case "markAllStale":
      return system.markAllStale(step.id);
    case "sweepStale":
      return system.sweepStale(step.id);
    case "takeFib":
      return system.bench.takeFib();
    case "rules":
      return system.setRules(RULES[step.n % RULES.length]);
    case "check":
      return system.check();
  }
}

test("whatever happens, members and FIB end up with what the model says", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120, size: "max" }), (steps) => {
      const system = new System();
      for (const each of steps) apply(system, each);
      system.check();
      system.finish();
    }),
    { numRuns: 300, seed: 4456 },
  );
});
