import { DIAGNOSTIC, diagnosticName, stateName } from "../bfd/index.ts";
import type { BfdSessionView, InterfaceView, StatusView, SysctlView } from "../control/index.ts";
import { matchesAny } from "../fib/index.ts";
import { IPV4, IPV6 } from "../route/index.ts";
import type { Survey } from "../speaker/index.ts";
import { wallTime } from "./clock.ts";
import type { Rooms } from "./rooms.ts";

const SYSCTL_STATE = { ok: "right", set: "set", wrong: "wrong", absent: "wrong" } as const;

/** Those that have not been read yet are left out. */
function sysctls(rooms: Rooms): SysctlView[] {
  return [...rooms.fib.sysctls()].flatMap(({ path, wanted, value, status: found }) =>
    found === "unknown" ? [] : [{ path, wanted, found: value, state: SYSCTL_STATE[found] }],
  );
}

/** Of both families: nobody asks the Fib for what has no next hop that can be reached. */
export function* unresolvedPrefixes(
  survey: Pick<Survey, "unresolved">,
): Generator<undefined, number, undefined> {
  return (yield* survey.unresolved(IPV4)) + (yield* survey.unresolved(IPV6));
}

export function* status(rooms: Rooms): Generator<undefined, StatusView, undefined> {
  const summary = yield* rooms.fib.counting();
  const unresolved = summary.unresolved + (yield* unresolvedPrefixes(rooms.survey));
  const config = rooms.config();
  const state = rooms.state();
  const now = rooms.clock();
  const recovery = state.recovery();
  return {
    version: state.version,
    routerId: state.routerId,
    hostname: config.node.name,
    now: Date.now(),
    startedAt: wallTime(state.startedAt),
    configuredAt: wallTime(state.configuredAt),
    mode: config.mode,
    asn: config.node.asn,
    sysctls: sysctls(rooms),
    recovery:
      recovery === undefined
        ? undefined
        : {
            waitingFor: recovery.waitingFor,
            remaining: Math.max(0, recovery.until - now),
            total: config.restart.staleTime,
          },
    adopted: { routes: state.adopted, stale: summary.stale },
    fib: {
      installed: summary.inKernel[0] + summary.inKernel[1],
      pending: summary.queued + summary.inFlight,
      unresolved,
      failed: summary.failed,
    },
    pods: { found: summary.pods, blocks: config.pods.blocks },
    drains: rooms.drains.views(),
    warnings: state.warnings,
  };
}

export function* bfdSessions({ transport, fib, clock }: Rooms): Iterable<BfdSessionView> {
  const names = new Map([...fib.interfaces()].map(({ index, name }) => [index, name]));
  for (const {
    neighbour,
    remote,
    interface: index,
    multihop,
    session,
  } of transport.bfdSessions()) {
    yield {
      address: remote,
      interface: names.get(index),
      multihop,
      neighbour,
      // Until the first report, or without a socket, it is as it begins (RFC 5880 §6.8.1).
      state: session === undefined ? "Down" : stateName(session.state),
      since: session?.since ?? wallTime(clock()),
      interval: session?.transmitInterval ?? 0,
      timeout: session?.detectionTime ?? 0,
      diagnostic: diagnosticName(session?.diagnostic ?? DIAGNOSTIC.NONE),
      packetsSent: session?.sent ?? 0,
      packetsReceived: session?.received ?? 0,
      packetsRefused: session?.refused ?? 0,
      failures: session?.failures ?? 0,
    };
  }
}

const LOOPBACK_KIND = "loopback";
const POINT_TO_POINT = new Set([
  "gre",
  "ip6gre",
  "ip6tnl",
  "ipip",
  "ppp",
  "sit",
  "tun",
  "vti",
  "wireguard",
]);

export function* interfaces(rooms: Rooms): Iterable<InterfaceView> {
  const config = rooms.config();
  const all = [...rooms.fib.interfaces()].sort((a, b) => a.index - b.index);
  const names = new Map(all.map(({ index, name }) => [index, name]));
  for (const link of all) {
    const loopback = link.linkKind === LOOPBACK_KIND || link.name === "lo";
    const pointToPoint = POINT_TO_POINT.has(link.linkKind);
    yield {
      index: link.index,
      name: link.name,
      up: link.up,
      running: link.running,
      loopback,
      broadcast: !loopback && !pointToPoint,
      pointToPoint,
      multicast: !loopback,
      mtu: link.mtu,
      master: names.get(link.master),
      addresses: link.addresses,
      pods: matchesAny(config.pods.interfaces, link.name),
      uplink: link.name === config.pods.uplink,
    };
  }
}
