import {
  type BgpView,
  type ChangeCounters,
  type ChannelView,
  type ProtocolView,
  formatAddress,
  formatQuad,
} from "../control/index.ts";
import { birdTime } from "./envelope.ts";

// A protocol as birdwatcher makes it of BIRD's `show protocols all`: a key for each label, in lower case
// and with _ for a blank. Where a label stands in two channels, birdwatcher has that of the last; numbers
// of routes are sums here, which is what its readers add up anyway.

export function protocolObject(protocol: ProtocolView): object {
  const { name, kind, table, state, since, description, message, bgp, channels } = protocol;
  return {
    protocol: name,
    bird_protocol: kind,
    table,
    state,
    state_changed: birdTime(since),
    connection: connection(protocol),
    description,
    message,
    ...(bgp && bgpMembers(bgp)),
    ...channelMembers(channels),
    routes: routeCounts(channels),
    route_changes: changes(channels),
  };
}

/** As in BIRD's short table. */
export function shortObject(protocol: ProtocolView): object {
  const { kind, table, state, since } = protocol;
  return { proto: kind, table, state, since: birdTime(since), info: connection(protocol) };
}

function connection({ bgp, info, state }: ProtocolView): string {
  return bgp === undefined || state === "down" ? info : bgp.state;
}

function bgpMembers(bgp: BgpView): object {
  const { neighbourAddress, neighbourId, sourceAddress, holdTimer, keepaliveTimer } = bgp;
  return {
    bgp_state: bgp.state,
    neighbor_address: neighbourAddress && formatAddress(neighbourAddress),
    neighbor_as: bgp.neighbourAsn,
    local_as: bgp.localAsn,
    neighbor_id: neighbourId === undefined ? undefined : formatQuad(neighbourId),
    session: bgp.external ? "external" : "internal",
    source_address: sourceAddress && formatAddress(sourceAddress),
    hold_timer: holdTimer && timer(holdTimer),
    keepalive_timer: keepaliveTimer && timer(keepaliveTimer),
    last_error: bgp.lastError,
  };
}

function timer({ remaining, total }: { remaining: number; total: number }): string {
  return `${(remaining / 1000).toFixed(3)}/${Math.round(total / 1000)}`;
}

/** Of the first channel: they are the same in both, as far as the configuration goes. */
function channelMembers([first]: readonly ChannelView[]): object {
  if (first === undefined) return {};
  return {
    preference: first.preference,
    input_filter: first.importFilter,
    output_filter: first.exportFilter,
    import_limit: first.importLimit,
    receive_limit: first.receiveLimit,
    action: first.limitAction,
  };
}

function routeCounts(channels: readonly ChannelView[]): object {
  const counts = { imported: 0, filtered: 0, exported: 0, preferred: 0 };
  for (const { routes } of channels) {
    counts.imported += routes?.imported ?? 0;
    counts.filtered += routes?.filtered ?? 0;
    counts.exported += routes?.exported ?? 0;
    counts.preferred += routes?.preferred ?? 0;
  }
  return counts;
}

const CHANGES = {
  import_updates: "importUpdates",
  import_withdraws: "importWithdraws",
  export_updates: "exportUpdates",
  export_withdraws: "exportWithdraws",
} as const;

const COUNTERS = ["received", "rejected", "filtered", "ignored", "accepted"] as const;

function changes(channels: readonly ChannelView[]): object {
  const all = channels.flatMap(({ routes }) => routes?.stats ?? []);
  const sums = Object.entries(CHANGES).map(([key, name]) => [
    key,
    sum(all.map((each) => each[name])),
  ]);
  return Object.fromEntries(sums) as object;
}

/** Those that BIRD has no number for are left out, as birdwatcher does. */
function sum(all: readonly ChangeCounters[]): object {
  const totals: Partial<Record<(typeof COUNTERS)[number], number>> = {};
  for (const each of all) {
    for (const key of COUNTERS) {
      const value = each[key];
      if (value !== undefined) totals[key] = (totals[key] ?? 0) + value;
    }
  }
  return totals;
}
