import type { CapabilityView } from "./bgp-views.ts";

type Of<Kind extends CapabilityView["kind"]> = Extract<CapabilityView, { readonly kind: Kind }>;

/** The capabilities of an OPEN as BIRD lists them: in a fixed order, one block each. */
export function* capabilityLines(capabilities: readonly CapabilityView[]): Generator<string> {
  const all = <Kind extends CapabilityView["kind"]>(kind: Kind): Of<Kind>[] =>
    capabilities.filter((one): one is Of<Kind> => one.kind === kind);
  const multiprotocol = all("multiprotocol");
  if (multiprotocol.length > 0) {
    yield "      Multiprotocol";
    yield `        AF announced:${families(multiprotocol)}`;
  }
  if (all("route-refresh").length > 0) yield "      Route refresh";
  for (const { entries } of all("extended-next-hop")) {
    yield "      Extended next hop";
    yield `        IPv6 nexthop:${families(entries)}`;
  }
  if (all("extended-message").length > 0) yield "      Extended message";
  for (const one of all("graceful-restart")) yield* gracefulRestart(one);
  if (all("four-octet-as").length > 0) yield "      4-octet AS numbers";
  for (const { families: list } of all("add-path")) {
    const [receive, send] = [list.filter((one) => one.receive), list.filter((one) => one.send)];
    yield "      ADD-PATH";
    if (receive.length > 0) yield `        RX:${families(receive)}`;
    if (send.length > 0) yield `        TX:${families(send)}`;
  }
  if (all("enhanced-route-refresh").length > 0) yield "      Enhanced refresh";
  for (const one of all("long-lived-graceful-restart")) yield* longLived(one);
  for (const { role } of all("role")) yield `      Role: ${ROLES[role] ?? role}`;
}

/** RFC 9234 §4.1. */
const ROLES: readonly string[] = ["provider", "rs_server", "rs_client", "customer", "peer"];

function* gracefulRestart(one: Of<"graceful-restart">): Generator<string> {
  yield "      Graceful restart";
  if (one.time > 0) yield `        Restart time: ${one.time}`;
  if (one.restarting) yield "        Restart recovery";
  yield `        AF supported:${families(one.families)}`;
  yield `        AF preserved:${families(one.families.filter((family) => family.forwarding))}`;
}

function* longLived(one: Of<"long-lived-graceful-restart">): Generator<string> {
  yield "      Long-lived graceful restart";
  const stale = Math.max(0, ...one.families.map((family) => family.staleTime));
  if (stale > 0) yield `        LL stale time: ${stale}`;
  if (one.families.length > 0) {
    yield `        AF supported:${families(one.families)}`;
    yield `        AF preserved:${families(one.families.filter((family) => family.forwarding))}`;
  }
}

/** ` ipv4 ipv6`; families of other numbers are shown by their AFI/SAFI. */
function families(list: readonly { readonly afi: number; readonly safi: number }[]): string {
  return list
    .map(({ afi, safi }) => {
      if (safi === 1 && (afi === 1 || afi === 2)) return afi === 1 ? " ipv4" : " ipv6";
      return ` ${afi}/${safi}`;
    })
    .join("");
}
