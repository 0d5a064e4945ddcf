// How attributes change on their way: pure functions from one set to a new one.

import {
  type AsPathSegment,
  type ExtendedCommunity,
  type PathAttributes,
  type UnknownAttribute,
  firstAs,
  prependAs,
  withoutConfederations,
} from "bgp-ts";
import { COMMUNITY, TRAIT } from "../../route/index.ts";
import { overrideAs, removePrivateAs } from "./as-path-changes.ts";
import type { ExportSpec } from "./export-policy.ts";
import { applyChanges } from "./change.ts";
import type { Outcome } from "./filter.ts";
import type { ImportSpec } from "./import-policy.ts";
import { otcOnExport, otcOnImport } from "./roles.ts";

/** LOCAL_PREF of a route that came without; everybody's default. */
export const DEFAULT_LOCAL_PREF = 100;

/** What sums of AIGP end at; whoever receives it takes it for none (RFC 7311 §3.2). */
const GREATEST_AIGP = 0xffffffffffffffffn;

/** Attribute flags (RFC 4271 §4.3). */
const TRANSITIVE = 0x40;

/** An extended community with this bit stays within its AS (RFC 4360 §2), in the high word. */
const NON_TRANSITIVE_COMMUNITY = 0x40000000;

/** What the filter does to a route that comes in; without a change, the same object. */
export function rewriteImport(
  attributes: PathAttributes,
  { changes, prepend }: Outcome,
  external: boolean,
): PathAttributes {
  const after = applyChanges(attributes, changes, true);
  const first = firstAs(attributes.asPath);
  // A path that begins with no AS has none to repeat, and AS 0 is nobody's (RFC 7607 §2).
  if (!external || first === 0 || prepend === 0) return after;
  return { ...after, asPath: prependAs(after.asPath, first, prepend) };
}

/**
 * What the session with the neighbour asks for on an accepted route, after the filter: LOCAL_PREF 0
 * for one that is about to go (RFC 8326 §4.2; §4.3 where we are the ones to go), our other AS number in
 * front (RFC 7705 §3.3), OTC (RFC 9234 §5), AIGP only where it is enabled (RFC 7311 §3.4). Without a change, the same object.
 */
export function rewriteSession(
  attributes: PathAttributes,
  spec: ImportSpec,
  traits: number,
): PathAttributes {
  const { external, localAsn, peerAsn, role } = spec;
  const leaving = spec.gracefulShutdown === true;
  const told = external && (traits & TRAIT.GRACEFUL_SHUTDOWN) !== 0;
  const onlyToCustomer =
    role === undefined
      ? attributes.onlyToCustomer
      : otcOnImport(role, attributes.onlyToCustomer, peerAsn);
  const prepended = external && spec.prependLocalAs === true;
  const hasAigp = spec.aigp === true && attributes.aigp !== GREATEST_AIGP;
  const aigp = hasAigp ? attributes.aigp : undefined;
  const isSame = onlyToCustomer === attributes.onlyToCustomer && aigp === attributes.aigp;
  if (isSame && !leaving && !told && !prepended) return attributes;
  return {
    ...attributes,
    aigp,
    asPath: prepended ? prependAs(attributes.asPath, localAsn) : attributes.asPath,
    localPref: leaving || told ? 0 : attributes.localPref,
    communities: leaving
      ? addCommunities(attributes.communities, [COMMUNITY.GRACEFUL_SHUTDOWN])
      : attributes.communities,
    onlyToCustomer,
  };
}

/**
 * To a neighbour in another AS, after the filter's changes: our AS in front (RFC 4271 §5.1.2), no
 * segments of a confederation,
 * which end at its border (RFC 5065 §4.1), no LOCAL_PREF (RFC 4271 §5.1.5), none of
 * our AS's reflection attributes (RFC 4456 §8), no MULTI_EXIT_DISC of a third party (§5.1.4), no
 * AIGP unless it is enabled (RFC 7311 §3.4), no extended communities that are to stay (RFC 4360 §6).
 */
export function rewriteExternal(
  before: PathAttributes,
  { changes, prepend, setsMed }: Outcome,
  spec: ExportSpec,
  own: boolean,
): PathAttributes {
  const { localAsn, role } = spec;
  const attributes = applyChanges(before, changes, true);
  return {
    ...attributes,
    asPath: prependAs(pathOf(attributes, spec), localAsn, 1 + prepend),
    med: own || setsMed ? attributes.med : undefined,
    localPref: undefined,
    communities: outgoingCommunities(attributes, spec),
    originatorId: undefined,
    clusterList: undefined,
    extendedCommunities: leavingCommunities(attributes.extendedCommunities),
    aigp: outgoingAigp(attributes, spec, own),
    onlyToCustomer:
      role === undefined
        ? attributes.onlyToCustomer
        : otcOnExport(role, attributes.onlyToCustomer, localAsn),
    unknown: attributes.unknown.filter(isTransitive),
  };
}

/**
 * The path that our AS is put in front of. An AS number that is shown to this neighbour alone comes
 * before the node's own (RFC 7705 §3.2), unless it is to take its place.
 */
function pathOf({ asPath }: PathAttributes, spec: ExportSpec): readonly AsPathSegment[] {
  const { localAsn, peerAsn = 0, removePrivateAs: removal } = spec;
  let path: readonly AsPathSegment[] = withoutConfederations(asPath);
  if (removal !== undefined) path = removePrivateAs(path, removal, peerAsn, localAsn);
  if (spec.asOverride === true) path = overrideAs(path, peerAsn, localAsn);
  return spec.nodeAsn === undefined ? path : prependAs(path, spec.nodeAsn);
}

/**
 * To a neighbour in our AS: always with LOCAL_PREF (RFC 4271 §5.1.5), else as it is. Before a shutdown
 * it is 0: within the AS it is the preference that counts, not the community (RFC 8326 §4.3).
 */
export function rewriteInternal(
  before: PathAttributes,
  { changes }: Outcome,
  spec: ExportSpec,
  own: boolean,
): PathAttributes {
  const attributes = applyChanges(before, changes, false);
  const localPref = attributes.localPref ?? DEFAULT_LOCAL_PREF;
  return {
    ...attributes,
    localPref: spec.gracefulShutdown === true ? 0 : localPref,
    aigp: outgoingAigp(attributes, spec, own),
    communities: outgoingCommunities(attributes, spec),
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

/** A route of this node's own begins with 0, where it is to have one (RFC 7311 §3.4.1). */
function outgoingAigp(
  { aigp }: PathAttributes,
  { aigp: mode }: ExportSpec,
  own: boolean,
): bigint | undefined {
  if (mode === undefined) return undefined;
  return own && mode === "originate" ? 0n : aigp;
}

function outgoingCommunities(
  { communities }: PathAttributes,
  spec: ExportSpec,
): readonly number[] | undefined {
  if (spec.gracefulShutdown !== true) return communities;
  return addCommunities(communities, [COMMUNITY.GRACEFUL_SHUTDOWN]);
}

function addCommunities(
  present: readonly number[] | undefined,
  added: readonly number[] | undefined,
): readonly number[] | undefined {
  const missing = (added ?? []).filter((community) => !present?.includes(community));
  return missing.length === 0 ? present : [...(present ?? []), ...new Set(missing)];
}
