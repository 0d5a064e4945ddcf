import { readFileSync } from "node:fs";
import type { Config } from "../config/index.ts";

/** The capabilities that the daemon may need, and their bits (linux/capability.h). */
const CAPABILITIES = { CAP_NET_BIND_SERVICE: 10, CAP_NET_ADMIN: 12, CAP_NET_RAW: 13 } as const;

type Capability = keyof typeof CAPABILITIES;

/** What the kernel lets this process do. */
export interface Privileges {
  has(capability: Capability): boolean;
  /** The lowest port that everybody may listen on (net.ipv4.ip_unprivileged_port_start). */
  readonly openPort: number;
  /** No program can bring capabilities along with its file (no_new_privs). */
  readonly noNew: boolean;
}

/** The kernel's own default. */
const OPEN_PORT = 1024;

/**
 * Of this process, as /proc tells. Where it does not tell, everything counts as allowed: the kernel
 * has the last word. So it has in a user namespace that does not own the network namespace.
 */
export function ownPrivileges(proc = "/proc"): Privileges {
  const status = textOf(`${proc}/self/status`);
  const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status)?.[1];
  const mask = effective === undefined ? undefined : BigInt(`0x${effective}`);
  const port = textOf(`${proc}/sys/net/ipv4/ip_unprivileged_port_start`).trim();
  return {
    has: (capability) =>
      mask === undefined || ((mask >> BigInt(CAPABILITIES[capability])) & 1n) === 1n,
    openPort: /^\d+$/.test(port) ? Number(port) : OPEN_PORT,
    noNew: /^NoNewPrivs:\s*1$/m.test(status),
  };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

interface Need {
  readonly capability: Capability;
  /** The setting that needs it. */
  readonly setting: string;
}

/** What a configuration needs beyond what every process may do. */
function needsOf(config: Config, openPort: number): Need[] {
  const { kernel, mode, listen, peers, metrics, web, snmp } = config;
  const needs: Need[] = [];
  const need = (capability: Capability, setting: string): void => {
    needs.push({ capability, setting });
  };
  if (kernel.install) need("CAP_NET_ADMIN", "kernel.install: true");
  if (kernel.manageSysctls) need("CAP_NET_ADMIN", "kernel.manageSysctls: true");
  if (mode === "l2") {
    need("CAP_NET_ADMIN", "mode: l2"); // proxy-neighbour entries
    need("CAP_NET_RAW", "mode: l2"); // announcements of pods that have arrived
  }
  if (peers.some(({ address, range }) => address === undefined && range === undefined)) {
    need("CAP_NET_RAW", "a peer with an interface alone"); // router advertisements
  }
  // Port 0 is any free one.
  if (listen.addresses.length > 0 && listen.port > 0 && listen.port < openPort) {
    need("CAP_NET_BIND_SERVICE", `listen.port: ${listen.port}`);
  }
  if (metrics !== undefined && metrics.listen.port < openPort) {
    need("CAP_NET_BIND_SERVICE", `metrics.listen: port ${metrics.listen.port}`);
  }
  if (web !== undefined && web.listen.port < openPort) {
    need("CAP_NET_BIND_SERVICE", `web.listen: port ${web.listen.port}`);
  }
  if (snmp?.listen !== undefined && snmp.listen.port < openPort) {
    need("CAP_NET_BIND_SERVICE", `snmp.listen: port ${snmp.listen.port}`);
  }
  return needs;
}

const NO_NEW =
  ". In a container: no_new_privs is set, and takes away what the image's file of Node.js brings along; " +
  'start it without "no-new-privileges", in Kubernetes without "allowPrivilegeEscalation: false"';

/** What is missing and how to give it; undefined: nothing is. */
export function missingPrivileges(config: Config, privileges: Privileges): string | undefined {
  const settings = new Map<Capability, string[]>();
  for (const { capability, setting } of needsOf(config, privileges.openPort)) {
    if (privileges.has(capability)) continue;
    settings.set(capability, [...(settings.get(capability) ?? []), setting]);
  }
  if (settings.size === 0) return undefined;
  const names = [...settings.keys()];
  const wanted = [...settings].map(([name, by]) => `${name} (needed by ${by.join(", ")})`);
  const docker = names.map((name) => `--cap-add ${name.slice("CAP_".length)}`);
  return (
    `missing ${wanted.join(" and ")}: run it as root, or give it what is missing: ` +
    `with systemd "AmbientCapabilities=${names.join(" ")}", ` +
    `with docker "${docker.join(" ")}" and the container's root user; or change the settings` +
    (privileges.noNew ? NO_NEW : "")
  );
}
