import assert from "node:assert/strict";
import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { formatPrefix } from "../route/index.ts";
import { WHOLE_KERNEL, config, folderOf } from "./fixture.test.ts";
import { SettingsError, fibSettings, passwordWarnings, speakerConfig } from "./settings.ts";

/** A configuration with a password file of these contents. */
function withPassword(t: TestContext, contents: string | Uint8Array) {
  const file = join(folderOf(t), "key");
  writeFileSync(file, contents);
  const peers = `peers: [{ name: tor, address: 10.0.0.1, asn: 1, password: { file: ${file} } }]`;
  return { file, key: () => speakerConfig(config(peers), 1).neighbours[0].key };
}

test("the password is the first line, byte for byte", (t) => {
  const cases: [string | Uint8Array, string | Uint8Array][] = [
    ["secret", "secret"],
    ["secret\n", "secret"],
    ["secret\r\nrest\r\n", "secret"],
    [" two words \n", " two words "],
    ["\rodd", "\rodd"],
    [new Uint8Array([0xff, 0, 0xc3, 0x0a]), new Uint8Array([0xff, 0, 0xc3])],
    ["x".repeat(80), "x".repeat(80)],
  ];
  for (const [contents, expected] of cases) {
    assert.deepEqual(withPassword(t, contents).key(), Uint8Array.from(Buffer.from(expected)));
  }
});

test("a password that is none: the peer and the file are named, the contents are not", (t) => {
  const refusal = (contents: string): string => {
    const { file, key } = withPassword(t, contents);
    let message = "";
    assert.throws(key, (error: Error) => {
      message = error.message;
      return error instanceof SettingsError;
    });
    return message.replace(file, "FILE");
  };
  assert.equal(refusal(""), "peer tor: FILE begins with an empty line");
  assert.equal(refusal("\nsecret\n"), "peer tor: FILE begins with an empty line");
  assert.equal(refusal("x".repeat(81)), "peer tor: the password in FILE is over 80 bytes");
  assert.equal(refusal("x".repeat(5000)), "peer tor: password file FILE: Larger than 4096 bytes");
});

test("a password file that cannot be read", (t) => {
  const { file, key } = withPassword(t, "x");
  rmSync(file);
  const message = `peer tor: password file ${file}: No such file or directory`;
  assert.throws(key, new SettingsError(message));
  const at = (path: string) =>
    config(`peers: [{ name: a, address: 10.0.0.1, asn: 1, password: { file: ${path} } }]`);
  assert.throws(() => speakerConfig(at("/dev/zero"), 1), {
    message: "peer a: password file /dev/zero: Not an ordinary file",
  });
  assert.throws(() => speakerConfig(at("/tmp"), 1), {
    message: "peer a: password file /tmp: Is a directory",
  });
});

test("the speaker is told everything that the configuration says about a peer", () => {
  const told = speakerConfig(
    config(`
reflector: { clusterId: 10.0.0.9 }
pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }
restart: { time: 60, deferral: 0s }
filters: { in: [{ then: accept }] }
peers:
  - { name: a, address: 10.0.0.1, asn: 64600, holdTime: 9, keepalive: 3, source: 10.0.0.2,
      passive: true, port: 1179, ttlSecurity: 2, import: in, maxPrefixes: 10, nextHop: self,
      families: [ipv4], enabled: false, description: left, gracefulRestart: helper,
      longLivedStaleTime: 24h }
  - { name: r, range: 10.0.0.0/24, asn: 64512, client: true, max: 5 }`),
    7,
  );
  assert.deepEqual([told.asn, told.routerId, told.clusterId], [64512, 7, 0x0a000009]);
  assert.deepEqual(told.restart, {
    time: 60,
    staleTime: 120_000,
    deferral: 0,
    longLivedPartial: false,
  });
  assert.deepEqual(told.blocks?.map(formatPrefix), ["172.16.1.0/24"]);
  assert.deepEqual(
    told.filters?.map(({ name }) => name),
    ["in"],
  );
  const [a, r] = told.neighbours;
  const { address, source, ...rest } = a;
  assert.deepEqual([address?.w0, source?.w0], [0x0a000001, 0x0a000002]);
  const picked = {
    asn: 64600,
    localAsn: 64512,
    holdTime: 9,
    keepalive: 3,
    passive: true,
    port: 1179,
    ttlSecurity: 2,
    import: "in",
    maxPrefixes: {
      received: 10,
      accepted: undefined,
      action: "restart",
      after: undefined,
      warnAt: undefined,
    },
    nextHop: "self",
    families: [true, false],
    enabled: false,
    description: "left",
    key: undefined,
    gracefulRestart: "helper",
    longLivedStaleTime: 86_400,
  };
  for (const [key, value] of Object.entries(picked)) {
    assert.deepEqual(rest[key as keyof typeof rest], value, key);
  }
  assert.deepEqual([r.range && formatPrefix(r.range), r.max, r.client], ["10.0.0.0/24", 5, true]);
});

