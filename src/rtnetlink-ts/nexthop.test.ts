import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, messageIn, survivesDamage, written } from "./annotated.test.ts";
import { NLM_F_ACK, NLM_F_CREATE, NLM_F_REPLACE } from "./constants.ts";
import { IPV4, IPV6 } from "./ip.ts";
import { decodeNexthop, writeDeleteNexthop, writeNexthop, writeNexthopGroup } from "./nexthop.ts";

const SEQUENCE = 0x6b00f206;
const REPLACE = NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;

function decode(bytes: Uint8Array): ReturnType<typeof decodeNexthop> {
  const { start, end } = messageIn(bytes);
  return decodeNexthop(bytes, start, end);
}

// ip nexthop replace id 13 via fd00::2 dev eth0 protocol 186
const SINGLE = bytesOf(`
  3c 00 00 00  68 00  05 05  06 f2 00 6b  00 00 00 00 | 60, RTM_NEWNEXTHOP, REQUEST ACK REPLACE CREATE
  0a 00 ba 00  00 00 00 00                            | AF_INET6, scope 0, 186, no flags
  08 00 01 00  0d 00 00 00                            | NHA_ID 13
  14 00 06 00  fd 00 00 00  00 00 00 00  00 00 00 00  00 00 00 02 | NHA_GATEWAY fd00::2
  08 00 05 00  03 00 00 00                            | NHA_OIF 3
`);

test("a single next hop", () => {
  const nexthop = {
    id: 13,
    protocol: 186,
    family: IPV6,
    interface: 3,
    gateway: { family: IPV6, w0: 0xfd000000, w1: 0, w2: 0, w3: 2 },
    onlink: false,
  } as const;
  assert.deepEqual(
    written((writer) => writeNexthop(writer, REPLACE, SEQUENCE, nexthop)),
    SINGLE,
  );
  assert.deepEqual(decode(SINGLE), { ...nexthop, blackhole: false, flags: 0 });
});

// ip nexthop replace id 20 group 11,3/12 protocol 186
const GROUP = bytesOf(`
  34 00 00 00  68 00  05 05  06 f2 00 6b  00 00 00 00 | 52, RTM_NEWNEXTHOP, REQUEST ACK REPLACE CREATE
  00 00 ba 00  00 00 00 00                            | AF_UNSPEC, 186
  08 00 01 00  14 00 00 00                            | NHA_ID 20
  14 00 02 00                                         | NHA_GROUP
  0b 00 00 00  02 00 00 00                            | id 11, weight 3 (less one)
  0c 00 00 00  00 00 00 00                            | id 12, weight 1
`);

test("a group", () => {
  const members = [
    { id: 11, weight: 3 },
    { id: 12, weight: 1 },
  ];
  assert.deepEqual(
    written((writer) =>
      writeNexthopGroup(writer, REPLACE, SEQUENCE, { id: 20, protocol: 186, members }),
    ),
    GROUP,
  );
  assert.deepEqual(decode(GROUP)?.members, members);
});

// ip nexthop replace id 20 group 11,255/12 type resilient buckets 64 idle_timer 0 protocol 186
const RESILIENT = bytesOf(`
  50 00 00 00  68 00  05 05  06 f2 00 6b  00 00 00 00 | 80, RTM_NEWNEXTHOP, REQUEST ACK REPLACE CREATE
  00 00 ba 00  00 00 00 00                            | AF_UNSPEC, 186
  08 00 01 00  14 00 00 00                            | NHA_ID 20
  06 00 03 00  01 00 00 00                            | NHA_GROUP_TYPE resilient
  14 00 0c 80                                         | NHA_RES_GROUP, NLA_F_NESTED
  06 00 01 00  40 00 00 00                            | NHA_RES_GROUP_BUCKETS 64
  08 00 02 00  00 00 00 00                            | NHA_RES_GROUP_IDLE_TIMER 0
  14 00 02 00                                         | NHA_GROUP
  0b 00 00 00  fe 00 00 00                            | id 11, weight 255 (less one)
  0c 00 00 00  00 00 00 00                            | id 12, weight 1
`);

