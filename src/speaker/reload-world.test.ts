// Configurations, feeds and a small network around one node, out of which any sequence of reloads is made.
// What plan-truth.test.ts and reload-truth.test.ts stand on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAsPath } from "bgp-ts";
import fc from "fast-check";
import { formatWords, parsePrefixRange } from "../route/index.ts";
import type { NeighbourConfig, SpeakerConfig, StaticRoute } from "./config.ts";
import type { FilterChange, FilterMatch, FilterRule, FilterSpec } from "./policy/index.ts";
import { address, Network, prefix } from "./simulation.test.ts";
import type { Node } from "./simulation.test.ts";

export const ASN = 64512;
export const HERE = "192.0.2.100";
export const AT = {
  one: "192.0.2.1",
  two: "192.0.2.2",
  inside: "192.0.2.3",
  out: "192.0.2.4",
  reflected: "192.0.2.5",
  several: "192.0.2.6",
} as const;
export type Name = keyof typeof AT;
export const NAMES = Object.keys(AT) as Name[];
const ASNS: Readonly<Record<Name, number>> = {
  one: 65001,
  two: 65002,
  inside: ASN,
  out: 65004,
  reflected: ASN,
  several: 65006,
};
/** Who announces. */
export const FEEDERS = ["one", "two", "inside"] as const;
const PREFIXES = ["10.1.0.0/16", "10.1.1.0/24", "10.1.1.1/32", "10.2.0.0/16", "2001:db8:1::/48"];
const COMMUNITIES = [1, 2, 3] as const;
export const PODS = ["10.1.9.9/32", "10.3.0.1/32"];

const community = (value: number) => ({ mask: [0xffffffff], value: [value] });

const match: fc.Arbitrary<FilterMatch> = fc.record(
  {
    prefix: fc.subarray(["10.1.0.0/16 le 32", "10.1.1.0/24", "2001:db8::/32 le 128"]).map((texts) =>
      texts.map((text) => {
        const range = parsePrefixRange(text);
        assert.ok(range);
        return range;
      }),
    ),
    communities: fc
      .subarray([...COMMUNITIES], { minLength: 1 })
      .map((values) => values.map(community)),
    neighbour: fc.subarray(NAMES, { minLength: 1 }),
    group: fc.constant(["g"]),
    source: fc.subarray(["own-pods", "own-blocks", "static", "ebgp", "ibgp"] as const),
    med: fc.constant({ minimum: 0, maximum: 10 }),
  },
  { requiredKeys: [] },
);

const change: fc.Arbitrary<FilterChange> = fc.record(
  {
    localPref: fc.constantFrom(0, 50, 200),
    med: fc.constantFrom(0, 5, 4294967295),
    addCommunities: fc.subarray([...COMMUNITIES, 7]),
    removeCommunities: fc.constant([community(1)]),
    prepend: fc.constantFrom(1, 3),
    origin: fc.constantFrom(0, 2),
  },
  { requiredKeys: [] },
);

const rule: fc.Arbitrary<FilterRule> = fc
  .record({
    match: fc.option(match, { nil: undefined }),
    then: fc.oneof(
      fc.constantFrom("accept" as const, "accept" as const, "default" as const, "next" as const),
      fc.constant("reject" as const),
      fc.constant({ goto: "common" }),
    ),
    set: fc.option(change, { nil: undefined }),
  })
  .map((each) =>
    typeof each.then === "object" || each.then === "reject" ? { ...each, set: undefined } : each,
  );

const rules = fc.array(rule, { minLength: 1, maxLength: 4 });
const FILTERS = ["a", "b"] as const;
const named = (name: string) => (list: FilterRule[]) => ({ name, rules: list });
const filters: fc.Arbitrary<FilterSpec[]> = fc.tuple(
  rules.map(named("a")),
  rules.map(named("b")),
  rules
    .map((list) => list.filter(({ then }) => typeof then !== "object"))
    .map((list) => named("common")(list.slice(0, 2))),
);

const knobs: fc.Arbitrary<Partial<NeighbourConfig>> = fc.record(
  {
    import: fc.constantFrom(...FILTERS),
    export: fc.constantFrom(...FILTERS),
    group: fc.constantFrom("g", "h"),
    client: fc.boolean(),
    nextHop: fc.constantFrom("auto" as const, "self" as const),
    allowOwnAs: fc.constantFrom(0, 2),
    enforceFirstAs: fc.boolean(),
    asOverride: fc.boolean(),
    removePrivateAs: fc.constantFrom("if-only" as const, "all" as const, "replace" as const),
    weight: fc.constantFrom(0, 9),
    gracefulShutdown: fc.boolean(),
    role: fc.constantFrom("customer" as const, "provider" as const, "peer" as const),
  },
  { requiredKeys: [] },
);

export type Configured = Omit<SpeakerConfig, "neighbours"> & {
  readonly knobs: Readonly<Record<Name, Partial<NeighbourConfig>>>;
};

