import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { annotated, message } from "./annotated.test.ts";
import { capability, u32 } from "./arbitraries.test.ts";
import type { Capability } from "./capability.ts";
import { decodeOpen, encodeOpen, type OpenMessage } from "./open.ts";

const FIXED = `
  04       // version
  fde9     // AS 65001
  005a     // hold time 90 s
  c0a80165 // identifier 192.168.1.101
`;

const OPEN: OpenMessage = {
  kind: "open",
  version: 4,
  asn: 65001,
  holdTime: 90,
  routerId: 0xc0a80165,
  capabilities: [],
};

function decode(body: string): ReturnType<typeof decodeOpen> {
  const bytes = message(1, body);
  return decodeOpen(bytes, 19, bytes.length);
}

/** Subcode, offset and data of the fault. */
function fault(body: string): [number, number, string] {
  const answer = decode(body);
  assert.ok(answer.kind === "fault", "expected a fault");
  assert.deepEqual([answer.code, answer.treatment], [2, "session-reset"]);
  return [answer.subcode, answer.offset, Buffer.from(answer.data).toString("hex")];
}

test("no optional parameters, both ways", () => {
  assert.deepEqual(decode(`${FIXED} 00`), OPEN);
  assert.deepEqual(encodeOpen(OPEN), message(1, `${FIXED} 00`));
});

test("capabilities in one parameter, both ways", () => {
  const body = `${FIXED}
    10                // 16 octets of parameters
    02 0e             // capabilities, 14 octets
    01 04 0001 00 01  // multiprotocol, IPv4 unicast
    02 00             // route refresh
    41 04 0000fde9    // four-octet AS 65001
  `;
  const capabilities: Capability[] = [
    { kind: "multiprotocol", afi: 1, safi: 1 },
    { kind: "route-refresh" },
    { kind: "four-octet-as", asn: 65001 },
  ];
  assert.deepEqual(decode(body), { ...OPEN, capabilities });
  assert.deepEqual(encodeOpen({ ...OPEN, capabilities }), message(1, body));
});

test("one capability a parameter, as old speakers do", () => {
  const answer = decode(`${FIXED} 0c 02 06 01 04 0001 00 01 02 02 02 00`);
  assert.ok(answer.kind === "open");
  assert.deepEqual(
    answer.capabilities.map((c) => c.kind),
    ["multiprotocol", "route-refresh"],
  );
});

test("an AS number of four octets leaves AS_TRANS in the field (RFC 6793 §4.1)", () => {
  const body = "04 5ba0 005a c0a80165 08 02 06 41 04 fa56ea01";
  const open: OpenMessage = {
    ...OPEN,
    asn: 4200000001,
    capabilities: [{ kind: "four-octet-as", asn: 4200000001 }],
  };
  assert.deepEqual(decode(body), open);
  assert.deepEqual(encodeOpen(open), message(1, body));
});

test("more than 255 octets of parameters are written wide, and read (RFC 9072 §2)", () => {
  const capabilities: Capability[] = [200, 201].map((code) => ({
    kind: "unknown",
    code,
    value: new Uint8Array(126).fill(code),
  }));
  const bytes = encodeOpen({ ...OPEN, capabilities });
  const head = annotated(`
    ff      // not the length any more
    ff      // extended
    0103    // 259 octets of parameters
    02 0100 // capabilities, 256 octets
    c8 7e   // code 200, 126 octets
  `);
  assert.deepEqual(bytes.slice(28, 28 + head.length), head);
  assert.deepEqual(decodeOpen(bytes, 19, bytes.length), { ...OPEN, capabilities });
});

test("253 octets of capabilities are the most that is written narrow", () => {
  const capabilities = (length: number): Capability[] => [
    { kind: "unknown", code: 200, value: new Uint8Array(length) },
  ];
  assert.deepEqual(
    [...encodeOpen({ ...OPEN, capabilities: capabilities(251) }).slice(28, 31)],
    [255, 2, 253],
  );
  assert.deepEqual(
    [...encodeOpen({ ...OPEN, capabilities: capabilities(252) }).slice(28, 31)],
    [255, 255, 1],
  );
});

test("wide lengths are read where narrow ones would do", () => {
  const body = `${FIXED} 01 ff 0005 02 0002 02 00`;
  assert.deepEqual(decode(body), { ...OPEN, capabilities: [{ kind: "route-refresh" }] });
});

