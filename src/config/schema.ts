import * as z from "zod";
import { AGGREGATES } from "./aggregates.ts";
import { CONTROL } from "./control.ts";
import { DRAIN } from "./drain.ts";
import { FILTERS } from "./filter-schema.ts";
import { BMP, MRT } from "./monitoring.ts";
import { ANNOUNCE, STATIC } from "./own-routes.ts";
import { GROUPS, PEER } from "./peers.ts";
import { readDuration, readInterface, readInterfacePattern, readNetworkName } from "./read.ts";
import {
  address,
  asn,
  endpoint,
  flag,
  identifier,
  kernelMetric,
  kernelTable,
  list,
  oneOf,
  path,
  prefix,
  scalar,
  seconds,
  section,
  text,
  whole,
} from "./schema-kinds.ts";
import { SNMP } from "./snmp.ts";
import { describePlain } from "./source.ts";
import { WEB } from "./web.ts";

// Every key that a configuration may have, what it means, and what it accepts. The descriptions are
// written for whoever configures a node; documentation is generated from them.
//
// Everything is optional here, list elements too: what must be there, and what goes together, is
// checked in check.ts and its neighbours, so that one wrong value does not hide the next problem.

const NODE = section(
  {
    name: text("What this node is called. Default: the host's name."),
    asn: asn("The AS number of this node. Must be there."),
    routerId: identifier(
      "BGP identifier (RFC 6286). Default: the address of the default route's interface.",
    ),
    drained: flag(
      "true: this node is out of service and announces nothing (see drain); a running one is drained as by `underlayctl drain`. Default: false.",
    ),
  },
  "This node.",
);

const LISTEN = section(
  {
    addresses: list(
      address("A local address, or 0.0.0.0 or :: for all."),
      "Where neighbours may connect to. Default: everywhere. An empty list: nowhere.",
    ),
    port: whole("TCP port. Default: 179.", 1, 65535),
  },
  "Where to wait for neighbours.",
);

const PODS = section(
  {
    pool: list(prefix("A prefix of pods' addresses."), "Every pod of the cluster is in here."),
    blocks: list(
      prefix("A prefix inside the pool."),
      "This node's own part of the pool. Each is backed by a blackhole route.",
    ),
    interfaces: list(
      scalar(
        "An interface, or a pattern with * and ?.",
        "the name of an interface, or a pattern with * and ?",
        readInterfacePattern,
        readNetworkName,
      ),
      'Routes on these interfaces lead to local pods. Default: ["veth*", "cali*", "cni*"].',
    ),
    advertise: oneOf(
      "What neighbours are told: the node's blocks and the pods outside them, every pod's address, or the two. Default: block where there are blocks in mode l3, hosts otherwise.",
      "block",
      "hosts",
      "both",
    ),
    uplink: scalar(
      "The interface towards the other nodes. Mode l2: ARP and NDP are answered on it.",
      "the name of one interface, no pattern",
      readInterface,
    ),
  },
  "The pods: where their addresses come from and how they are found.",
);

const KERNEL = section(
  {
    install: flag(
      "Whether routes go into the kernel. Default: true. false: a pure reflector; blocks are announced only over blackholes of somebody else's.",
    ),
    table: kernelTable("Routing table. Default: 254 (main)."),
    metric: kernelMetric("Metric of the routes. Default: 32."),
    protocol: whole("rtm_protocol that marks the routes as ours. Default: 186.", 5, 255),
    multipath: whole("Equal paths used at one time; 1 is off. Default: 8.", 1, 128),
    nexthopObjects: oneOf(
      "Kernel nexthop objects: used where the kernel has them, or not. Default: auto.",
      "auto",
      "off",
    ),
    manageSysctls: flag(
      "Whether forwarding, rp_filter and the like are set. Default: true. false: only reported.",
    ),
    onlink: list(
      scalar("An interface.", "the name of one interface, no pattern", readInterface),
      "Interfaces on which every next hop counts as directly reachable. Default: none.",
    ),
  },
  "What is put into the kernel.",
);

const REFLECTOR = section(
  {
    clusterId: identifier(
      "CLUSTER_ID (RFC 4456); the same on reflectors that share clients. Must be there.",
    ),
  },
  "Present: routes are reflected to the peers with client: true.",
);

