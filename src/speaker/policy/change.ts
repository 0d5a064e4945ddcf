// What a filter changes: a pure function from one set of attributes to a new one. Prepending an AS so
// and so many times is not here; whose AS that is depends on the direction (rewrite.ts).

import { type PathAttributes, prependAs } from "bgp-ts";
import { COMMUNITY, type CommunityPattern, matchesCommunity } from "../../route/index.ts";
import type { FilterChange } from "./filter-spec.ts";

/** `asns`: whether AS numbers may be put in front. Without a change, the same object. */
export function applyChanges(
  attributes: PathAttributes,
  changes: readonly FilterChange[],
  asns: boolean,
): PathAttributes {
  return changes.reduce((before, change) => applyChange(before, change, asns), attributes);
}

function applyChange(
  attributes: PathAttributes,
  change: FilterChange,
  asns: boolean,
): PathAttributes {
  const leaving = change.gracefulShutdown === true;
  const communities = changed(
    attributes.communities?.map((community) => [community]),
    change.setCommunities?.map((community) => [community]),
    change.removeCommunities,
    [...(change.addCommunities ?? []), ...(leaving ? [COMMUNITY.GRACEFUL_SHUTDOWN] : [])].map(
      (community) => [community],
    ),
  );
  return {
    ...attributes,
    asPath: prepended(attributes.asPath, asns ? change.prependAsn : undefined),
    origin: change.origin ?? attributes.origin,
    med: change.med ?? attributes.med,
    localPref: leaving ? 0 : (change.localPref ?? attributes.localPref),
    communities: communities?.map(([community]) => community),
    extendedCommunities: changed(
      attributes.extendedCommunities,
      change.setExtendedCommunities,
      change.removeExtendedCommunities,
      change.addExtendedCommunities,
    ),
    largeCommunities: changed(
      attributes.largeCommunities,
      change.setLargeCommunities,
      change.removeLargeCommunities,
      change.addLargeCommunities,
    ),
  };
}

/** The first of them comes out first. */
function prepended(
  path: PathAttributes["asPath"],
  asns: readonly number[] | undefined,
): PathAttributes["asPath"] {
  return (
    asns?.reduceRight<PathAttributes["asPath"]>((behind, asn) => prependAs(behind, asn), path) ??
    path
  );
}

/** Undefined rather than an empty list: an attribute without a value is none. */
function changed<T extends readonly number[]>(
  present: readonly T[] | undefined,
  set: readonly T[] | undefined,
  removed: readonly CommunityPattern[] = [],
  added: readonly T[] = [],
): readonly T[] | undefined {
  const list = (set ?? present ?? []).filter(
    (words) => set !== undefined || !removed.some((pattern) => matchesCommunity(pattern, words)),
  );
  for (const words of added) {
    if (!list.some((other) => other.every((word, i) => word === words[i]))) list.push(words);
  }
  return list.length === 0 ? undefined : list;
}
