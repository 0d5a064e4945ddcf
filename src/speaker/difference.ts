// What a changed configuration means for one neighbour: nothing, a change in place, or a new session.
// One row a setting; whoever adds a setting to NeighbourConfig is made by the compiler to add its row.

import { addressesEqual } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Session, SessionSettings } from "./session/index.ts";

/** When a changed setting takes effect: by a new session, at once, or with the next connection. */
type Effect = "session" | "live";

interface Row {
  readonly effect: Effect;
  readonly name: string;
}

const ROWS: { readonly [K in keyof Required<NeighbourConfig>]: Row } = {
  name: { effect: "session", name: "name" },
  description: { effect: "live", name: "description" },
  address: { effect: "session", name: "address" },
  range: { effect: "session", name: "range" },
  max: { effect: "live", name: "limit of dynamic neighbours" },
  // A neighbour of another name is another neighbour: configurator.ts.
  dynamicNames: { effect: "session", name: "names" },
  idleTimeout: { effect: "live", name: "idle timeout" },
  asn: { effect: "session", name: "neighbour's AS" },
  localAsn: { effect: "session", name: "local AS" },
  enabled: { effect: "live", name: "enabled" },
  passive: { effect: "live", name: "passive" },
  port: { effect: "session", name: "port" },
  source: { effect: "session", name: "source address" },
  interface: { effect: "session", name: "interface" },
  key: { effect: "session", name: "password" },
  ttlSecurity: { effect: "session", name: "TTL security" },
  multihop: { effect: "session", name: "multihop" },
  holdTime: { effect: "session", name: "hold time" },
  keepalive: { effect: "live", name: "keepalive time" },
  sendHoldTime: { effect: "live", name: "send hold time" },
  connectRetry: { effect: "live", name: "connect retry time" },
  userTimeout: { effect: "live", name: "TCP user timeout" },
  families: { effect: "session", name: "address families" },
  addPath: { effect: "session", name: "ADD-PATH" },
  client: { effect: "live", name: "route reflector client" },
  nextHop: { effect: "live", name: "next hop" },
  maxPrefixes: { effect: "live", name: "prefix limit" },
  extendedNextHop: { effect: "live", name: "extended next hop" },
  role: { effect: "session", name: "role" },
  roleStrict: { effect: "live", name: "strictness of the role" },
  localAsnOptions: { effect: "live", name: "options of the local AS" },
  allowOwnAs: { effect: "live", name: "own AS allowed" },
  allowAsSets: { effect: "live", name: "AS_SETs allowed" },
  enforceFirstAs: { effect: "live", name: "enforcement of the first AS" },
  asOverride: { effect: "live", name: "AS override" },
  removePrivateAs: { effect: "live", name: "removal of private AS numbers" },
  defaultOriginate: { effect: "live", name: "default route" },
  weight: { effect: "live", name: "weight" },
  aigp: { effect: "live", name: "AIGP" },
  blackhole: { effect: "live", name: "blackhole" },
  gracefulShutdown: { effect: "live", name: "graceful shutdown" },
  // The session room knows which of these changes need a new OPEN.
  gracefulRestart: { effect: "live", name: "graceful restart" },
  longLivedStaleTime: { effect: "live", name: "long-lived stale time" },
  bfd: { effect: "live", name: "BFD" },
  group: { effect: "live", name: "group" },
  import: { effect: "live", name: "import filter" },
  export: { effect: "live", name: "export filter" },
};

export interface NeighbourChange {
  /** Names of the changed settings that need a new session. */
  readonly session: string[];
  /** Names of the changed settings that take effect in place. */
  readonly live: string[];
}

/** The settings in which two configurations of one neighbour differ. */
export function compareNeighbours(old: NeighbourConfig, next: NeighbourConfig): NeighbourChange {
  const change: NeighbourChange = { session: [], live: [] };
  for (const key of Object.keys(ROWS) as (keyof NeighbourConfig)[]) {
    if (!sameValue(old[key], next[key])) change[ROWS[key].effect].push(ROWS[key].name);
  }
  return change;
}

function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array || Array.isArray(a) || Array.isArray(b)) {
    return sameList(a as ArrayLike<unknown>, b as ArrayLike<unknown>);
  }
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  for (const key of keys) {
    if (!sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) {
      return false;
    }
  }
  return true;
}

function sameList(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameValue(a[i], b[i])) return false;
  return true;
}

/** What a change of settings costs a neighbour that stays. */
export interface Cost {
  /** Why the session does not go on, or would not if there were a connection; undefined: it does. */
  readonly why: string | undefined;
  /** Only the socket's part of it: the session itself would go on. */
  readonly isSocket: boolean;
  /** Whether there is something to lose. */
  readonly resets: boolean;
  /** What takes effect in place, in words; "": nothing. */
  readonly live: string;
}

/** `settings`: what the session is told after the change. To be asked before it is told. */
export function costOf(
  session: Pick<Session, "connection" | "costOf">,
  old: NeighbourConfig,
  next: NeighbourConfig,
  settings: SessionSettings,
): Cost {
  const change = compareNeighbours(old, next);
  const bySession = session.costOf(settings);
  const bySocket = change.session.length === 0 ? undefined : `${change.session.join(", ")} changed`;
  const why = bySession ?? bySocket;
  return {
    why,
    isSocket: bySession === undefined && bySocket !== undefined,
    resets: why !== undefined && session.connection !== undefined,
    live: change.live.join(", "),
  };
}

/** true where two neighbour configurations name the same remote end. */
export function sameRemote(a: NeighbourConfig, b: NeighbourConfig): boolean {
  if (a.address === undefined || b.address === undefined) {
    const sameKind = sameValue(a.address, b.address) && sameValue(a.range, b.range);
    return sameKind && (a.range !== undefined || a.interface === b.interface);
  }
  return addressesEqual(a.address, b.address) && a.interface === b.interface;
}