export const config: fc.Arbitrary<Configured> = fc.record(
  {
    asn: fc.constant(ASN),
    routerId: fc.constant(100),
    filters,
    knobs: fc.record({
      one: knobs,
      two: knobs,
      inside: knobs,
      out: knobs,
      reflected: knobs,
      several: knobs,
    }),
    clusterId: fc.constant(100),
    blocks: fc.subarray(["10.1.1.0/24", "10.2.0.0/16"]).map((texts) => texts.map(prefix)),
    statics: fc
      .subarray(["10.2.0.0/16", "10.4.0.0/16"])
      .map((texts) => texts.map((text) => ({ prefix: prefix(text), communities: [2] }))),
    aggregates: fc
      .subarray(["10.1.0.0/16", "10.0.0.0/8"])
      .chain((texts) =>
        fc
          .boolean()
          .map((summaryOnly) => texts.map((text) => ({ prefix: prefix(text), summaryOnly }))),
      ),
    decision: fc.record({
      alwaysCompareMed: fc.boolean(),
      missingMedAsWorst: fc.boolean(),
      multipathRelax: fc.boolean(),
      preferOldest: fc.constant(false),
    }),
  },
  { requiredKeys: ["asn", "routerId", "filters", "knobs"] },
);

/** What a feeder announces: by prefix, its communities. */
export type Feed = Readonly<Record<string, readonly number[]>>;
export const feed: fc.Arbitrary<Feed> = fc
  .array(fc.tuple(fc.constantFrom(...PREFIXES), fc.subarray([...COMMUNITIES])), { maxLength: 4 })
  .map((list) => Object.fromEntries(list));

/** Past hold times, restart times and stale times. */
export const AT_REST = 400_000;

export class World {
  readonly network = new Network();
  readonly here: Node;
  readonly others = new Map<Name, Node>();

  constructor(first: Configured) {
    this.here = this.network.node(HERE, whole(first), 8);
    for (const name of NAMES) this.others.set(name, this.network.node(AT[name], other(name, {})));
    this.network.run(3000);
  }

  feed(name: Name, feed: Feed): void {
    this.others.get(name)?.reconfigure({ statics: staticsOf(feed) });
  }

  pod(pod: string, isThere: boolean): void {
    if (isThere) this.here.originate(pod);
    else this.here.withdraw(pod);
  }

  /** All paths that nodes hold, but their own. */
  holdings(): Record<string, string[]> {
    this.network.run(AT_REST);
    const all: Record<string, string[]> = {};
    for (const node of [this.here, ...this.others.values()]) {
      for (const family of [0, 1] as const) {
        const table = node.prefixes[family];
        for (const id of table.sorted()) {
          const paths = node.speaker.survey
            .paths(family, id)
            .filter(({ kind }) => kind === "neighbour");
          if (paths.length === 0) continue;
          const texts = paths.map(({ source, received, attributes, reason, accepted }) => {
            const why = node === this.here ? `${accepted} ${reason}` : "";
            return [source, describe(node, received), describe(node, attributes), why].join(" | ");
          });
          all[`${node.name} ${table.format(id)}`] = texts.sort();
        }
      }
    }
    return all;
  }
}

export function describe(node: Node, set: number): string {
  if (set === 0) return "-";
  const { asPath, nextHop, ...rest } = node.attributes.get(set);
  const { family, w0, w1, w2, w3 } = nextHop ?? assert.fail("no next hop");
  const via = formatWords(family, w0, w1, w2, w3);
  return `${formatAsPath(asPath)} via ${via} ${JSON.stringify(rest)}`;
}

export function staticsOf(feed: Feed): StaticRoute[] {
  return Object.entries(feed).map(([text, communities]) => ({
    prefix: prefix(text),
    communities: communities.length === 0 ? undefined : communities,
    med: communities.includes(3) ? 7 : undefined,
  }));
}

export function whole({ knobs, ...config }: Configured): SpeakerConfig {
  const neighbours = NAMES.map((name): NeighbourConfig => {
    const all = { receive: false, send: "all" as const };
    const addPath = [all, all] as const;
    const { role, ...other } = knobs[name];
    const external = ASNS[name] !== ASN;
    return {
      ...{ name, address: address(AT[name]), asn: ASNS[name] },
      ...other,
      role: external ? role : undefined,
      ...(name === "several" ? { addPath } : {}),
    };
  });
  return { ...config, neighbours };
}

function other(name: Name, feed: Feed): SpeakerConfig {
  const several = { receive: true, send: undefined };
  const addPath = [several, several] as const;
  const here = { name: "here", address: address(HERE), asn: ASN, allowOwnAs: 9 };
  return {
    asn: ASNS[name],
    routerId: NAMES.indexOf(name) + 1,
    statics: staticsOf(feed),
    martians: [],
    neighbours: [name === "several" ? { ...here, addPath } : here],
  };
}

test("a world without feeds is quiet", () => {
  const knobs = { one: {}, two: {}, inside: {}, out: {}, reflected: {}, several: {} };
  const world = new World({ asn: ASN, routerId: 100, filters: [], knobs });
  assert.deepEqual(world.holdings(), {});
});