const DECISION = section(
  {
    alwaysCompareMed: flag(
      "Whether MED is compared between paths from different ASes too. Default: false.",
    ),
    missingMedAsWorst: flag(
      "Whether a path without MED is the worst of those compared, not the best. Default: false.",
    ),
    multipathRelax: flag(
      "Whether equal paths may come from different ASes and be used together. Default: true.",
    ),
    preferOldest: flag(
      "Whether the older of two external paths is taken before router ids are compared; fewer changes, but another result after a restart. Default: false.",
    ),
  },
  "Which of several paths is the best (RFC 4271). MED is always compared over all paths of a prefix at once, whatever the order in which they came.",
);

const CNI = section(
  {
    conflist: path("The CNI network list that is written for this node. Must be there."),
    plugin: oneOf("The plugin that wires the pods. Default: ptp.", "ptp", "bridge"),
    name: scalar(
      "The network's name. Default: underlay.",
      "a name of letters, digits, _, - and . that begins with a letter or a digit",
      readNetworkName,
    ),
    mtu: whole("The pods' MTU. Default: the uplink's.", 1280, 65535),
  },
  "Present: underlayd writes a CNI network list with the blocks of this node.",
);

const METRICS = section(
  {
    listen: endpoint(
      "Where Prometheus, or a probe, asks: /metrics, /healthz, /readyz, over plain HTTP and without a password. Must be there.",
    ),
  },
  "Present: metrics and health are served over HTTP.",
);

const LOG = section(
  {
    level: oneOf(
      "The least important thing that is logged. Default: info.",
      "trace",
      "debug",
      "info",
      "warn",
      "error",
      "fatal",
    ),
    file: path("Where to. Default: standard output."),
  },
  "The log.",
);

const duration = (description: string, expected: string, minimum: number, maximum: number) =>
  scalar(description, `a time from ${expected}, as 300ms, 90s or 2m`, (value) => {
    const read = readDuration(value);
    return read !== undefined && read >= minimum && read <= maximum ? read : undefined;
  });

const RESTART = section(
  {
    time: seconds(
      "How long neighbours are asked to keep this node's routes while it restarts. Default: 120.",
      1,
      4095,
    ),
    staleTime: duration(
      "How long routes stay that nobody has announced again: after a start, those of the run before in the kernel; after a neighbour's restart, or a route refresh, what it announced before. Default: 120s.",
      "1s to 1h",
      1000,
      3_600_000,
    ),
    deferral: duration(
      "After a restart: how long a neighbour is told nothing at most, while other neighbours that are there announce their routes again. Default: 10s.",
      "0s to 5m",
      0,
      300_000,
    ),
    longLivedPartial: flag(
      "Whether long-lived stale routes go to routers of this AS, too, that do not know them (RFC 9494 §4.6): with NO_EXPORT, and towards the whole AS with local preference 0. Default: false, they are withdrawn from those.",
    ),
  },
  "Starting again without a gap in the forwarding.",
);

export const CONFIG = z
  .strictObject(
    {
      node: NODE,
      mode: oneOf(
        "Pods' addresses: in the nodes' own subnet (l2), or in subnets of their own (l3). Default: l3.",
        "l2",
        "l3",
      ),
      listen: LISTEN,
      pods: PODS,
      kernel: KERNEL,
      decision: DECISION,
      reflector: REFLECTOR,
      groups: GROUPS,
      peers: list(PEER, "The neighbours."),
      filters: FILTERS,
      static: STATIC,
      aggregates: AGGREGATES,
      announce: ANNOUNCE,
      cni: CNI,
      control: CONTROL,
      metrics: METRICS,
      web: WEB,
      bmp: BMP,
      snmp: SNMP,
      mrt: MRT,
      log: LOG,
      restart: RESTART,
      drain: DRAIN,
    },
    {
      error: (issue) =>
        issue.code === "unrecognized_keys"
          ? undefined
          : `found ${describePlain(issue.input)}, expected a configuration: keys and values`,
    },
  )
  .describe("The configuration of underlayd.");

/** What the schema makes of a text: read, but not checked for what must be there or go together. */
export type Loose = z.output<typeof CONFIG>;
export type LoosePeer = NonNullable<NonNullable<Loose["peers"]>[number]>;
export type LooseGroup = NonNullable<NonNullable<Loose["groups"]>[string]>;
export type LooseAddPath = NonNullable<LoosePeer["addPath"]>;
export type LooseBfd = NonNullable<LoosePeer["bfd"]>;
export type LooseBmp = NonNullable<Loose["bmp"]>;
export type LooseBmpStation = NonNullable<NonNullable<LooseBmp["stations"]>[number]>;
export type LoosePods = NonNullable<Loose["pods"]>;
