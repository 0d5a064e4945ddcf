import {
  type RouteAttributesView,
  type RouteView,
  asPathWords,
  extendedCommunityText,
  formatAddress,
  formatPrefix,
  formatQuad,
  listedAttributes,
  nextHopWords,
} from "../control/index.ts";
import { birdTime } from "./envelope.ts";

const ORIGINS = ["IGP", "EGP", "Incomplete"] as const;

/**
 * A route as birdwatcher makes it of BIRD's `show route all`. Numbers inside `bgp` are texts, as there;
 * those of communities are numbers. `neighbour`: the address of the one it came from; "": nobody's.
 */
export function routeObject(route: RouteView, neighbour: string): object {
  const attributes = listedAttributes(route);
  const [hop] = route.nextHops;
  // What the import filter has rejected is not resolved: then it is the next hop that was announced.
  const announced = attributes?.nextHop && nextHopWords(attributes.nextHop)[0];
  return {
    network: formatPrefix(route.network),
    gateway: hop?.gateway === undefined ? (announced ?? "") : formatAddress(hop.gateway),
    interface: hop?.interface ?? "",
    from_protocol: route.protocol,
    age: birdTime(route.since),
    learnt_from: neighbour,
    primary: route.primary,
    metric: route.preference,
    type: [route.source, "univ"],
    bgp: attributes && bgpObject(attributes),
  };
}

function bgpObject(attributes: RouteAttributesView): object {
  const { nextHop, med, localPref, aggregator, originatorId, clusterList } = attributes;
  return {
    origin: ORIGINS[attributes.origin],
    as_path: asPathWords(attributes.asPath),
    next_hop: nextHop && nextHopWords(nextHop).join(" "),
    med: med?.toString(),
    local_pref: localPref?.toString(),
    atomic_aggr: attributes.atomicAggregate ? "" : undefined,
    aggregator: aggregator && `${formatQuad(aggregator.address)} AS${aggregator.asn}`,
    originator_id: originatorId === undefined ? undefined : formatQuad(originatorId),
    cluster_list: clusterList?.map(formatQuad).join(" "),
    communities: attributes.communities?.map((each) => [each >>> 16, each & 0xffff]),
    large_communities: attributes.largeCommunities,
    ext_communities: attributes.extendedCommunities?.map(threeWords),
    otc: attributes.onlyToCustomer?.toString(),
    aigp: attributes.aigp?.toString(),
  };
}

/** `(rt, 65001, 7)` as its three words. */
function threeWords(community: readonly [number, number]): string[] {
  return extendedCommunityText(community).slice(1, -1).split(", ");
}
