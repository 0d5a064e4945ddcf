// Import: what may come in from one neighbour, and how it is changed. First the safety rules, which
// no filter can lift; then the filter, if there is one.

import type { AsPathSegment, PathAttributes } from "bgp-ts";
import {
  bitsOf,
  type AttributeTable,
  type Family,
  NO_ATTRIBUTES,
  NO_NEXT_HOP,
  PLAIN,
  type PrefixRange,
  type PrefixTable,
  formatPrefix,
  formatQuad,
  isLoopback,
  isMulticast,
  isUnspecified,
} from "../../route/index.ts";
import { BLACKHOLE, BlackholeRule, type BlackholeSpec } from "./blackhole.ts";
import { ACCEPT, DECISION_LIMIT, Filter, type Teachers } from "./filter.ts";
import type { FilterSpec } from "./filter-spec.ts";
import { internVia } from "./intern-via.ts";
import { DEFAULT_MARTIANS } from "./martians.ts";
import { ResultMemo, UNKNOWN } from "./memo.ts";
import type { OwnNetwork } from "./own-network.ts";
import { RangeSet } from "./range-set.ts";
import { rewriteImport, rewriteSession } from "./rewrite.ts";
import { type Role, isLeak } from "./roles.ts";
import { SOURCE } from "./source.ts";

/** The tables and facts that all policies of one speaker read. */
export interface PolicyContext {
  readonly prefixes: readonly [PrefixTable, PrefixTable];
  readonly attributes: AttributeTable;
  readonly own: OwnNetwork;
  /** Who routes are learnt from, for rules of export filters. */
  readonly teachers?: Teachers | undefined;
}

/** Plain data; neighbours with equal specifications can share a policy. */
export interface ImportSpec {
  /** The neighbour is in another AS. */
  readonly external: boolean;
  /** As we said in our OPEN. */
  readonly localAsn: number;
  /** This node's own AS, where `localAsn` is shown to the neighbour in its place (RFC 7705). */
  readonly nodeAsn?: number | undefined;
  /** `localAsn` is put in front of what an external neighbour sends (RFC 7705 §3.3). */
  readonly prependLocalAs?: boolean | undefined;
  /** As the neighbour said in its OPEN. */
  readonly peerAsn: number;
  /** Our BGP identifier. */
  readonly routerId: number;
  /** Of a reflector; RFC 4456 §7. */
  readonly clusterId?: number | undefined;
  /** How often our own AS may stand in AS_PATH; default 0. */
  readonly allowOwnAs?: number | undefined;
  /** A path with an AS_SET or AS_CONFED_SET is refused (RFC 9774 §3). */
  readonly rejectAsSets?: boolean | undefined;
  /** AS_PATH of an external neighbour begins with its AS (RFC 4271 §6.3); default true. */
  readonly enforceFirstAs?: boolean | undefined;
  /** What we are to the neighbour (RFC 9234); external ones only. */
  readonly role?: Role | undefined;
  /** The session is about to be shut down: its routes are the last choice (RFC 8326 §4.3). */
  readonly gracefulShutdown?: boolean | undefined;
  /** AIGP counts (RFC 7311 §3.4); else it is as if it were not there. */
  readonly aigp?: boolean | undefined;
  /** What BLACKHOLE means from the neighbour (RFC 7999); undefined: nothing. */
  readonly blackhole?: BlackholeSpec | undefined;
  /** Default: {@link DEFAULT_MARTIANS}. */
  readonly martians?: readonly PrefixRange[] | undefined;
  readonly filter?: FilterSpec | undefined;
}

/** Why a route is rejected, where it is not a rule of the filter. */
const CODE = {
  DECIDED: 0,
  MARTIAN: 1,
  OWN_BLOCK: 2,
  OWN_PREFIX: 3,
  OWN_AS: 4,
  FIRST_AS: 5,
  ORIGINATOR: 6,
  CLUSTER: 7,
  NEXT_HOP: 8,
  OWN_NEXT_HOP: 9,
  TOO_LONG: 10,
  LEAK: 11,
  BLACKHOLE: 12,
  AS_SET: 13,
  NO_ROOM: 14,
} as const;

/** The default list, which most policies share. */
const MARTIANS = new RangeSet(DEFAULT_MARTIANS);

/** In the place of a rule's number: there is no filter, the route is accepted as it is. */
const NO_FILTER = -2;

