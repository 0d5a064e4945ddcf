import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, messageIn, survivesDamage, written } from "./annotated.test.ts";
import { NLM_F_ACK, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE, RTM_NEWROUTE } from "./constants.ts";
import { IPV4, IPV6 } from "./ip.ts";
import { decodeRoute, writeDumpRoutes, writeRoute, writeRouteByNexthop } from "./route.ts";

const SEQUENCE = 0x6b00f207;

function decode(bytes: Uint8Array): ReturnType<typeof decodeRoute> {
  const { start, end } = messageIn(bytes);
  return decodeRoute(bytes, start, end);
}

// ip route replace 172.16.1.0/24 nhid 11 metric 32 table 254 proto 186
const BY_NEXTHOP = bytesOf(`
  34 00 00 00  18 00  05 05  07 f2 00 6b  00 00 00 00 | 52, RTM_NEWROUTE, REQUEST ACK REPLACE CREATE
  02 18 00 00  fe ba 00 01  00 00 00 00               | AF_INET /24, main, 186, universe, unicast
  08 00 01 00  ac 10 01 00                            | RTA_DST 172.16.1.0
  08 00 1e 00  0b 00 00 00                            | RTA_NH_ID 11
  08 00 06 00  20 00 00 00                            | RTA_PRIORITY 32
`);

test("a route over a nexthop object", () => {
  const template = {
    kind: "new",
    flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE,
    protocol: 186,
  } as const;
  assert.deepEqual(
    written((writer) =>
      writeRouteByNexthop(
        writer,
        template,
        SEQUENCE,
        IPV4,
        0xac100100,
        0,
        0,
        0,
        24,
        1,
        11,
        32,
        254,
      ),
    ),
    BY_NEXTHOP,
  );
  assert.deepEqual(decode(BY_NEXTHOP), {
    family: IPV4,
    destination: { family: IPV4, w0: 0xac100100, w1: 0, w2: 0, w3: 0 },
    length: 24,
    table: 254,
    protocol: 186,
    scope: 0,
    type: 1,
    flags: 0,
    metric: 32,
    nexthopId: 11,
    hops: [],
  });
});

// ip -6 route add blackhole fd01::/64 metric 32 table 1000 proto 186
const BLACKHOLE = bytesOf(`
  40 00 00 00  18 00  05 06  07 f2 00 6b  00 00 00 00 | 64, RTM_NEWROUTE, REQUEST ACK EXCL CREATE
  0a 40 00 00  00 ba 00 06  00 00 00 00               | AF_INET6 /64, table below, 186, blackhole
  14 00 01 00  fd 01 00 00  00 00 00 00  00 00 00 00  00 00 00 00 | RTA_DST fd01::
  08 00 06 00  20 00 00 00                            | RTA_PRIORITY 32
  08 00 0f 00  e8 03 00 00                            | RTA_TABLE 1000
`);

test("an IPv6 blackhole in a table whose number does not fit into the header", () => {
  const template = {
    kind: "new",
    flags: NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
    protocol: 186,
  } as const;
  assert.deepEqual(
    written((writer) =>
      writeRouteByNexthop(
        writer,
        template,
        SEQUENCE,
        IPV6,
        0xfd010000,
        0,
        0,
        0,
        64,
        6,
        0,
        32,
        1000,
      ),
    ),
    BLACKHOLE,
  );
  const route = decode(BLACKHOLE);
  assert.equal(route?.table, 1000);
  assert.equal(route?.type, 6);
  assert.deepEqual(route?.destination, { family: IPV6, w0: 0xfd010000, w1: 0, w2: 0, w3: 0 });
});

test("a deletion matches prefix, table, metric and protocol, whatever the next hop", () => {
  // ip route del 172.16.1.0/24 metric 32 proto 186
  const expected = bytesOf(`
    2c 00 00 00  19 00  05 00  07 f2 00 6b  00 00 00 00 | 44, RTM_DELROUTE, REQUEST ACK
    02 18 00 00  fe ba ff 00  00 00 00 00               | AF_INET /24, main, 186, any scope, any type
    08 00 01 00  ac 10 01 00                            | RTA_DST 172.16.1.0
    08 00 06 00  20 00 00 00                            | RTA_PRIORITY 32
  `);
  const template = { kind: "delete", flags: NLM_F_ACK, protocol: 186 } as const;
  assert.deepEqual(
    written((writer) =>
      writeRouteByNexthop(
        writer,
        template,
        SEQUENCE,
        IPV4,
        0xac100100,
        0,
        0,
        0,
        24,
        1,
        11,
        32,
        254,
      ),
    ),
    expected,
  );
});

// ip route add 172.16.3.0/24 via inet6 fd00::2 dev eth0 proto 186 metric 32
const VIA_INET6 = bytesOf(`
  4c 00 00 00  18 00  05 06  07 f2 00 6b  00 00 00 00 | 76, RTM_NEWROUTE, REQUEST ACK EXCL CREATE
  02 18 00 00  fe ba 00 01  00 00 00 00               | AF_INET /24, main, 186, universe, unicast
  08 00 01 00  ac 10 03 00                            | RTA_DST 172.16.3.0
  16 00 12 00  0a 00                                  | RTA_VIA, AF_INET6
  fd 00 00 00  00 00 00 00  00 00 00 00  00 00 00 02  | fd00::2
  00 00                                               | padding
  08 00 06 00  20 00 00 00                            | RTA_PRIORITY 32
  08 00 04 00  03 00 00 00                            | RTA_OIF 3
`);

