import assert from "node:assert/strict";
import { test } from "node:test";
import { pathAttributes } from "bgp-ts";
import type { NextHop } from "bgp-ts";
import { AttributeTable, formatAddress, IPV4, IPV6, NextHopTable } from "../route/index.ts";
import type { Family } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Endpoints } from "./effects.ts";
import { nextHopAddresses, nextHopRules, NextHopSelf, ownNextHops } from "./next-hop-self.ts";
import { address } from "./simulation.test.ts";

const LOCAL = "fe80::1";
const REMOTE = "fe80::2";
const LINK = 2;

function maybe(text: string | undefined): Endpoints["linkLocal"] {
  return text === undefined ? undefined : address(text);
}

function ends(remote: string, ipv4: string | undefined, global: string | undefined): Endpoints {
  return {
    local: address(remote === REMOTE ? LOCAL : "fd00::1"),
    remote: address(remote),
    localPort: 179,
    remotePort: 40000,
    interface: LINK,
    interfaceName: "eth0",
    nextHopSelf: [maybe(ipv4), maybe(global)],
    linkLocal: address(LOCAL),
  };
}

function announced(
  remote: string,
  global: string | undefined,
  external: boolean,
  change: Partial<NeighbourConfig> = {},
): string[] {
  const neighbour = { name: "n", asn: 1, ...change };
  const negotiated = { external, extendedNextHop: false };
  const own = ownNextHops(ends(remote, undefined, global), neighbour, negotiated);
  return nextHopAddresses(own[1]).map(formatAddress);
}

test("a neighbour with a link-local address is on the link, iBGP as well (RFC 2545 §3)", () => {
  for (const external of [false, true]) {
    assert.deepEqual(announced(REMOTE, undefined, external), [LOCAL]);
    assert.deepEqual(announced(REMOTE, "fd00::1", external), ["fd00::1", LOCAL]);
  }
});

test("else eBGP is on the link unless it says how far away it is, and iBGP may be anywhere", () => {
  assert.deepEqual(announced("fd00::2", "fd00::1", true), ["fd00::1", LOCAL]);
  assert.deepEqual(announced("fd00::2", "fd00::1", true, { multihop: 2 }), ["fd00::1"]);
  assert.deepEqual(announced("fd00::2", "fd00::1", true, { ttlSecurity: 2 }), ["fd00::1"]);
  assert.deepEqual(announced("fd00::2", "fd00::1", false), ["fd00::1"]);
  assert.deepEqual(announced("fd00::2", "fd00::1", false, { ttlSecurity: 1 }), ["fd00::1", LOCAL]);
  assert.deepEqual(announced("192.0.2.2", undefined, false), [], "nothing to announce with");
});

test("IPv4 goes out with an IPv6 next hop where both ends can (RFC 8950)", () => {
  const forIpv4 = (
    remote: string,
    ipv4: string | undefined,
    extendedNextHop: boolean,
    wanted?: "auto" | "on",
  ): string[] => {
    const neighbour = { name: "n", asn: 1, extendedNextHop: wanted };
    const negotiated = { external: true, extendedNextHop };
    const own = ownNextHops(ends(remote, ipv4, "fd00::1"), neighbour, negotiated);
    return nextHopAddresses(own[IPV4]).map(formatAddress);
  };
  const V6 = ["fd00::1", LOCAL];
  assert.deepEqual(forIpv4("fd00::2", undefined, false), [], "not negotiated");
  assert.deepEqual(forIpv4("fd00::2", undefined, true), V6);
  assert.deepEqual(forIpv4("fd00::2", "192.0.2.1", true), ["192.0.2.1"], "there is one");
  assert.deepEqual(forIpv4("fd00::2", "192.0.2.1", true, "on"), V6);
  assert.deepEqual(forIpv4(REMOTE, "192.0.2.1", true, "auto"), V6, "no subnet needs to be shared");
  assert.deepEqual(forIpv4("192.0.2.2", "192.0.2.1", true, "on"), V6);
});

/** A global address, with a link-local one beside it; or one alone. */
function nextHopOf([first, second]: readonly string[]): NextHop {
  const { family, w0, w1, w2, w3 } = address(first);
  const beside = maybe(second);
  const linkLocal = beside && ([beside.w0, beside.w1, beside.w2, beside.w3] as const);
  return { family, w0, w1, w2, w3, linkLocal };
}

/** What becomes of a next hop that was learnt on `link` and is to be kept. */
function passedOn(
  learnt: readonly string[],
  link: number,
  family: Family,
  { remote = "fd00::2", external = false, extended = false },
): string[] {
  const attributes = new AttributeTable(new NextHopTable());
  const endpoints = ends(remote, "192.0.2.1", "fd00::1");
  const negotiated = { external, extendedNextHop: extended };
  const rules = nextHopRules(endpoints, { name: "n", asn: 1 }, negotiated);
  const self = new NextHopSelf(attributes, rules);
  const nextHop = nextHopOf(learnt);
  const set = attributes.intern(pathAttributes({ nextHop }), link);
  attributes.hold(set);
  const result = self.apply(set, family);
  assert.equal(self.apply(set, family), result, "asked twice");
  if (result === 0) return [];
  const { nextHop: sent } = attributes.get(result);
  return nextHopAddresses(sent).map(formatAddress);
}

test("a next hop that the neighbour can use is kept as it is", () => {
  assert.deepEqual(passedOn(["192.0.2.9"], LINK, IPV4, {}), ["192.0.2.9"]);
  assert.deepEqual(passedOn(["2001:db8::9"], LINK, IPV6, {}), ["2001:db8::9"]);
  const both = ["2001:db8::9", "fe80::9"];
  assert.deepEqual(passedOn(both, LINK, IPV6, { remote: REMOTE }), both, "on the same link");
  assert.deepEqual(passedOn(["2001:db8::9"], LINK, IPV4, { extended: true }), ["2001:db8::9"]);
});

test("a link-local next hop does not leave its link (RFC 2545 §3)", () => {
  const both = ["2001:db8::9", "fe80::9"];
  assert.deepEqual(passedOn(both, LINK + 1, IPV6, { remote: REMOTE }), ["2001:db8::9"]);
  assert.deepEqual(passedOn(both, LINK, IPV6, {}), ["2001:db8::9"], "perhaps on another link");
  assert.deepEqual(passedOn(["fe80::9"], LINK + 1, IPV6, {}), ["fd00::1"], "by way of this node");
});

test("an IPv6 next hop of an IPv4 route does not reach a neighbour that cannot read it", () => {
  assert.deepEqual(passedOn(["2001:db8::9"], LINK, IPV4, {}), ["192.0.2.1"]);
  assert.deepEqual(passedOn(["2001:db8::9", "fe80::9"], LINK + 1, IPV4, {}), ["192.0.2.1"]);
});
