// `static:` and `announce:`: routes that are announced because the configuration says so. Schema, type,
// default and check of both, in one place.

import {
  type Address,
  type ExtendedCommunity,
  type LargeCommunity,
  type Origin,
  type Prefix,
  formatPrefix,
  prefixesEqual,
} from "../route/index.ts";
import type { Checker } from "./checker.ts";
import { extended, large, origin } from "./filter-schema.ts";
import { present, required } from "./present.ts";
import type { Path } from "./problem.ts";
import type { Loose } from "./schema.ts";
import { address, community, list, prefix, section, whole } from "./schema-kinds.ts";

/** A route that is announced as long as it is configured; nothing is installed for it. */
export interface OwnRouteConfig {
  readonly prefix: Prefix;
  /** undefined: this node. */
  readonly nextHop: Address | undefined;
  readonly origin: Origin | undefined;
  readonly med: number | undefined;
  readonly localPref: number | undefined;
  readonly communities: readonly number[] | undefined;
  readonly extendedCommunities: readonly ExtendedCommunity[] | undefined;
  readonly largeCommunities: readonly LargeCommunity[] | undefined;
}

const communities = {
  communities: list(community("A community."), "Communities of the route."),
  extendedCommunities: list(extended, "Extended communities of the route (RFC 4360)."),
  largeCommunities: list(large, "Large communities of the route (RFC 8092)."),
};

export const STATIC = list(
  section(
    {
      prefix: prefix("What is announced. Must be there."),
      nextHop: address("To internal neighbours, its next hop in the place of this node."),
      origin: origin("ORIGIN. Default: igp."),
      med: whole("MULTI_EXIT_DISC.", 0, 4294967295),
      localPref: whole("LOCAL_PREF, for internal neighbours.", 0, 4294967295),
      ...communities,
    },
    "A route.",
  ),
  "Routes that are announced as they stand here. Nothing is installed for them.",
);

export const ANNOUNCE = list(
  section(
    {
      prefix: prefix("The addresses, a single one as 192.0.2.1/32. Must be there."),
      ...communities,
    },
    "Addresses of services.",
  ),
  "Addresses of services that this node answers for, and announces.",
);

type LooseOwnRoute = NonNullable<NonNullable<Loose["static"]>[number]>;

export function buildOwnRoutes(routes: Loose["static"] | Loose["announce"] = []): OwnRouteConfig[] {
  return present(routes as readonly (LooseOwnRoute | undefined)[]).map((route) => ({
    prefix: required(route.prefix),
    nextHop: route.nextHop,
    origin: route.origin,
    med: route.med,
    localPref: route.localPref,
    communities: given(route.communities),
    extendedCommunities: given(route.extendedCommunities),
    largeCommunities: given(route.largeCommunities),
  }));
}

/** An attribute without a value is none. */
function given<T>(values: readonly (T | undefined)[] | undefined): T[] | undefined {
  const list = present(values);
  return list.length === 0 ? undefined : list;
}

export function checkOwnRoutes(check: Checker): void {
  const seen: { readonly prefix: Prefix; readonly name: string }[] = [];
  for (const block of check.loose.pods?.blocks ?? []) {
    if (block !== undefined) seen.push({ prefix: block, name: "a block of pods" });
  }
  for (const section of ["static", "announce", "aggregates"] as const) {
    check.loose[section]?.forEach((route, index) => {
      if (route === undefined) return;
      const path: Path = [section, index, "prefix"];
      if (route.prefix === undefined) check.missing(path, "found no prefix, expected one");
      else checkPrefix(check, route.prefix, path, seen);
    });
  }
  check.loose.static?.forEach((route, index) => {
    const { prefix, nextHop } = route ?? {};
    if (prefix === undefined || nextHop === undefined || prefix.family === nextHop.family) return;
    const expected = `expected an address of the family of ${formatPrefix(prefix)}`;
    check.problem(
      ["static", index, "nextHop"],
      `found a next hop of the other family, ${expected}`,
    );
  });
}

const NAMES: ReadonlyMap<unknown, string> = new Map([
  ["static", "a static route"],
  ["aggregates", "an aggregate"],
]);

function checkPrefix(
  check: Checker,
  prefix: Prefix,
  path: Path,
  seen: { readonly prefix: Prefix; readonly name: string }[],
): void {
  const other = seen.find((each) => prefixesEqual(each.prefix, prefix));
  if (other !== undefined) {
    const text = formatPrefix(prefix);
    check.problem(path, `found ${text}, which is ${other.name} already, expected it once`);
  }
  seen.push({ prefix, name: NAMES.get(path[0]) ?? "announced" });
}
