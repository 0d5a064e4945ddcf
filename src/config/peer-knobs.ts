// The keys of a peer that go beyond plain BGP, from the words in the file to what stands for them:
// schema, type, default and check of each, in one place.

import type { Checker } from "./checker.ts";
import type { MergedPeer } from "./merge.ts";
import type { Prefix } from "../route/index.ts";
import * as z from "zod";
import type { Path } from "./problem.ts";
import { readDurationWithin } from "./read.ts";
import { present } from "./present.ts";
import { flag, list, oneOf, prefix, scalar, section, whole } from "./schema-kinds.ts";

/** What this node is to a neighbour (RFC 9234 §4.1). */
export type Role = "provider" | "customer" | "peer" | "rs-server" | "rs-client";

/** Of one family. */
export interface PrefixLimits {
  /** What the neighbour announces, accepted or not. */
  readonly received: number | undefined;
  /** What of it the import filter accepts. */
  readonly accepted: number | undefined;
  readonly action: "warn" | "block" | "restart";
  /** Milliseconds until the session may come back; undefined: longer with each time. */
  readonly after: number | undefined;
  /** Percent of a limit from which on it is logged. */
  readonly warnAt: number | undefined;
}

export interface PeerKnobs {
  /** RFC 8950. */
  readonly extendedNextHop: "auto" | "on" | "off";
  readonly role: Role | undefined;
  /** A neighbour that tells no role is refused. */
  readonly roleStrict: boolean;
  /** Counts where `localAsn` is not the node's AS (RFC 7705 §3). */
  readonly localAsnOptions: { readonly noPrepend: boolean; readonly replaceAs: boolean };
  /** How often an AS of ours may stand in a received path. */
  readonly allowOwnAs: number;
  /** RFC 9774. */
  readonly allowAsSets: boolean;
  /** undefined: as the role has it. */
  readonly enforceFirstAs: boolean | undefined;
  readonly asOverride: boolean;
  /** The default route is announced, whether or not there is one. */
  readonly defaultOriginate: boolean;
  /** RFC 7311; undefined: on within the AS, off towards others. */
  readonly aigp: "on" | "off" | "originate" | undefined;
  /** Higher is better, before all else. */
  readonly weight: number;
  readonly removePrivateAs: "if-only" | "all" | "replace" | undefined;
  /** RFC 8326: the session is about to be shut down. */
  readonly gracefulShutdown: boolean;
  /** Present: the neighbour may have packets dropped here (RFC 7999). */
  readonly blackhole: BlackholeConfig | undefined;
  readonly maxPrefixes: PrefixLimits | undefined;
}

export interface BlackholeConfig {
  /** These prefixes and what lies in them; undefined: single addresses of what it may announce. */
  readonly inside: readonly Prefix[] | undefined;
  /** Added to such routes, so that they stay in the AS, or here. */
  readonly community: "no-export" | "no-advertise" | "none";
}

const LARGEST_LIMIT = 100_000_000;

const MAX_PREFIXES = section(
  {
    received: whole("Routes that it announces, accepted or not.", 1, LARGEST_LIMIT),
    accepted: whole("Routes that are accepted of it.", 1, LARGEST_LIMIT),
    action: oneOf(
      "What happens beyond either: a warning, no more are taken, or the session ends and begins again. Default: restart.",
      "warn",
      "block",
      "restart",
    ),
    after: scalar(
      "restart: time until the session may come back. Default: longer with each time, from 5s to 2m.",
      "a time from 1s to 24h, as 300ms, 90s or 5m",
      (text) => readDurationWithin(text, 1000, 86_400_000),
    ),
    warnAt: whole("Percent of a limit from which on there is a warning. Default: none.", 1, 100),
  },
  "Limits of the routes of each family. A number alone: received, with the action restart.",
);

const BLACKHOLE = section(
  {
    inside: list(
      prefix("A prefix of the neighbour's."),
      "What it may have dropped: these prefixes and all that lies in them. Default: single addresses (/32 and /128) of whatever it may announce.",
    ),
    community: oneOf(
      "What is added to such routes, so that they go no further: no-export keeps them in this AS, no-advertise on this node. Default: no-export.",
      "no-export",
      "no-advertise",
      "none",
    ),
  },
  "Present: the kernel drops the packets of routes that the neighbour marks with the community BLACKHOLE (RFC 7999), and such a route for anything else is not taken. accept: with the defaults.",
);

