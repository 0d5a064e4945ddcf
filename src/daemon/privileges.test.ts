import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { config, folderOf } from "./fixture.test.ts";
import { missingPrivileges, ownPrivileges } from "./privileges.ts";

function only(...names: string[]) {
  return { has: (name: string) => names.includes(name), openPort: 1024, noNew: false };
}

const NOTHING_NEEDED = `
kernel: { install: false, manageSysctls: false }
listen: { port: 1179 }`;
const L2 = "mode: l2\npods: { pool: [192.168.1.0/24], uplink: eth0 }";

test("what each setting needs, by name, and how to give it", () => {
  const text = missingPrivileges(config(""), only());
  assert.equal(
    text,
    "missing CAP_NET_ADMIN (needed by kernel.install: true, kernel.manageSysctls: true) and " +
      "CAP_NET_BIND_SERVICE (needed by listen.port: 179): run it as root, or give it what is " +
      'missing: with systemd "AmbientCapabilities=CAP_NET_ADMIN CAP_NET_BIND_SERVICE", with docker ' +
      '"--cap-add NET_ADMIN --cap-add NET_BIND_SERVICE" and the container\'s root user; or change ' +
      "the settings",
  );
  const cases: [string, string[], RegExp | undefined][] = [
    ["", ["CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE"], undefined],
    ["", ["CAP_NET_ADMIN"], /^missing CAP_NET_BIND_SERVICE \(needed by listen\.port: 179\)/],
    ["kernel: { install: false }", ["CAP_NET_BIND_SERVICE"], /by kernel\.manageSysctls: true\)/],
    ["kernel: { manageSysctls: false }", ["CAP_NET_BIND_SERVICE"], /by kernel\.install: true\)/],
    [L2, ["CAP_NET_ADMIN", "CAP_NET_BIND_SERVICE"], /^missing CAP_NET_RAW \(needed by mode: l2\)/],
    [L2 + NOTHING_NEEDED, ["CAP_NET_RAW"], /^missing CAP_NET_ADMIN \(needed by mode: l2\)/],
    [NOTHING_NEEDED, [], undefined],
    [NOTHING_NEEDED.replace("port: 1179", "addresses: []"), [], undefined],
    [NOTHING_NEEDED.replace("1179", "1023"), [], /needed by listen\.port: 1023/],
    [`${NOTHING_NEEDED}\nweb: { listen: 127.0.0.1:80 }`, [], /needed by web\.listen: port 80\)/],
    [`${NOTHING_NEEDED}\nweb: {}`, [], undefined],
  ];
  for (const [settings, has, expected] of cases) {
    const missing = missingPrivileges(config(settings), only(...has));
    if (expected === undefined) assert.equal(missing, undefined, settings);
    else assert.match(String(missing), expected);
  }
});

test("a host may have opened low ports to everybody", () => {
  const low = config(NOTHING_NEEDED.replace("1179", "179"));
  assert.equal(missingPrivileges(low, { ...only(), openPort: 0 }), undefined);
  assert.equal(missingPrivileges(low, { ...only(), openPort: 179 }), undefined);
  assert.notEqual(missingPrivileges(low, { ...only(), openPort: 180 }), undefined);
});

test("a container that lets no program bring capabilities along is told so", (t) => {
  const status = (is: string) => `CapEff:\t0000000000000000\nNoNewPrivs:\t${is}\nSeccomp:\t2\n`;
  const said = (is: string) =>
    missingPrivileges(config(""), ownPrivileges(proc(t, status(is), "")));
  assert.match(
    String(said("1")),
    /; or change the settings\. In a container: no_new_privs is set, .*Kubernetes/,
  );
  assert.match(String(said("0")), /; or change the settings$/);
});

function proc(t: TestContext, status: string, port: string): string {
  const folder = folderOf(t);
  mkdirSync(join(folder, "self"));
  mkdirSync(join(folder, "sys/net/ipv4"), { recursive: true });
  writeFileSync(join(folder, "self/status"), status);
  writeFileSync(join(folder, "sys/net/ipv4/ip_unprivileged_port_start"), port);
  return folder;
}

test("capabilities are read from the effective set", (t) => {
  // 1 << 10 | 1 << 13, and one beyond 32 bits
  const status = "Name:\tnode\nCapPrm:\t000001ffffffffff\nCapEff:\t0000010000002400\nCapBnd:\t0\n";
  const privileges = ownPrivileges(proc(t, status, "512\n"));
  assert.equal(privileges.has("CAP_NET_ADMIN"), false);
  assert.equal(privileges.has("CAP_NET_RAW"), true);
  assert.equal(privileges.has("CAP_NET_BIND_SERVICE"), true);
  assert.equal(privileges.openPort, 512);
});

test("where /proc does not tell, the kernel has the word", (t) => {
  for (const folder of [join(folderOf(t), "none"), proc(t, "Name: x\nCapEff: zz\n", "many")]) {
    const privileges = ownPrivileges(folder);
    assert.equal(privileges.has("CAP_NET_ADMIN"), true);
    assert.equal(privileges.openPort, 1024);
  }
});
