import { type Family, formatAddress, formatPrefix, formatQuad } from "../route/index.ts";
import { capabilityLines } from "./capability-lines.ts";
import { announcementWord } from "./drain-text.ts";
import { formatSeconds } from "./time.ts";
import type {
  BgpView,
  ChangeCounters,
  ChannelRoutes,
  ChannelView,
  ProtocolView,
  StaleView,
  TimerView,
} from "./protocol-views.ts";

// The lines of `show protocols all`, label for label as BIRD writes them: exporters and looking
// glasses read them by their labels.

/** The details of one protocol, without the empty line that ends them. */
export function* protocolDetails(protocol: ProtocolView): Generator<string> {
  if (protocol.description !== undefined) yield `  Description:    ${protocol.description}`;
  if (protocol.message !== undefined) yield `  Message:        ${protocol.message}`;
  if (protocol.bgp !== undefined) yield* bgpLines(protocol.bgp, protocol.state);
  for (const channel of protocol.channels) {
    yield* channelLines(channel);
    if (protocol.bgp !== undefined) yield* nextHopLines(channel);
  }
}

/** Values stand in one column, whatever the depth of the label. */
function label(depth: number, name: string, value: string | number): string {
  return `${" ".repeat(depth)}${name.padEnd(22 - depth)}${value}`;
}

function* bgpLines(bgp: BgpView, state: ProtocolView["state"]): Generator<string> {
  yield label(2, "BGP state:", state === "down" ? "Down" : bgpState(bgp));
  yield* neighbourLines(bgp);
  if (bgp.neighbourAsn !== 0) yield label(4, "Neighbor AS:", bgp.neighbourAsn);
  yield label(4, "Local AS:", bgp.localAsn);
  if (bgp.state === "Established") yield* sessionLines(bgp);
  else yield* waitingLines(bgp);
  const told = announcementWord(bgp.announcement);
  if (told !== undefined) yield label(4, "Announcement:", told);
  // Who is switched off is so on purpose.
  if (bgp.lastError !== undefined && state !== "down") yield label(4, "Last error:", bgp.lastError);
}

/** Passive: it waits for the neighbour, or a range for whoever comes. */
export function bgpState({ state, passive, neighbourRange }: BgpView): string {
  return neighbourRange !== undefined || (state === "Active" && passive) ? "Passive" : state;
}

function* neighbourLines(bgp: BgpView): Generator<string> {
  if (bgp.neighbourAddress !== undefined) {
    const zone = bgp.interface === undefined ? "" : `%${bgp.interface}`;
    yield label(4, "Neighbor address:", formatAddress(bgp.neighbourAddress) + zone);
  } else if (bgp.interface !== undefined) {
    yield label(4, "Neighbor address:", `not found yet on ${bgp.interface}`);
  }
  if (bgp.neighbourRange !== undefined) {
    yield label(4, "Neighbor range:", formatPrefix(bgp.neighbourRange));
  }
  if (bgp.dynamic !== undefined) {
    yield label(4, "Neighbors:", `${bgp.dynamic.count} of at most ${bgp.dynamic.max}`);
  }
}

function* sessionLines(bgp: BgpView): Generator<string> {
  if (bgp.neighbourId !== undefined) yield label(4, "Neighbor ID:", formatQuad(bgp.neighbourId));
  if (bgp.localCapabilities !== undefined) {
    yield "    Local capabilities";
    yield* capabilityLines(bgp.localCapabilities);
  }
  if (bgp.neighbourCapabilities !== undefined) {
    yield "    Neighbor capabilities";
    yield* capabilityLines(bgp.neighbourCapabilities);
  }
  yield label(4, "Session:", sessionWords(bgp).join(" "));
  if (bgp.sourceAddress !== undefined) {
    yield label(4, "Source address:", formatAddress(bgp.sourceAddress));
  }
  if (bgp.holdTimer !== undefined) yield label(4, "Hold timer:", timer(bgp.holdTimer));
  if (bgp.keepaliveTimer !== undefined) {
    yield label(4, "Keepalive timer:", timer(bgp.keepaliveTimer));
  }
}

