import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../config/index.ts";
import { formatPrefix, IPV4, type Prefix } from "../route/index.ts";

/**
 * The CNI network list of this node (CNI specification 1.0.0 §1), so that a container runtime wires
 * pods the way underlay expects: addresses out of the node's blocks, the uplink's MTU, no NAT.
 */

/** The list as it stands in the file. `mtu`: of the uplink, in bytes. */
export function cniList(config: Config, mtu: number): object {
  const cni = config.cni;
  if (cni === undefined) throw new Error("no cni in the configuration");
  const { blocks, pool } = config.pods;
  const families = new Set((blocks.length > 0 ? blocks : pool).map((prefix) => prefix.family));
  const routes = [...families].map((family) => ({ dst: family === IPV4 ? "0.0.0.0/0" : "::/0" }));
  const common = { mtu: cni.mtu ?? mtu, ipMasq: false, ipam: ipam(blocks, routes) };
  const plugin =
    cni.plugin === "ptp"
      ? { type: "ptp", ...common }
      : { type: "bridge", bridge: "cni0", isGateway: true, ...common };
  // Without blocks the addresses come from whoever runs the plugin (the "ips" capability).
  const capabilities = blocks.length > 0 ? {} : { capabilities: { ips: true } };
  return { cniVersion: "1.0.0", name: cni.name, plugins: [{ ...plugin, ...capabilities }] };
}

/** host-local hands out one address of each family; blocks of one family are one set of ranges. */
function ipam(blocks: readonly Prefix[], routes: readonly { dst: string }[]): object {
  if (blocks.length === 0) return { type: "static", routes };
  const byFamily = new Map<number, { subnet: string }[]>();
  for (const block of blocks) {
    const set = byFamily.get(block.family) ?? [];
    set.push({ subnet: formatPrefix(block) });
    byFamily.set(block.family, set);
  }
  return { type: "host-local", ranges: [...byFamily.values()], routes };
}

/**
 * Writes the list where it differs from what is there: to a file beside it, synced, then renamed, so
 * that a runtime never reads half a list. Answers whether it was written.
 */
export async function writeCniList(path: string, list: object): Promise<boolean> {
  const text = `${JSON.stringify(list, null, 2)}\n`;
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return false;
  await mkdir(dirname(path), { recursive: true });
  // A runtime reads every *.conflist of the folder: the unfinished one must not look like one.
  const unfinished = `${path}.${process.pid}.tmp`;
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
