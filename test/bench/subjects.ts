import { join } from "node:path";
import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import type { Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import type { DaemonName } from "./bench.ts";
import { BUILT_DAEMON } from "./build.ts";

/** The daemons that are measured, each with one eBGP neighbour at 10.0.0.2 and its FIB on. */
export interface Subject {
  /** Process ids whose time and memory count. */
  readonly pids: readonly number[];
  /** Its log so far, for the message when something fails. */
  log(): string;
}

export async function startSubject(name: DaemonName, host: Host): Promise<Subject> {
  switch (name) {
    case "underlay": {
      const daemon = await Underlay.start(
        host,
        `
node: { name: dut, asn: 65002, routerId: 10.0.0.1 }
listen: { addresses: [] }
peers:
  - { name: peer, address: 10.0.0.2, asn: 65001, holdTime: 240, families: [ipv4] }
log: { file: ${join(host.net.folder, "underlay.log")} }`,
        BUILT_DAEMON,
      );
      return { pids: [daemon.program.pid], log: () => daemon.program.output };
    }
    case "bird": {
      const daemon = await Bird.start(
        host,
        `
router id 10.0.0.1;
protocol device {}
protocol kernel { ipv4 { import none; export all; }; }
protocol bgp peer {
  local 10.0.0.1 as 65002;
  neighbor 10.0.0.2 as 65001;
  hold time 240;
  connect delay time 1;
  ipv4 { import all; export none; };
}
`,
      );
      return { pids: [daemon.program.pid], log: () => daemon.program.output };
    }
    case "frr": {
      const daemon = await Frr.start(
        host,
        `
frr defaults datacenter
hostname dut
router bgp 65002
 bgp router-id 10.0.0.1
 no bgp ebgp-requires-policy
 neighbor 10.0.0.2 remote-as 65001
 neighbor 10.0.0.2 timers 60 240
 neighbor 10.0.0.2 timers connect 1
`,
      );
      return { pids: daemon.pids, log: () => daemon.output() };
    }
  }
}