/** In the key of a judgement: the filter's decision, and above it what BLACKHOLE means. */
const BLACKHOLE_AT = 29;
const DECISION = DECISION_LIMIT - 1;

export class ImportPolicy {
  readonly spec: ImportSpec;
  readonly #context: PolicyContext;
  readonly #martians: RangeSet;
  readonly #filter: Filter | undefined;
  readonly #blackhole: BlackholeRule;
  readonly #memo: ResultMemo;
  /** Of the last evaluation: a {@link CODE}, and the number of the rule, martian or block. */
  #code = 0;
  #detail = 0;

  constructor(spec: ImportSpec, context: PolicyContext) {
    this.spec = spec;
    this.#context = context;
    this.#martians = spec.martians === undefined ? MARTIANS : new RangeSet(spec.martians);
    this.#filter = spec.filter && new Filter(spec.filter, context.attributes);
    this.#blackhole = new BlackholeRule(spec.blackhole);
    this.#memo = new ResultMemo(context.attributes);
  }

  /**
   * Judges a route. Returns the attribute set that it goes into the RIB with, most often the one
   * that it came with, or 0 when it is rejected. A set that is new has no holder yet.
   */
  evaluate(attributesId: number, family: Family, prefixId: number): number {
    const { own } = this.#context;
    const prefixes = this.#context.prefixes[family];
    const martian = this.#martians.match(prefixes, prefixId);
    if (martian >= 0) return this.#reject(CODE.MARTIAN, martian);
    const block = own.blockOf(prefixes, prefixId);
    if (block >= 0 && prefixes.lengthOf(prefixId) < bitsOf(family)) {
      return this.#reject(CODE.OWN_BLOCK, block);
    }
    if (own.originates(family, prefixId)) return this.#reject(CODE.OWN_PREFIX, 0);

    const source = this.spec.external ? SOURCE.EXTERNAL : SOURCE.INTERNAL;
    const rule = this.#filter?.decide(attributesId, source, prefixes, prefixId) ?? NO_FILTER;
    this.#detail = rule;
    const { attributes } = this.#context;
    const asked = this.#blackhole.judge(attributes, attributesId, prefixes, prefixId);
    const variant = ((rule & DECISION) | (asked << BLACKHOLE_AT)) >>> 0;
    const known = this.#memo.find(attributesId, variant, own.version);
    if (known !== UNKNOWN) {
      this.#code = known === NO_ATTRIBUTES ? this.#memo.code : CODE.DECIDED;
      return known;
    }
    this.#code = this.#fault(attributesId);
    const isSound = this.#code === CODE.DECIDED;
    const result = isSound ? this.#apply(attributesId, rule, asked) : NO_ATTRIBUTES;
    // There may be room the next time.
    if (this.#code !== CODE.NO_ROOM) {
      this.#memo.store(attributesId, variant, own.version, result, this.#code);
    }
    return result;
  }

  /** In words, which rule decided the last evaluation. */
  get reason(): string {
    const { spec } = this;
    switch (this.#code) {
      case CODE.MARTIAN:
        return `martian: inside ${formatPrefix(this.#martians.ranges[this.#detail].prefix)}`;
      case CODE.OWN_BLOCK:
        return `inside this node's own block ${formatPrefix(this.#context.own.blocks[this.#detail])}`;
      case CODE.OWN_PREFIX:
        return "this node announces the prefix itself";
      case CODE.OWN_AS:
        return `AS_PATH has this node's own AS ${ownAsns(spec).join(" or ")}${this.#allowed}`;
      case CODE.AS_SET:
        return "AS_PATH has an AS_SET (RFC 9774)";
      case CODE.FIRST_AS:
        return `AS_PATH does not begin with the neighbour's AS ${spec.peerAsn}`;
      case CODE.ORIGINATOR:
        return `ORIGINATOR_ID is this node's own ${formatQuad(spec.routerId)}`;
      case CODE.CLUSTER:
        return `CLUSTER_LIST has this node's own cluster ${formatQuad(spec.clusterId ?? spec.routerId)}`;
      case CODE.NEXT_HOP:
        return "the next hop is not the address of a host";
      case CODE.OWN_NEXT_HOP:
        return "the next hop is this node's own address";
      case CODE.LEAK:
        return `route leak: OTC of a route from a ${NEIGHBOUR_OF[spec.role ?? "peer"]} (RFC 9234)`;
      case CODE.BLACKHOLE:
        return this.#blackhole.reason;
      case CODE.TOO_LONG:
        return "the filter would make an attribute too long";
      case CODE.NO_ROOM:
        return "no room for more attribute sets";
      default:
        return this.#filter?.describe(this.#detail) ?? "no filter: accepted";
    }
  }

