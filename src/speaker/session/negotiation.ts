// Our OPEN, and what the neighbour's makes of it (RFC 4271 §4.2 and §6.2, RFC 5492).

import {
  afiOf,
  ERROR,
  EXTENDED_MAXIMUM_LENGTH,
  familyOf,
  IPV4,
  IPV6,
  MAXIMUM_LENGTH,
  OPEN_ERROR,
  SAFI_UNICAST,
  type Capability,
  type Family,
  type OpenMessage,
} from "bgp-ts";
import type { Negotiated, Trouble } from "./actions.ts";
import { downCause } from "./cause.ts";
import { roleMismatch } from "./roles.ts";
import type { LocalRestart } from "./context.ts";
import { restartCapabilities, restartTerms } from "./graceful-restart.ts";
import { presentedAsn, type SessionSettings } from "./settings.ts";

type BothFamilies = readonly [boolean, boolean];
const FAMILIES: readonly Family[] = [IPV4, IPV6];

/** The capabilities that our OPEN carries. */
export function localCapabilities(settings: SessionSettings, restart: LocalRestart): Capability[] {
  const capabilities: Capability[] = [];
  for (const family of FAMILIES) {
    if (settings.families[family]) {
      capabilities.push({ kind: "multiprotocol", afi: afiOf(family), safi: SAFI_UNICAST });
    }
  }
  if (settings.routeRefresh) capabilities.push({ kind: "route-refresh" });
  if (settings.enhancedRouteRefresh) capabilities.push({ kind: "enhanced-route-refresh" });
  if (settings.fourOctetAs) {
    capabilities.push({ kind: "four-octet-as", asn: presentedAsn(settings) });
  }
  if (settings.extendedNextHop === true && settings.families[IPV4]) {
    const entry = { afi: afiOf(IPV4), safi: SAFI_UNICAST, nextHopAfi: afiOf(IPV6) };
    capabilities.push({ kind: "extended-next-hop", entries: [entry] });
  }
  if (settings.extendedMessages) capabilities.push({ kind: "extended-message" });
  const several = severalPaths(settings);
  if (several.length > 0) capabilities.push({ kind: "add-path", families: several });
  const { restarting, forwarding } = restart;
  capabilities.push(...restartCapabilities(settings.gracefulRestart, restarting, forwarding));
  if (settings.role !== undefined) capabilities.push({ kind: "role", role: settings.role });
  return [...capabilities, ...settings.capabilities];
}

export function localOpen(
  settings: SessionSettings,
  restart: LocalRestart,
): Omit<OpenMessage, "kind" | "version"> {
  return {
    asn: presentedAsn(settings),
    holdTime: settings.holdTime,
    routerId: settings.routerId,
    capabilities: localCapabilities(settings, restart),
  };
}

/**
 * What the neighbour's OPEN and ours agree on, or what is wrong with it. `open` has passed
 * `decodeOpen`: its version is 4, its identifier not 0, its hold time neither 1 nor 2.
 */
export function negotiate(
  settings: SessionSettings,
  open: OpenMessage,
  restart: LocalRestart,
): { readonly negotiated: Negotiated } | { readonly trouble: Trouble } {
  const families = commonFamilies(settings.families, open.capabilities);
  const trouble =
    checkPeerAsn(settings, open) ??
    checkIdentifier(settings, open) ??
    checkHoldTime(settings, open) ??
    checkRole(settings, open) ??
    checkFamilies(settings, families);
  if (trouble !== undefined) return { trouble };

  const ours = localCapabilities(settings, restart);
  const theirs = open.capabilities;
  const holdTime = Math.min(settings.holdTime, open.holdTime);
  const both = (kind: Capability["kind"]) => has(ours, kind) && has(theirs, kind);
  const terms = restartTerms(settings.gracefulRestart, theirs);
  const ourAddPath = addPath(ours);
  const theirAddPath = addPath(theirs);
  return {
    negotiated: {
      peerAsn: open.asn,
      peerRouterId: open.routerId,
      external: open.asn !== presentedAsn(settings),
      holdTime,
      keepalive: keepaliveTime(settings, holdTime),
      families,
      fourOctetAs: both("four-octet-as"),
      addPathReceive: and(ourAddPath.receive, theirAddPath.send),
      addPathSend: and(ourAddPath.send, theirAddPath.receive),
      extendedNextHop: hasIpv6NextHops(ours) && hasIpv6NextHops(theirs),
      maximumSend: maximumLength(theirs),
      maximumReceive: maximumLength(ours),
      extendedMessages: both("extended-message"),
      routeRefresh: both("route-refresh"),
      enhancedRouteRefresh: both("enhanced-route-refresh"),
      gracefulRestart: terms,
      keepsOurRoutes:
        terms !== undefined && settings.gracefulRestart?.families.includes(true) === true,
      localCapabilities: ours,
      peerCapabilities: theirs,
    },
  };
}

/**
 * Seconds between KEEPALIVEs: a third of the hold time (RFC 4271 §4.4). A configured value was
 * chosen for the configured hold time; when the neighbour wants a shorter one, a third of that is
 * the most that is safe.
 */
export function keepaliveTime(settings: SessionSettings, holdTime: number): number {
  const third = holdTime / 3;
  if (holdTime === 0 || settings.keepalive === undefined) return third;
  return holdTime < settings.holdTime ? Math.min(settings.keepalive, third) : settings.keepalive;
}

