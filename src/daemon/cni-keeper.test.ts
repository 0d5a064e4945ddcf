import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { InterfaceView } from "../fib/index.ts";
import { CniKeeper } from "./cni-keeper.ts";
import { config, folderOf } from "./fixture.test.ts";

function keeper(t: TestContext, uplink = "") {
  const file = join(folderOf(t), "10.conflist");
  const pods = `pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24]${uplink} }`;
  const world = {
    config: config(`${pods}\ncni: { conflist: ${file}, plugin: ptp }`),
    uplink: undefined as number | undefined,
    named: undefined as number | undefined,
  };
  const said: string[] = [];
  const view = (mtu: number | undefined): InterfaceView | undefined =>
    mtu === undefined ? undefined : ({ mtu } as InterfaceView);
  const cni = new CniKeeper({
    config: () => world.config,
    host: { uplink: () => view(world.uplink), byName: () => view(world.named) },
    logger: { info: (fields: object) => void said.push((fields as { event: string }).event) },
    warnings: {
      set: (subject, text) => void said.push(`${subject}: ${text}`),
      clear: (subject) => void said.push(`${subject} clear`),
    },
  });
  const mtu = (): number =>
    (JSON.parse(readFileSync(file, "utf8")) as { plugins: { mtu: number }[] }).plugins[0].mtu;
  /** After everything that is under way, without asking for more. */
  const settled = async (): Promise<void> => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  return { cni, world, said, mtu, file, settled };
}

test("the list follows the uplink's MTU from the first update on", async (t) => {
  const { cni, world, said, mtu, file } = keeper(t);
  cni.follow();
  await cni.update();
  assert.equal(mtu(), 1500);
  world.uplink = 9000;
  cni.follow();
  // Behind the write that has begun.
  await cni.update();
  assert.equal(mtu(), 9000);
  world.uplink = undefined;
  cni.follow();
  await cni.update();
  assert.equal(mtu(), 9000, "an uplink that is down for a while changes nothing");
  assert.deepEqual(
    said.filter((line) => line === "cni-written"),
    ["cni-written", "cni-written"],
  );
  rmSync(file);
  await cni.update();
  assert.equal(mtu(), 9000);
});

test("where the MTU has not changed the file is not even looked at", async (t) => {
  const { cni, file, settled } = keeper(t);
  await cni.update();
  writeFileSync(file, "somebody's own");
  cni.follow();
  await settled();
  assert.equal(readFileSync(file, "utf8"), "somebody's own");
});

test("pods.uplink goes before the default route's interface", async (t) => {
  const { cni, world, mtu } = keeper(t, ", uplink: eth7");
  Object.assign(world, { uplink: 1500, named: 1400 });
  await cni.update();
  assert.equal(mtu(), 1400);
});

test("a list that cannot be written is a warning until it is, or is not wanted any more", async (t) => {
  const { cni, world, said, file } = keeper(t);
  const good = world.config;
  world.config = { ...good, cni: good.cni && { ...good.cni, conflist: "/dev/null/x" } };
  await cni.update();
  assert.match(said.splice(0).join(), /^cni: CNI list \/dev\/null\/x: /);
  world.config = good;
  await cni.update();
  assert.deepEqual(said.splice(0), ["cni clear", "cni-written"]);
  rmSync(file);
  world.config = { ...good, cni: undefined };
  await cni.update();
  assert.deepEqual(said.splice(0), ["cni clear"]);
  assert.throws(() => readFileSync(file));
});
