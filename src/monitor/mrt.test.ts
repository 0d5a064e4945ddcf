import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotated } from "../bgp-ts/annotated.test.ts";
import { Address, IPV4, parseAddress, parsePrefix, type Prefix } from "../route/index.ts";
import { bgpMessage, type MrtSession, peerIndexTable, ribEntries, stateChange } from "./index.ts";

const TIME = 1704067200500;
const SECONDS = "65920080 // 1704067200 s\n";
const MICROS = "0007a120 // 500000 us\n";

function same(bytes: Uint8Array, text: string): void {
  assert.equal(Buffer.from(bytes).toString("hex"), Buffer.from(annotated(text)).toString("hex"));
}

function prefixOf(text: string): Prefix {
  const prefix = parsePrefix(text);
  assert.ok(prefix !== undefined);
  return prefix;
}

const SESSION: MrtSession = {
  peerAsn: 4200000001,
  localAsn: 64512,
  interface: 3,
  peer: new Address(IPV4, 0xc0a80101),
  local: new Address(IPV4, 0xc0a80165),
};
const KEEPALIVE = annotated("ffffffffffffffffffffffffffffffff 0013 04");

describe("BGP4MP_ET messages (RFC 6396 §4.4, §3; RFC 8050 §3)", () => {
  it("with AS numbers of four octets", () => {
    same(
      bgpMessage(SESSION, KEEPALIVE, { fourOctetAs: true, addPath: false }, TIME),
      `${SECONDS} 0011 0004 0000002b // BGP4MP_ET, MESSAGE_AS4, 43 octets
       ${MICROS}
       fa56ea01 0000fc00             // AS 4200000001 and 64512
       0003 0001                     // interface 3, IPv4
       c0a80101 c0a80165
       ffffffffffffffffffffffffffffffff 0013 04`,
    );
  });

  it("with two octets and path identifiers, over IPv6", () => {
    const peer = parseAddress("fe80::1");
    assert.ok(peer !== undefined);
    const session = { ...SESSION, peer, local: undefined, interface: 0x10000 };
    same(
      bgpMessage(session, KEEPALIVE, { fourOctetAs: false, addPath: true }, TIME),
      `${SECONDS} 0011 0008 0000003f // MESSAGE_ADDPATH
       ${MICROS}
       5ba0 fc00                     // AS_TRANS, 64512
       0000 0002                     // an interface that cannot be said, IPv6
       fe800000000000000000000000000001 00000000000000000000000000000000
       ffffffffffffffffffffffffffffffff 0013 04`,
    );
  });

  it("a change of state", () => {
    same(
      stateChange(SESSION, "OpenConfirm", "Established", TIME),
      `${SECONDS} 0011 0005 0000001c // STATE_CHANGE_AS4
       ${MICROS}
       fa56ea01 0000fc00 0003 0001 c0a80101 c0a80165
       0005 0006`,
    );
  });
});

describe("TABLE_DUMP_V2 (RFC 6396 §4.3, RFC 8050 §4)", () => {
  it("the index of peers", () => {
    const six = parseAddress("2001:db8::1");
    assert.ok(six !== undefined);
    const peers = [
      { routerId: 0x0a000001, address: SESSION.peer, asn: 64600 },
      { routerId: 0x0a000002, address: six, asn: 4200000001 },
    ];
    same(
      peerIndexTable(0xc0a80165, "main", peers, TIME),
      `${SECONDS} 000d 0001 00000032
       c0a80165 0004 6d61696e 0002                                // collector, view, two peers
       02 0a000001 c0a80101 0000fc58                              // IPv4, four octets of AS
       03 0a000002 20010db8000000000000000000000001 fa56ea01      // IPv6, four octets of AS`,
    );
  });

  const entry = {
    peer: 1,
    since: TIME,
    pathId: 0,
    attributes: annotated("40 01 01 00"),
    nextHop: annotated("c0a80101"),
  };

  it("IPv4 routes, those with path identifiers in a record of their own", () => {
    const entries = [entry, { ...entry, pathId: 9, nextHop: new Uint8Array(0) }];
    same(
      ribEntries(5, prefixOf("10.1.0.0/17"), entries, TIME),
      `${SECONDS} 000d 0002 0000001d // RIB_IPV4_UNICAST
       00000005 11 0a0100 0001       // number 5, 10.1.0.0/17, one entry
       0001 65920080 000b            // peer 1, since, 11 octets of attributes
       40 01 01 00  40 03 04 c0a80101
       ${SECONDS} 000d 0008 0000001a // RIB_IPV4_UNICAST_ADDPATH
       00000005 11 0a0100 0001
       0001 65920080 00000009 0004
       40 01 01 00`,
    );
  });

  it("without an entry whose attributes are longer than their length can say", () => {
    const long = { ...entry, attributes: new Uint8Array(65530) };
    const prefix = prefixOf("10.1.0.0/17");
    assert.deepEqual(
      ribEntries(5, prefix, [long, entry], TIME),
      ribEntries(5, prefix, [entry], TIME),
    );
    assert.equal(ribEntries(5, prefix, [long], TIME).length, 0);
  });

  it("IPv6 routes, and IPv4 ones with an IPv6 next hop: MP_REACH_NLRI in short", () => {
    const six = { ...entry, nextHop: annotated("20010db8000000000000000000000001") };
    const attributes = "40 01 01 00  80 0e 11 10 20010db8000000000000000000000001";
    same(
      ribEntries(0, prefixOf("2001:db8::/32"), [six], TIME),
      `${SECONDS} 000d 0004 0000002b 00000000 20 20010db8 0001 0001 65920080 0018 ${attributes}`,
    );
    same(
      ribEntries(0, prefixOf("0.0.0.0/0"), [six], TIME),
      `${SECONDS} 000d 0002 00000027 00000000 00 0001 0001 65920080 0018 ${attributes}`,
    );
  });
});
