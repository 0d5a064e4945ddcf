/** Which links lead to other routers: they need sysctls, and in l2 mode one of them answers ARP. */
import { Prefix } from "../route/index.ts";
import type { ForeignRoutes } from "./foreign-routes.ts";
import type { Link, LinkTable } from "./links.ts";
import type { NextHops } from "./next-hops.ts";
import type { Pods } from "./pods.ts";
import type { FibSettings } from "./settings.ts";
import type { SysctlNeeds } from "./sysctls.ts";

const DEFAULTS = [new Prefix(0, 0, 0, 0, 0, 0), new Prefix(1, 0, 0, 0, 0, 0)] as const;

/** The uplink by configuration; without one, the interface of the default route. */
export function findUplink(
  settings: FibSettings,
  links: LinkTable,
  foreign: ForeignRoutes,
): Link | undefined {
  const name = settings.pods.uplink;
  return name === undefined ? defaultLinks(links, foreign)[0] : links.named(name);
}

export function sysctlNeeds(
  settings: FibSettings,
  links: LinkTable,
  foreign: ForeignRoutes,
  hops: NextHops,
  pods: Pods,
): SysctlNeeds {
  const uplink = findUplink(settings, links, foreign);
  const uplinks = new Map<string, number>();
  const add = (link: Link | undefined): void => {
    if (link !== undefined && link.name !== "") uplinks.set(link.name, link.index);
  };
  add(uplink);
  for (const link of defaultLinks(links, foreign)) add(link);
  for (const hop of hops.all()) {
    if (hop.resolution !== undefined) add(links.get(hop.resolution.interface));
  }
  const podBridges = new Map<string, number>();
  for (const pod of pods.all()) {
    const { interface: index, interfaceName: name } = pod;
    if (!pod.isHost && !uplinks.has(name)) podBridges.set(name, index);
  }
  return {
    l2: settings.mode === "l2",
    multipath: settings.multipath > 1,
    nexthopObjects: settings.nexthopObjects,
    manage: settings.manageSysctls,
    uplinks,
    podBridges,
    proxyInterface: uplink?.name ?? "",
  };
}

function defaultLinks(links: LinkTable, foreign: ForeignRoutes): Link[] {
  const found: Link[] = [];
  for (const prefix of DEFAULTS) {
    for (const route of foreign.of(prefix)) {
      for (const hop of route.hops) {
        const link = links.get(hop.interface);
        if (link !== undefined) found.push(link);
      }
    }
  }
  return found;
}
