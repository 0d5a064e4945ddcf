import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import type { Host } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";

/** Who plays the ToR router in the lab. */
export type TorKind = "underlay" | "frr" | "bird";

/** A neighbour of the ToR: a node, with eBGP (its own AS) or as client of a reflector (the same AS). */
export interface TorNeighbour {
  readonly name: string;
  readonly address: string;
  readonly asn: number;
}

export interface TorSettings {
  readonly asn: number;
  readonly routerId: string;
  readonly neighbours: readonly TorNeighbour[];
}

export interface Tor {
  /** Ready-to-print answer to "how are the sessions". */
  sessions(): Promise<{ command: string; text: string }>;
  end(): Promise<unknown>;
}

/** Starts a ToR that passes routes between its neighbours: eBGP where the AS differs, else reflecting. */
export async function startTor(kind: TorKind, host: Host, settings: TorSettings): Promise<Tor> {
  switch (kind) {
    case "underlay": {
      const tor = await Underlay.start(host, underlayConfig(settings));
      return {
        sessions: async () => ({
          command: "underlayctl show protocols",
          text: await tor.show("protocols"),
        }),
        end: () => tor.end(),
      };
    }
    case "frr": {
      await host.sysctl("net.ipv4.ip_forward", 1);
      const tor = await Frr.start(host, frrConfig(settings));
      return {
        sessions: async () => ({
          command: "vtysh -c 'show bgp summary'",
          text: await tor.bgp("show bgp summary"),
        }),
        end: () => tor.end(),
      };
    }
    case "bird": {
      await host.sysctl("net.ipv4.ip_forward", 1);
      const tor = await Bird.start(host, birdConfig(settings));
      return {
        sessions: async () => ({
          command: "birdc show protocols",
          text: await tor.ask("show protocols"),
        }),
        end: () => tor.end(),
      };
    }
  }
}

function underlayConfig({ asn, routerId, neighbours }: TorSettings): string {
  const peers = neighbours.map(({ name, address, asn: peer }) => {
    const reflected = peer === asn ? "client: true" : "export: everything";
    return `  - { name: ${name}, address: ${address}, asn: ${peer}, ${reflected} }`;
  });
  return [
    `node: { name: tor, asn: ${asn}, routerId: ${routerId} }`,
    `reflector: { clusterId: ${routerId} }`,
    "peers:",
    ...peers,
    "filters:",
    "  everything: [{ then: accept }]",
  ].join("\n");
}

function frrConfig({ asn, routerId, neighbours }: TorSettings): string {
  const lines = neighbours.flatMap(({ address, asn: peer }) => [
    ` neighbor ${address} remote-as ${peer}`,
    ` neighbor ${address} timers connect 1`,
  ]);
  const clients = neighbours
    .filter(({ asn: peer }) => peer === asn)
    .map(({ address }) => `  neighbor ${address} route-reflector-client`);
  return [
    "frr defaults datacenter",
    "hostname tor",
    `router bgp ${asn}`,
    ` bgp router-id ${routerId}`,
    " no bgp ebgp-requires-policy",
    ...lines,
    " address-family ipv4 unicast",
    ...clients,
    " exit-address-family",
    "",
  ].join("\n");
}

function birdConfig({ asn, routerId, neighbours }: TorSettings): string {
  const protocols = neighbours.map(({ name, address, asn: peer }) =>
    [
      `protocol bgp ${name} {`,
      `  local as ${asn};`,
      `  neighbor ${address} as ${peer};`,
      "  connect delay time 1;",
      peer === asn ? "  rr client;" : "",
      "  ipv4 { import all; export all; };",
      "}",
    ].join("\n"),
  );
  return [
    `router id ${routerId};`,
    "protocol device {}",
    "protocol kernel { ipv4 { export all; }; }",
    ...protocols,
    "",
  ].join("\n");
}
