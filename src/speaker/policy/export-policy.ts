// Export: what goes out to neighbours of one kind, and with which attributes. Rules of the protocol
// come first, and no filter can lift them; then the filter, or without one the default: the node's
// own routes and what it reflects, never another's routes to another AS.

import {
  type Family,
  NO_ATTRIBUTES,
  NO_NEXT_HOP,
  type PrefixRange,
  TRAIT,
} from "../../route/index.ts";
import type { PrivateAsRemoval } from "./as-path-changes.ts";
import { ACCEPT, Filter, type Outcome } from "./filter.ts";
import type { FilterSpec } from "./filter-spec.ts";
import { internVia } from "./intern-via.ts";
import type { PolicyContext } from "./import-policy.ts";
import { ResultMemo, UNKNOWN } from "./memo.ts";
import { RangeSet } from "./range-set.ts";
import { reflect, rewriteExternal, rewriteInternal } from "./rewrite.ts";
import { type Role, staysFrom } from "./roles.ts";
import { SOURCE, type Source } from "./source.ts";

/** Plain data; neighbours with equal specifications share a policy, and so an update group. */
export interface ExportSpec {
  /** The neighbours are in other ASes. */
  readonly external: boolean;
  /** As we said in our OPEN. */
  readonly localAsn: number;
  /** This node's own AS, where it is put behind another `localAsn` (RFC 7705 §3.2). */
  readonly nodeAsn?: number | undefined;
  /** The neighbours' AS, as far as the keys below ask for it. */
  readonly peerAsn?: number | undefined;
  /** Our AS takes the place of the neighbours' in AS_PATH. */
  readonly asOverride?: boolean | undefined;
  readonly removePrivateAs?: PrivateAsRemoval | undefined;
  /** What we are to the neighbours (RFC 9234); external ones only. */
  readonly role?: Role | undefined;
  /** What lies in these stays here: an aggregate is announced in its place. */
  readonly suppressed?: readonly PrefixRange[] | undefined;
  /** The default route is announced, whether or not there is one. */
  readonly defaultOriginate?: boolean | undefined;
  /** Nothing is announced, for this node, or these neighbours, are out of service. */
  readonly withheld?: "node" | "neighbour" | undefined;
  /** The sessions are about to be shut down, and the neighbours are told (RFC 8326 §4.3). */
  readonly gracefulShutdown?: boolean | undefined;
  /** AIGP goes out (RFC 7311 §3.4); "originate": with the node's own routes, too. */
  readonly aigp?: "on" | "originate" | undefined;
  /** Present: this node is a reflector (RFC 4456). */
  readonly clusterId?: number | undefined;
  /** The neighbours are clients of this reflector. */
  readonly client?: boolean | undefined;
  /** Default: "self" towards another AS (RFC 4271 §5.1.3), "keep" within ours. */
  readonly nextHop?: "self" | "keep" | undefined;
  readonly filter?: FilterSpec | undefined;
}

const CODE = {
  FILTER: 0,
  OWN: 1,
  REFLECTED: 2,
  NO_ADVERTISE: 3,
  NO_EXPORT: 4,
  NO_EXPORT_SUBCONFED: 5,
  NOT_REFLECTED: 6,
  FROM_OTHER_AS: 7,
  FROM_OWN_AS: 8,
  TOO_LONG: 9,
  ONLY_TO_CUSTOMER: 10,
  SUPPRESSED: 11,
  WITHHELD_BY_NODE: 12,
  WITHHELD_BY_NEIGHBOUR: 13,
  NO_ROOM: 14,
} as const;

const REASONS: readonly string[] = [
  "",
  "no filter: this node's own route",
  "no filter: reflected",
  "community NO_ADVERTISE",
  "community NO_EXPORT",
  "community NO_EXPORT_SUBCONFED",
  "learnt within the AS, and not to be reflected to this neighbour",
  "no filter: learnt from another AS, and only this node's own routes are announced",
  "no filter: learnt within the AS, and only this node's own routes are announced",
  "an attribute would become too long",
  "OTC: for customers only, and the neighbour is none (RFC 9234)",
  "an aggregate is announced in its place",
  "withheld because the node is drained",
  "withheld because this neighbour is drained",
  "no room for more attribute sets",
];

