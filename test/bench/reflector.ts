import { join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { Net, type Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import type { DaemonName, SubjectName } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";
import { ASN, Crowd, ROUTER, SEGMENT } from "./crowd.ts";

/** A router that reflects what its clients (a crowd) say to one another. */
export interface ReflectorSettings {
  /** Seconds. */
  readonly holdTime: number;
  /** Whether it puts routes into the kernel's FIB. */
  readonly installs?: boolean;
}

export interface Reflector {
  /** Process ids whose time and memory count. */
  readonly pids: readonly number[];
  log(): string;
}

type Starter = (host: Host, settings: ReflectorSettings) => Promise<Reflector>;

const underlay: Starter = async (host, { holdTime, installs = false }) => {
  const daemon = await Underlay.start(
    host,
    `
node: { name: dut, asn: ${ASN}, routerId: ${ROUTER} }
listen: { addresses: [${ROUTER}] }
kernel: { install: ${installs} }
reflector: { clusterId: ${ROUTER} }
peers:
  - name: client
    range: 10.1.128.0/17
    asn: ${ASN}
    passive: true
    client: true
    max: 1000
    holdTime: ${holdTime}
    families: [ipv4]
log: { file: ${join(host.net.folder, "underlay.log")} }`,
    BUILT_DAEMON,
  );
  return { pids: [daemon.program.pid], log: () => daemon.program.output };
};

/** One table for all, which is what BIRD is fastest with; next hops are not looked up twice. */
const bird: Starter = async (host, { holdTime, installs = false }) => {
  const kernel = `protocol kernel { ipv4 { import none; export where source = RTS_BGP; }; }`;
  const daemon = await Bird.start(
    host,
    `
router id ${ROUTER};
protocol device {}
protocol direct { ipv4; }
${installs ? kernel : ""}
protocol bgp {
  local ${ROUTER} as ${ASN};
  neighbor range 10.1.128.0/17 internal;
  rr client;
  hold time ${holdTime};
  ipv4 { import all; export where source = RTS_BGP; };
}
`,
  );
  return { pids: [daemon.program.pid], log: () => daemon.program.output };
};

/** bgpd alone unless it is to install: then zebra is asked about next hops, and told of routes. */
const frr: Starter = async (host, { holdTime, installs = false }) => {
  const config = `
frr defaults datacenter
hostname dut
router bgp ${ASN}
 bgp router-id ${ROUTER}
 bgp listen limit 1000
 neighbor clients peer-group
 neighbor clients remote-as ${ASN}
 bgp listen range 10.1.128.0/17 peer-group clients
 neighbor clients timers ${holdTime / 3} ${holdTime}
 coalesce-time 0
 read-quanta 10
 write-quanta 64
 address-family ipv4 unicast
  neighbor clients route-reflector-client
`;
  const daemon = installs ? await Frr.start(host, config) : await Frr.startBgpd(host, config);
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
    const crowd = await Crowd.start(clients, { neighbours: settings.clients, holdTime, routes });
    const reflector = await STARTERS[subject](dut, settings);
    return await measure(crowd, reflector, dut);
  } finally {
    await net.close();
  }
}
