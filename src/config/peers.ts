import * as z from "zod";
import { PEER_KNOBS } from "./peer-knobs.ts";
import {
  readDuration,
  readDurationWithin,
  readInterface,
  readPeerAddress,
  readSeconds,
  readWhole,
  unmapped,
} from "./read.ts";
import {
  address,
  asn,
  flag,
  list,
  name,
  oneOf,
  path,
  peerAsn,
  prefix,
  scalar,
  seconds,
  secretFile,
  section,
  text,
  whole,
} from "./schema-kinds.ts";
import { describePlain } from "./source.ts";

// Neighbours, and the groups that they take from.

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
  max: whole(
    "Range: neighbours at one time. All peers together, those out of ranges included, are 65534 at most. Default: 1000.",
    1,
    100_000,
  ),
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
  export: name(
    "The filter for what is announced. Default: own pods, and within the AS clients' routes.",
  ),
  nextHop: oneOf(
    "The next hop of announced routes: as BGP has it, always this node, or unchanged. Default: auto.",
    "auto",
    "self",
    "keep",
  ),
  description: text("A note for people."),
  enabled: flag("false: configured, but down. Default: true."),
};

export const GROUPS = z
  .record(z.string(), section(template, "A group: what its peers have in common."), {
    error: (issue) => `found ${describePlain(issue.input)}, expected names and their keys: { ... }`,
  })
  .describe("Templates: a peer with `group` takes from its group whatever it does not say itself.")
  .optional();

export const PEER = section(
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