/** In the place of a rule's number: there is no filter, and the default accepts. */
const NO_FILTER = 0xffff;

/** The source stands above the filter's decision (DECISION_LIMIT). */
const SOURCE_AT = 29;

export class ExportPolicy {
  readonly spec: ExportSpec;
  readonly #context: PolicyContext;
  readonly #filter: Filter | undefined;
  readonly #suppressed: RangeSet | undefined;
  readonly #memo: ResultMemo;
  /** Of the last evaluation: a {@link CODE}, and the rule of the filter that decided. */
  #code = 0;
  #rule = 0;

  constructor(spec: ExportSpec, context: PolicyContext) {
    this.spec = spec;
    this.#context = context;
    this.#filter = spec.filter && new Filter(spec.filter, context.attributes, context.teachers);
    this.#suppressed = spec.suppressed && new RangeSet(spec.suppressed);
    this.#memo = new ResultMemo(context.attributes);
  }

  /**
   * Judges a route of the Loc-RIB. `sourceRouterId`: BGP identifier of the neighbour that it was
   * learnt from, 0 for the node's own. `teacher`: that neighbour, by its number among the context's
   * teachers. Returns the attribute set to announce it with, or 0 when it
   * is not announced. In the result, next hop 0 means the address of the session it is sent on. A set that is
   * new has no holder yet. That a route does not go back to where it came from is the caller's part.
   */
  evaluate(
    attributesId: number,
    family: Family,
    prefixId: number,
    source: Source,
    sourceRouterId: number,
    teacher = 0,
  ): number {
    this.#code = this.#forbidden(attributesId, source);
    if (this.#code !== CODE.FILTER) return NO_ATTRIBUTES;
    const prefixes = this.#context.prefixes[family];
    if (this.#suppressed !== undefined && this.#suppressed.match(prefixes, prefixId) >= 0) {
      this.#code = CODE.SUPPRESSED;
      return NO_ATTRIBUTES;
    }
    const rule =
      this.#filter?.decide(attributesId, source, prefixes, prefixId, teacher) ?? NO_FILTER;
    this.#rule = rule;
    if (this.#filter === undefined) {
      // Nearly all routes end here, and the memory is not asked (measured: `fib-table`, a million routes
      // and 200,000 sets: 0.1 s).
      this.#code = this.#default(source);
      if (this.#code > CODE.REFLECTED) return NO_ATTRIBUTES;
    }
    const originator = this.#reflects(source) ? sourceRouterId : 0;
    const variant = (source << SOURCE_AT) | rule;
    let result = this.#memo.find(attributesId, variant >>> 0, originator);
    if (result === UNKNOWN) {
      result = this.#decide(attributesId, rule, source, originator);
      // There may be room the next time.
      if (this.#code !== CODE.NO_ROOM) {
        this.#memo.store(attributesId, variant >>> 0, originator, result, this.#code);
      }
    } else if (result === NO_ATTRIBUTES) this.#code = this.#memo.code;
    return result;
  }

  /** What comes of a set that the default lets go, or by the filter's rule; if nothing, the code says why. */
  #decide(id: number, rule: number, source: Source, originator: number): number {
    const outcome = this.#filter?.outcome(rule) ?? ACCEPT;
    if (outcome.then === "reject") return NO_ATTRIBUTES;
    if (outcome.then === "default" && this.#default(source) > CODE.REFLECTED) {
      this.#code = this.#default(source);
      return NO_ATTRIBUTES;
    }
    const result = this.#rewrite(id, outcome, source, originator);
    if (result === NO_ATTRIBUTES) {
      const { lastRefusal } = this.#context.attributes;
      this.#code = lastRefusal === undefined ? CODE.TOO_LONG : CODE.NO_ROOM;
    }
    return result;
  }

  /**
   * The attribute set with which the node's own attributes are announced without asking the filter:
   * the operator wants this very route sent. As {@link evaluate} has it.
   */
  originate(attributesId: number): number {
    // RFC 7311 §3.4.1: no AIGP is put to a route that leads out of the domain.
    const spec = { ...this.spec, aigp: undefined };
    return this.#rewrite(attributesId, ACCEPT, SOURCE.OWN_BLOCK, 0, spec);
  }

  /** In words, which rule decided the last evaluation. */
  get reason(): string {
    if (this.#code !== CODE.FILTER) return REASONS[this.#code];
    return this.#filter?.describe(this.#rule) ?? "";
  }

  /** The operator's word and the protocol's own rules; {@link CODE.FILTER} when none objects. */
  #forbidden(id: number, source: Source): number {
    const { withheld } = this.spec;
    if (withheld !== undefined) {
      return withheld === "node" ? CODE.WITHHELD_BY_NODE : CODE.WITHHELD_BY_NEIGHBOUR;
    }
    const traits = this.#context.attributes.traits(id);
    if (traits !== 0) {
      // RFC 1997, "Well-known Communities". We are in no confederation, so that every external
      // neighbour is outside of it. NO_PEER (RFC 3765) is for the receiver to judge, and is passed.
      if ((traits & TRAIT.NO_ADVERTISE) !== 0) return CODE.NO_ADVERTISE;
      if (this.spec.external && (traits & TRAIT.NO_EXPORT) !== 0) return CODE.NO_EXPORT;
      if (this.spec.external && (traits & TRAIT.NO_EXPORT_SUBCONFED) !== 0) {
        return CODE.NO_EXPORT_SUBCONFED;
      }
      const { role } = this.spec;
      if ((traits & TRAIT.ONLY_TO_CUSTOMER) !== 0 && role !== undefined && staysFrom(role)) {
        return CODE.ONLY_TO_CUSTOMER;
      }
    }
    if (this.spec.external || source < SOURCE.INTERNAL || this.#reflects(source))
      return CODE.FILTER;
    return CODE.NOT_REFLECTED;
  }

  /**
   * RFC 4271 §9.2: what was learnt within the AS is not passed on within it; RFC 4456 §6: but by a
   * reflector, from a client to everybody, and from the others to its clients.
   */
  #reflects(source: Source): boolean {
    const { external, clusterId, client } = this.spec;
    if (external || clusterId === undefined) return false;
    return source === SOURCE.CLIENT || (source === SOURCE.INTERNAL && client === true);
  }

  #default(source: Source): number {
    if (source < SOURCE.EXTERNAL) return CODE.OWN;
    if (source === SOURCE.EXTERNAL) return CODE.FROM_OTHER_AS;
    return this.#reflects(source) ? CODE.REFLECTED : CODE.FROM_OWN_AS;
  }

  #rewrite(
    id: number,
    outcome: Outcome,
    source: Source,
    originator: number,
    spec = this.spec,
  ): number {
    const { external, clusterId } = spec;
    const { attributes } = this.#context;
    const { nextHop: via } = outcome;
    const before = attributes.get(id);
    const isOwn = source < SOURCE.EXTERNAL;
    const keep = (spec.nextHop ?? (external ? "self" : "keep")) === "keep";
    const nextHop = keep ? attributes.nextHop(id) : NO_NEXT_HOP;
    if (external) {
      return internVia(attributes, rewriteExternal(before, outcome, spec, isOwn), via, nextHop);
    }
    const after = rewriteInternal(before, outcome, spec, isOwn);
    if (!this.#reflects(source) || clusterId === undefined) {
      return internVia(attributes, after, via, nextHop);
    }
    return internVia(attributes, reflect(after, originator, clusterId), via, nextHop);
  }
}
