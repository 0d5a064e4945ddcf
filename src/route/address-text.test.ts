import assert from "node:assert/strict";
import { isIPv4, isIPv6 } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { Address, IPV4, IPV6, formatAddress, parseAddress, parseScopedAddress } from "./index.ts";

const word = fc.integer({ min: 0, max: 0xffffffff });
// Zero groups are what the compression is about, so they come often.
const v6word = fc.oneof(word, fc.constantFrom(0, 1, 0x10000, 0xffff));

test("an IPv4 address is four decimal numbers and nothing else", () => {
  assert.deepEqual(parseAddress("192.168.1.101"), new Address(IPV4, 0xc0a80165));
  assert.deepEqual(parseAddress("0.0.0.0"), new Address(IPV4, 0));
  assert.deepEqual(parseAddress("255.255.255.255"), new Address(IPV4, 0xffffffff));
  const bad = [
    "",
    "1",
    "1.2.3",
    "1.2.3.",
    ".1.2.3",
    "1..2.3",
    "1.2.3.4.5",
    "1.2.3.4.",
    "256.1.1.1",
  ];
  const junk = [
    "010.0.0.1",
    "1.2.3.00",
    "1.2.3.4 ",
    " 1.2.3.4",
    "+1.2.3.4",
    "1.2.3.0x4",
    "１.2.3.4",
  ];
  for (const text of [...bad, ...junk, "1.2.3.4%eth0", "1.2.3.4/32", "1.2.3.999999999999999999"]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test("RFC 4291 §2.2: all forms of an IPv6 address", () => {
  const pairs: [string, Address][] = [
    ["::", new Address(IPV6, 0)],
    ["::1", new Address(IPV6, 0, 0, 0, 1)],
    ["1::", new Address(IPV6, 0x10000)],
    ["2001:0DB8:0:0:8:800:200C:417A", new Address(IPV6, 0x20010db8, 0, 0x00080800, 0x200c417a)],
    ["1:2:3:4:5:6:7::", new Address(IPV6, 0x10002, 0x30004, 0x50006, 0x70000)],
    ["::ffff:129.144.52.38", new Address(IPV6, 0, 0, 0xffff, 0x81903426)],
    ["1:2:3:4:5:6:1.2.3.4", new Address(IPV6, 0x10002, 0x30004, 0x50006, 0x01020304)],
  ];
  for (const [text, address] of pairs) assert.deepEqual(parseAddress(text), address, text);
  const bad = ["", ":", ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1::"];
  const junk = ["12345::", "g::", "1:2:3:4:5:6:7:", ":1:2:3:4:5:6:7", "::1.2.3", "::01.2.3.4"];
  for (const text of [...bad, ...junk, "1.2.3.4::", "::1.2.3.4:5", "fe80::1%eth0", "::1/128"]) {
    assert.equal(parseAddress(text), undefined, text);
  }
});

test("RFC 5952 §4 and §5: one text for each address", () => {
  const pairs: [string, string][] = [
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8::A", "2001:db8::a"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1"],
    ["0:0:1:2:3:4:0:0", "::1:2:3:4:0:0"],
  ];
  for (const [long, short] of pairs) {
    const address = parseAddress(long);
    assert.ok(address);
    assert.equal(formatAddress(address), short);
  }
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(word, (w0) => {
      const address = new Address(IPV4, w0);
      assert.deepEqual(parseAddress(formatAddress(address)), address);
    }),
  );
  fc.assert(
    fc.property(v6word, v6word, v6word, v6word, (w0, w1, w2, w3) => {
      const address = new Address(IPV6, w0, w1, w2, w3);
      assert.deepEqual(parseAddress(formatAddress(address)), address);
    }),
  );
});

test("near-addresses are judged as Node judges them", () => {
  const piece = fc.constantFrom(
    ":",
    "::",
    ".",
    "0",
    "1",
    "ff",
    "0db8",
    "255",
    "256",
    "00",
    "1.2.3.4",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      const text = pieces.join("");
      assert.equal(parseAddress(text) !== undefined, isIPv4(text) || isIPv6(text), text);
    }),
    { numRuns: 2000 },
  );
});

test("a zone is read only where it is asked for", () => {
  const scoped = parseScopedAddress("fe80::1%eth0");
  assert.deepEqual(scoped, { address: new Address(IPV6, 0xfe800000, 0, 0, 1), zone: "eth0" });
  assert.deepEqual(parseScopedAddress("::1"), {
    address: new Address(IPV6, 0, 0, 0, 1),
    zone: undefined,
  });
  for (const text of [
    "fe80::1%",
    "1.2.3.4%eth0",
    "fe80::1%a b",
    "fe80::1%a%b",
    "fe80::1%0123456789abcdef",
  ]) {
    assert.equal(parseScopedAddress(text), undefined, text);
  }
});
