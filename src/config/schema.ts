import * as z from "zod";
import { FILTERS } from "./filter-schema.ts";
import { ANNOUNCE, STATIC } from "./own-routes.ts";
import { AGGREGATES } from "./aggregates.ts";
import { DRAIN } from "./drain.ts";
import { PEER_KNOBS } from "./peer-knobs.ts";
import {
  readDuration,
  readDurationWithin,
  readFilePath,
  readInterface,
  readInterfacePattern,
  readNetworkName,
  readPeerAddress,
  readSeconds,
  readWhole,
  unmapped,
} from "./read.ts";
import {
  scalar,
  list,
  section,
  flag,
  kernelMetric,
  kernelTable,
  whole,
  seconds,
  oneOf,
  asn,
  peerAsn,
  prefix,
  address,
  endpoint,
  identifier,
  name,
  path,
  text,
  secretFile,
} from "./schema-kinds.ts";
import { SNMP } from "./snmp.ts";
import { readTimeFormat, splitTimeFormat, TIME_FORMAT_WORDS } from "./time-format.ts";
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

const BFD = section(
  {
    interval: scalar(
      "Time between two packets, in both directions. Default: 300ms.",
      "a time from 10ms to 60s, as 300ms or 1s",
      (value) => {
        const duration = readDuration(value);
        return duration !== undefined && duration >= 10 && duration <= 60_000
          ? duration
          : undefined;
      },
    ),
    multiplier: whole("Packets in a row that may be lost. Default: 3.", 1, 255),
    multihop: flag(
      "Whether the neighbour is hops away (RFC 5883). Default: unless it is in a subnet of this node.",
    ),
    passive: flag("true: wait for the neighbour's first packet. Default: false."),
    onDown: oneOf(
      "failover: the neighbour's routes go at once when BFD is down; right where there is another way. graceful: with graceful restart they are kept as over a restart, unless the neighbour's BFD says that it would outlive one; right where there is no other way and its BFD ends with its routing daemon. Default: failover.",
      "failover",
      "graceful",
    ),
    auth: section(
      {
        type: oneOf("How packets are signed. Must be there.", "sha1", "meticulous-sha1"),
        keyId: whole(
          "The number of the key; the neighbour's must be the same. Must be there.",
          0,
          255,
        ),
        file: path("A file with the key, 1 to 20 bytes, on its first line. Must be there."),
      },
      "Authentication (RFC 5880).",
    ),
  },
  "Present: the way to the neighbour is watched by BFD (RFC 5880), and the session ends with it.",
);

const addPathWays = {
  receive: flag("Whether the neighbour may send several paths of a prefix. Default: true."),
  send: scalar(
    "How many paths of a prefix are sent to the neighbour. Default: best, the best one as ever.",
    "best, all, or how many paths of a prefix: a whole number from 1 to 1023",
    (value) => (value === "all" || value === "best" ? value : readWhole(value, 1, 1023)),
  ),
};

const ADD_PATH = section(
  {
    ...addPathWays,
    ipv4: section(addPathWays, "Of IPv4 alone, where it differs."),
    ipv6: section(addPathWays, "Of IPv6 alone, where it differs."),
  },
  "Present: several paths of a prefix, where the neighbour agrees (RFC 7911).",
);

/** Keys that a group may set for its peers. */
const template = {
  asn: peerAsn(
    "The neighbour's AS number; the node's own makes the session internal (iBGP). external, internal: any that makes it so.",
  ),
  localAsn: asn("This node's AS number towards the neighbour. Default: node.asn."),
  ...PEER_KNOBS,
  port: whole("The neighbour's TCP port. Default: 179.", 1, 65535),
  source: address("Local address of the session. Default: what the kernel's routes say."),
  passive: flag("true: wait for the neighbour to connect. Default: false, for a range true."),
  client: flag("Whether routes are reflected to the neighbour. Default: false."),
  max: whole("Range: neighbours at one time. Default: 1000.", 1, 100_000),
  idleTimeout: scalar(
    "Range: a neighbour that has had no session for so long is forgotten. Default: 5m.",
    "a time from 1s to 24h, as 300ms, 90s or 5m",
    (value) => readDurationWithin(value, 1000, 86_400_000),
  ),
  holdTime: scalar(
    "Seconds without a sign of life until the session is down. Default: 90.",
    "0 or whole seconds from 3 to 65535, as 90 or 90s",
    (value) => readSeconds(value, 0, 0) ?? readSeconds(value, 3, 65535),
  ),
  keepalive: seconds("Seconds between keepalives. Default: a third of the hold time.", 1, 21845),
  sendHoldTime: seconds(
    "Seconds that the neighbour may take nothing of what waits for it until the session is down (RFC 9687). Best more than the hold time. Default: 480, or twice the hold time where that is more.",
    3,
    65535,
  ),
  connectRetry: seconds("Seconds between attempts to connect. Default: 10.", 1, 65535),
  password: secretFile(
    "TCP MD5 signatures (RFC 2385).",
    "A file with the password on its first line. Must be there.",
  ),
  gracefulRestart: oneOf(
    "Routes outlive a restart of either side (full), of the neighbour only (helper), or neither (off). Default: full.",
    "full",
    "helper",
    "off",
  ),
  longLivedStaleTime: seconds(
    "How long routes of a neighbour that does not come back in its restart time are kept as a last resort (RFC 9494), and ours there. Default: 0, not at all.",
    0,
    16_777_215,
  ),
  bfd: BFD,
  addPath: ADD_PATH,
  ttlSecurity: whole(
    "GTSM (RFC 5082): hops that the neighbour is away at most; 1 is directly connected.",
    1,
    254,
  ),
  multihop: whole("Hops that an external neighbour may be away. Default: 1.", 1, 255),
  families: list(
    oneOf("An address family.", "ipv4", "ipv6"),
    "Whose routes are exchanged. Default: [ipv4, ipv6].",
  ),
  import: name("The filter for what the neighbour announces. Default: the built-in rules alone."),
  export: name("The filter for what is announced. Default: own pods, and clients' routes."),
  nextHop: oneOf(
    "The next hop of announced routes: as BGP has it, always this node, or unchanged. Default: auto.",
    "auto",
    "self",
    "keep",
  ),
  description: text("A note for people."),
  enabled: flag("false: configured, but down. Default: true."),
};

