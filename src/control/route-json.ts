import { type Handling, formatAddress, formatPrefix, formatQuad } from "../route/index.ts";
import type { RouteAttributesView } from "./bgp-views.ts";
import { asPathWords, listedAttributes, nextHopWords } from "./route-attributes.ts";
import { iso } from "./show-status.ts";
import type { RouteView } from "./views.ts";

/** One route as `--json` shows it. `all`: with every attribute, else with the AS path only. */
export function routeValue(route: RouteView, all: boolean): unknown {
  const attributes = listedAttributes(route);
  return {
    network: formatPrefix(route.network),
    type: route.type,
    protocol: route.protocol,
    since: iso(route.since).replace(/\dZ$/, "Z"), // Kept to hundredths of a second.
    from: route.from && formatAddress(route.from),
    best: route.primary,
    preference: route.preference,
    nextHops: route.nextHops.map((hop) => ({
      ...hop,
      gateway: hop.gateway && formatAddress(hop.gateway),
    })),
    asPath: attributes && asPathWords(attributes.asPath).join(" "),
    kernel: route.fib?.state,
    kernelReason: route.fib?.reason,
    ...handlingValue(route.handling),
    stale: route.stale,
    reason: route.reason,
    attributes: all && attributes !== undefined ? attributesValue(attributes) : undefined,
  };
}

export function handlingValue(handling: Handling): object {
  const { weight, kernelMetric, kernelTable, blackhole } = handling;
  return { weight, kernelMetric, kernelTable, blackhole: blackhole || undefined };
}

export function attributesValue(attributes: RouteAttributesView): unknown {
  return {
    origin: (["igp", "egp", "incomplete"] as const)[attributes.origin],
    nextHop: attributes.nextHop && nextHopWords(attributes.nextHop),
    med: attributes.med,
    localPref: attributes.localPref,
    atomicAggregate: attributes.atomicAggregate,
    aggregator: attributes.aggregator && {
      asn: attributes.aggregator.asn,
      address: formatQuad(attributes.aggregator.address),
    },
    communities: attributes.communities?.map((one) => `${one >>> 16}:${one & 0xffff}`),
    extendedCommunities: attributes.extendedCommunities?.map(
      ([high, low]) => `0x${word(high)}${word(low)}`,
    ),
    largeCommunities: attributes.largeCommunities?.map((parts) => parts.join(":")),
    originatorId:
      attributes.originatorId === undefined ? undefined : formatQuad(attributes.originatorId),
    clusterList: attributes.clusterList?.map(formatQuad),
    onlyToCustomer: attributes.onlyToCustomer,
    aigp: attributes.aigp,
    unknown: attributes.unknown.map(({ flags, type, value }) => ({
      flags,
      type,
      value: bytesText(value),
    })),
  };
}

/** Bytes in hexadecimal, without anything between. */
export function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function word(value: number): string {
  return value.toString(16).padStart(8, "0");
}
