import type { Host } from "./net.ts";
import { run } from "./process.ts";

/**
 * Runs a CNI configuration list as a container runtime would (CNI specification 1.0.0, section 4):
 * each plugin in turn for ADD, the result of one handed to the next, in reverse order for DEL.
 */
export interface ConfList {
  readonly cniVersion: string;
  readonly name: string;
  readonly plugins: readonly Record<string, unknown>[];
}

export interface CniResult {
  readonly ips: readonly { readonly address: string; readonly gateway?: string }[];
  readonly interfaces: readonly { readonly name: string; readonly sandbox?: string }[];
}

const PLUGIN_FOLDER = "/usr/lib/cni";

async function call(
  command: "ADD" | "DEL",
  node: Host,
  pod: Host,
  list: ConfList,
  plugin: Record<string, unknown>,
  previous: unknown,
): Promise<CniResult | undefined> {
  // The nodes of a test share one file system: each keeps its leases in a folder of its own.
  const ipam = { ...(plugin["ipam"] as object), dataDir: `${node.net.folder}/leases-${node.name}` };
  const input = JSON.stringify({
    ...plugin,
    ipam,
    cniVersion: list.cniVersion,
    name: list.name,
    ...(previous === undefined ? {} : { prevResult: previous }),
  });
  const answer = await run(node.on(`${PLUGIN_FOLDER}/${String(plugin["type"])}`), {
    input,
    env: {
      PATH: process.env["PATH"] ?? "",
      CNI_COMMAND: command,
      CNI_CONTAINERID: pod.namespace,
      CNI_NETNS: `/var/run/netns/${pod.namespace}`,
      CNI_IFNAME: "eth0",
      CNI_PATH: PLUGIN_FOLDER,
    },
  });
  if (answer.code !== 0) {
    throw new Error(
      `CNI ${command} by ${String(plugin["type"])}: ${answer.stdout}${answer.stderr}`,
    );
  }
  return answer.stdout.trim() === "" ? undefined : (JSON.parse(answer.stdout) as CniResult);
}

/** Wires `pod` to `node`; answers what the last plugin said. */
export async function addPod(node: Host, pod: Host, list: ConfList): Promise<CniResult> {
  let result: CniResult | undefined;
  for (const plugin of list.plugins) result = await call("ADD", node, pod, list, plugin, result);
  if (result === undefined) throw new Error("the CNI list has no plugin");
  return result;
}

export async function deletePod(
  node: Host,
  pod: Host,
  list: ConfList,
  added: CniResult,
): Promise<void> {
  for (const plugin of [...list.plugins].reverse()) {
    await call("DEL", node, pod, list, plugin, added);
  }
}
