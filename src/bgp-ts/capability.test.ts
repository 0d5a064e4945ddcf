import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated } from "./annotated.test.ts";
import { capability } from "./arbitraries.test.ts";
import { decodeCapability, encodeCapability, type Capability } from "./capability.ts";

const families = [
  { afi: 1, safi: 1 },
  { afi: 2, safi: 1 },
];

const CASES: readonly (readonly [Capability, number, string])[] = [
  [{ kind: "multiprotocol", afi: 2, safi: 1 }, 1, "0002 00 01 // AFI, reserved, SAFI"],
  [{ kind: "route-refresh" }, 2, ""],
  [
    { kind: "extended-next-hop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] },
    5,
    "0001 0001 0002 // AFI, SAFI of two octets, next hop AFI",
  ],
  [{ kind: "extended-message" }, 6, ""],
  [{ kind: "role", role: 3 }, 9, "03"],
  [
    {
      kind: "graceful-restart",
      restarting: true,
      notification: false,
      time: 120,
      families: families.map((f) => ({ ...f, forwarding: f.afi === 1 })),
    },
    64,
    `8078       // R, 120 s
     0001 01 80 // IPv4, F
     0002 01 00 // IPv6`,
  ],
  [
    { kind: "graceful-restart", restarting: false, notification: true, time: 4095, families: [] },
    64,
    "4fff // N, 4095 s",
  ],
  [{ kind: "four-octet-as", asn: 4200000001 }, 65, "fa56ea01"],
  [
    {
      kind: "add-path",
      families: [
        { afi: 1, safi: 1, send: true, receive: true },
        { afi: 2, safi: 1, send: false, receive: true },
        { afi: 2, safi: 2, send: true, receive: false },
      ],
    },
    69,
    "0001 01 03  0002 01 01  0002 02 02 // both, receive, send",
  ],
  [{ kind: "enhanced-route-refresh" }, 70, ""],
  [
    {
      kind: "long-lived-graceful-restart",
      families: [{ afi: 1, safi: 1, forwarding: true, staleTime: 86400 }],
    },
    71,
    "0001 01 80 015180 // F, 86400 s",
  ],
  [{ kind: "unknown", code: 73, value: Uint8Array.of(1, 0x61, 0) }, 73, "01 61 00"],
];

test("each capability, both ways", () => {
  for (const [value, code, octets] of CASES) {
    assert.deepEqual(encodeCapability(value), { code, value: annotated(octets) });
    assert.deepEqual(decodeCapability(code, annotated(octets)), value);
  }
});

/** Whether the codec reads a capability of this code by its value: then some lengths are refused, or it is named. */
function isKnown(code: number): boolean {
  return Array.from({ length: 16 }, (_, length) =>
    decodeCapability(code, new Uint8Array(length)),
  ).some((capability) => capability?.kind !== "unknown");
}

test("every capability that the codec knows is one of those cases", () => {
  const codes = new Set(CASES.map(([, code]) => code));
  for (let code = 0; code < 256; code++) {
    if (isKnown(code)) assert.ok(codes.has(code), `capability ${code} has its octets`);
  }
  assert.ok(isKnown(1) && !isKnown(73));
});

test("a value without the form that it must have is refused", () => {
  const bad: [number, number][] = [
    [1, 3],
    [2, 1],
    [5, 5],
    [6, 1],
    [9, 0],
    [9, 2],
    [64, 0],
    [64, 5],
    [65, 2],
    [69, 3],
    [70, 1],
    [71, 6],
  ];
  for (const [code, length] of bad) {
    assert.equal(decodeCapability(code, new Uint8Array(length)), undefined, `code ${code}`);
  }
});

test("ADD-PATH with another Send/Receive is as if it were not known (RFC 7911 §4)", () => {
  for (const value of ["0001 01 00", "0001 01 04", "0001 01 01 0002 01 07"]) {
    const octets = annotated(value);
    assert.deepEqual(decodeCapability(69, octets), { kind: "unknown", code: 69, value: octets });
  }
});

test("decode(encode(x)) is x", () => {
  fc.assert(
    fc.property(capability, (value) => {
      const { code, value: octets } = encodeCapability(value);
      assert.deepEqual(decodeCapability(code, octets), value);
    }),
  );
});
