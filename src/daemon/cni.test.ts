import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cniList, writeCniList } from "./cni.ts";
import { config, folderOf } from "./fixture.test.ts";

const DUAL =
  "pool: [172.16.0.0/12, fd00::/16], blocks: [172.16.1.0/24, 172.16.9.0/24, fd00:1::/64]";

function list(pods: string, cni: string): unknown {
  return cniList(config(`pods: { ${pods} }\ncni: { conflist: /x/10.conflist, ${cni} }`), 9000);
}

test("ptp with an IPv4 block: host-local, the default route, the uplink's MTU, no NAT", () => {
  assert.deepEqual(list("pool: [172.16.0.0/12], blocks: [172.16.1.0/24]", "plugin: ptp"), {
    cniVersion: "1.0.0",
    name: "underlay",
    plugins: [
      {
        type: "ptp",
        mtu: 9000,
        ipMasq: false,
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: "172.16.1.0/24" }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
    ],
  });
});

test("bridge with blocks of both families: one set of ranges a family; its own MTU", () => {
  assert.deepEqual(list(DUAL, "plugin: bridge, name: cluster, mtu: 1400"), {
    cniVersion: "1.0.0",
    name: "cluster",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        mtu: 1400,
        ipMasq: false,
        ipam: {
          type: "host-local",
          ranges: [
            [{ subnet: "172.16.1.0/24" }, { subnet: "172.16.9.0/24" }],
            [{ subnet: "fd00:1::/64" }],
          ],
          routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
        },
      },
    ],
  });
});

test("the file is written with its folder, and only when something differs", async (t) => {
  const path = join(folderOf(t), "net.d", "10-underlay.conflist");
  assert.equal(await writeCniList(path, { mtu: 1500 }), true);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { mtu: 1500 });
  assert.equal(statSync(path).mode & 0o777, 0o644);
  const { ino } = statSync(path);
  assert.equal(await writeCniList(path, { mtu: 1500 }), false);
  assert.equal(statSync(path).ino, ino);
  assert.equal(await writeCniList(path, { mtu: 9000 }), true);
  assert.notEqual(statSync(path).ino, ino, "another file took its place, in one step");
  assert.deepEqual(readdirSync(join(path, "..")), ["10-underlay.conflist"]);
});

test("what a crash has left does not look like a list, and is written over", async (t) => {
  const path = join(folderOf(t), "10-underlay.conflist");
  await writeCniList(path, { mtu: 1500 });
  writeFileSync(`${path}.tmp`, '{"mtu": 90');
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")), { mtu: 1500 });
  assert.equal(await writeCniList(path, { mtu: 9000 }), true);
  assert.deepEqual(readdirSync(join(path, "..")), ["10-underlay.conflist"]);
});

test("where it cannot be written the old one stays, and nothing is left behind", async (t) => {
  const folder = folderOf(t);
  const file = join(folder, "file");
  writeFileSync(file, "x");
  await assert.rejects(writeCniList(join(file, "a.conflist"), {}), /EEXIST|ENOTDIR/);
  const taken = join(folder, "taken.conflist");
  mkdirSync(taken);
  await assert.rejects(writeCniList(taken, {}), /EISDIR|ENOTEMPTY|EEXIST/);
  assert.deepEqual(readdirSync(folder).sort(), ["file", "taken.conflist"]);
});
