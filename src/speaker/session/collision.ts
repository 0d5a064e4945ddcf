// Connection collision (RFC 4271 §6.8, RFC 6286 §2.3): two connections of one neighbour, one must go.

/** The two ends of both connections, as their OPENs say. */
export interface Ends {
  readonly localId: number;
  readonly localAsn: number;
  readonly peerId: number;
  readonly peerAsn: number;
}

/**
 * Whether the connection that the neighbour initiated (`incoming`) or we did is the one to keep:
 * the one initiated by the end with the higher BGP Identifier; by the higher AS number when the
 * identifiers are equal. Both ends come to the same answer.
 */
export function isPreferred(incoming: boolean, ends: Ends): boolean {
  const weAreHigher =
    ends.localId === ends.peerId ? ends.localAsn > ends.peerAsn : ends.localId > ends.peerId;
  return weAreHigher !== incoming;
}
