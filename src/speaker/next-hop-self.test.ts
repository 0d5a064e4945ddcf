import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress } from "../route/index.ts";
import type { NeighbourConfig } from "./config.ts";
import type { Endpoints } from "./effects.ts";
import { nextHopAddresses, ownNextHops } from "./next-hop-self.ts";
import { address } from "./simulation.test.ts";

const LOCAL = "fe80::1";
const REMOTE = "fe80::2";

function announced(
  remote: string,
  global: string | undefined,
  external: boolean,
  change: Partial<NeighbourConfig> = {},
): string[] {
  const ends: Endpoints = {
    local: address(remote === REMOTE ? LOCAL : "fd00::1"),
    remote: address(remote),
    localPort: 179,
    remotePort: 40000,
    interface: 2,
    interfaceName: "eth0",
    nextHopSelf: [undefined, global === undefined ? undefined : address(global)],
    linkLocal: address(LOCAL),
  };
  const own = ownNextHops(ends, { name: "n", asn: 1, ...change }, external);
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
