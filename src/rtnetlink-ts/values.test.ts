/** Links, addresses, neighbours, rules and acknowledgements: as the kernel sends them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeDone, decodeError } from "./acknowledgement.ts";
import { decodeAddress, writeAddress, writeDumpAddresses } from "./address.ts";
import { bytesOf, messageIn, survivesDamage, written } from "./annotated.test.ts";
import { NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL } from "./constants.ts";
import { IPV4, IPV6 } from "./ip.ts";
import { decodeLink, writeDumpLinks } from "./link.ts";
import { decodeNeighbour, writeDumpProxyNeighbours, writeProxyNeighbour } from "./neighbour.ts";
import { decodeRule, writeDumpRules } from "./rule.ts";
import { decodeStats, writeDumpStats } from "./stats.ts";

const CREATE = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
const quad = (w0: number) => ({ family: IPV4, w0, w1: 0, w2: 0, w3: 0 }) as const;

test("a link", () => {
  const bytes = bytesOf(`
    60 00 00 00  10 00  02 00  09 00 00 00  00 00 00 00 | 96, RTM_NEWLINK, MULTI
    00 00 01 00  05 00 00 00  43 10 01 00  00 00 00 00  | ARPHRD_ETHER, index 5, UP RUNNING LOWER_UP
    07 00 03 00  75 30 00 00                            | IFLA_IFNAME u0
    05 00 10 00  06 00 00 00                            | IFLA_OPERSTATE up
    08 00 04 00  dc 05 00 00                            | IFLA_MTU 1500
    08 00 05 00  04 00 00 00                            | IFLA_LINK 4 (the other end)
    08 00 0a 00  02 00 00 00                            | IFLA_MASTER 2
    0a 00 01 00  02 00 00 00 00 01  00 00               | IFLA_ADDRESS 02:00:00:00:00:01
    0c 00 12 00  08 00 01 00  76 65 74 68               | IFLA_LINKINFO: IFLA_INFO_KIND veth
  `);
  const { start, end } = messageIn(bytes);
  assert.deepEqual(decodeLink(bytes, start, end), {
    index: 5,
    name: "u0",
    family: 0,
    hardware: 1,
    flags: 0x11043,
    up: true,
    running: true,
    mtu: 1500,
    mac: Uint8Array.from([2, 0, 0, 0, 0, 1]),
    master: 2,
    lower: 4,
    operationalState: 6,
    kind: "veth",
  });
  survivesDamage(bytes, decodeLink);
});

test("an address that is added", () => {
  // ip addr add 192.0.2.1/24 dev eth0
  const expected = bytesOf(`
    28 00 00 00  14 00  05 06  07 f2 00 6b  00 00 00 00 | 40, RTM_NEWADDR, REQUEST ACK EXCL CREATE
    02 18 00 00  03 00 00 00                            | AF_INET /24, interface 3
    08 00 02 00  c0 00 02 01                            | IFA_LOCAL 192.0.2.1
    08 00 01 00  c0 00 02 01                            | IFA_ADDRESS 192.0.2.1
  `);
  const address = { interface: 3, address: quad(0xc0000201), length: 24 };
  assert.deepEqual(
    written((writer) => writeAddress(writer, "new", CREATE, 0x6b00f207, address)),
    expected,
  );
  assert.deepEqual(decodeAddress(expected, 16, expected.length), {
    ...address,
    scope: 0,
    flags: 0,
  });
});

test("a point-to-point address: this end, the other end, and flags that need 32 bits", () => {
  // ip addr add 10.9.0.1 peer 10.9.0.2/32 dev eth0; as dumped
  const bytes = bytesOf(`
    38 00 00 00  14 00  22 00  07 f2 00 6b  af 62 00 00 | 56, RTM_NEWADDR
    02 20 80 00  03 00 00 00                            | AF_INET /32, permanent, interface 3
    08 00 01 00  0a 09 00 02                            | IFA_ADDRESS 10.9.0.2
    08 00 02 00  0a 09 00 01                            | IFA_LOCAL 10.9.0.1
    07 00 03 00  75 30 00 00                            | IFA_LABEL
    08 00 08 00  80 02 00 00                            | IFA_FLAGS permanent, noprefixroute
  `);
  assert.deepEqual(decodeAddress(bytes, 16, bytes.length), {
    interface: 3,
    address: quad(0x0a090001),
    peer: quad(0x0a090002),
    length: 32,
    scope: 0,
    flags: 0x280,
  });
  survivesDamage(bytes, decodeAddress);
});

test("an IPv6 address has no IFA_LOCAL", () => {
  const bytes = bytesOf(`
    2c 00 00 00  14 00  22 00  07 f2 00 6b  af 62 00 00 | 44, RTM_NEWADDR
    0a 40 c0 fd  03 00 00 00                            | AF_INET6 /64, tentative, link
    14 00 01 00  fe 80 00 00  00 00 00 00  00 00 00 ff  fe 00 00 01 | IFA_ADDRESS
  `);
  assert.deepEqual(decodeAddress(bytes, 16, bytes.length), {
    interface: 3,
    address: { family: IPV6, w0: 0xfe800000, w1: 0, w2: 0xff, w3: 0xfe000001 },
    length: 64,
    scope: 253,
    flags: 0xc0,
  });
});

test("a proxy neighbour entry", () => {
  // ip neigh add proxy 10.0.0.77 dev eth0 protocol 186
  const expected = bytesOf(`
    2c 00 00 00  1c 00  05 06  08 f2 00 6b  00 00 00 00 | 44, RTM_NEWNEIGH, REQUEST ACK EXCL CREATE
    02 00 00 00  03 00 00 00  80 00 08 00               | AF_INET, interface 3, permanent, proxy
    05 00 0c 00  ba 00 00 00                            | NDA_PROTOCOL 186
    08 00 01 00  0a 00 00 4d                            | NDA_DST 10.0.0.77
  `);
  const proxy = { interface: 3, address: quad(0x0a00004d), protocol: 186 };
  assert.deepEqual(
    written((writer) => writeProxyNeighbour(writer, "new", CREATE, 0x6b00f208, proxy)),
    expected,
  );
  assert.deepEqual(decodeNeighbour(expected, 16, expected.length), {
    ...proxy,
    state: 0x80,
    flags: 8,
    proxy: true,
    mac: new Uint8Array(0),
  });
  survivesDamage(expected, decodeNeighbour);
});

test("a link's counters", () => {
  // ip stats show dev u0 group link
  const bytes = bytesOf(`
    34 00 00 00  5c 00  02 00  09 00 00 00  00 00 00 00 | 52, RTM_NEWSTATS, MULTI
    00 00 00 00  05 00 00 00  01 00 00 00               | index 5, LINK_64
    14 00 01 00                                         | IFLA_STATS_LINK_64, its first two fields
    03 00 00 00  00 00 00 00                            | rx_packets 3
    07 00 00 00  02 00 00 00                            | tx_packets 2 * 2^32 + 7
    04 00 09 00                                         | an attribute of later kernels
  `);
  const { start, end } = messageIn(bytes);
  assert.deepEqual(decodeStats(bytes, start, end), {
    index: 5,
    packetsReceived: 3,
    packetsSent: 2 * 2 ** 32 + 7,
  });
  assert.equal(decodeStats(bytes, start, end - 20), undefined, "cut short");
  survivesDamage(bytes, decodeStats);
});

test("a rule", () => {
  // ip rule show: 32766: from all lookup main
  const bytes = bytesOf(`
    3c 00 00 00  20 00  02 00  07 f2 00 6b  ed 62 00 00 | 60, RTM_NEWRULE
    02 00 00 00  fe 00 00 01  00 00 00 00               | AF_INET, table 254, look-up
    08 00 0f 00  fe 00 00 00                            | FRA_TABLE 254
    08 00 0e 00  ff ff ff ff                            | FRA_SUPPRESS_PREFIXLEN none
    05 00 15 00  02 00 00 00                            | FRA_PROTOCOL kernel
    08 00 06 00  fe 7f 00 00                            | FRA_PRIORITY 32766
  `);
  assert.deepEqual(decodeRule(bytes, 16, bytes.length), {
    family: IPV4,
    priority: 32766,
    table: 254,
    action: 1,
    mark: 0,
    inputInterface: "",
    outputInterface: "",
    protocol: 2,
  });
  survivesDamage(bytes, decodeRule);
});

// ip route add 172.16.0.0/24 nhid 99, of a socket without NETLINK_CAP_ACK
const REFUSED = bytesOf(`
  60 00 00 00  02 00  00 02  07 f2 00 6b  e6 62 00 00 | 96, NLMSG_ERROR, ACK_TLVS
  ea ff ff ff                                         | -22: EINVAL
  2c 00 00 00  18 00  05 06  07 f2 00 6b  00 00 00 00 | the request's header ...
  02 18 00 00  fe 03 00 01  00 00 00 00               | ... and the rest of it
  08 00 01 00  ac 10 00 00  08 00 1e 00  63 00 00 00
  1e 00 01 00                                         | NLMSGERR_ATTR_MSG
  4e 65 78 74  68 6f 70 20  69 64 20 64  6f 65 73 20  6e 6f 74 20  65 78 69 73  74 00 00 00
`);

test("a refusal in the kernel's own words, with the request repeated and without", () => {
  const message = "Nexthop id does not exist";
  const sequence = 0x6b00f207;
  assert.deepEqual(decodeError(messageIn(REFUSED)), { errno: 22, sequence, message });
  const capped = Uint8Array.from([...REFUSED.slice(0, 36), ...REFUSED.slice(64)]);
  capped[0] -= 28;
  capped[7] |= 1; // NLM_F_CAPPED
  assert.deepEqual(decodeError(messageIn(capped)), { errno: 22, sequence, message });
});

test("an acknowledgement is an error of 0; a short one is none", () => {
  const bytes = bytesOf(`
    24 00 00 00  02 00  00 01  07 00 00 00  e6 62 00 00 | 36, NLMSG_ERROR, CAPPED
    00 00 00 00                                         | done
    2c 00 00 00  18 00  05 06  07 00 00 00  00 00 00 00 | the request's header
  `);
  assert.deepEqual(decodeError(messageIn(bytes)), { errno: 0, sequence: 7 });
  const cut = bytes.slice(0, 32);
  cut[0] = 32;
  assert.equal(decodeError(messageIn(cut)), undefined);
});

test("the end of a dump", () => {
  const done = bytesOf(`
    14 00 00 00  03 00  02 00  07 00 00 00  df 62 00 00 | 20, NLMSG_DONE, MULTI
    fe ff ff ff                                         | -2: ENOENT
  `);
  assert.deepEqual(decodeDone(messageIn(done)), { errno: 2, sequence: 7 });
  done.fill(0, 16);
  assert.deepEqual(decodeDone(messageIn(done)), { errno: 0, sequence: 7 });
});

test("dump requests", () => {
  const requests = written((writer) => {
    writeDumpLinks(writer, 1);
    writeDumpAddresses(writer, 2);
    writeDumpProxyNeighbours(writer, 3);
    writeDumpRules(writer, 4, IPV6);
    writeDumpStats(writer, 5);
  });
  assert.deepEqual(
    requests,
    bytesOf(`
      28 00 00 00  12 00  01 03  01 00 00 00  00 00 00 00 | RTM_GETLINK, REQUEST DUMP
      00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00  | every link
      08 00 1d 00  08 00 00 00                            | IFLA_EXT_MASK: without counters
      18 00 00 00  16 00  01 03  02 00 00 00  00 00 00 00 | RTM_GETADDR
      00 00 00 00  00 00 00 00                            | both families
      1c 00 00 00  1e 00  01 03  03 00 00 00  00 00 00 00 | RTM_GETNEIGH
      00 00 00 00  00 00 00 00  00 00 08 00               | NTF_PROXY
      1c 00 00 00  22 00  01 03  04 00 00 00  00 00 00 00 | RTM_GETRULE
      0a 00 00 00  00 00 00 00  00 00 00 00               | AF_INET6
      1c 00 00 00  5e 00  01 03  05 00 00 00  00 00 00 00 | RTM_GETSTATS
      00 00 00 00  00 00 00 00  01 00 00 00               | every link, IFLA_STATS_LINK_64
    `),
  );
});
