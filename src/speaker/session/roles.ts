// BGP roles in the OPENs (RFC 9234 §4): what each end is to the other has to fit.

import type { Capability } from "bgp-ts";

/** Values of the capability (RFC 9234 §4.1). */
export const ROLE = { PROVIDER: 0, RS: 1, RS_CLIENT: 2, CUSTOMER: 3, PEER: 4 } as const;

const NAMES = ["provider", "route server", "route server's client", "customer", "peer"] as const;

/** By our role: the only one that the neighbour may have (RFC 9234 §4.2, table 2). */
const COUNTERPART: readonly number[] = [
  ROLE.CUSTOMER,
  ROLE.RS_CLIENT,
  ROLE.RS,
  ROLE.PROVIDER,
  ROLE.PEER,
];

/**
 * What is wrong with the roles, in words; undefined: nothing. Without a role of its own this end asks
 * for none; a neighbour that tells none is accepted unless `strict`; one that tells several different
 * ones never is (§4.2).
 */
export function roleMismatch(
  role: number | undefined,
  strict: boolean,
  capabilities: readonly Capability[],
): string | undefined {
  if (role === undefined) return undefined;
  const told = new Set<number>();
  for (const each of capabilities) if (each.kind === "role") told.add(each.role);
  const [theirs, other] = told;
  const wanted = COUNTERPART[role];
  if (theirs === undefined) {
    return strict ? `it tells no role, expected ${roleName(wanted)}` : undefined;
  }
  if (other !== undefined) return "it tells several roles";
  if (theirs === wanted) return undefined;
  return `its role is ${roleName(theirs)}, expected ${roleName(wanted)}`;
}

function roleName(role: number): string {
  return NAMES[role] ?? `number ${role}`;
}
