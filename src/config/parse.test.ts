import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { type Config, configSchema, diffConfig, formatProblem, parseConfig } from "./index.ts";

const options = { file: "x.yaml", hostname: "host7" };

function parse(text: string): Config {
  const result = parseConfig(text, options);
  if (!result.ok) assert.fail(result.problems.map(formatProblem).join("\n"));
  return result.config;
}

/** All problems as text, without the name of the file. */
function problems(text: string): string[] {
  const result = parseConfig(text, options);
  assert.equal(result.ok, false);
  return result.ok ? [] : result.problems.map((one) => formatProblem(one).slice("x.yaml:".length));
}

/** The one problem that a peer has; it begins at column 3 of line 4. */
function peerProblem(peer: string, more = ""): string {
  const found = problems(`node: { asn: 64512 }\n${more || "log: {}"}\npeers:\n- { ${peer} }\n`);
  assert.equal(found.length, 1, found.join("\n"));
  return found[0];
}

describe("defaults", () => {
  test("the smallest configuration", () => {
    const config = parse("node: { asn: 64512 }");
    assert.deepEqual(config.node, {
      ...{ name: "host7", asn: 64512, routerId: undefined, drained: false },
    });
    assert.deepEqual(config.drain, { settle: 5000, quiet: 3000, packetRate: 5 });
    assert.equal(config.mode, "l3");
    assert.equal(config.listen.port, 179);
    assert.equal(config.listen.addresses.length, 2);
    assert.deepEqual(config.peers, []);
    assert.equal(config.kernel.table, 254);
    assert.equal(config.kernel.protocol, 186);
    assert.equal(config.control.socket, "/run/underlay/underlay.ctl");
    assert.deepEqual(config.restart, {
      time: 120,
      staleTime: 120_000,
      deferral: 10_000,
      longLivedPartial: false,
    });
    assert.equal(config.reflector, undefined);
    assert.equal(config.cni, undefined);
  });

  test("a group's keys count where the peer has none of its own", () => {
    const config = parse(`
node: { asn: 64512 }
groups: { tor: { asn: 64600, holdTime: 9, keepalive: 3s, families: [ipv4], description: both } }
peers:
  - { name: a, address: 10.0.0.1, group: tor }
  - { name: b, address: 10.0.0.2, group: tor, asn: 1.10, holdTime: 2m, families: [ipv6, ipv4] }
`);
    const [a, b] = config.peers;
    assert.deepEqual([a.asn, a.holdTime, a.keepalive, a.families], [64600, 9, 3, [true, false]]);
    assert.deepEqual([b.asn, b.holdTime, b.keepalive, b.families], [65546, 120, 3, [true, true]]);
    assert.equal(b.description, "both");
    assert.equal(a.localAsn, 64512);
  });

  test("of ADD-PATH, for both families and for one", () => {
    const of = (text: string) =>
      parse(`
node: { asn: 64512 }
peers: [{ name: a, address: 10.0.0.1, asn: 64600, addPath: ${text} }]`).peers[0].addPath;
    const plain = { receive: true, send: undefined };
    assert.deepEqual(of("{}"), [plain, plain]);
    assert.deepEqual(of("{ send: all }"), [
      { receive: true, send: "all" },
      { receive: true, send: "all" },
    ]);
    assert.deepEqual(of("{ send: 3, receive: false, ipv6: { send: best, receive: true } }"), [
      { receive: false, send: 3 },
      plain,
    ]);
    assert.deepEqual(of("{ receive: false, ipv4: { send: all } }"), [
      { receive: false, send: "all" },
      { receive: false, send: undefined },
    ]);
  });

  test("of BFD, alone and out of a group", () => {
    const config = parse(`
node: { asn: 64512 }
groups: { tor: { asn: 64600, bfd: { interval: 50ms, auth: { type: sha1, keyId: 0, file: /k } } } }
peers:
  - { name: a, address: 10.0.0.1, asn: 64600, bfd: {} }
  - { name: b, address: 10.0.0.2, group: tor }
  - { name: c, address: 10.0.0.3, asn: 64600 }
`);
    const [a, b, c] = config.peers;
    const plain = {
      ...{ interval: 300, multiplier: 3, multihop: undefined, passive: false },
      onDown: "failover",
    };
    assert.deepEqual(a.bfd, { ...plain, auth: undefined });
    const auth = { type: "sha1", keyId: 0, file: "/k" };
    assert.deepEqual(b.bfd, { ...plain, interval: 50, auth });
    assert.equal(c.bfd, undefined);
  });

  test("advertise follows the mode and the blocks", () => {
    const pods = "pods: { pool: [10.0.0.0/8], uplink: eth0";
    const of = (text: string) => parse(`node: { asn: 1 }\n${text}`).pods.advertise;
    assert.equal(of(`${pods}, blocks: [10.1.0.0/16] }`), "block");
    assert.equal(of(`${pods} }`), "hosts");
    assert.equal(of(`mode: l2\n${pods}, blocks: [10.1.0.0/16] }`), "hosts");
  });

  test("a range is passive, a link-local neighbour has its interface", () => {
    const [range, link] = parse(`
node: { asn: 1 }
peers:
  - { name: r, range: 10.0.0.0/8, asn: 1 }
  - { name: l, address: fe80::1%eth0, asn: 2 }
`).peers;
    assert.deepEqual([range.passive, range.max, range.address], [true, 1000, undefined]);
    assert.deepEqual([link.interface, link.address?.w0], ["eth0", 0xfe800000]);
  });

  test("filters", () => {
    const [filter] = parse(`
node: { asn: 1 }
filters:
  f:
    - match: { prefix: [10.0.0.0/8 ge 16 le 24], communities: [graceful-shutdown, "1:2"] }
      then: accept
      set: { localPref: 0, addCommunities: ["64512:7"], prepend: 2 }
    - { then: reject }
`).filters;
    const [first, second] = filter.rules;
    assert.deepEqual(
      first.match?.communities?.map(({ value }) => value[0]),
      [0xffff0000, 0x10002],
    );
    assert.deepEqual(
      first.match?.prefix?.map(({ prefix, minimum, maximum }) => [prefix.length, minimum, maximum]),
      [[8, 16, 24]],
    );
    assert.equal(first.then, "accept");
    const { localPref, addCommunities, prepend } = first.set ?? {};
    assert.deepEqual([localPref, addCommunities, prepend], [0, [(64512 << 16) + 7 + 2 ** 32], 2]);
    assert.deepEqual([second.then, second.set], ["reject", undefined]);
  });

  test("frozen all the way down", () => {
    const config = parse("node: { asn: 1 }\npeers: [{ name: a, address: 10.0.0.1, asn: 2 }]");
    assert.throws(() => Object.assign(config.peers[0], { asn: 3 }), TypeError);
    assert.throws(() => (config.listen.addresses as unknown[]).push(1), TypeError);
  });

  test("sections and lists with all their lines commented out are absent", () => {
    assert.deepEqual(parse("node: { asn: 1 }\npeers:\n  # - none\nlog:\n").peers, []);
  });

  test("aliases and anchors work", () => {
    const config = parse(
      "node: { asn: 1 }\npods: { pool: &p [10.0.0.0/8], blocks: *p }\nlisten: { port: 1_179 }",
    );
    assert.equal(config.pods.blocks.length, 1);
    assert.equal(config.listen.port, 1179);
  });
});

