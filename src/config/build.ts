import { Address, IPV4, IPV6, Prefix } from "../route/index.ts";
import { buildFilters } from "./filter-build.ts";
import { buildAggregates } from "./aggregates.ts";
import { buildDrain } from "./drain.ts";
import { mergePeers } from "./merge.ts";
import { buildOwnRoutes } from "./own-routes.ts";
import { present, required } from "./present.ts";
import { buildKnobs } from "./peer-knobs.ts";
import { buildSnmp } from "./snmp.ts";
import { timeFormats } from "./time-format.ts";
import type {
  Loose,
  LooseAddPath,
  LooseBfd,
  LooseBmpStation,
  LoosePeer,
  LoosePods,
} from "./schema.ts";
import type {
  AddPathConfig,
  BfdConfig,
  BmpStationConfig,
  Config,
  MrtConfig,
  PeerConfig,
  PodsConfig,
} from "./types.ts";
import { buildWeb } from "./web.ts";

/** A configuration without problems, with every default in its place, frozen. */
export function buildConfig(loose: Loose, hostname: string): Config {
  const { node, listen, kernel, decision, reflector, cni, control, metrics, log, restart } = loose;
  const mode = loose.mode ?? "l3";
  const asn = required(node?.asn);
  return freeze({
    node: {
      name: node?.name ?? hostname,
      asn,
      routerId: node?.routerId,
      drained: node?.drained ?? false,
    },
    mode,
    listen: {
      addresses: present(listen?.addresses ?? [new Address(IPV4, 0), new Address(IPV6, 0)]),
      port: listen?.port ?? 179,
    },
    pods: buildPods(loose.pods ?? {}, mode),
    kernel: {
      install: kernel?.install ?? true,
      table: kernel?.table ?? 254,
      metric: kernel?.metric ?? 32,
      protocol: kernel?.protocol ?? 186,
      multipath: kernel?.multipath ?? 8,
      nexthopObjects: kernel?.nexthopObjects ?? "auto",
      manageSysctls: kernel?.manageSysctls ?? true,
      onlink: present(kernel?.onlink),
    },
    decision: {
      alwaysCompareMed: decision?.alwaysCompareMed ?? false,
      missingMedAsWorst: decision?.missingMedAsWorst ?? false,
      multipathRelax: decision?.multipathRelax ?? true,
      preferOldest: decision?.preferOldest ?? false,
    },
    reflector: reflector && { clusterId: required(reflector.clusterId) },
    peers: mergePeers(loose).map(({ peer }) => buildPeer(peer, asn)),
    filters: buildFilters(loose.filters),
    static: buildOwnRoutes(loose.static),
    aggregates: buildAggregates(loose.aggregates),
    announce: buildOwnRoutes(loose.announce),
    cni: cni && {
      conflist: required(cni.conflist),
      plugin: cni.plugin ?? "ptp",
      name: cni.name ?? "underlay",
      mtu: cni.mtu,
    },
    control: {
      socket: control?.socket ?? "/run/underlay/underlay.ctl",
      calico: control?.calico,
      timeFormats: timeFormats(control?.timeFormat ?? {}),
    },
    metrics: metrics && { listen: required(metrics.listen) },
    web: loose.web && buildWeb(loose.web),
    bmp: present(loose.bmp?.stations).map(buildStation),
    snmp: loose.snmp && buildSnmp(loose.snmp),
    mrt: buildMrt(loose.mrt ?? {}),
    log: { level: log?.level ?? "info", file: log?.file },
    restart: {
      time: restart?.time ?? 120,
      staleTime: restart?.staleTime ?? 120_000,
      deferral: restart?.deferral ?? 10_000,
      longLivedPartial: restart?.longLivedPartial ?? false,
    },
    drain: buildDrain(loose.drain),
  });
}

function buildMrt({ updates, dump }: NonNullable<Loose["mrt"]>): MrtConfig {
  return {
    updates: updates && { file: required(updates.file), rotate: updates.rotate },
    dump: dump && { file: required(dump.file), every: required(dump.every) },
  };
}

function buildStation(station: LooseBmpStation): BmpStationConfig {
  return {
    name: required(station.name),
    address: required(station.address),
    port: station.port ?? 11019,
    routes: present(station.routes ?? ["adj-rib-in-pre", "loc-rib"]),
    statistics: station.statistics ?? 60_000,
  };
}

function buildPods(pods: LoosePods, mode: "l2" | "l3"): PodsConfig {
  const blocks = present(pods.blocks);
  return {
    pool: present(pods.pool),
    blocks,
    interfaces: present(pods.interfaces ?? ["veth*", "cali*", "cni*"]),
    advertise: pods.advertise ?? (mode === "l3" && blocks.length > 0 ? "block" : "hosts"),
    uplink: pods.uplink,
  };
}

function buildPeer(peer: LoosePeer, nodeAsn: number): PeerConfig {
  const families = peer.families ?? ["ipv4", "ipv6"];
  return {
    name: required(peer.name),
    address: peer.address?.address,
    interface: peer.interface ?? peer.address?.zone,
    range: peer.range,
    max: peer.max ?? 1000,
    dynamicNames: peer.dynamicNames ?? "dash",
    idleTimeout: peer.idleTimeout ?? 300_000,
    group: peer.group,
    asn: required(peer.asn),
    localAsn: peer.localAsn ?? nodeAsn,
    port: peer.port ?? 179,
    source: peer.source,
    passive: peer.range !== undefined || (peer.passive ?? false),
    addPath: peer.addPath && buildAddPath(peer.addPath),
    client: peer.client ?? false,
    holdTime: peer.holdTime ?? 90,
    keepalive: peer.keepalive,
    sendHoldTime: peer.sendHoldTime,
    connectRetry: peer.connectRetry ?? 10,
    password: peer.password && { file: required(peer.password.file) },
    gracefulRestart: peer.gracefulRestart ?? "full",
    longLivedStaleTime: peer.longLivedStaleTime ?? 0,
    bfd: peer.bfd && buildBfd(peer.bfd),
    ttlSecurity: peer.ttlSecurity,
    multihop: peer.multihop,
    families: [families.includes("ipv4"), families.includes("ipv6")],
    import: peer.import,
    export: peer.export,
    nextHop: peer.nextHop ?? "auto",
    description: peer.description,
    enabled: peer.enabled ?? true,
    ...buildKnobs(peer),
  };
}

function buildAddPath(both: LooseAddPath): readonly [AddPathConfig, AddPathConfig] {
  const { receive: eachReceive = true, send: eachSend = "best" } = both;
  const of = (own: LooseAddPath["ipv4"]): AddPathConfig => {
    const { receive = eachReceive, send = eachSend } = own ?? {};
    return { receive, send: send === "best" ? undefined : send };
  };
  return [of(both.ipv4), of(both.ipv6)];
}

function buildBfd({ interval, multiplier, multihop, passive, onDown, auth }: LooseBfd): BfdConfig {
  return {
    interval: interval ?? 300,
    multiplier: multiplier ?? 3,
    multihop,
    passive: passive ?? false,
    onDown: onDown ?? "failover",
    auth: auth && {
      type: required(auth.type),
      keyId: required(auth.keyId),
      file: required(auth.file),
    },
  };
}

/** Lists and maps, all the way down. Addresses and prefixes are immutable by their type. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Address || value instanceof Prefix) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