test("a resilient group", () => {
  const members = [
    { id: 11, weight: 255 },
    { id: 12, weight: 1 },
  ];
  const group = { id: 20, protocol: 186, members, buckets: 64 };
  assert.deepEqual(
    written((writer) => writeNexthopGroup(writer, REPLACE, SEQUENCE, group)),
    RESILIENT,
  );
  const { buckets, members: read } = decode(RESILIENT) ?? {};
  assert.deepEqual({ buckets, members: read }, { buckets: 64, members });
});

test("a resilient group as the kernel shows it", () => {
  const bytes = bytesOf(`
    6c 00 00 00  68 00  02 00  07 f2 00 6b  d8 62 00 00 | 108, RTM_NEWNEXTHOP, MULTI
    00 00 ba 00  00 00 00 00                            | AF_UNSPEC, 186
    08 00 01 00  14 00 00 00                            | NHA_ID 20
    06 00 03 00  01 00 00 00                            | NHA_GROUP_TYPE resilient
    14 00 02 00  0b 00 00 00  fe 00 00 00  0c 00 00 00  00 00 00 00 | NHA_GROUP: 11 of weight 255, 12
    28 00 0c 80                                         | NHA_RES_GROUP, NLA_F_NESTED
    06 00 01 00  40 00 00 00                            | NHA_RES_GROUP_BUCKETS 64
    08 00 02 00  00 00 00 00                            | NHA_RES_GROUP_IDLE_TIMER 0
    08 00 03 00  00 00 00 00                            | NHA_RES_GROUP_UNBALANCED_TIMER 0
    0c 00 04 00  00 00 00 00  00 00 00 00               | NHA_RES_GROUP_UNBALANCED_TIME 0
    08 00 0e 00  00 00 00 80                            | NHA_OP_FLAGS
  `);
  assert.deepEqual(decode(bytes), {
    id: 20,
    protocol: 186,
    family: IPV4,
    interface: 0,
    onlink: false,
    blackhole: false,
    flags: 0,
    members: [
      { id: 11, weight: 255 },
      { id: 12, weight: 1 },
    ],
    buckets: 64,
  });
});

test("a group as the kernel shows it, with its type and an attribute that is not known here", () => {
  const bytes = bytesOf(`
    3c 00 00 00  68 00  00 00  07 f2 00 6b  d8 62 00 00 | 60, RTM_NEWNEXTHOP
    00 00 ba 00  00 00 00 00                            | AF_UNSPEC, 186
    08 00 01 00  14 00 00 00                            | NHA_ID 20
    06 00 03 00  00 00 00 00                            | NHA_GROUP_TYPE multipath
    0c 00 02 00  0b 00 00 00  02 00 00 00               | NHA_GROUP: id 11, weight 3
    08 00 0e 00  00 00 00 80                            | NHA_OP_FLAGS
  `);
  assert.deepEqual(decode(bytes), {
    id: 20,
    protocol: 186,
    family: IPV4,
    interface: 0,
    onlink: false,
    blackhole: false,
    flags: 0,
    members: [{ id: 11, weight: 3 }],
  });
});

test("a deletion", () => {
  // ip nexthop del id 12
  assert.deepEqual(
    written((writer) => writeDeleteNexthop(writer, NLM_F_ACK, SEQUENCE, 12)),
    bytesOf(`
      20 00 00 00  69 00  05 00  06 f2 00 6b  00 00 00 00 | 32, RTM_DELNEXTHOP, REQUEST ACK
      00 00 00 00  00 00 00 00                            | nothing in the header
      08 00 01 00  0c 00 00 00                            | NHA_ID 12
    `),
  );
});

test("damaged nexthops are answered; one without an id is none", () => {
  survivesDamage(SINGLE, decodeNexthop);
  survivesDamage(GROUP, decodeNexthop);
  survivesDamage(RESILIENT, decodeNexthop);
  assert.equal(decodeNexthop(SINGLE, 16, 24), undefined);
});
