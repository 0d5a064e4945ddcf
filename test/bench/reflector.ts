import { join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import type { DaemonName, SubjectName } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";
import { ASN, CLIENTS, Crowd, FEEDERS, ROUTER, SEGMENT } from "./crowd.ts";
import { FRR_DPLANE } from "./subjects.ts";

/** Milliseconds after the last session is up: FRR still puts its neighbours into groups (8.4.4). */
export const SETTLING = 3000;

/**
 * A router with a crowd of internal neighbours: it reflects what its clients say, and what feeders
 * say, to its clients. Feeders are no clients, and are sent nothing.
 */
export interface ReflectorSettings {
  /** Seconds. */
  readonly holdTime: number;
  /** Whether it puts routes into the kernel's FIB. */
  readonly installs?: boolean;
  /** A module that underlay's program is to load first. */
  readonly probe?: string;
}

export interface Reflector {
  /** Process ids whose time and memory count. */
  readonly pids: readonly number[];
  log(): string;
}

type Starter = (host: Host, settings: ReflectorSettings) => Promise<Reflector>;

const underlay: Starter = async (host, { holdTime, installs = false, probe }) => {
  const range = (name: string, prefix: string, isClient: boolean): string =>
    `{ name: ${name}, range: ${prefix}, asn: ${ASN}, passive: true, client: ${isClient}, ` +
    `max: 1000, holdTime: ${holdTime}, families: [ipv4] }`;
  const file = join(host.net.folder, `${host.name}.yaml`);
  const loads = probe === undefined ? [] : ["--import", probe];
  const daemon = Underlay.at(host, [process.execPath, ...loads, BUILT_DAEMON, "--config", file]);
  daemon.write(`
node: { name: dut, asn: ${ASN}, routerId: ${ROUTER} }
listen: { addresses: [${ROUTER}] }
kernel: { install: ${installs} }
reflector: { clusterId: ${ROUTER} }
peers:
  - ${range("client", CLIENTS, true)}
  - ${range("feeder", FEEDERS, false)}
log: { file: ${join(host.net.folder, "underlay.log")} }`);
  await daemon.launch();
  return { pids: [daemon.program.pid], log: () => daemon.program.output };
};

/**
 * One table for all, in which nothing else is: what BIRD is fastest with. So neighbours are declared to
 * be on the segment ("direct"), and nothing has to be kept out of what is exported (measured: reflect
 * takes a twentieth less than with "protocol direct" and a filter for it).
 */
const bird: Starter = async (host, { holdTime, installs = false }) => {
  const kernel = `protocol kernel { ipv4 { import none; export all; }; }`;
  const neighbours = (prefix: string, exported: string, more = ""): string => `
protocol bgp {
  local ${ROUTER} as ${ASN};
  neighbor range ${prefix} internal;
  direct;
  hold time ${holdTime};
  ${more}
  ipv4 { import all; export ${exported}; };
}`;
  const daemon = await Bird.start(
    host,
    `
router id ${ROUTER};
protocol device {}
${installs ? kernel : ""}
${neighbours(CLIENTS, "all", "rr client;")}
${neighbours(FEEDERS, "none")}
`,
  );
  return { pids: [daemon.program.pid], log: () => daemon.program.output };
};

/**
 * bgpd alone unless it is to install: then zebra is asked about next hops, and told of routes. It
 * waits for no further neighbours before it tells the first. Its timers are set for all: those of a
 * group stand in the OPENs to neighbours out of a range, but their sessions end after 9 s (8.4.4).
 */
const frr: Starter = async (host, { holdTime, installs = false }) => {
  const neighbours = (name: string, prefix: string): string => `
 neighbor ${name} peer-group
 neighbor ${name} remote-as ${ASN}
 bgp listen range ${prefix} peer-group ${name}`;
  const config = `
frr defaults datacenter
hostname dut
router bgp ${ASN}
 bgp router-id ${ROUTER}
 bgp listen limit 1000
 timers bgp ${holdTime / 3} ${holdTime}
 coalesce-time 0
${neighbours("clients", CLIENTS)}
${neighbours("feeders", FEEDERS)}
 address-family ipv4 unicast
  neighbor clients route-reflector-client
`;
  const daemon = await (installs ? Frr.start(host, config) : Frr.startBgpd(host, config));
  if (installs) await daemon.zebra("configure terminal", FRR_DPLANE);
  return { pids: daemon.pids, log: () => daemon.output() };
};

const STARTERS: Readonly<Record<DaemonName, Starter>> = { underlay, bird, frr };

export function isDaemon(subject: SubjectName): subject is DaemonName {
  return subject in STARTERS;
}

/** A router and its clients on one segment, while `measure` lasts. */
export async function withReflector<T>(
  subject: DaemonName,
  settings: ReflectorSettings & { readonly clients: number; readonly routes: number },
  measure: (crowd: Crowd, reflector: Reflector, dut: Host) => Promise<T>,
): Promise<T> {
  const net = new Net();
  try {
    const dut = await net.host("dut");
    const clients = await net.host("clients");
    await net.wire([dut, "eth0", `${ROUTER}/${SEGMENT}`], [clients, "eth0", `10.1.0.2/${SEGMENT}`]);
    const { holdTime, routes } = settings;
    const crowd = await Crowd.start(clients, { clients: settings.clients, holdTime, routes });
    const reflector = await STARTERS[subject](dut, settings);
    return await measure(crowd, reflector, dut);
  } finally {
    await net.close();
  }
}
