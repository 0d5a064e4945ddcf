import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { formatAddress, parseAddress } from "../route/index.ts";
import { parseConfig } from "./parse.ts";
import type { Config } from "./types.ts";

const NODE = "node: { asn: 64512 }\n";
const options = { file: "x.yaml", hostname: "host7" };

function parse(text: string): Config {
  const result = parseConfig(NODE + text, options);
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

/** `LINE:COLUMN PATH: MESSAGE` of what is wrong. */
function problems(text: string): string[] {
  const result = parseConfig(NODE + text, options);
  assert.equal(result.ok, false, text);
  return result.problems.map(
    ({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`,
  );
}

const peer = (keys: string): string =>
  `peers: [{ name: a, address: 192.0.2.1, asn: 64600, ${keys} }]`;
const at = (address: string): string => `peers: [{ name: a, address: "${address}", asn: 64600 }]`;

describe("numbers", () => {
  test("plain decimal ones, nothing that YAML or C might read in another way", () => {
    assert.equal(parse("listen: { port: 1179 }").listen.port, 1179);
    assert.equal(parse("kernel: { metric: 1_000_000 }").kernel.metric, 1_000_000);
    for (const number of ["0179", "0o777", "0xb3", "1e3", "179.0", "-1", "+179", "1_79", "''"]) {
      assert.match(
        problems(`listen: { port: ${number} }`)[0],
        /^2:17 listen.port: found ".*", expected a whole number from 1 to 65535$/,
      );
    }
    assert.match(problems("peers: [{ name: a, address: 192.0.2.1, asn: 01.10 }]")[0], /AS number/);
  });

  test("true and false, and no other words for them", () => {
    for (const word of ["on", "off", "yes", "no", "True", "~", "1"]) {
      assert.match(problems(peer(`passive: ${word}`))[0], /passive: found .*, expected true or/);
    }
  });
});

describe("addresses", () => {
  test("an address and a port to listen on", () => {
    const listen = (text: string): string => {
      const { address, port } = parse(`metrics: { listen: "${text}" }`).metrics?.listen ?? {};
      return `${address && formatAddress(address)} ${port}`;
    };
    assert.equal(listen("127.0.0.1:9179"), "127.0.0.1 9179");
    assert.equal(listen("[::1]:1"), "::1 1");
    assert.equal(listen("[::]:65535"), ":: 65535");
    for (const text of [
      ...["9179", ":9179", "localhost:9179", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536"],
      ...["[127.0.0.1]:9179", "::1:9179", "[fe80::1]:9179", "[fe80::1%eth0]:9179"],
      ...["224.0.0.1:9179", "[::ffff:10.0.0.1]:9179", "127.0.0.1:09179", "127.0.0.1:9179/x"],
    ]) {
      assert.deepEqual(problems(`metrics: { listen: "${text}" }`), [
        `2:20 metrics.listen: found "${text}", expected an address of this node and a port from 1 to 65535, as 127.0.0.1:9179 or [::1]:9179`,
      ]);
    }
    assert.deepEqual(problems("metrics: {}"), [
      "2:10 metrics.listen: found no listen, expected an address and a port, as 127.0.0.1:9179",
    ]);
  });

  test("web: listens on a loopback address, or says that others may come", () => {
    const web = (text: string) => parse(`web: ${text}`).web;
    const listen = { address: parseAddress("127.0.0.1"), port: 29184 };
    assert.deepEqual(web("{}"), { listen, page: false, names: [] });
    assert.equal(parse("").web, undefined);
    for (const text of ["127.0.0.1:80", "127.9.9.9:80", "[::1]:80"]) {
      assert.equal(web(`{ listen: "${text}", page: true }`)?.page, true);
    }
    for (const text of ["0.0.0.0:80", "[::]:80", "192.0.2.1:80", "[2001:db8::1]:80"]) {
      const [found, ...others] = problems(`web: { listen: "${text}" }`);
      assert.match(
        found,
        /^2:16 web\.listen: found .*, which others may reach, .* allowRemote: true/,
      );
      assert.deepEqual(others, []);
      assert.ok(web(`{ listen: "${text}", allowRemote: true }`));
    }
    assert.deepEqual(web("{ names: [Glass.example.net, x] }")?.names, ["glass.example.net", "x"]);
    for (const name of ["a b", "-a", "a..b", "10.0.0.1", "*.example", "https://x", "x:80"]) {
      assert.match(problems(`web: { names: ["${name}"] }`)[0], /expected a name of a host/);
    }
  });

  test("an IPv4-mapped one is refused, and the IPv4 address named", () => {
    const wrong: [string, RegExp][] = [
      [at("::ffff:10.0.0.1"), /^2:29 peers\[0\].address: .*: did you mean 10.0.0.1\?$/],
      [peer('source: "::ffff:a00:1"'), /peers\[0\].source: .*: did you mean 10.0.0.1\?$/],
      ['listen: { addresses: ["::ffff:0.0.0.0"] }', /addresses\[0\]: .*did you mean 0.0.0.0\?$/],
      ['pods: { pool: ["::ffff:10.0.0.0/104"] }', /pool\[0\]: .*did you mean 10.0.0.0\/8\?$/],
      [
        'peers: [{ name: a, range: "::ffff:0:0/96", asn: 1 }]',
        /range: .*did you mean 0.0.0.0\/0\?$/,
      ],
    ];
    for (const [text, pattern] of wrong) assert.match(problems(text)[0], pattern);
    const [{ address }] = parse(at("64:ff9b::10.0.0.1")).peers;
    assert.equal(address && formatAddress(address), "64:ff9b::a00:1");
  });

  test("nobody's addresses are no neighbour's", () => {
    for (const nobody of ["255.255.255.255", "240.0.0.1", "0.0.0.1", "224.0.0.5", "::"]) {
      assert.match(problems(at(nobody))[0], /expected the address of one neighbour$/);
    }
  });
});

describe("names and texts", () => {
  test("a network's name may be one that show commands use", () => {
    const network = (name: string): string =>
      `pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }\ncni: { conflist: /x, name: ${name} }`;
    for (const name of ["pods", "all", "0-net", "k8s.pod_network"]) {
      assert.equal(parse(network(name)).cni?.name, name);
    }
    assert.match(problems(network("'a b'"))[0], /^3:28 cni.name: found "a b", expected a name/);
    assert.match(problems(network("-x"))[0], /cni.name/);
    assert.match(problems("peers: [{ name: pods, address: 192.0.2.1, asn: 1 }]")[0], /reserved/);
  });

  test("no name that a neighbour out of a range will get", () => {
    const peers = (name: string): string =>
      `peers:\n  - { name: nodes, range: 10.0.0.0/24, asn: 1 }\n  - { name: ${name}, address: 192.0.2.1, asn: 1 }`;
    assert.deepEqual(problems(peers("nodes-10.0.0.7")), [
      '4:13 peers[1].name: found the name "nodes-10.0.0.7", which a neighbour out of the range "nodes" may get: expected another one',
    ]);
    for (const name of ["nodes-a", "nodes-10", "node-10.0.0.7", "nodes_10_0_0_7"])
      parse(peers(name));
    const underscored = (name: string): string =>
      peers(name).replace("asn: 1 }", "asn: 1, dynamicNames: underscore }");
    for (const name of ["nodes_10_0_0_7", "nodes_fd00__7"]) {
      assert.match(problems(underscored(name))[0], /neighbour out of the range "nodes" may get/);
    }
    for (const name of ["nodes-10.0.0.7", "nodes_10"]) parse(underscored(name));
    const alone = "peers: [{ name: a, address: 192.0.2.1, asn: 1, dynamicNames: dash }]";
    assert.match(problems(alone)[0], /found dynamicNames without a range/);
  });

  test("a text steers no terminal", () => {
    for (const escape of ["\\u001b[2J", "\\n", "\\u009b", "\\u2028", "\\x7f"]) {
      assert.match(problems(peer(`description: "a${escape}b"`))[0], /expected a text of 1 to 200/);
    }
    assert.equal(parse(peer('description: "Gerät 7"')).peers[0].description, "Gerät 7");
  });

  test("a password that stands in the file itself is not repeated", () => {
    for (const wrong of ["hunter2", "{ file: hunter2 }", "{ file: [hunter2] }", "[hunter2]"]) {
      const [problem, ...others] = problems(peer(`password: ${wrong}`));
      assert.match(problem, /password(\.file)?: found .*, expected the whole path of a file/);
      assert.ok(!problem.includes("hunter2"));
      assert.deepEqual(others, []);
    }
    const typo = problems(peer("password: { fil: /x }")).join("\n");
    assert.match(typo, /found the unknown key "fil", did you mean "file"\?$/);
  });
});

test("10,000 neighbours of five lines each", () => {
  const peers = Array.from(
    { length: 10_000 },
    (_, i) =>
      `  - name: peer${i}\n    address: 10.${i >> 8}.${i & 255}.1\n    asn: 64600\n    group: tor\n    password: { file: /etc/underlay/keys/peer${i} }\n`,
  );
  const config = parse(`groups: { tor: { holdTime: 9 } }\npeers:\n${peers.join("")}`);
  assert.equal(config.peers.length, 10_000);
  assert.equal(config.peers[9_999].holdTime, 9);
});
