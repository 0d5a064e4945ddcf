// BLACKHOLE (RFC 7999): a neighbour asks that packets for a prefix be dropped here. Without the operator's
// word the community is one as others are (§3.4). With it, a route that carries it is a blackhole where
// the neighbour may have one (§3.3), and is not taken elsewhere (§6); filters have the last word.

import type { PathAttributes } from "bgp-ts";
import {
  type AttributeTable,
  COMMUNITY,
  type Prefix,
  type PrefixTable,
  TRAIT,
  bitsOf,
} from "../../route/index.ts";
import { RangeSet } from "./range-set.ts";

export interface BlackholeSpec {
  /**
   * What the neighbour may have dropped: these prefixes and all that lies in them. undefined: single
   * addresses, /32 and /128, of all that it may announce.
   */
  readonly inside?: readonly Prefix[] | undefined;
  /** What keeps such a route here (§3.2). Default "no-export". */
  readonly community?: "no-export" | "no-advertise" | "none" | undefined;
}

/** What the community means on a route: nothing, a blackhole, or that the route is not taken. */
export const BLACKHOLE = { IGNORED: 0, HONOURED: 1, REFUSED: 2 } as const;

export class BlackholeRule {
  readonly #spec: BlackholeSpec | undefined;
  readonly #inside: RangeSet | undefined;

  /** undefined: nothing is agreed with the neighbour. */
  constructor(spec: BlackholeSpec | undefined) {
    this.#spec = spec;
    const ranges = spec?.inside?.map((prefix) => ({
      prefix,
      minimum: prefix.length,
      maximum: bitsOf(prefix.family),
    }));
    this.#inside = ranges && new RangeSet(ranges);
  }

  /** A value of {@link BLACKHOLE}. */
  judge(attributes: AttributeTable, id: number, prefixes: PrefixTable, prefixId: number): number {
    if (this.#spec === undefined) return BLACKHOLE.IGNORED;
    if ((attributes.traits(id) & TRAIT.BLACKHOLE) === 0) return BLACKHOLE.IGNORED;
    const isAllowed =
      this.#inside === undefined
        ? prefixes.lengthOf(prefixId) === bitsOf(prefixes.family)
        : this.#inside.match(prefixes, prefixId) >= 0;
    return isAllowed ? BLACKHOLE.HONOURED : BLACKHOLE.REFUSED;
  }

  /** Why a route is refused, in words. */
  get reason(): string {
    const what = this.#inside === undefined ? "more than one address" : "what it may not ask for";
    return `BLACKHOLE for ${what} (RFC 7999 §3.3)`;
  }

  /**
   * A route whose packets end here stays here as well, unless it does so already (§3.2). The neighbour
   * cannot make it go further than is wanted: NO_EXPORT of its own does not stand for NO_ADVERTISE.
   */
  keepHere(attributes: PathAttributes): PathAttributes {
    const present = attributes.communities ?? [];
    const community = COMMUNITIES[this.#spec?.community ?? "no-export"];
    if (community === undefined) return attributes;
    if (present.includes(community) || present.includes(COMMUNITY.NO_ADVERTISE)) return attributes;
    return { ...attributes, communities: [...present, community] };
  }
}

const COMMUNITIES = {
  "no-export": COMMUNITY.NO_EXPORT,
  "no-advertise": COMMUNITY.NO_ADVERTISE,
  none: undefined,
} as const;
