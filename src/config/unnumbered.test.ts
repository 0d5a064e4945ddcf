import assert from "node:assert/strict";
import { test } from "node:test";
import { formatProblem, parseConfig } from "./index.ts";

const parse = (...peers: string[]) =>
  parseConfig(
    `node: { asn: 64512 }\npeers:\n${peers.map((peer) => `  - { ${peer} }\n`).join("")}`,
    {
      file: "f",
      hostname: "h",
    },
  );

function problems(...peers: string[]): string {
  const result = parse(...peers);
  return result.ok ? "" : result.problems.map(formatProblem).join("\n");
}

test("a peer by its interface, and any AS but ours", () => {
  const result = parse(
    "name: a, interface: eth0, asn: external",
    "name: b, interface: eth1, asn: 7",
  );
  assert.ok(result.ok);
  const seen = result.config.peers.map((peer) => [peer.interface, peer.address, peer.asn]);
  assert.deepEqual(seen, [
    ["eth0", undefined, "external"],
    ["eth1", undefined, 7],
  ]);
});

test("internal is what the node's own AS number is", () => {
  const reflector = "name: a, interface: eth0, client: true";
  assert.match(problems(`${reflector}, asn: external`), /only internal neighbours are clients/);
  assert.match(problems(`${reflector}, asn: internal`), /no reflector/);
  assert.match(
    problems("name: a, address: 192.0.2.1, asn: internal, asOverride: true"),
    /between ASes/,
  );
  assert.match(problems("name: a, interface: eth0, asn: externl"), /asn: found .*externl/);
});

test("an interface stands alone, and once", () => {
  const one = "name: a, interface: eth0, asn: 2";
  assert.match(problems(`${one}, address: 192.0.2.1`), /found address and interface/);
  assert.match(problems(`${one}, range: 192.0.2.0/24`), /found range and interface/);
  assert.match(
    problems(one, "name: b, interface: eth0, asn: 3"),
    /f:4:\d+: .*is the peer "a" already/,
  );
  assert.match(problems("name: a, interface: eth*, asn: 2"), /found "?eth\*"?, expected the name/);
});

test("keys that make no sense on a link", () => {
  const one = "name: a, interface: eth0, asn: 2";
  for (const [key, value] of [
    ["max", "3"],
    ["idleTimeout", "3m"],
    ["source", "192.0.2.1"],
    ["multihop", "2"],
  ]) {
    assert.match(
      problems(`${one}, ${key}: ${value}`),
      new RegExp(`found ${key} with an interface`),
    );
  }
  assert.match(problems(`${one}, bfd: { multihop: true }`), /bfd.multihop: found multihop: true/);
  assert.equal(problems(`${one}, ttlSecurity: 1, bfd: {}`), "");
});

test("one password for all unnumbered peers, and none of link-local peers without", () => {
  const key = (file: string): string => `password: { file: /etc/${file} }`;
  const one = `name: a, interface: eth0, asn: 2, ${key("k")}`;
  assert.equal(problems(one, `name: b, interface: eth1, asn: 2, ${key("k")}`), "");
  assert.match(
    problems(one, `name: b, interface: eth1, asn: 2, ${key("l")}`),
    /peers\[1\].password: found another password, expected the password of the peer "a"/,
  );
  assert.match(
    problems(one, "name: b, interface: eth1, asn: 2"),
    /peers\[1\].interface: found no password, expected one/,
  );
  assert.match(
    problems(one, 'name: b, address: "fe80::1%eth1", asn: 2'),
    /peers\[1\].address: found no password, expected one/,
  );
  const other = `name: b, address: "fe80::1%eth1", asn: 2, ${key("l")}`;
  assert.equal(problems(one, other), "", "the key of one address counts before that of fe80::/10");
  assert.equal(problems(one, "name: b, address: 192.0.2.1, asn: 2"), "");
});

test("IPv6 next hops for IPv4 are of no use without IPv4", () => {
  const one = "name: a, interface: eth0, asn: 2, extendedNextHop: on";
  assert.equal(problems(one), "");
  assert.match(problems(`${one}, families: [ipv6]`), /found extendedNextHop: on, but/);
});
