// How long an attribute may become in our hands: a policy prepends to AS_PATH or adds communities, a
// reflector adds its cluster. On the wire a value has at most 65535 octets (RFC 4271 §4.3, RFC 8654);
// bgp-ts takes half of that from a neighbour, and from us.

import { LONGEST_VALUE, type PathAttributes } from "bgp-ts";

/** Four octets an AS number, and two of head for each segment of at most 255 of them. */
function asPathOctets(attributes: PathAttributes): number {
  let octets = 0;
  for (const { asns } of attributes.asPath) {
    octets += asns.length * 4 + Math.ceil(asns.length / 255) * 2;
  }
  return octets;
}

/** Whether every attribute of a set can be written, and read again. */
export function isEncodable(attributes: PathAttributes): boolean {
  const { communities, extendedCommunities, largeCommunities, clusterList } = attributes;
  return (
    asPathOctets(attributes) <= LONGEST_VALUE &&
    (communities?.length ?? 0) * 4 <= LONGEST_VALUE &&
    (extendedCommunities?.length ?? 0) * 8 <= LONGEST_VALUE &&
    (largeCommunities?.length ?? 0) * 12 <= LONGEST_VALUE &&
    (clusterList?.length ?? 0) * 4 <= LONGEST_VALUE
  );
}
