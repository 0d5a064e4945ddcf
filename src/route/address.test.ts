import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Address,
  addressBytes,
  addressFromBytes,
  addressesEqual,
  compareAddresses,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  parseAddress,
} from "./index.ts";

function at(text: string): Address {
  const address = parseAddress(text);
  assert.ok(address, text);
  return address;
}

test("bytes are in network order, both ways", () => {
  const v4 = Uint8Array.of(192, 168, 1, 101);
  assert.deepEqual(addressBytes(at("192.168.1.101")), v4);
  assert.deepEqual(addressFromBytes(v4), at("192.168.1.101"));
  const v6 = Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0x01);
  assert.deepEqual(addressBytes(at("2001:db8::ff01")), v6);
  assert.deepEqual(addressFromBytes(v6), at("2001:db8::ff01"));
  // A view into a larger buffer is read from its own start.
  assert.deepEqual(addressFromBytes(v6.subarray(0, 4)), at("32.1.13.184"));
  for (const length of [0, 3, 5, 15])
    assert.equal(addressFromBytes(v6.subarray(0, length)), undefined);
});

test("special addresses, at the edges of their ranges", () => {
  const cases: [(a: Address) => boolean, string[], string[]][] = [
    [isUnspecified, ["0.0.0.0", "::"], ["0.0.0.1", "::1", "8000::"]],
    [
      isLoopback,
      ["127.0.0.1", "127.255.255.255", "::1"],
      ["126.255.255.255", "128.0.0.0", "::2", "1::1"],
    ],
    [
      isLinkLocal,
      ["169.254.0.0", "169.254.255.255", "fe80::", "febf::1"],
      ["169.253.0.1", "fec0::", "fe7f::"],
    ],
    [
      isMulticast,
      ["224.0.0.0", "239.255.255.255", "ff02::1"],
      ["223.255.255.255", "240.0.0.0", "feff::"],
    ],
  ];
  for (const [is, yes, no] of cases) {
    for (const text of yes) assert.ok(is(at(text)), `${is.name} ${text}`);
    for (const text of no) assert.ok(!is(at(text)), `${is.name} ${text}`);
  }
});

test("the order is numeric, not that of text", () => {
  const inOrder = ["9.0.0.0", "10.0.0.0", "200.0.0.0", "::9", "::10", "9::", "10::", "ffff::"].map(
    at,
  );
  assert.deepEqual([...inOrder].reverse().sort(compareAddresses), inOrder);
  assert.ok(!addressesEqual(at("0.0.0.0"), at("::")));
  assert.ok(addressesEqual(at("1::"), at("1:0::")));
});
