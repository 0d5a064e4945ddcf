// The keys of a peer that go beyond plain BGP, from the words in the file to what stands for them:
// schema, type, default and check of each, in one place.

import type { Checker } from "./checker.ts";
import type { MergedPeer } from "./merge.ts";
import { flag, oneOf, section, whole } from "./schema-kinds.ts";

/** What this node is to a neighbour (RFC 9234 §4.1). */
export type Role = "provider" | "customer" | "peer" | "rs-server" | "rs-client";

export interface PeerKnobs {
  readonly role: Role | undefined;
  /** A neighbour that tells no role is refused. */
  readonly roleStrict: boolean;
  /** Counts where `localAsn` is not the node's AS (RFC 7705 §3). */
  readonly localAsnOptions: { readonly noPrepend: boolean; readonly replaceAs: boolean };
  /** How often an AS of ours may stand in a received path. */
  readonly allowOwnAs: number;
  /** undefined: as the role has it. */
  readonly enforceFirstAs: boolean | undefined;
  readonly asOverride: boolean;
  readonly removePrivateAs: "if-only" | "all" | "replace" | undefined;
  /** RFC 8326: the session is about to be shut down. */
  readonly gracefulShutdown: boolean;
}

export const PEER_KNOBS = {
  role: oneOf(
    "What this node is to the neighbour (RFC 9234): routes from providers and peers go to customers alone. External neighbours only. Default: nothing is said.",
    "provider",
    "customer",
    "peer",
    "rs-server",
    "rs-client",
  ),
  roleStrict: flag("true: a neighbour that tells no role is refused. Default: false."),
  localAsnOptions: section(
    {
      noPrepend: flag("true: localAsn is not put in front of received paths. Default: false."),
      replaceAs: flag(
        "true: paths are sent with localAsn alone, without node.asn. Default: false.",
      ),
    },
    "How localAsn stands in AS paths (RFC 7705).",
  ),
  allowOwnAs: whole("How often our own AS may stand in a received path. Default: 0.", 0, 10),
  enforceFirstAs: flag(
    "Whether an external neighbour's paths must begin with its AS. Default: true; false for the role rs-client.",
  ),
  asOverride: flag(
    "true: our AS takes the place of the neighbour's in sent paths. Default: false.",
  ),
  removePrivateAs: oneOf(
    "Private AS numbers (RFC 6996) in sent paths. true: removed where a path has no others; all: removed; replace: our AS takes their place. The neighbour's own stays. Default: false.",
    "true",
    "false",
    "all",
    "replace",
  ),
  gracefulShutdown: flag(
    "true: the session is about to be shut down; the neighbour and this node move traffic away from it (RFC 8326). Default: false.",
  ),
};

/** As the schema reads them. */
export interface LooseKnobs {
  readonly role?: Role | undefined;
  readonly roleStrict?: boolean | undefined;
  readonly localAsnOptions?:
    | { readonly noPrepend?: boolean | undefined; readonly replaceAs?: boolean | undefined }
    | undefined;
  readonly allowOwnAs?: number | undefined;
  readonly enforceFirstAs?: boolean | undefined;
  readonly asOverride?: boolean | undefined;
  readonly removePrivateAs?: "true" | "false" | "all" | "replace" | undefined;
  readonly gracefulShutdown?: boolean | undefined;
}

const REMOVALS = {
  true: "if-only",
  false: undefined,
  all: "all",
  replace: "replace",
} as const;

export function buildKnobs(peer: LooseKnobs): PeerKnobs {
  const { noPrepend = false, replaceAs = false } = peer.localAsnOptions ?? {};
  return {
    role: peer.role,
    roleStrict: peer.roleStrict ?? false,
    localAsnOptions: { noPrepend, replaceAs },
    allowOwnAs: peer.allowOwnAs ?? 0,
    enforceFirstAs: peer.enforceFirstAs,
    asOverride: peer.asOverride ?? false,
    removePrivateAs: REMOVALS[peer.removePrivateAs ?? "false"],
    gracefulShutdown: peer.gracefulShutdown ?? false,
  };
}

/** Keys that have no meaning within an AS. */
const EXTERNAL_ONLY = ["role", "roleStrict", "asOverride", "removePrivateAs"] as const;

export function checkKnobs(check: Checker, { peer, at, own }: MergedPeer): void {
  const nodeAsn = check.loose.node?.asn;
  const localAsn = peer.localAsn ?? nodeAsn;
  if (peer.asn !== undefined && peer.asn === localAsn) {
    for (const key of EXTERNAL_ONLY) {
      if (!own(key)) continue;
      const reason = "it is about sessions between ASes";
      check.problem(at(key), `found ${key} with an internal neighbour: ${reason}`);
    }
  }
  if (peer.roleStrict === true && peer.role === undefined) {
    check.problem(
      at("roleStrict"),
      "found roleStrict without a role, expected role: customer, ...",
    );
  }
  if (peer.localAsnOptions !== undefined && own("localAsnOptions") && localAsn === nodeAsn) {
    const expected = "expected localAsn with another AS number than node.asn";
    check.problem(at("localAsnOptions"), `found localAsnOptions, ${expected}`);
  }
}