describe("problems of single values", () => {
  test("each with its place, all at once, in the order of the file", () => {
    const text = [
      "nod: { asn: 1 }",
      "node:",
      "  asn: 65535",
      "  routerId: 0.0.0.0",
      "listen: { port: 70000, addresses: [1.2.3] }",
      "peers:",
      "  - { name: a, address: 10.0.0.1, asn: 64600, holdtime: 9 }",
    ].join("\n");
    assert.deepEqual(problems(text), [
      '1:1: nod: found the unknown key "nod", did you mean "node"?',
      '3:8: node.asn: found "65535", expected an AS number from 1 to 4294967294 that is not reserved (23456, 65535), as 64512 or 1.10',
      '4:13: node.routerId: found "0.0.0.0", expected four numbers as 192.0.2.1, from 0.0.0.1 to 223.255.255.255',
      '5:17: listen.port: found "70000", expected a whole number from 1 to 65535',
      '5:36: listen.addresses[0]: found "1.2.3", expected an IPv4 or IPv6 address',
      '7:47: peers[0].holdtime: found the unknown key "holdtime", did you mean "holdTime"?',
    ]);
  });

  const asns = ["0", "23456", "65535", "4294967295", "65536.1", "-1", "1e3", "0x10", "1.2.3", ""];
  for (const asn of asns) {
    test(`AS number ${JSON.stringify(asn)} is refused`, () => {
      assert.match(problems(`node: { asn: "${asn}" }`)[0], /expected an AS number/);
    });
  }

  for (const id of ["0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "1", "::1"]) {
    test(`router identifier ${id} is refused`, () => {
      assert.match(problems(`node: { asn: 1, routerId: "${id}" }`)[0], /^1:27: node.routerId/);
    });
  }

  test("an AS number in asdot keeps its zeros", () => {
    assert.equal(parse("node: { asn: 1.10 }").node.asn, 65546);
    assert.equal(parse("node: { asn: 1.1 }").node.asn, 65537);
  });

  test("what was meant by a prefix with bits behind it", () => {
    assert.match(
      problems("node: { asn: 1 }\npods: { pool: [172.16.5.1/12] }")[0],
      /^2:16: pods.pool\[0\]: found "172.16.5.1\/12".*did you mean 172.16.0.0\/12\?$/,
    );
  });

  test("BFD: times and keys", () => {
    const peer = "name: a, address: 10.0.0.1, asn: 2";
    assert.match(
      peerProblem(`${peer}, bfd: { interval: 5ms }`),
      /bfd\.interval: found "5ms", expected a time from 10ms to 60s/,
    );
    assert.match(peerProblem(`${peer}, bfd: { multiplier: 0 }`), /from 1 to 255/);
    assert.match(peerProblem(`${peer}, bfd: { intervall: 1s }`), /did you mean "interval"/);
    assert.match(
      peerProblem(`${peer}, bfd: { auth: { type: sha1, file: /k } }`),
      /auth.keyId: found no keyId, expected auth: \{ type: sha1/,
    );
  });

  test("a hold time of 1 or 2 seconds, or of half a second more", () => {
    for (const time of ["1", "2s", "3500ms", "65536", "forever"]) {
      assert.match(
        peerProblem(`name: a, address: 10.0.0.1, asn: 2, holdTime: ${time}`),
        /0 or whole/,
      );
    }
  });

  test("the wrong kind of value", () => {
    assert.match(problems("node: 7")[0], /^1:7: node: found "7", expected keys and values/);
    assert.match(problems("[]")[0], /^1:1: found a list, expected a configuration/);
    assert.match(
      problems("node: { asn: 1 }\npeers: {}")[0],
      /found a map of keys, expected a list/,
    );
    assert.match(problems("node: { asn: 1 }\npeers: [7]")[0], /^2:9: peers\[0\]: found "7"/);
    assert.match(problems("node: { asn: 1, name: { a: b } }")[0], /^1:23: node.name: found a map/);
  });

  test("names of JavaScript's own are unknown keys like any other", () => {
    for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
      assert.match(problems(`node: { asn: 1, ${key}: {} }`)[0], /unknown key/);
      assert.match(problems(`node: { asn: 1 }\n${key}: 1`)[0], /unknown key/);
      const peers = `peers: [{ name: a, address: 10.0.0.1, asn: 1, group: ${key}, import: ${key} }]`;
      assert.equal(problems(`node: { asn: 1 }\n${peers}`).length, 2);
    }
  });
});

describe("problems across keys", () => {
  const peer = "name: a, address: 10.0.0.1, asn: 64600";
  const cases: [string, string, RegExp, string?][] = [
    ["no name", "address: 10.0.0.1, asn: 2", /^4:3: peers\[0\].name: found no name/],
    ["no asn", "name: a, address: 10.0.0.1", /asn: found no asn, expected/],
    ["no remote end", "name: a, asn: 2", /none of address, range and interface/],
    ["address and range", `${peer}, range: 10.0.0.0/8`, /range: found address and range/],
    ["unknown filter", `${peer}, import: x`, /unknown filter "x", there are no filters/],
    ["unknown group", `${peer}, group: x`, /unknown group "x", there are no groups/],
    [
      "GTSM with multihop",
      `${peer}, ttlSecurity: 1, multihop: 2`,
      /found ttlSecurity and multihop/,
    ],
    ["multihop within an AS", "name: a, address: 10.0.0.1, asn: 64512, multihop: 2", /internal/],
    ["client of another AS", `${peer}, client: true`, /only internal neighbours are clients/],
    [
      "client without reflector",
      "name: a, address: 10.0.0.1, asn: 64512, client: true",
      /found client: true and no reflector/,
    ],
    ["keepalive too long", `${peer}, holdTime: 9, keepalive: 9`, /found 9s, expected less/],
    ["keepalive without hold time", `${peer}, holdTime: 0, keepalive: 9`, /with holdTime 0/],
    [
      "long-lived stale routes without graceful restart",
      `${peer}, gracefulRestart: off, longLivedStaleTime: 1h`,
      /found longLivedStaleTime with gracefulRestart: off/,
    ],
    ["restart time too long", `${peer}, gracefulRestart: on`, /full, helper or off/],
    ["no family", `${peer}, families: []`, /found no family/],
    ["a family twice", `${peer}, families: [ipv4, ipv4]`, /a family twice/],
    ["source of the other family", `${peer}, source: "::1"`, /expected an IPv4 address/],
    ["link-local without interface", "name: a, address: fe80::1, asn: 2", /as fe80::1%eth0/],
    ["interface without link-local", "name: a, address: fd00::1%eth0, asn: 2", /only link-local/],
    ["multicast neighbour", "name: a, address: 224.0.0.5, asn: 2", /the address of one neighbour/],
    ["active range", "name: a, range: 10.0.0.0/8, asn: 2, passive: false", /expected true/],
    ["range with a port", "name: a, range: 10.0.0.0/8, asn: 2, port: 180", /never connects/],
    ["max without range", `${peer}, max: 7`, /found max without a range/],
    ["source of nobody", `${peer}, source: 0.0.0.0`, /expected an address of this node/],
    ["password without file", `${peer}, password: {}`, /expected password: \{ file/],
  ];
  for (const [title, text, expected, more] of cases) {
    test(title, () => assert.match(peerProblem(text, more), expected));
  }

  test("one link-local address on two interfaces has one password", () => {
    const [a, b] = ["password: { file: /a }", "password: { file: /b }"];
    const of = (first: string, second: string) => `
node: { asn: 1 }
groups: { g: { asn: 2, ${b} } }
peers:
  - { name: a, address: fe80::1%eth0, asn: 2, ${first} }
  - { name: b, address: fe80::1%eth1, ${second} }
  - { name: c, address: fe80::2%eth1, asn: 2, password: { file: /c } }
`;
    parse(of(a, `asn: 2, ${a}`));
    parse(of(b, "group: g"));
    parse(of("port: 179", "asn: 2"));
    const [problem, ...others] = problems(of(a, `asn: 2, ${b}`));
    assert.match(problem, /^6:\d+: peers\[1\].password: found fe80::1 with another password/);
    assert.match(problem, /the password of the peer "?a"?, which has the same address on another/);
    assert.deepEqual(others, []);
    assert.equal(problems(of(a, "asn: 2")).length, 1);
    assert.equal(problems(of(a, "group: g")).length, 1);
  });

  test("a problem of a group is said once, at the group", () => {
    const found = problems(`
node: { asn: 1 }
groups: { g: { asn: 2, keepalive: 100 } }
peers:
  - { name: a, address: 10.0.0.1, group: g }
  - { name: b, address: 10.0.0.2, group: g }
`);
    assert.equal(found.length, 1);
    assert.match(found[0], /^3:35: groups.g.keepalive: found 100s/);
  });

  test("the nearest name of a filter and of a group", () => {
    const found = problems(`
node: { asn: 1 }
groups: { tor: { asn: 2 } }
filters: { from-tor: [{ then: accept }] }
peers: [{ name: a, address: 10.0.0.1, group: tro, import: form-tor, asn: 2 }]
`);
    assert.match(found[0], /unknown group "tro", did you mean "tor"\?/);
    assert.match(found[1], /unknown filter "form-tor", did you mean "from-tor"\?/);
  });

  test("the same neighbour or name twice; an exception in a range is none", () => {
    const found = problems(`
node: { asn: 1 }
peers:
  - { name: a, address: "fd00::1", asn: 2 }
  - { name: a, address: "fd00:0::1", asn: 2 }
  - { name: c, range: 10.0.0.0/8, asn: 2 }
  - { name: d, range: 10.0.0.0/8, asn: 3 }
  - { name: e, range: 10.1.0.0/16, asn: 3 }
  - { name: f, address: 10.1.0.1, asn: 3 }
`);
    assert.equal(found.length, 3);
    assert.match(found[0], /^5:13: .*found the name "a" twice/);
    assert.match(found[1], /^5:25: .*found fd00::1, which is the peer "a" already/);
    assert.match(found[2], /^7:23: .*found 10.0.0.0\/8, which is the peer "c" already/);
  });

  test("pods", () => {
    const of = (text: string) => problems(`node: { asn: 1 }\n${text}`);
    assert.match(of("mode: l2")[0], /found mode l2 and no pods/);
    assert.match(of("mode: l2\npods: { pool: [10.0.0.0/8] }")[0], /found mode l2 and no uplink/);
    assert.match(of("pods: { pool: [10.0.0.0/8], uplink: eth* }")[0], /one interface, no pattern/);
    assert.match(of("pods: { blocks: [10.0.0.0/8] }")[0], /found no pool/);
    assert.match(
      of("pods: { pool: [10.0.0.0/8], blocks: [11.0.0.0/24] }")[0],
      /^2:38: pods.blocks\[0\]: found 11.0.0.0\/24 outside of the pool, expected a part of 10.0.0.0\/8/,
    );
    assert.match(
      of("pods: { pool: [10.0.0.0/8], blocks: [10.1.0.0/16, 10.1.1.0/24] }")[0],
      /found 10.1.1.0\/24 inside of 10.1.0.0\/16/,
    );
    assert.match(of("pods: { pool: [10.0.0.0/8], advertise: both }")[0], /and no blocks/);
    assert.match(of("cni: { conflist: /x.conflist }")[0], /found cni and no pods.blocks/);
    const pods = "pods: { pool: [10.0.0.0/8], blocks: [10.1.0.0/24], uplink: eth0 }";
    const bridge = "cni: { conflist: /x.conflist, plugin: bridge }";
    const [refused, ...others] = of(`mode: l2\n${pods}\n${bridge}`);
    assert.match(
      refused,
      /^4:39: cni.plugin: found plugin: bridge in mode l2, expected plugin: ptp/,
    );
    assert.equal(others.length, 0);
    parse(`node: { asn: 1 }\nmode: l3\n${pods}\n${bridge}`);
  });

  test("addresses to listen on", () => {
    const of = (list: string) => problems(`node: { asn: 1 }\nlisten: { addresses: [${list}] }`);
    assert.match(of("10.0.0.1, 10.0.0.1")[0], /^2:33: .* found 10.0.0.1 twice/);
    assert.match(of('"fe80::1"')[0], /needs no interface/);
    assert.match(of("224.0.0.1")[0], /an address of this node/);
  });

  test("the kernel's table of local addresses", () => {
    assert.match(problems("node: { asn: 1 }\nkernel: { table: 255 }")[0], /other than 255/);
  });

  test("filters", () => {
    const of = (rules: string) => problems(`node: { asn: 1 }\nfilters: { f: ${rules} }`);
    assert.match(of("[]")[0], /found no rules/);
    assert.match(of("[{ match: { prefix: [10.0.0.0/8] } }]")[0], /found no then/);
    assert.match(of("[{ match: { prefix: [] }, then: accept }]")[0], /found an empty list/);
    assert.match(of("[{ then: reject, set: { localPref: 1 } }]")[0], /expected then: accept/);
    assert.match(of("[{ match: { prefix: [10.0.0.0/8 le 4] }, then: accept }]")[0], /le 32 or/);
  });

  test("what could not be read is not missing too", () => {
    assert.equal(problems("node: { asn: x }").length, 1);
    assert.equal(peerProblem("name: a, address: x, asn: 2").includes("peers[0].address"), true);
    assert.equal(problems("node: { asn: 1 }\nmode: l2\npods: 7").length, 1);
    assert.equal(problems("node: { asn: 1 }\npods: { pool: [x], blocks: [10.0.0.0/8] }").length, 1);
  });
});

describe("input that is no configuration", () => {
  const good = "node: { asn: 1 }\n";
  const cases: [string, string, RegExp][] = [
    ["a key twice", `${good}node: { asn: 2 }`, /^2:1: node: found the key "node" twice/],
    ["a tab", "node:\n\tasn: 1", /^2:1: found a tab, expected spaces/],
    ["a NUL", `${good}log: { level: \0 }`, /^2:15: found the byte 0x00/],
    ["bytes that are not UTF-8", `${good}# \ufffd`, /^2:3: found bytes that are not UTF-8/],
    ["two documents", `${good}---\n${good}`, /^2:1: found a second document/],
    ["an open bracket", "node: { asn: 1", /^1:15: YAML: /],
    ["an unknown alias", "node: *x", /x/],
    ["a tag", "node: { asn: !!js/function 1 }", /^1:14: found a tag/],
    ["a merge key", `${good}x: &x { a: b }\nlog: { <<: *x }`, /found a merge key/],
    ["a list as a key", `${good}? [a]\n: b`, /as a key/],
  ];
  for (const [title, text, expected] of cases) {
    test(title, () => assert.match(problems(text)[0], expected));
  }

  test("line ends and a byte order mark of other systems", () => {
    assert.equal(parse("\ufeffnode:\r\n  asn: 64512\r\n").node.asn, 64512);
    assert.match(problems("\ufeffnode:\r\n  asn: x\r\n")[0], /^2:8: node.asn: found "x"/);
  });

  test("nothing at all", () => {
    for (const text of ["", "# only a comment\n", "---\n"]) {
      assert.match(problems(text)[0], /found no node.asn/);
    }
  });

  test("too large", () => {
    assert.match(problems("#".repeat(5_000_000))[0], /found 5000000 characters, expected at most/);
    for (const part of ["[", "a: ", "x,", "- a\n"]) {
      assert.match(
        problems(part.repeat(310_000).slice(0, 1_000_000))[0],
        /expected at most 300000/,
      );
    }
  });

  test("problems without end are counted, not listed", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `key${index}: x`).join("\n");
    const found = problems(`${keys}\nnode: { asn: 1 }`);
    assert.equal(found.length, 101);
    assert.equal(found[100], "101:1: and 900 more problems from here on");
  });

  test("too deep", () => {
    for (const bracket of ["[", "{ a: "]) {
      const found = problems(`node: ${bracket.repeat(20_000)}`);
      assert.deepEqual(found, ["1:1: the text is nested too deeply"]);
    }
    const deep = `node: ${"[".repeat(100)}1${"]".repeat(100)}`;
    assert.match(problems(deep)[0], /nested too deeply/);
  });

  test("a bomb of aliases", () => {
    let text = "a0: &a0 [x]\n";
    for (let i = 1; i < 30; i++) {
      text += `a${i}: &a${i} [${Array(10)
        .fill(`*a${i - 1}`)
        .join(", ")}]\n`;
    }
    assert.match(problems(text)[0], /found more than 100 aliases/);
    assert.match(problems("a: &a [*a, *a]")[0], /nested too deeply|more than 100 aliases/);
  });

  test("any text is answered, and every problem has a place in it", () => {
    const words = ["node", ":", " ", "\n", "asn", "64512", "{", "}", "[", "]", "- ", "peers", "*a"];
    const more = ["&a", "!!", "'", '"', "|", ">", "? ", ",", "\t", "#", "---", "%", "__proto__"];
    const text = fc.array(fc.constantFrom(...words, ...more), { maxLength: 40 });
    fc.assert(
      fc.property(text, (parts) => {
        const input = parts.join("");
        const result = parseConfig(input, options);
        if (result.ok) return;
        const lines = input.split("\n").length;
        assert.notEqual(result.problems.length, 0);
        for (const { line, column } of result.problems) {
          assert.ok(line >= 1 && line <= lines + 1 && column >= 1, `${line}:${column}`);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the difference of two configurations", () => {
  const base = `
node: { asn: 1 }
pods: { pool: [10.0.0.0/8] }
filters: { f: [{ then: accept }] }
peers:
  - { name: a, address: 10.0.0.1, asn: 2 }
  - { name: b, address: 10.0.0.2, asn: 2 }
`;
  test("none, whatever the order, the spelling and the groups", () => {
    const other = `
groups: { g: { asn: 2 } }
filters: { f: [{ then: accept }] }
peers:
  - { name: b, group: g, address: 10.0.0.2 }
  - { name: a, address: 10.0.0.1, asn: "0.2", port: 179 }
pods: { pool: ["10.0.0.0/8"] }
node: { asn: 0.1 }
`;
    const changes = diffConfig(parse(base), parse(other));
    assert.deepEqual(
      changes.map(({ name, keys }) => [name, keys]),
      [["b", ["group"]]],
    );
    assert.deepEqual(diffConfig(parse(base), parse(base)), []);
  });

  test("added, removed, changed", () => {
    const changes = diffConfig(
      parse(base),
      parse(`
node: { asn: 1 }
pods: { pool: [10.0.0.0/9] }
reflector: { clusterId: 1.1.1.1 }
peers:
  - { name: a, address: 10.0.0.3, asn: 2, holdTime: 9 }
  - { name: c, address: 10.0.0.2, asn: 2 }
`),
    );
    assert.deepEqual(changes, [
      { section: "pods", name: undefined, change: "changed", keys: ["pool"] },
      { section: "reflector", name: undefined, change: "added", keys: [] },
      { section: "peers", name: "a", change: "changed", keys: ["address", "holdTime"] },
      { section: "peers", name: "c", change: "added", keys: [] },
      { section: "peers", name: "b", change: "removed", keys: [] },
      { section: "filters", name: "f", change: "removed", keys: [] },
    ]);
  });
});

test("every key has a description that documentation can be made from", () => {
  let keys = 0;
  const walk = (schema: unknown, path: string): void => {
    if (typeof schema !== "object" || schema === null) return;
    const { properties, items, additionalProperties, description } = schema as {
      properties?: Record<string, unknown>;
      items?: unknown;
      additionalProperties?: unknown;
      description?: string;
    };
    assert.match(description ?? "", /^.+[.")]$/, `${path} has no description`);
    keys++;
    for (const [key, inner] of Object.entries(properties ?? {})) walk(inner, `${path}.${key}`);
    walk(items, `${path}[]`);
    walk(additionalProperties, `${path}.*`);
  };
  walk(z.toJSONSchema(configSchema, { io: "input" }), "config");
  assert.ok(keys > 100);
});