  get #allowed(): string {
    const times = this.spec.allowOwnAs ?? 0;
    return times === 0 ? "" : ` more than ${times} times`;
  }

  #reject(code: number, detail: number): number {
    this.#code = code;
    this.#detail = detail;
    return NO_ATTRIBUTES;
  }

  /** The safety rules about attributes; {@link CODE.DECIDED} when none objects. */
  #fault(id: number): number {
    const { spec } = this;
    const attributes = this.#context.attributes.get(id);
    const { asPath, originatorId, clusterList } = attributes;
    const first = this.#context.attributes.neighbourAs(id);
    if (spec.external && (spec.enforceFirstAs ?? true) && first !== spec.peerAsn) {
      return CODE.FIRST_AS;
    }
    if (spec.rejectAsSets === true && asPath.some(isSet)) return CODE.AS_SET;
    for (const own of ownAsns(spec)) {
      if (countAs(asPath, own) > (spec.allowOwnAs ?? 0)) return CODE.OWN_AS;
    }
    if (spec.role !== undefined && isLeak(spec.role, attributes.onlyToCustomer, spec.peerAsn)) {
      return CODE.LEAK;
    }
    if (originatorId === spec.routerId) return CODE.ORIGINATOR;
    if (clusterList?.includes(spec.clusterId ?? spec.routerId)) return CODE.CLUSTER;
    return this.#nextHopFault(id);
  }

  #nextHopFault(id: number): number {
    const { attributes, own } = this.#context;
    if (attributes.nextHop(id) === NO_NEXT_HOP) return CODE.NEXT_HOP;
    const nextHop = attributes.nextHops.get(attributes.nextHop(id));
    const { address, linkLocal } = nextHop;
    if (isLoopback(address) || isMulticast(address)) return CODE.NEXT_HOP;
    // Some routers write :: where they have only a link-local address to give (RFC 2545 §3).
    if (isUnspecified(address) && linkLocal === undefined) return CODE.NEXT_HOP;
    return own.isOwn(nextHop) ? CODE.OWN_NEXT_HOP : CODE.DECIDED;
  }

  /** `asked`: a value of BLACKHOLE. */
  #apply(id: number, rule: number, asked: number): number {
    const { attributes } = this.#context;
    const outcome = this.#filter?.outcome(rule) ?? ACCEPT;
    if (outcome.then === "reject") return NO_ATTRIBUTES;
    if (!outcome.saysBlackhole && asked === BLACKHOLE.REFUSED) {
      return this.#reject(CODE.BLACKHOLE, 0);
    }
    const honours = !outcome.saysBlackhole && asked === BLACKHOLE.HONOURED;
    const handling = honours ? { ...outcome.handling, blackhole: true } : outcome.handling;
    const before = attributes.get(id);
    const taken = rewriteSession(
      rewriteImport(before, outcome, this.spec.external),
      this.spec,
      attributes.traits(id),
    );
    const after = handling.blackhole ? this.#blackhole.keepHere(taken) : taken;
    const { nextHop } = outcome;
    if (after === before && handling === PLAIN) return id;
    const result = internVia(attributes, after, nextHop, attributes.nextHop(id), handling);
    if (result === NO_ATTRIBUTES) {
      this.#code = attributes.lastRefusal === undefined ? CODE.TOO_LONG : CODE.NO_ROOM;
    }
    return result;
  }
}

/** By our role: the neighbour's. */
const NEIGHBOUR_OF: Readonly<Record<Role, string>> = {
  provider: "customer",
  customer: "provider",
  peer: "peer",
  "rs-server": "route server's client",
  "rs-client": "route server",
};

function ownAsns({ localAsn, nodeAsn }: ImportSpec): readonly number[] {
  return nodeAsn === undefined ? [localAsn] : [localAsn, nodeAsn];
}

/** AS_SET, and AS_CONFED_SET (RFC 5065 §3). */
function isSet({ type }: AsPathSegment): boolean {
  return type === 1 || type === 4;
}

function countAs(path: PathAttributes["asPath"], asn: number): number {
  let count = 0;
  for (const { asns } of path) for (const each of asns) if (each === asn) count++;
  return count;
}
