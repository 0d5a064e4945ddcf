// BGP roles and the attribute Only to Customer (RFC 9234): a route that came from a provider, a peer
// or a route server goes on to customers alone, whatever filters say. The rules hold by the role that
// is configured here, whether or not the neighbour told its own (§5).

/** What this node is to an external neighbour (RFC 9234 §4.1). */
export type Role = "provider" | "rs-server" | "rs-client" | "customer" | "peer";

/** The neighbour is above us or beside us: what it sends is for our customers only. */
const COMES_DOWN: ReadonlySet<Role> = new Set<Role>(["customer", "peer", "rs-client"]);

/** The neighbour is below us or beside us: what we send is for its customers only. */
const GOES_DOWN: ReadonlySet<Role> = new Set<Role>(["provider", "peer", "rs-server"]);

/**
 * RFC 9234 §5, ingress: true where a route with this OTC, or without one, is a leak: from a customer
 * or a client it may have none, and from a peer only the peer's own.
 */
export function isLeak(role: Role, onlyToCustomer: number | undefined, peerAsn: number): boolean {
  if (onlyToCustomer === undefined) return false;
  if (role === "provider" || role === "rs-server") return true;
  return role === "peer" && onlyToCustomer !== peerAsn;
}

/** RFC 9234 §5, ingress: what OTC the route has from here on. */
export function otcOnImport(
  role: Role,
  onlyToCustomer: number | undefined,
  peerAsn: number,
): number | undefined {
  return onlyToCustomer ?? (COMES_DOWN.has(role) ? peerAsn : undefined);
}

/** RFC 9234 §5, egress: true where a route with OTC must not go to such a neighbour. */
export function staysFrom(role: Role): boolean {
  return COMES_DOWN.has(role);
}

/** RFC 9234 §5, egress: with what OTC the route leaves. */
export function otcOnExport(
  role: Role,
  onlyToCustomer: number | undefined,
  localAsn: number,
): number | undefined {
  return onlyToCustomer ?? (GOES_DOWN.has(role) ? localAsn : undefined);
}