const GROUPS = z
  .record(z.string(), section(template, "A group: what its peers have in common."), {
    error: (issue) => `found ${describePlain(issue.input)}, expected names and their keys: { ... }`,
  })
  .describe("Templates: a peer with `group` takes from its group whatever it does not say itself.")
  .optional();

const PEER = section(
  {
    name: name("What the neighbour is called in commands and logs. Must be there."),
    address: scalar(
      "The neighbour's address; a link-local one with its interface.",
      "an IPv4 or IPv6 address, as 192.0.2.1, 2001:db8::1 or fe80::1%eth0",
      readPeerAddress,
      unmapped,
    ),
    range: prefix("Instead of an address: whoever connects from inside is a neighbour."),
    dynamicNames: oneOf(
      "What neighbours out of the range are called: NAME-10.0.0.2, or NAME_10_0_0_2, which calicoctl reads where NAME is Mesh, Node or Global. Default: dash.",
      "dash",
      "underscore",
    ),
    interface: scalar(
      "Instead of an address: whoever is at the other end of this interface (unnumbered peering). Its link-local address is found by router advertisements, or by its connection.",
      "the name of one interface, no pattern",
      readInterface,
    ),
    group: name("The group whose keys count where this peer does not have them."),
    ...template,
  },
  "A neighbour.",
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

const timeFormat = (description: string) => scalar(description, TIME_FORMAT_WORDS, readTimeFormat);

const TIMES = section(
  {
    base: timeFormat("Times in `show status`. Default: iso long ms."),
    protocol: timeFormat("Times of protocols and BFD sessions. Default: iso short ms."),
    route: timeFormat("Times of routes. Default: %T.%2f limit 20h %F."),
  },
  "Times in `show`, as BIRD's timeformat. A format alone is for protocols and routes: clients of BIRD's tables expect no blank in it; epoch suits calicoctl and bird_exporter.",
);

const CONTROL = section(
  {
    socket: scalar(
      "The socket for underlayctl and birdc. Default: /run/underlay/underlay.ctl.",
      "the whole path of a file, from the root, of 107 characters at most",
      (value) => (value.length <= 107 ? readFilePath(value) : undefined),
    ),
    calico: scalar(
      "Present: a folder with two more sockets, for calicoctl: bird.ctl shows the sessions over IPv4, bird6.ctl those over IPv6.",
      "the whole path of a folder, from the root, of 97 characters at most",
      (value) => (value.length <= 97 ? readFilePath(value) : undefined),
    ),
    timeFormat: z
      .preprocess((value) => (typeof value === "string" ? splitTimeFormat(value) : value), TIMES)
      .optional(),
  },
  "The control socket.",
);

const METRICS = section(
  {
    listen: endpoint(
      "Where Prometheus, or a probe, asks: /metrics, /healthz, /readyz, over plain HTTP and without a password. Must be there.",
    ),
  },
  "Present: metrics and health are served over HTTP.",
);

const BMP_STATION = section(
  {
    name: name("What the station is called in the log. Must be there."),
    address: address("The station's address. Must be there."),
    port: whole("Its TCP port. Default: 11019.", 1, 65535),
    routes: list(
      oneOf("A table.", "adj-rib-in-pre", "adj-rib-in-post", "adj-rib-out-post", "loc-rib"),
      "What it is told: what neighbours announce, before and after the import filter; what they are told; what is chosen. Default: [adj-rib-in-pre, loc-rib].",
    ),
    statistics: scalar(
      "Time between two Statistics Reports; 0: none. Default: 60s.",
      "0, or a time from 1s to 24h, as 90s or 5m",
      (value) => (value === "0" ? 0 : readDurationWithin(value, 1000, 86_400_000)),
    ),
  },
  "A monitoring station: this node connects to it.",
);

const BMP = section(
  { stations: list(BMP_STATION, "The stations.") },
  "Present: monitoring stations are told of neighbours and routes (BMP, RFC 7854).",
);

/** With %Y and the like in it, which become a time. */
const timedPath = (description: string) =>
  path(
    `${description} %Y %m %d %H %M %S, %F (%Y-%m-%d) and %T (%H:%M:%S) are the time in UTC when it is opened.`,
  );

const every = (description: string) =>
  scalar(description, "a time from 1s to 7d, as 90s, 15m or 2h", (value) =>
    readDurationWithin(value, 1000, 604_800_000),
  );

const MRT = section(
  {
    updates: section(
      {
        file: timedPath("The file that is added to. SIGHUP opens it anew. Must be there."),
        rotate: every("How often it is opened anew, by its name of then. Default: never."),
      },
      "Present: UPDATEs that come in, and changes of sessions' states, are written down.",
    ),
    dump: section(
      {
        file: timedPath("The file; it has its name when the dump is complete. Must be there."),
        every: every("Time between two dumps. Must be there."),
      },
      "Present: all accepted routes are dumped from time to time. `mrt dump` does it at once.",
    ),
  },
  "Routes in files, as MRT has them (RFC 6396).",
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
