/** An address family that this codec carries: IPv4 unicast (0) or IPv6 unicast (1). */
export type Family = 0 | 1;

export const IPV4 = 0;
export const IPV6 = 1;

/** SAFI 1, "Network Layer Reachability Information used for unicast forwarding" (RFC 4760 §6). */
export const SAFI_UNICAST = 1;

/** The address family identifier: 1 for IPv4, 2 for IPv6 (RFC 4760 §10, IANA "Address Family Numbers"). */
export function afiOf(family: Family): 1 | 2 {
  return family === IPV4 ? 1 : 2;
}

/** The family that an AFI and a SAFI name; undefined where this codec does not carry it. */
export function familyOf(afi: number, safi: number): Family | undefined {
  if (safi !== SAFI_UNICAST) return undefined;
  if (afi === 1) return IPV4;
  return afi === 2 ? IPV6 : undefined;
}

/** Longest prefix of a family, in bits. */
export function bitsOf(family: Family): 32 | 128 {
  return family === IPV4 ? 32 : 128;
}
