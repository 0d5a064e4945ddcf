import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { annotated } from "../bgp-ts/annotated.test.ts";
import { Address, IPV4, parseAddress } from "../route/index.ts";
import {
  type BmpPeer,
  initiation,
  PEER_FLAG,
  peerDown,
  peerHeader,
  peerUp,
  routeMonitoring,
  STATISTIC,
  statisticsReport,
  termination,
  TERMINATION_REASON,
} from "./index.ts";

const FOUR: BmpPeer = {
  address: new Address(IPV4, 0xc0a80101),
  asn: 64600,
  routerId: 0x0a000001,
  flags: 0,
};
const FOUR_HEADER = `
  00                               // peer type: global instance
  00                               // flags
  0000000000000000                 // distinguisher
  000000000000000000000000c0a80101 // 192.168.1.1, in the last 4 octets
  0000fc58                         // AS 64600
  0a000001                         // BGP identifier 10.0.0.1
  65920080 0007a120                // 1704067200 s, 500000 us
`;
const TIME = 1704067200500;
const END_OF_RIB = "ffffffffffffffffffffffffffffffff 0017 02 0000 0000";

function same(bytes: Uint8Array, text: string): void {
  assert.equal(Buffer.from(bytes).toString("hex"), Buffer.from(annotated(text)).toString("hex"));
}

describe("per-peer header (RFC 7854 §4.2)", () => {
  it("of an IPv4 neighbour", () => same(peerHeader(FOUR, TIME), FOUR_HEADER));

  it("of an IPv6 neighbour, after the policy, told (RFC 8671), without a time", () => {
    const address = parseAddress("2001:db8::1");
    const flags = PEER_FLAG.POST_POLICY | PEER_FLAG.ADJ_RIB_OUT;
    same(
      peerHeader({ ...FOUR, address, flags }, 0),
      `00 d0 0000000000000000      // V, L and O
       20010db8000000000000000000000001
       0000fc58 0a000001 00000000 00000000`,
    );
  });

  it("of Loc-RIB (RFC 9069 §4.1)", () => {
    same(
      peerHeader({ ...FOUR, address: undefined }, 0),
      `03 00 0000000000000000 00000000000000000000000000000000
       0000fc58 0a000001 00000000 00000000`,
    );
  });
});

it("Initiation (RFC 7854 §4.3)", () => {
  same(
    initiation({ systemName: "node1", systemDescription: "ü 1" }),
    `03 00000017 04          // version, 23 octets, Initiation
     0001 0004 c3bc2031      // sysDescr
     0002 0005 6e6f646531    // sysName`,
  );
});

it("Termination (RFC 7854 §4.5)", () => {
  same(
    termination(TERMINATION_REASON.ADMINISTRATIVELY_CLOSED),
    "03 0000000c 05  0001 0002 0000  // reason: closed by the operator",
  );
});

describe("Peer Up (RFC 7854 §4.10)", () => {
  const up = {
    local: { address: new Address(IPV4, 0xc0a80165), port: 179 },
    remotePort: 40000,
    sentOpen: Uint8Array.of(1, 2, 3),
    receivedOpen: Uint8Array.of(4, 5),
  };

  it("of a neighbour", () => {
    same(
      peerUp(FOUR, up, TIME),
      `03 00000049 03 ${FOUR_HEADER}
       000000000000000000000000c0a80165 // our address
       00b3 9c40                        // our port 179, its 40000
       010203 0405                      // OPEN sent, OPEN received`,
    );
  });

  it("of Loc-RIB, with the table's name (RFC 9069 §4.4)", () => {
    const bytes = peerUp(
      { ...FOUR, address: undefined },
      { ...up, local: undefined, remotePort: 0, tableName: "global" },
      0,
    );
    same(
      bytes.subarray(48),
      "00000000000000000000000000000000 0000 0000 010203 0405 0003 0006 676c6f62616c",
    );
  });
});

describe("Peer Down (RFC 7854 §4.9)", () => {
  const cease = annotated("ffffffffffffffffffffffffffffffff 0015 03 0602");
  const cases = [
    [
      { kind: "local-notification", message: cease },
      "01 ffffffffffffffffffffffffffffffff0015030602",
    ],
    [{ kind: "local", event: 10 }, "02 000a // HoldTimer_Expires"],
    [
      { kind: "remote-notification", message: cease },
      "03 ffffffffffffffffffffffffffffffff0015030602",
    ],
    [{ kind: "remote" }, "04"],
    [{ kind: "not-monitored" }, "05"],
    [{ kind: "table", name: "global" }, "06 0003 0006 676c6f62616c // RFC 9069 §5.3"],
  ] as const;
  for (const [reason, body] of cases) {
    it(reason.kind, () => {
      const { length } = annotated(`${FOUR_HEADER} ${body}`);
      const total = (6 + length).toString(16).padStart(8, "0");
      same(peerDown(FOUR, reason, TIME), `03 ${total} 02 ${FOUR_HEADER} ${body}`);
    });
  }
});

it("Route Monitoring (RFC 7854 §4.6): a message for each of several UPDATEs", () => {
  const keepalive = "ffffffffffffffffffffffffffffffff 0013 04";
  same(
    routeMonitoring(peerHeader(FOUR, TIME), annotated(`${END_OF_RIB}\n${keepalive}`)),
    `03 00000047 00 ${FOUR_HEADER} ${END_OF_RIB}
     03 00000043 00 ${FOUR_HEADER} ${keepalive}`,
  );
  assert.equal(routeMonitoring(peerHeader(FOUR, TIME), new Uint8Array(0)).length, 0);
});

it("Statistics Report (RFC 7854 §4.8): counters of 32 bits, gauges of 64, by family", () => {
  same(
    statisticsReport(
      FOUR,
      [
        { type: STATISTIC.REJECTED_BY_POLICY, value: 7 },
        { type: STATISTIC.ADJ_RIB_IN, value: 2 ** 32 + 1 },
        { type: STATISTIC.ADJ_RIB_IN_OF_FAMILY, afi: 2, value: 3 },
      ],
      TIME,
    ),
    `03 00000057 01 ${FOUR_HEADER}
     00000003                       // three of them
     0000 0004 00000007
     0007 0008 0000000100000001
     0009 000b 0002 01 0000000000000003`,
  );
});
