import { open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/index.ts";
import { IPV4, IPV6, type Prefix, formatPrefix } from "../route/index.ts";
import { makeFolder } from "./files.ts";

/**
 * The CNI network list of this node (CNI specification 1.0.0 §1), so that a container runtime wires
 * pods the way underlay expects: addresses out of the node's blocks, the uplink's MTU, no NAT.
 */

/** The list as it stands in the file. `mtu`: of the uplink, in bytes. */
export function cniList(config: Config, mtu: number): object {
  const cni = config.cni;
  if (cni === undefined) throw new Error("no cni in the configuration");
  const common = { mtu: cni.mtu ?? mtu, ipMasq: false, ipam: ipam(config.pods.blocks) };
  const plugin =
    cni.plugin === "ptp"
      ? { type: "ptp", ...common }
      : { type: "bridge", bridge: "cni0", isGateway: true, ...common };
  return { cniVersion: "1.0.0", name: cni.name, plugins: [plugin] };
}

/**
 * host-local hands out one address of each family; blocks of one family are one set of ranges. The
 * configuration room sees to it that there are blocks.
 */
function ipam(blocks: readonly Prefix[]): object {
  const ranges = [IPV4, IPV6]
    .map((family) => blocks.filter((block) => block.family === family))
    .filter((set) => set.length > 0);
  return {
    type: "host-local",
    ranges: ranges.map((set) => set.map((block) => ({ subnet: formatPrefix(block) }))),
    routes: ranges.map(([{ family }]) => ({ dst: family === IPV4 ? "0.0.0.0/0" : "::/0" })),
  };
}

/**
 * Writes the list where it differs from what is there: to a file beside it, synced, then renamed, so
 * that a runtime never reads half a list. Answers whether it was written. To be called again only
 * when it has ended.
 */
export async function writeCniList(path: string, list: object): Promise<boolean> {
  const text = `${JSON.stringify(list, null, 2)}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return false;
  await makeFolder(dirname(path));
  // A runtime reads every *.conflist of the folder: the unfinished one must not look like one. One
  // that a crash has left is written over by the next.
  const unfinished = `${path}.tmp`;
  try {
    const file = await open(unfinished, "w", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return true;
}