test("an IPv4 route through an IPv6 gateway (RFC 8950)", () => {
  const gateway = { family: IPV6, w0: 0xfd000000, w1: 0, w2: 0, w3: 2 } as const;
  const destination = { family: IPV4, w0: 0xac100300, w1: 0, w2: 0, w3: 0 } as const;
  const hops = [{ interface: 3, gateway, onlink: false, weight: 1 }];
  const flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  assert.deepEqual(
    written((writer) =>
      writeRoute(writer, { kind: "new", flags, protocol: 186 }, SEQUENCE, {
        destination,
        length: 24,
        type: 1,
        metric: 32,
        table: 254,
        hops,
      }),
    ),
    VIA_INET6,
  );
  assert.deepEqual(decode(VIA_INET6)?.hops, [{ ...hops[0], flags: 0 }]);
});

// ip route add 172.16.2.1/32 proto 186 metric 32 nexthop via 10.0.0.2 dev eth0 weight 2
//   nexthop via 10.0.0.3 dev eth1 onlink
const MULTIPATH = bytesOf(`
  50 00 00 00  18 00  05 06  07 f2 00 6b  00 00 00 00 | 80, RTM_NEWROUTE, REQUEST ACK EXCL CREATE
  02 20 00 00  fe ba 00 01  00 00 00 00               | AF_INET /32, main, 186, universe, unicast
  08 00 01 00  ac 10 02 01                            | RTA_DST 172.16.2.1
  08 00 06 00  20 00 00 00                            | RTA_PRIORITY 32
  24 00 09 00                                         | RTA_MULTIPATH
  10 00 00 01  03 00 00 00                            | 16, weight 2 (less one), interface 3
  08 00 05 00  0a 00 00 02                            | RTA_GATEWAY 10.0.0.2
  10 00 04 00  04 00 00 00                            | 16, RTNH_F_ONLINK, weight 1, interface 4
  08 00 05 00  0a 00 00 03                            | RTA_GATEWAY 10.0.0.3
`);

test("a route over several next hops", () => {
  const hops = [
    { interface: 3, gateway: quad(0x0a000002), onlink: false, weight: 2 },
    { interface: 4, gateway: quad(0x0a000003), onlink: true, weight: 1 },
  ];
  const flags = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  assert.deepEqual(
    written((writer) =>
      writeRoute(writer, { kind: "new", flags, protocol: 186 }, SEQUENCE, {
        destination: quad(0xac100201),
        length: 32,
        type: 1,
        metric: 32,
        table: 254,
        hops,
      }),
    ),
    MULTIPATH,
  );
  assert.deepEqual(decode(MULTIPATH)?.hops, [
    { ...hops[0], flags: 0 },
    { ...hops[1], flags: 4 },
  ]);
});

test("what the kernel dumps of a connected route", () => {
  // ip route save table 254, of 10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1
  const bytes = bytesOf(`
    3c 00 00 00  18 00  22 00  07 f2 00 6b  ad 62 00 00 | 60, RTM_NEWROUTE, MULTI DUMP_FILTERED
    02 18 00 00  fe 02 fd 01  00 00 00 00               | AF_INET /24, main, kernel, link, unicast
    08 00 0f 00  fe 00 00 00                            | RTA_TABLE 254
    08 00 01 00  0a 00 00 00                            | RTA_DST 10.0.0.0
    08 00 07 00  0a 00 00 01                            | RTA_PREFSRC 10.0.0.1
    08 00 04 00  03 00 00 00                            | RTA_OIF 3
  `);
  const cursor = messageIn(bytes);
  assert.equal(cursor.type, RTM_NEWROUTE);
  assert.equal(cursor.portId, 0x62ad);
  assert.deepEqual(decode(bytes), {
    family: IPV4,
    destination: quad(0x0a000000),
    length: 24,
    table: 254,
    protocol: 2,
    scope: 253,
    type: 1,
    flags: 0,
    metric: 0,
    nexthopId: 0,
    hops: [{ interface: 3, onlink: false, flags: 0, weight: 1 }],
  });
});

test("a dump asks for one table and one protocol", () => {
  assert.deepEqual(
    written((writer) => writeDumpRoutes(writer, 9, { family: IPV6, table: 1000, protocol: 186 })),
    bytesOf(`
      24 00 00 00  1a 00  01 03  09 00 00 00  00 00 00 00 | 36, RTM_GETROUTE, REQUEST DUMP
      0a 00 00 00  00 ba 00 00  00 00 00 00               | AF_INET6, protocol 186
      08 00 0f 00  e8 03 00 00                            | RTA_TABLE 1000
    `),
  );
});

test("damaged routes are answered, and impossible ones refused", () => {
  for (const bytes of [BY_NEXTHOP, BLACKHOLE, VIA_INET6, MULTIPATH]) {
    survivesDamage(bytes, decodeRoute);
  }
  const tooLong = BY_NEXTHOP.slice();
  tooLong[17] = 33;
  assert.equal(decode(tooLong), undefined);
  const decnet = BY_NEXTHOP.slice();
  decnet[16] = 12;
  assert.equal(decode(decnet), undefined);
});

function quad(w0: number): { family: 0; w0: number; w1: number; w2: number; w3: number } {
  return { family: IPV4, w0, w1: 0, w2: 0, w3: 0 };
}