export const PEER_KNOBS = {
  blackhole: z.preprocess((value) => (value === "accept" ? {} : value), BLACKHOLE).optional(),
  maxPrefixes: z
    .preprocess((value) => (typeof value === "string" ? { received: value } : value), MAX_PREFIXES)
    .optional(),
  extendedNextHop: oneOf(
    "IPv6 next hops for IPv4 routes (RFC 8950). auto: offered where the session runs over IPv6, and used over link-local addresses and where there is no IPv4 address. on: used wherever there is an IPv6 address. Default: auto.",
    "auto",
    "on",
    "off",
  ),
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
  allowAsSets: flag(
    "true: paths with an AS_SET are taken. Default: false; they are refused, as RFC 9774 has it.",
  ),
  enforceFirstAs: flag(
    "Whether an external neighbour's paths must begin with its AS. Default: true; false for the role rs-client.",
  ),
  defaultOriginate: flag(
    "true: the default route is announced, whether or not this node has one, and whatever the export filter says. Default: false.",
  ),
  weight: whole(
    "Of several paths, those of the neighbour with the highest weight are taken, whatever else they say. Default: 0.",
    0,
    65535,
  ),
  aigp: oneOf(
    "The accumulated metric of the way (AIGP, RFC 7311), sent and taken; originate: own routes are sent with it, too, beginning at 0. For ASes under one administration. Default: on within the AS, off towards others.",
    "on",
    "off",
    "originate",
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
  readonly extendedNextHop?: "auto" | "on" | "off" | undefined;
  readonly role?: Role | undefined;
  readonly roleStrict?: boolean | undefined;
  readonly localAsnOptions?:
    | { readonly noPrepend?: boolean | undefined; readonly replaceAs?: boolean | undefined }
    | undefined;
  readonly allowOwnAs?: number | undefined;
  readonly allowAsSets?: boolean | undefined;
  readonly enforceFirstAs?: boolean | undefined;
  readonly asOverride?: boolean | undefined;
  readonly defaultOriginate?: boolean | undefined;
  readonly weight?: number | undefined;
  readonly aigp?: "on" | "off" | "originate" | undefined;
  readonly removePrivateAs?: "true" | "false" | "all" | "replace" | undefined;
  readonly gracefulShutdown?: boolean | undefined;
  readonly maxPrefixes?: Partial<PrefixLimits> | undefined;
  readonly blackhole?:
    | {
        readonly inside?: readonly (Prefix | undefined)[] | undefined;
        readonly community?: BlackholeConfig["community"] | undefined;
      }
    | undefined;
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
    extendedNextHop: peer.extendedNextHop ?? "auto",
    role: peer.role,
    roleStrict: peer.roleStrict ?? false,
    localAsnOptions: { noPrepend, replaceAs },
    allowOwnAs: peer.allowOwnAs ?? 0,
    allowAsSets: peer.allowAsSets ?? false,
    enforceFirstAs: peer.enforceFirstAs,
    aigp: peer.aigp,
    asOverride: peer.asOverride ?? false,
    defaultOriginate: peer.defaultOriginate ?? false,
    weight: peer.weight ?? 0,
    removePrivateAs: REMOVALS[peer.removePrivateAs ?? "false"],
    gracefulShutdown: peer.gracefulShutdown ?? false,
    maxPrefixes: buildLimits(peer.maxPrefixes),
    blackhole: peer.blackhole && {
      inside: peer.blackhole.inside && present(peer.blackhole.inside),
      community: peer.blackhole.community ?? "no-export",
    },
  };
}

function buildLimits(limits: LooseKnobs["maxPrefixes"]): PrefixLimits | undefined {
  if (limits === undefined) return undefined;
  const { received, accepted, action = "restart", after, warnAt } = limits;
  return { received, accepted, action, after, warnAt };
}

/** Keys that have no meaning within an AS. */
const EXTERNAL_ONLY = ["role", "roleStrict", "asOverride", "removePrivateAs"] as const;

export function checkKnobs(check: Checker, { peer, at, own }: MergedPeer): void {
  const nodeAsn = check.loose.node?.asn;
  const localAsn = peer.localAsn ?? nodeAsn;
  if (peer.asn === "internal" || (peer.asn !== undefined && peer.asn === localAsn)) {
    for (const key of EXTERNAL_ONLY) {
      if (!own(key)) continue;
      const reason = "it is about sessions between ASes";
      check.problem(at(key), `found ${key} with an internal neighbour: ${reason}`);
    }
  }
  checkLimits(check, peer.maxPrefixes, at("maxPrefixes"));
  if (peer.blackhole?.inside?.length === 0) {
    const expected = "expected prefixes, or no key for single addresses";
    check.problem([...at("blackhole"), "inside"], `found an empty list, ${expected}`);
  }
  if (peer.extendedNextHop === "on" && peer.families?.includes("ipv4") === false) {
    const reason = "it is about IPv4 routes, and families has no ipv4";
    check.problem(at("extendedNextHop"), `found extendedNextHop: on, but ${reason}`);
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

function checkLimits(check: Checker, limits: LooseKnobs["maxPrefixes"], path: Path): void {
  if (limits === undefined) return;
  const { received, accepted, action = "restart", after } = limits;
  if (received === undefined && accepted === undefined) {
    check.problem(path, "found maxPrefixes without a limit, expected received, accepted or both");
  }
  if (received !== undefined && accepted !== undefined && accepted > received) {
    const expected = `expected ${received} at most: no more are received`;
    check.problem([...path, "accepted"], `found ${accepted}, ${expected}`);
  }
  if (after !== undefined && action !== "restart") {
    check.problem(
      [...path, "after"],
      `found after with action: ${action}, expected it with restart`,
    );
  }
}
