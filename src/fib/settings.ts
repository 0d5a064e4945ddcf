/** What the configuration says to the Fib. Plain data, replaced as a whole by Fib.configure. */
import type { Prefix } from "../route/index.ts";

export type AdvertiseMode = "block" | "hosts" | "both";

export interface PodSettings {
  /** Every pod of the cluster lies in one of these. */
  readonly pool: readonly Prefix[];
  /** This node's own; each is backed by a blackhole route while blocks are advertised. */
  readonly blocks: readonly Prefix[];
  /** Globs of interface names: "veth*", "cali*". */
  readonly interfaces: readonly string[];
  readonly advertise: AdvertiseMode;
  /** Interface towards the segment; where ARP and NDP are answered in l2 mode. */
  readonly uplink?: string;
}

export interface OnlinkSetting {
  /** Next hops in here are on the link of `interface`, unless a longer route or subnet says else. */
  readonly prefix: Prefix;
  readonly interface: string;
}

export interface FibSettings {
  readonly mode: "l2" | "l3";
  /** false: a pure reflector; next hops are still resolved, no route is installed. */
  readonly install: boolean;
  readonly table: number;
  readonly metric: number;
  /** Other tables that single routes are put into. */
  readonly tables?: readonly number[];
  /** rtm_protocol of everything that is ours. */
  readonly protocol: number;
  /** Equal paths at most, at least 1. */
  readonly multipath: number;
  /** false: the worker expands the same operations into plain routes. */
  readonly nexthopObjects: boolean;
  /** Backups may stand by in the kernel's groups (standby.ts); of no account without objects. */
  readonly resilientGroups: boolean;
  readonly manageSysctls: boolean;
  readonly pods: PodSettings;
  readonly onlink: readonly OnlinkSetting[];
  /** Aggregates: what no longer route leads on is dropped here, and goes in no circle (RFC 4632 §5.1). */
  readonly discards?: readonly Prefix[];
  /** l2: ARP and NDP are not answered for pods, for the node is out of service. Default: false. */
  readonly silent?: boolean;
}

/**
 * The settings that a running Fib cannot change: they are the key of all that it put in the kernel.
 * Nor can `resilientGroups`, but that is the kernel's to say and not the configuration's.
 */
export const FIXED_SETTINGS = ["install", "table", "metric", "protocol", "nexthopObjects"] as const;