function sessionWords(bgp: BgpView): string[] {
  const words = [bgp.external ? "external" : "internal"];
  if (bgp.multihop) words.push("multihop");
  if (bgp.client) words.push("route-reflector");
  if (bgp.fourOctetAs) words.push("AS4");
  if (bgp.addPathReceive) words.push("add-path-rx");
  if (bgp.addPathTransmit) words.push("add-path-tx");
  if (bgp.extendedMessages) words.push("ext-messages");
  return words;
}

function* waitingLines(bgp: BgpView): Generator<string> {
  // While an attempt is under way, the timer says how long it may take.
  if (bgp.connectTimer !== undefined && bgp.state === "Active")
    yield label(4, "Connect delay:", timer(bgp.connectTimer));
  if (bgp.idleTimer !== undefined) yield label(4, "Error wait:", timer(bgp.idleTimer));
}

function timer({ remaining, total }: TimerView): string {
  return `${formatSeconds(remaining)}/${Math.round(total / 1000)}`;
}

function* channelLines(channel: ChannelView): Generator<string> {
  const number = familyNumber(channel.family);
  yield `  Channel ipv${number}`;
  yield channelLabel("State:", channel.state);
  yield channelLabel("Table:", `master${number}`);
  yield channelLabel("Preference:", channel.preference);
  yield channelLabel("Input filter:", channel.importFilter);
  yield channelLabel("Output filter:", channel.exportFilter);
  yield* limitLines("Receive limit:", channel.receiveLimit, channel.limitAction);
  yield* limitLines("Import limit:", channel.importLimit, channel.limitAction);
  if (channel.routes !== undefined) yield* routeLines(channel.routes);
  if (channel.stale !== undefined) yield* staleLines(channel.stale);
}

function* nextHopLines(channel: ChannelView): Generator<string> {
  if (channel.nextHops.length > 0) {
    yield channelLabel("BGP Next hop:", channel.nextHops.map(formatAddress).join(" "));
  } else if (channel.state === "UP") {
    yield channelLabel("BGP Next hop:", "none: routes of this node are not announced");
  }
}

function* limitLines(label: string, limit: number | undefined, action: string): Generator<string> {
  if (limit === undefined) return;
  yield channelLabel(label, limit);
  yield `      Action:       ${action}`;
}

/** BIRD's words, but for the last line and those of a refresh, which it does not have. */
function* staleLines({ routes, stage, remaining }: StaleView): Generator<string> {
  const isRefresh = stage === "refresh";
  const restart = stage === "long-lived" ? "LL stale timer:" : "Restart timer:";
  const timerName = isRefresh ? "Refresh timer:" : restart;
  yield `    Neighbor ${isRefresh ? "route refresh" : "graceful restart"} active`;
  yield channelLabel(timerName, `${formatSeconds(remaining)}/-`);
  yield channelLabel("Stale routes:", routes);
}

function* routeLines({
  imported,
  filtered,
  exported,
  preferred,
  stats,
}: ChannelRoutes): Generator<string> {
  const kept = filtered === undefined ? "" : `${filtered} filtered, `;
  const counts = `${imported} imported, ${kept}${exported} exported, ${preferred} preferred`;
  yield channelLabel("Routes:", counts);
  if (stats === undefined) return;
  yield "    Route change stats:     received   rejected   filtered    ignored   accepted";
  yield counters("Import updates:", stats.importUpdates);
  yield counters("Import withdraws:", stats.importWithdraws);
  yield counters("Export updates:", stats.exportUpdates);
  yield counters("Export withdraws:", stats.exportWithdraws);
}

function channelLabel(name: string, value: string | number): string {
  return `    ${name.padEnd(16)}${value}`;
}

/** Always five columns: exporters count them. */
function counters(name: string, change: ChangeCounters): string {
  const { received, rejected, filtered, ignored, accepted } = change;
  const columns = [received, rejected, filtered, ignored, accepted].map((value) =>
    (value ?? "---").toString().padStart(10),
  );
  return `      ${name.padEnd(20)}${columns.join(" ")}`;
}

/** 4 or 6. */
export function familyNumber(family: Family): 4 | 6 {
  return family === 0 ? 4 : 6;
}
