/**
 * What the Fib would make of other settings, found out without taking them over: this node's own
 * routes, blackholes, kernel settings, and where next hops would lead.
 */
import { type Prefix, formatPrefix } from "../route/index.ts";
import type { Parts } from "./assembly.ts";
import { findUplink, sysctlNeeds } from "./environment.ts";
import type { FibEvent, NextHopState } from "./events.ts";
import { Pods } from "./pods.ts";
import { Resolver } from "./resolver.ts";
import type { FibSettings } from "./settings.ts";
import type { SysctlForecast } from "./sysctls.ts";

export interface FibForecast {
  /** What this node would announce by itself: pods and blocks. */
  readonly own: readonly { readonly prefix: Prefix; readonly origin: "pod" | "block" }[];
  /** Routes that end here, for blocks and aggregates. */
  readonly blackholes: { readonly added: readonly Prefix[]; readonly removed: readonly Prefix[] };
  /** Kernel settings that would be written, or read first. */
  readonly sysctls: readonly SysctlForecast[];
  /** Where ARP and NDP would be answered for pods; "": nowhere. */
  readonly proxyInterface: string;
  /** By its id in the table of next hops. */
  readonly nextHop: (id: number) => NextHopState;
}

export function forecast(parts: Parts, settings: FibSettings): FibForecast {
  const { links, foreign, hops, blocks, sysctls } = parts;
  const events: FibEvent[] = [];
  const pods = new Pods(links, foreign, settings.pods, events);
  for (const block of pods.blocks()) {
    // One that is new is announced as soon as the kernel has its blackhole, which it will.
    if (settings.install || blocks.isEnded(block)) pods.setReady(block, true);
  }
  for (const link of links.all()) for (const route of link.routes) pods.touch(route);
  pods.settle(false);
  const discards = settings.install ? [...pods.blocks(), ...(settings.discards ?? [])] : [];
  const uplink =
    settings.mode === "l2" && settings.silent !== true
      ? findUplink(settings, links, foreign)
      : undefined;
  const resolver = new Resolver(links, foreign, settings.onlink);
  return {
    own: announced(events),
    blackholes: blocks.difference(discards),
    sysctls: sysctls.forecast(sysctlNeeds(settings, links, foreign, hops, pods)),
    proxyInterface: uplink?.name ?? "",
    nextHop: (id) => hops.forecast(id, resolver),
  };
}

/** What is announced after all of it. */
function announced(events: readonly FibEvent[]): FibForecast["own"] {
  const own = new Map<string, FibForecast["own"][number]>();
  for (const event of events) {
    if (event.kind !== "own-route") continue;
    const { prefix, origin, announce } = event;
    if (announce) own.set(formatPrefix(prefix), { prefix, origin });
    else own.delete(formatPrefix(prefix));
  }
  return [...own.values()];
}
