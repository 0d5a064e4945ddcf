/** What the kernel can do. */
import { release } from "node:os";
import { writeDumpNexthops } from "rtnetlink-ts";
import { ERRNO } from "../sysdep/index.ts";
import { runDump } from "./dump-socket.ts";
import type { KernelInfo, KernelSettings } from "./messages.ts";

export interface Capabilities extends KernelInfo {
  /** There may be nexthop objects, also where the configuration forbids their use. */
  readonly dumpsNexthops: boolean;
}

export function findCapabilities({
  nexthopObjects: wish,
}: Pick<KernelSettings, "nexthopObjects">): Capabilities {
  const dumpsNexthops = hasNexthopObjects();
  const nexthopObjects = dumpsNexthops && wish === "auto";
  const resilientGroups = nexthopObjects && hasSoundResilientGroups(release());
  return { dumpsNexthops, nexthopObjects, resilientGroups };
}

/** A harmless dump: kernels without nexthop objects (before 5.3) refuse it. */
function hasNexthopObjects(): boolean {
  return runDump(writeDumpNexthops, () => undefined).errno !== ERRNO.EOPNOTSUPP;
}

/**
 * Linux has resilient groups since 5.13, but before 5.16 one that is replaced under traffic may take
 * the kernel down (commit 563f23b00253, "nexthop: Fix division by zero while replacing a resilient
 * group"). That cannot be asked for, so the release decides; what distributions have mended in older
 * ones goes without.
 * @param name as `uname -r` says: 6.1.0-18-amd64
 */
export function hasSoundResilientGroups(name: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(name) ?? ["", "0", "0"];
  return Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 16);
}
