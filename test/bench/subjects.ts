import { join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import type { Host } from "../support/net.ts";
import type { Running } from "../support/process.ts";
import { Underlay } from "../support/underlay.ts";
import type { DaemonName } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";

/** A daemon that is measured, with its eBGP neighbours and its FIB on. */
export interface Subject {
  /** Process ids whose time and memory count. */
  readonly pids: readonly number[];
  /** Its control socket, where it speaks BIRD's protocol. */
  readonly socket?: string;
  /** Its log so far, for the message when something fails. */
  log(): string;
  /** kill -9, all processes. */
  kill(): Promise<void>;
}

export interface Neighbour {
  readonly address: string;
  readonly asn: number;
  /** The subject's own, towards it. */
  readonly local: string;
}

/** What is configured, the same for all of them, each in its own words. */
export interface Setup {
  readonly neighbours: readonly Neighbour[];
  /** Equal paths are used together. */
  readonly multipath?: boolean;
  /** Milliseconds between two packets of BFD towards all neighbours; three are missed. */
  readonly bfd?: number;
  /** Forwarding is to outlive the daemon. */
  readonly gracefulRestart?: boolean;
  /** underlay serves metrics, at {@link METRICS_PORT} of its own 127.0.0.1. */
  readonly metrics?: boolean;
  /** This is the start after its end. */
  readonly isAgain?: boolean;
}

export const ASN = 65002;
export const METRICS_PORT = 9179;
/** The only one, where no more is said. */
export const NEIGHBOUR: Neighbour = { address: "10.0.0.2", asn: 65001, local: "10.0.0.1" };
/**
 * How many routes FRR's zebra has on their way to the kernel at most. Measured with 300,000 in fib-pods:
 * 2.5 s instead of 3.2 with its default of 200.
 */
export const FRR_DPLANE = "zebra dplane limit 10000";
/**
 * Seconds that FRR's zebra keeps routes of before: it does not know when the neighbours are done.
 * Measured with a million in restart: with 60 they go before all are there again, which is after 117 s,
 * and 102,109 packets with them; with 180 none.
 */
const FRR_KEEPS = 180;

export async function startSubject(
  name: DaemonName,
  host: Host,
  setup: Setup = { neighbours: [NEIGHBOUR] },
): Promise<Subject> {
  switch (name) {
    case "underlay":
      return startUnderlay(host, setup);
    case "bird":
      return startBird(host, setup);
    case "frr":
      return startFrr(host, setup);
  }
}

async function startUnderlay(host: Host, setup: Setup): Promise<Subject> {
  const bfd = setup.bfd === undefined ? "" : `, bfd: { interval: ${setup.bfd}ms, multiplier: 3 }`;
  const peers = setup.neighbours.map(
    ({ address, asn }, i) =>
      `  - { name: peer${i}, address: ${address}, asn: ${asn}, holdTime: 240, connectRetry: 1, ` +
      `families: [ipv4]${bfd} }`,
  );
  const config = `
node: { name: dut, asn: ${ASN}, routerId: 10.0.0.1 }
listen: { addresses: [] }
kernel: { multipath: ${setup.multipath === true ? 8 : 1} }
${setup.metrics === true ? `metrics: { listen: 127.0.0.1:${METRICS_PORT} }` : ""}
peers:
${peers.join("\n")}
log: { file: ${join(host.net.folder, "underlay.log")} }`;
  return subjectOf(await Underlay.start(host, config, BUILT_DAEMON));
}

async function startBird(host: Host, setup: Setup): Promise<Subject> {
  const { bfd, multipath = false, gracefulRestart = false, isAgain = false } = setup;
  const neighbours = setup.neighbours.map(
    ({ address, asn, local }, i) => `
protocol bgp peer${i} {
  local ${local} as ${ASN};
  neighbor ${address} as ${asn};
  hold time 240;
  connect delay time 1;
  check link on;
  ${bfd === undefined ? "" : "bfd on;"}
  ${gracefulRestart ? "graceful restart on;" : ""}
  ipv4 { import all; export none; };
}`,
  );
  const config = `
router id 10.0.0.1;
${gracefulRestart ? "graceful restart wait 240;" : ""}
protocol device {}
${bfd === undefined ? "" : `protocol bfd { interface "*" { interval ${bfd} ms; multiplier 3; }; }`}
protocol kernel {
  ${gracefulRestart ? "persist; graceful restart on;" : ""}
  ${multipath ? "merge paths on limit 8;" : ""}
  ipv4 { import none; export all; };
}
${neighbours.join("\n")}
`;
  return subjectOf(await Bird.start(host, config, ...(isAgain ? ["-R"] : [])));
}

function subjectOf({ program, socket }: { program: Running; socket: string }): Subject {
  const kill = async (): Promise<void> => void (await program.end("SIGKILL"));
  return { pids: [program.pid], socket, log: () => program.output, kill };
}

async function startFrr(host: Host, setup: Setup): Promise<Subject> {
  const { bfd, multipath = false, gracefulRestart = false, isAgain = false } = setup;
  const neighbours = setup.neighbours.map(
    ({ address, asn }) => `
 neighbor ${address} remote-as ${asn}
 neighbor ${address} timers 60 240
 neighbor ${address} timers connect 1
 ${bfd === undefined ? "" : `neighbor ${address} bfd profile fast`}`,
  );
  const restart = " bgp graceful-restart\n bgp graceful-restart preserve-fw-state\n";
  const config = `
frr defaults datacenter
hostname dut
router bgp ${ASN}
 bgp router-id 10.0.0.1
 no bgp ebgp-requires-policy
 bgp bestpath as-path multipath-relax
${gracefulRestart ? restart : ""}${neighbours.join("")}
 address-family ipv4 unicast
  maximum-paths ${multipath ? 8 : 1}
`;
  const profile = `
bfd
 profile fast
  receive-interval ${bfd}
  transmit-interval ${bfd}
  detect-multiplier 3
`;
  const bfdd = bfd === undefined ? undefined : profile;
  const frr = await Frr.start(host, config, bfdd, isAgain ? FRR_KEEPS : 0);
  await frr.zebra("configure terminal", FRR_DPLANE);
  return { pids: frr.pids, log: () => frr.output(), kill: () => frr.end("SIGKILL") };
}
