import {
  type ProtocolView,
  type StatusView,
  formatAddress,
  formatPrefix,
  formatQuad,
} from "../control/index.ts";
import type { Reply } from "../http/index.ts";
import type { Source } from "./birdwatcher.ts";
import { jsonReply } from "./json.ts";
import { places } from "./page-places.ts";
import type { WebViews } from "./views.ts";

/** Sessions that are shown; the others are counted. */
const SESSIONS = 500;
/** Sessions looked at between two pauses. */
const SLICE = 32;

/** All that the page shows, as it is now. Times are milliseconds since the epoch. */
export async function stateReply({ views, turns }: Source): Promise<Reply> {
  return jsonReply(JSON.stringify(await turns.finish(state(views))));
}

function* state(views: WebViews): Generator<undefined, object, undefined> {
  const status = yield* views.status();
  return {
    now: views.now,
    node: node(status),
    warnings: status.warnings,
    ...(yield* sessions(views)),
    ...(yield* places(views)),
    happenings: [...views.happenings()],
  };
}

function node(status: StatusView): object {
  const { version, hostname, routerId, asn, mode, startedAt, configuredAt, fib, pods } = status;
  const wrong = status.sysctls.filter((each) => each.state === "wrong");
  return {
    ...{ version, name: hostname, asn, mode, startedAt, configuredAt },
    routerId: formatQuad(routerId),
    kernel: fib,
    pods: pods.found,
    recovery: status.recovery ?? null,
    stale: status.adopted.stale,
    settings: wrong.map(({ path, found, wanted }) => ({ path, found: found ?? null, wanted })),
  };
}

function* sessions(views: WebViews): Generator<undefined, object, undefined> {
  const rows: object[] = [];
  let looked = 0;
  let more = 0;
  for (const protocol of views.protocols()) {
    if (++looked % SLICE === 0) yield undefined;
    if (protocol.kind !== "BGP") continue;
    if (rows.length < SESSIONS) rows.push(session(protocol));
    else more++;
  }
  return { sessions: rows, moreSessions: more };
}

function session({ name, description, message, state, since, info, bgp, channels }: ProtocolView) {
  const sum = (count: "exported" | "filtered" | "imported"): number =>
    channels.reduce((total, { routes }) => total + (routes?.[count] ?? 0), 0);
  const range = bgp?.neighbourRange && formatPrefix(bgp.neighbourRange);
  const address = bgp?.neighbourAddress && formatAddress(bgp.neighbourAddress);
  return {
    ...{ name, description, message, since, range, address },
    interface: bgp?.interface,
    asn: bgp?.neighbourAsn,
    members: bgp?.dynamic?.count,
    state: state === "down" ? info || "down" : (bgp?.state ?? info),
    isUp: bgp?.state === "Established",
    isEnabled: bgp?.enabled ?? true,
    imported: sum("imported"),
    filtered: sum("filtered"),
    exported: sum("exported"),
    stale: channels.reduce((total, { stale }) => total + (stale?.routes ?? 0), 0),
    error: bgp?.lastError,
  };
}