test("the Fib is told what belongs to the kernel and the pods", () => {
  const told = fibSettings(
    config(`
mode: l2
pods: { pool: [10.0.0.0/16], interfaces: ["veth*"], advertise: hosts, uplink: eth0 }
kernel: { table: 100, metric: 7, protocol: 99, multipath: 3, manageSysctls: false, onlink: [eth1] }
filters:
  f:
    - { match: { length: 8 }, then: next, set: { kernelTable: 100 } }
    - { match: { length: 9 }, then: next, set: { kernelTable: 101 } }
    - { then: accept, set: { kernelTable: 101 } }`),
    WHOLE_KERNEL,
  );
  const { pods, onlink, ...rest } = told;
  assert.deepEqual(rest, {
    mode: "l2",
    silent: false,
    install: true,
    table: 100,
    metric: 7,
    tables: [101],
    protocol: 99,
    multipath: 3,
    nexthopObjects: true,
    resilientGroups: true,
    discards: [],
    manageSysctls: false,
  });
  assert.deepEqual([pods.interfaces, pods.advertise, pods.uplink], [["veth*"], "hosts", "eth0"]);
  assert.deepEqual(
    onlink.map(({ prefix, interface: on }) => `${formatPrefix(prefix)} ${on}`),
    ["0.0.0.0/0 eth1", "::/0 eth1"],
  );
  const bare = fibSettings(config(""), { nexthopObjects: false, resilientGroups: false });
  assert.equal(bare.nexthopObjects, false);
  assert.equal(fibSettings(config(""), WHOLE_KERNEL, true).silent, true);
  assert.ok(!("uplink" in bare.pods));
});

test("a password file that everybody can read is named, once", (t) => {
  const { file } = withPassword(t, "x");
  const peers = [1, 2].map(
    (i) => `{ name: p${i}, address: 10.0.0.${i}, asn: 1, password: { file: ${file} } }`,
  );
  const both = config(`peers: [${peers.join(", ")}]`);
  chmodSync(file, 0o604);
  assert.deepEqual(passwordWarnings(both), [
    `everybody on this machine can read the password in ${file}: give it to the user that underlayd runs as and nobody else (chown USER ${file} && chmod 400 ${file})`,
  ]);
  chmodSync(file, 0o640);
  assert.deepEqual(passwordWarnings(both), []);
  rmSync(file);
  assert.deepEqual(passwordWarnings(both), [], "that it is missing is said elsewhere");
});

test("a filter out of a file of Calico's; what is wrong with the file is said with its place", (t) => {
  const file = join(folderOf(t), "bgpfilter.yaml");
  const read = config(`filters: { f: { file: ${file} } }`);
  assert.throws(() => speakerConfig(read, 1), /filter f: .*No such file/);
  writeFileSync(file, "kind: BGPFilter\nspec: { importV4: [{ action: Reject }] }\n");
  const [filter] = speakerConfig(read, 1).filters ?? [];
  assert.deepEqual(
    filter.rules.map(({ then }) => then),
    ["reject", "default"],
  );
  writeFileSync(file, "kind: BGPFilter\nspec: { importV4: [{ action: Rejekt }] }\n");
  assert.throws(() => speakerConfig(read, 1), /bgpfilter\.yaml:2:30: .*Rejekt/);
});