test("version, AS number, hold time, identifier (RFC 4271 §6.2)", () => {
  assert.deepEqual(fault("03 fde9 005a c0a80165 00"), [1, 19, "0004"]);
  assert.deepEqual(fault("05"), [1, 19, "0004"], "whatever follows");
  assert.deepEqual(fault("04 0000 005a c0a80165 00"), [2, 20, ""], "AS 0 (RFC 7607 §2)");
  assert.deepEqual(fault("04 5ba0 005a c0a80165 00"), [2, 20, ""], "AS_TRANS alone");
  assert.deepEqual(fault("04 fde9 005a c0a80165 08 02 06 41 04 00000000"), [2, 20, ""]);
  assert.deepEqual(fault("04 fde9 005a c0a80165 08 02 06 41 04 0000fdea"), [2, 20, ""], "two");
  assert.deepEqual(fault("04 fde9 0001 c0a80165 00"), [6, 22, ""]);
  assert.deepEqual(fault("04 fde9 0002 c0a80165 00"), [6, 22, ""]);
  assert.deepEqual(fault("04 fde9 0003 00000000 00"), [3, 24, ""]);
  assert.equal(decode("04 fde9 0000 c0a80165 00").kind, "open");
  assert.equal(decode("04 fde9 0003 f0000001 00").kind, "open", "RFC 6286: any but 0");
  assert.equal(
    decode("04 5ba0 0003 c0a80165 08 02 06 41 04 0000fde9").kind,
    "open",
    "AS_TRANS for 65001",
  );
});

test("optional parameters that do not add up", () => {
  assert.deepEqual(fault(`${FIXED} 01`), [0, 28, ""], "longer than the message");
  assert.deepEqual(fault(`${FIXED} 00 02`), [0, 28, ""], "shorter than the message");
  assert.deepEqual(fault(`${FIXED} 02 01 00`), [4, 29, ""], "Authentication Information");
  assert.deepEqual(fault(`${FIXED} 02 63 00`), [4, 29, ""], "type 99");
  assert.deepEqual(fault(`${FIXED} 03 02 02 02`), [0, 29, ""], "parameter overruns");
  assert.deepEqual(fault(`${FIXED} 04 02 02 02 01`), [0, 31, ""], "capability overruns");
  assert.deepEqual(fault(`${FIXED} 03 02 01 02`), [0, 31, ""], "half a capability");
  assert.deepEqual(fault(`${FIXED} 06 02 04 41 02 fde9`), [0, 31, "4102fde9"], "bad form");
  assert.deepEqual(fault(`${FIXED} ff ff 00`), [0, 29, ""], "half a wide length");
  assert.deepEqual(fault(`${FIXED} ff ff 0009 02`), [0, 28, ""], "wide length wrong");
  assert.deepEqual(fault(`${FIXED} ff ff 0002 02 00`), [0, 32, ""], "half a wide parameter");
});

test("cut at every octet: a fault inside the message", () => {
  const bytes = message(1, `${FIXED} 0a 02 08 02 00 01 04 0001 00 01`);
  for (let end = 19; end < bytes.length; end++) {
    const answer = decodeOpen(bytes, 19, end);
    assert.ok(answer.kind === "fault", `cut at ${end}`);
    assert.ok(answer.offset >= 0 && answer.offset < Math.max(end, 20), `cut at ${end}`);
  }
});

test("decode(encode(x)) is x", () => {
  const open = fc.record({
    asn: fc.integer({ min: 1, max: 0xffff }).filter((asn) => asn !== 23456),
    holdTime: fc.constantFrom(0, 3, 90, 65535),
    routerId: u32.filter((id) => id !== 0),
    capabilities: fc.array(
      capability.filter((c) => c.kind !== "four-octet-as"),
      { maxLength: 8 },
    ),
  });
  fc.assert(
    fc.property(open, (value) => {
      const bytes = encodeOpen(value);
      const answer = decodeOpen(bytes, 19, bytes.length);
      assert.deepEqual(answer, { kind: "open", version: 4, ...value });
    }),
  );
});

test("any octets: an answer, and faults inside the message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.boolean(), (body, sane) => {
      if (sane) body[0] = 4;
      if (sane && body.length >= 10) body[9] = body.length - 10;
      const answer = decodeOpen(body, 0, body.length);
      if (answer.kind === "fault")
        assert.ok(answer.offset >= 19 && answer.offset < 19 + body.length);
    }),
    { numRuns: 2000 },
  );
});
