// How attributes change on their way: pure functions from one set to a new one.

import {
  type ExtendedCommunity,
  type PathAttributes,
  type UnknownAttribute,
  firstAs,
  prependAs,
  withoutConfederations,
} from "bgp-ts";
import { ACCEPT, type FilterAction } from "./filter.ts";

/** LOCAL_PREF of a route that came without; everybody's default. */
export const DEFAULT_LOCAL_PREF = 100;

/** Attribute flags (RFC 4271 §4.3). */
const TRANSITIVE = 0x40;

/** An extended community with this bit stays within its AS (RFC 4360 §2), in the high word. */
const NON_TRANSITIVE_COMMUNITY = 0x40000000;

/** What an accepting rule does to a route that comes in; without a change, the same object. */
export function rewriteImport(
  attributes: PathAttributes,
  action: FilterAction,
  external: boolean,
): PathAttributes {
  if (action === ACCEPT) return attributes;
  const { asPath } = attributes;
  const first = firstAs(asPath);
  // A path that begins with no AS has none to repeat, and AS 0 is nobody's (RFC 7607 §2).
  const prepended = external && first !== 0 && action.prepend !== undefined && action.prepend > 0;
  return {
    ...attributes,
    asPath: prepended ? prependAs(asPath, first, action.prepend) : asPath,
    localPref: action.setLocalPref ?? attributes.localPref,
    communities: addCommunities(attributes.communities, action.addCommunities),
  };
}

/**
 * To a neighbour in another AS: our AS in front (RFC 4271 §5.1.2), no segments of a confederation,
 * which end at its border (RFC 5065 §4.1), no LOCAL_PREF (RFC 4271 §5.1.5), none of
 * our AS's reflection attributes (RFC 4456 §8), no MULTI_EXIT_DISC of a third party (§5.1.4), no
 * AIGP (RFC 7311 §3.2), no extended communities that are to stay (RFC 4360 §6).
 */
export function rewriteExternal(
  attributes: PathAttributes,
  action: FilterAction,
  localAsn: number,
  own: boolean,
): PathAttributes {
  return {
    ...attributes,
    asPath: prependAs(
      withoutConfederations(attributes.asPath),
      localAsn,
      1 + (action.prepend ?? 0),
    ),
    med: own ? attributes.med : undefined,
    localPref: undefined,
    communities: addCommunities(attributes.communities, action.addCommunities),
    originatorId: undefined,
    clusterList: undefined,
    extendedCommunities: leavingCommunities(attributes.extendedCommunities),
    aigp: undefined,
    unknown: attributes.unknown.filter(isTransitive),
  };
}

/** To a neighbour in our AS: always with LOCAL_PREF (RFC 4271 §5.1.5), else as it is. */
export function rewriteInternal(attributes: PathAttributes, action: FilterAction): PathAttributes {
  return {
    ...attributes,
    localPref: action.setLocalPref ?? attributes.localPref ?? DEFAULT_LOCAL_PREF,
    communities: addCommunities(attributes.communities, action.addCommunities),
    unknown: attributes.unknown.filter(isTransitive),
  };
}

/**
 * What a reflector adds (RFC 4456 §8): who brought the route into the AS, unless that is known, and
 * the cluster that it has now passed. `originator`: BGP identifier of the neighbour it came from.
 */
export function reflect(
  attributes: PathAttributes,
  originator: number,
  clusterId: number,
): PathAttributes {
  return {
    ...attributes,
    originatorId: attributes.originatorId ?? originator,
    clusterList: [clusterId, ...(attributes.clusterList ?? [])],
  };
}

/** RFC 4271 §9: an optional attribute that we do not know goes on only if it is transitive. */
function isTransitive(attribute: UnknownAttribute): boolean {
  return (attribute.flags & TRANSITIVE) !== 0;
}

/** Undefined rather than an empty list: an attribute without a value is none. */
function leavingCommunities(
  communities: readonly ExtendedCommunity[] | undefined,
): readonly ExtendedCommunity[] | undefined {
  const left = communities?.filter(([high]) => (high & NON_TRANSITIVE_COMMUNITY) === 0);
  return left?.length === 0 ? undefined : left;
}

function addCommunities(
  present: readonly number[] | undefined,
  added: readonly number[] | undefined,
): readonly number[] | undefined {
  const missing = (added ?? []).filter((community) => !present?.includes(community));
  return missing.length === 0 ? present : [...(present ?? []), ...new Set(missing)];
}