function checkPeerAsn(settings: SessionSettings, open: OpenMessage): Trouble | undefined {
  const ours = presentedAsn(settings);
  const expected = settings.peerAsn;
  const accepted =
    expected === "any" ||
    (expected === "internal" && open.asn === ours) ||
    (expected === "external" && open.asn !== ours) ||
    expected === open.asn;
  if (accepted) return undefined;
  const wanted = typeof expected === "number" ? `${expected}` : `an ${expected} one`;
  return openTrouble(
    OPEN_ERROR.BAD_PEER_AS,
    `its AS number is ${open.asn}, expected ${expected === "internal" ? ours : wanted}`,
  );
}

/** RFC 6286 §2.2: an identifier has to differ within an AS only. */
function checkIdentifier(settings: SessionSettings, open: OpenMessage): Trouble | undefined {
  if (open.routerId !== settings.routerId || open.asn !== presentedAsn(settings)) return undefined;
  return openTrouble(OPEN_ERROR.BAD_BGP_IDENTIFIER, "its BGP identifier is ours");
}

/** RFC 4271 §6.2: any proposal may be refused. */
function checkHoldTime(settings: SessionSettings, open: OpenMessage): Trouble | undefined {
  if (open.holdTime >= settings.minimumHoldTime) return undefined;
  return openTrouble(
    OPEN_ERROR.UNACCEPTABLE_HOLD_TIME,
    `its hold time is ${open.holdTime} s, at least ${settings.minimumHoldTime} s wanted`,
  );
}

function checkRole(settings: SessionSettings, open: OpenMessage): Trouble | undefined {
  const { role, roleStrict = false } = settings;
  const mismatch = roleMismatch(role, roleStrict, open.capabilities);
  return mismatch === undefined ? undefined : openTrouble(OPEN_ERROR.ROLE_MISMATCH, mismatch);
}

/** RFC 5492 §5: the data is the capabilities that we need and miss, as in an OPEN. */
function checkFamilies(settings: SessionSettings, families: BothFamilies): Trouble | undefined {
  if (families[IPV4] || families[IPV6]) return undefined;
  const data: number[] = [];
  for (const family of FAMILIES) {
    if (settings.families[family]) data.push(1, 4, 0, afiOf(family), 0, SAFI_UNICAST);
  }
  return openTrouble(
    OPEN_ERROR.UNSUPPORTED_CAPABILITY,
    "it shares no address family with us",
    Uint8Array.from(data),
  );
}

function openTrouble(subcode: number, detail: string, data = new Uint8Array(0)): Trouble {
  return {
    cause: downCause("bad-open", detail, ERROR.OPEN, subcode),
    notification: { code: ERROR.OPEN, subcode, data },
  };
}

/** RFC 4760 §8; an OPEN without any multiprotocol capability means IPv4 unicast (RFC 4271). */
function commonFamilies(
  wanted: BothFamilies,
  capabilities: readonly Capability[],
): readonly [boolean, boolean] {
  const theirs: [boolean, boolean] = [!has(capabilities, "multiprotocol"), false];
  for (const capability of capabilities) {
    if (capability.kind !== "multiprotocol") continue;
    const family = familyOf(capability.afi, capability.safi);
    if (family !== undefined) theirs[family] = true;
  }
  return and(wanted, theirs);
}

/** RFC 7911 §4: a family without either way is not named. */
function severalPaths({ families, addPath: ways }: SessionSettings): AddPathFamilies {
  return FAMILIES.flatMap((family) => {
    const [send, receive] = [ways.send[family], ways.receive[family]];
    if (!families[family] || !(send || receive)) return [];
    return [{ afi: afiOf(family), safi: SAFI_UNICAST, send, receive }];
  });
}

type AddPathFamilies = Extract<Capability, { readonly kind: "add-path" }>["families"];

function addPath(capabilities: readonly Capability[]): {
  send: BothFamilies;
  receive: BothFamilies;
} {
  const send: [boolean, boolean] = [false, false];
  const receive: [boolean, boolean] = [false, false];
  for (const capability of capabilities) {
    if (capability.kind !== "add-path") continue;
    for (const entry of capability.families) {
      const family = familyOf(entry.afi, entry.safi);
      if (family === undefined) continue;
      send[family] = entry.send;
      receive[family] = entry.receive;
    }
  }
  return { send, receive };
}

function hasIpv6NextHops(capabilities: readonly Capability[]): boolean {
  return capabilities.some(
    (capability) =>
      capability.kind === "extended-next-hop" &&
      capability.entries.some(
        (entry) => familyOf(entry.afi, entry.safi) === IPV4 && entry.nextHopAfi === afiOf(IPV6),
      ),
  );
}

function maximumLength(capabilities: readonly Capability[]): number {
  return has(capabilities, "extended-message") ? EXTENDED_MAXIMUM_LENGTH : MAXIMUM_LENGTH;
}

function has(capabilities: readonly Capability[], kind: Capability["kind"]): boolean {
  return capabilities.some((capability) => capability.kind === kind);
}

function and(a: BothFamilies, b: BothFamilies): readonly [boolean, boolean] {
  return [a[IPV4] && b[IPV4], a[IPV6] && b[IPV6]];
}
