import { type Family, formatAddress, formatPrefix, formatQuad } from "../route/index.ts";
import { iso } from "./show-status.ts";
import type { BgpView, ChannelView, ProtocolView } from "./protocol-views.ts";

/** One protocol as `--json` shows it; names are those of the views, times are ISO 8601 in UTC. */
export function protocolValue(protocol: ProtocolView): unknown {
  return {
    name: protocol.name,
    kind: protocol.kind,
    state: protocol.state,
    since: iso(protocol.since),
    info: protocol.info,
    description: protocol.description,
    message: protocol.message,
    bgp: protocol.bgp === undefined ? undefined : bgpValue(protocol.bgp),
    channels: protocol.channels.map(channelValue),
  };
}

function bgpValue(bgp: BgpView): unknown {
  return {
    ...bgp,
    neighbourAddress: bgp.neighbourAddress && formatAddress(bgp.neighbourAddress),
    neighbourRange: bgp.neighbourRange && formatPrefix(bgp.neighbourRange),
    neighbourId: bgp.neighbourId === undefined ? undefined : formatQuad(bgp.neighbourId),
    sourceAddress: bgp.sourceAddress && formatAddress(bgp.sourceAddress),
    updateAt: bgp.updateAt === undefined ? undefined : iso(bgp.updateAt),
    establishedAt: bgp.establishedAt === undefined ? undefined : iso(bgp.establishedAt),
  };
}

function channelValue({ routes, ...channel }: ChannelView): unknown {
  return {
    ...channel,
    ...routes,
    family: familyName(channel.family),
    nextHops: channel.nextHops.map(formatAddress),
  };
}

export function familyName(family: Family): "ipv4" | "ipv6" {
  return family === 0 ? "ipv4" : "ipv6";
}
