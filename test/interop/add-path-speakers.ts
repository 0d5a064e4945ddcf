import { Bird } from "../support/bird.ts";
import { Frr } from "../support/frr.ts";
import { GoBgp } from "../support/gobgp.ts";
import type { Host } from "../support/net.ts";
import { OpenBgpd } from "../support/openbgpd.ts";
import { familyWord, type RouterKind } from "./router.ts";

/** A neighbour of a speaker that has ADD-PATH both ways (RFC 7911). */
export interface AddPathNeighbour {
  readonly address: string;
  /** Routes are reflected to it. */
  readonly client: boolean;
}

/** A real router in AS 64512, as far as the tests of ADD-PATH need it. */
export interface AddPathSpeaker {
  established(neighbour: string): Promise<void>;
  /** Next hops of all paths that it has learnt to exactly this prefix, sorted. */
  nextHops(prefix: string): Promise<string[]>;
  detail(): Promise<string>;
}

type Start = (
  host: Host,
  routerId: string,
  neighbours: readonly AddPathNeighbour[],
) => Promise<AddPathSpeaker>;

export const startAddPath: Readonly<Record<RouterKind, Start>> = {
  frr: startFrr,
  bird: startBird,
  gobgp: startGoBgp,
  openbgpd: startOpenBgpd,
};

interface FrrPrefix {
  readonly paths?: readonly { readonly nexthops?: readonly { readonly ip?: string }[] }[];
}

async function startFrr(
  host: Host,
  routerId: string,
  neighbours: readonly AddPathNeighbour[],
): Promise<AddPathSpeaker> {
  const family = (word: string): string[] => [
    ` address-family ${word} unicast`,
    ...neighbours.flatMap(({ address, client }) => [
      `  neighbor ${address} activate`,
      `  neighbor ${address} addpath-tx-all-paths`,
      ...(client ? [`  neighbor ${address} route-reflector-client`] : []),
    ]),
    " exit-address-family",
  ];
  const frr = await Frr.start(
    host,
    [
      "frr defaults datacenter",
      "router bgp 64512",
      ` bgp router-id ${routerId}`,
      " no bgp default ipv4-unicast",
      ...neighbours.flatMap(({ address }) => [
        ` neighbor ${address} remote-as 64512`,
        ` neighbor ${address} timers connect 1`,
      ]),
      ...family("ipv4"),
      ...family("ipv6"),
      "",
    ].join("\n"),
  );
  return {
    established: (neighbour) => frr.established(neighbour),
    async nextHops(prefix) {
      const { paths = [] } = await frr.json<FrrPrefix>(
        `show bgp ${familyWord(prefix)} unicast ${prefix}`,
      );
      return paths.flatMap(({ nexthops = [] }) => nexthops.flatMap(({ ip }) => ip ?? [])).sort();
    },
    detail: () => frr.bgp("show bgp neighbors"),
  };
}

async function startBird(
  host: Host,
  routerId: string,
  neighbours: readonly AddPathNeighbour[],
): Promise<AddPathSpeaker> {
  const protocols = neighbours.map(({ address, client }, index) =>
    [
      `protocol bgp peer${index} {`,
      "  local as 64512;",
      `  neighbor ${address} as 64512;`,
      "  connect delay time 1; connect retry time 1; error wait time 1, 2;",
      client ? "  rr client;" : "",
      "  ipv4 { import all; export all; add paths on; };",
      "  ipv6 { import all; export all; add paths on; };",
      "}",
    ].join("\n"),
  );
  const head = [`router id ${routerId};`, "log stderr all;", "protocol device {}"];
  const bird = await Bird.start(host, [...head, ...protocols, ""].join("\n"));
  return {
    established: (neighbour) =>
      bird.established(`peer${neighbours.findIndex(({ address }) => address === neighbour)}`),
    async nextHops(prefix) {
      // birdc ends with an error where there is no such network.
      const text = await bird.ask(`show route ${prefix} all`).catch(() => "");
      return [...text.matchAll(/BGP\.next_hop: (\S+)/g)].map(([, address]) => address).sort();
    },
    detail: () => bird.ask("show protocols all"),
  };
}

interface GoBgpPath {
  readonly attrs: readonly { readonly type: number; readonly nexthop?: string }[];
}

async function startGoBgp(
  host: Host,
  routerId: string,
  neighbours: readonly AddPathNeighbour[],
): Promise<AddPathSpeaker> {
  const tables = neighbours.map(({ address, client }) =>
    [
      "[[neighbors]]",
      "  [neighbors.config]",
      `    neighbor-address = "${address}"`,
      "    peer-as = 64512",
      "  [neighbors.timers.config]",
      "    connect-retry = 1",
      "  [neighbors.route-reflector.config]",
      `    route-reflector-client = ${client}`,
      `    route-reflector-cluster-id = "${routerId}"`,
      ...["ipv4-unicast", "ipv6-unicast"].flatMap((family) => [
        "  [[neighbors.afi-safis]]",
        "    [neighbors.afi-safis.config]",
        `      afi-safi-name = "${family}"`,
        "    [neighbors.afi-safis.add-paths.config]",
        "      receive = true",
        "      send-max = 8",
      ]),
    ].join("\n"),
  );
  const head = ["[global.config]", "  as = 64512", `  router-id = "${routerId}"`];
  const gobgp = await GoBgp.start(host, [...head, ...tables, ""].join("\n"));
  return {
    established: (neighbour) => gobgp.established(neighbour),
    async nextHops(prefix) {
      const text = await gobgp.ask("global", "rib", "-a", familyWord(prefix), "-j", prefix);
      if (!text.trim().startsWith("{")) return []; // "Network not in table"
      const table = JSON.parse(text) as Record<string, readonly GoBgpPath[]>;
      const paths = table[prefix] ?? [];
      return paths.flatMap(({ attrs }) => attrs.flatMap(({ nexthop }) => nexthop ?? [])).sort();
    },
    detail: () => gobgp.ask("neighbor"),
  };
}

async function startOpenBgpd(
  host: Host,
  routerId: string,
  neighbours: readonly AddPathNeighbour[],
): Promise<AddPathSpeaker> {
  const openbgpd = await OpenBgpd.start(
    host,
    [
      "AS 64512",
      `router-id ${routerId}`,
      "connect-retry 1",
      ...neighbours.flatMap(({ address, client }) => [
        `neighbor ${address} {`,
        "  remote-as 64512",
        "  announce IPv4 unicast",
        "  announce IPv6 unicast",
        "  announce add-path recv yes",
        "  announce add-path send all",
        ...(client ? ["  route-reflector"] : []),
        "}",
      ]),
      "allow from any",
      "allow to any",
      "",
    ].join("\n"),
  );
  return {
    established: (neighbour) => openbgpd.established(neighbour),
    nextHops: async (prefix) => {
      const words = ["show", "rib", "detail", prefix];
      const { rib = [] } = await openbgpd.json<{ rib?: { exit_nexthop: string }[] }>(...words);
      return rib.map(({ exit_nexthop }) => exit_nexthop).sort();
    },
    detail: () => openbgpd.ask("show", "rib", "detail"),
  };
}
