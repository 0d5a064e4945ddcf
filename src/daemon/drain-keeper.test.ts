import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Config } from "../config/index.ts";
import type { InterfaceView } from "../fib/index.ts";
import { DrainKeeper } from "./drain-keeper.ts";
import { config, folderOf } from "./fixture.test.ts";

function link(index: number, name: string, master = 0): InterfaceView {
  return { index, name, master } as InterfaceView;
}

interface Scene {
  /** node.drained */
  drained?: boolean;
  /** The daemon has not come so far that it has asked who is drained. */
  early?: boolean;
  /** Further sections. */
  more?: string;
}

/** A keeper whose time is the test's, and all that it has told others. */
function scene(context: TestContext, first: Scene = {}, folder = folderOf(context)) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const socket = join(folder, "ctl");
  const read = ({ drained = false, more = "" }: Scene): Config => {
    const read = config(`
pods: { pool: [172.16.0.0/12], interfaces: ["veth*", "cni*"], uplink: veth0 }
control: { socket: ${socket} }
${more}
peers:
  - { name: tor, address: 192.168.1.1, asn: 64600 }
  - { name: nodes, range: 192.168.1.0/24, asn: 64512 }`);
    return { ...read, node: { ...read.node, drained } };
  };
  const told: string[] = [];
  const events: string[] = [];
  const of = {
    config: read(first),
    now: 0,
    isTold: true,
    packets: [0, 0, 0, 0] as number[] | undefined,
    names: ["tor"],
  };
  const log = ({ event, peer }: { event: string; peer?: string }): void => {
    events.push(peer === undefined ? event : `${event} ${peer}`);
  };
  const links = [link(1, "veth0"), link(2, "cni0"), link(3, "veth3", 2), link(4, "veth4", 2)];
  const keeper = new DrainKeeper({
    speaker: {
      depart: (name, announcement) => void told.push(`${name ?? "all"} ${announcement}`),
      hasToldAll: () => of.isTold,
    },
    survey: {
      *neighbours() {
        for (const name of of.names) yield { name } as never;
      },
      *ranges() {
        yield { name: "nodes" } as never;
      },
    },
    fib: { interfaces: () => links.values() },
    kernel: {
      count: () =>
        Promise.resolve(
          of.packets?.map((packetsSent, at) => ({
            index: at + 1,
            packetsSent,
            packetsReceived: 0,
          })),
        ),
    },
    config: () => of.config,
    clock: () => of.now,
    wake: () => undefined,
    onSilent: () => void told.push(keeper.isSilent ? "silent" : "answers"),
    logger: { info: log, warn: log, error: log } as never,
  });
  /** Lets time pass, a step at a time; what the kernel is asked for is answered between them. */
  const run = async (milliseconds: number, each?: () => void): Promise<void> => {
    for (const end = of.now + milliseconds; of.now < end; of.now += 10) {
      each?.();
      context.mock.timers.tick(10);
      await Promise.resolve();
      await Promise.resolve();
      await Promise.resolve();
    }
  };
  const phase = (name?: string): string | undefined =>
    keeper.views().find((view) => view.name === name)?.phase;
  const configure = (next: Scene, isUndone = false): void => {
    of.config = read(next);
    keeper.update(isUndone);
  };
  if (first.early !== true) keeper.start();
  return { keeper, of, told, events, run, phase, configure, folder, file: `${socket}.drained` };
}

test("a neighbour that a configuration took away is drained still when that is undone, and only then", (context) => {
  const { keeper, of, told, phase, configure, file } = scene(context);
  const remembered = (): string => (existsSync(file) ? readFileSync(file, "utf8") : "");
  keeper.drain("tor");
  of.names = [];
  configure({});
  assert.equal(phase("tor"), undefined);
  assert.doesNotMatch(remembered(), /tor/);
  told.length = 0;
  of.names = ["tor"];
  configure({}, true);
  assert.deepEqual(told, ["tor nothing"], "it hears nothing first");
  assert.notEqual(phase("tor"), undefined);
  assert.match(remembered(), /tor/, "the next start knows it too");
  of.names = [];
  configure({});
  of.names = ["tor"];
  configure({});
  assert.equal(phase("tor"), undefined, "a new one of that name");
  configure({}, true);
  assert.equal(phase("tor"), undefined);
});

test("the node: the speaker is told, then nobody answers ARP, and silence on the pods' links ends it", async (context) => {
  const { keeper, of, told, events, run, phase, file } = scene(context);
  assert.equal(keeper.reason, undefined);
  assert.equal(keeper.drain(undefined), "done");
  assert.equal(keeper.drain(undefined), "already");
  assert.deepEqual(told, ["all leaving"]);
  assert.equal(keeper.reason, "the node is being drained");
  await run(1000);
  const left = keeper.views()[0].remaining;
  assert.ok(left !== undefined && left > 3000 && left < 5000, String(left));
  await run(4200);
  assert.deepEqual(told, ["all leaving", "all nothing", "silent"]);
  assert.equal(phase(), "emptying");

  // The uplink, and a bridge whose ports are pods' interfaces, do not count.
  const traffic = (pods: number) => (): void => {
    of.packets = of.packets?.map((packets, at) => packets + (at === 2 ? pods : at < 2 ? 100 : 0));
  };
  await run(10_000, traffic(1));
  assert.equal(phase(), "emptying");
  const { busiest } = keeper.views()[0];
  assert.equal(busiest?.interface, "veth3");
  assert.ok(busiest.rate > 90 && busiest.rate < 110, String(busiest.rate));
  await run(5000, traffic(0));
  assert.equal(phase(), "drained");
  assert.equal(keeper.reason, "the node is drained");
  assert.deepEqual(events, ["drain-begun", "drain-withdrawing", "drain-withdrawn", "drained"]);

  assert.ok(existsSync(file));
  assert.equal(keeper.undrain(undefined), "done");
  assert.equal(keeper.undrain(undefined), "already");
  assert.deepEqual(told.slice(3), ["all usual", "answers"]);
  assert.equal(keeper.reason, undefined);
  assert.equal(existsSync(file), false);
});

test("one neighbour: no ARP, no counters; it is forgotten when it is back, or gone", async (context) => {
  const { keeper, of, told, run, phase, configure } = scene(context);
  of.packets = undefined;
  keeper.drain("tor");
  keeper.drain("nodes");
  await run(20_000);
  assert.deepEqual([phase("tor"), phase("nodes"), phase()], ["drained", "drained", "in service"]);
  assert.equal(keeper.reason, undefined, "the node is in service");
  assert.equal(keeper.isSilent, false);
  of.names = [];
  configure({});
  assert.equal(phase("tor"), undefined);
  assert.equal(keeper.undrain("nodes"), "done");
  assert.equal(keeper.views().length, 1);
  assert.deepEqual(told.slice(-2), ["tor usual", "nodes usual"]);
});

test("a neighbour that takes nothing is said to be late, and a kernel that says nothing is no silence", async (context) => {
  const { keeper, of, events, run, phase } = scene(context);
  of.isTold = false;
  of.packets = undefined;
  keeper.drain(undefined);
  await run(34_000);
  assert.equal(phase(), "announcing");
  await run(2000);
  assert.equal(phase(), "withdrawing");
  await run(31_000);
  assert.equal(phase(), "emptying");
  await run(20_000);
  assert.equal(phase(), "emptying");
  of.packets = [0, 0, 0, 0];
  await run(5000);
  assert.equal(phase(), "drained");
  assert.equal(events.at(-1), "drained");
});

test("the next run goes on drained, without a word to anybody; a reboot empties the folder", (context) => {
  const before = scene(context);
  before.keeper.drain(undefined);
  before.keeper.drain("tor");
  before.keeper.close();
  context.mock.timers.reset();
  const next = scene(context, {}, before.folder);
  assert.deepEqual([next.phase(), next.phase("tor")], ["drained", "drained"]);
  assert.deepEqual(next.told, ["all nothing", "silent", "tor nothing"]);
  next.keeper.close();
  context.mock.timers.reset();
  rmSync(next.file);
  const later = scene(context, {}, before.folder);
  assert.deepEqual([later.phase(), later.told], ["in service", []]);
});

test("a command that comes while the daemon starts does not write over what was", (context) => {
  const folder = folderOf(context);
  writeFileSync(join(folder, "ctl.drained"), '{"node":true,"peers":["tor","nodes"]}');
  const { keeper, phase, file } = scene(context, { early: true }, folder);
  assert.equal(keeper.undrain("tor"), "done");
  keeper.start();
  assert.deepEqual([phase(), phase("nodes")], ["drained", "drained"]);
  assert.equal(readFileSync(file, "utf8"), '{"node":true,"peers":["nodes"]}\n');
});

test("a file that says nothing: the node stays out until somebody says otherwise", (context) => {
  for (const text of ["", "{}", '{"node":1,"peers":[]}', '{"node":false,"peers":[7]}']) {
    const folder = folderOf(context);
    writeFileSync(join(folder, "ctl.drained"), text);
    const { keeper, phase, events, file } = scene(context, {}, folder);
    assert.equal(phase(), "drained", text);
    assert.equal(events[0], "drain-forgotten");
    assert.equal(keeper.undrain(undefined), "done");
    assert.equal(existsSync(file), false);
    keeper.close();
    context.mock.timers.reset();
  }
});

test("a folder that cannot be written keeps nobody in service", (context) => {
  const { keeper, events, phase, folder } = scene(context);
  rmSync(folder, { recursive: true });
  assert.equal(keeper.drain(undefined), "done");
  assert.equal(phase(), "announcing");
  assert.deepEqual(events, ["drain-begun", "drain-unremembered"]);
});

test("what a configuration would have all neighbours told in the end, beside what commands say", async (context) => {
  const { keeper, run } = scene(context);
  const foreseen = (): string[] => [false, true].map((drained) => keeper.foresee(drained));
  assert.deepEqual(foreseen(), ["usual", "nothing"]);
  keeper.drain(undefined);
  assert.deepEqual(foreseen(), ["leaving", "leaving"]);
  await run(5200);
  assert.deepEqual(foreseen(), ["nothing", "nothing"]);
  keeper.undrain(undefined);
  assert.deepEqual(foreseen(), ["usual", "nothing"]);
});

test("a neighbour out of a range stays drained while it is away, whatever is reloaded", (context) => {
  const { keeper, phase, configure, file, of } = scene(context);
  const others = ["nodes_7", "nodes-b", "nodes-10.0.0.7"];
  of.names.push("nodes-192.168.1.7", ...others);
  for (const name of ["nodes-192.168.1.7", ...others]) keeper.drain(name);
  of.names = ["tor"];
  configure({});
  assert.equal(phase("nodes-192.168.1.7"), "announcing");
  for (const name of others) {
    assert.equal(phase(name), undefined, `nobody out of the range will ever be called ${name}`);
  }
  assert.equal(readFileSync(file, "utf8"), '{"node":false,"peers":["nodes-192.168.1.7"]}\n');
});

test("what lies where the file is written first is not written into", (context) => {
  const { keeper, file, folder, events } = scene(context);
  const other = join(folder, "other");
  writeFileSync(other, "theirs");
  symlinkSync(other, `${file}.new`);
  keeper.drain(undefined);
  assert.equal(readFileSync(other, "utf8"), "theirs");
  assert.equal(readFileSync(file, "utf8"), '{"node":true,"peers":[]}\n');
  assert.deepEqual(events, ["drain-begun"]);
});

test("after the end the kernel's last answer sets nothing going again", async (context) => {
  const { keeper, run, phase, events } = scene(context);
  keeper.drain(undefined);
  await run(5100);
  assert.equal(phase(), "emptying");
  context.mock.timers.tick(1000);
  keeper.close();
  await run(10_000);
  assert.equal(events.at(-1), "drain-withdrawn");
});

test("node.drained: drained from the start, not a command's to undo, and back by a reload", async (context) => {
  const drained = { drained: true };
  const { keeper, told, phase, configure, run, file } = scene(context, drained);
  assert.equal(phase(), "drained");
  assert.ok(keeper.views()[0].configured);
  assert.equal(keeper.undrain(undefined), "refused");
  configure({});
  assert.equal(phase(), "in service");
  configure(drained);
  assert.equal(phase(), "announcing", "a running node is drained in all phases");
  configure({ ...drained, more: "drain: { settle: 60s }" });
  await run(20_000);
  assert.equal(phase(), "announcing", "the time is that of the new configuration");
  keeper.drain(undefined);
  configure({});
  assert.equal(phase(), "withdrawing", "a command has asked for it, too, and the time is over");
  assert.equal(readFileSync(file, "utf8"), '{"node":true,"peers":[]}\n');
  assert.equal(keeper.undrain(undefined), "done");
  assert.deepEqual(told.slice(0, 4), ["all nothing", "silent", "all usual", "answers"]);
});

test("whoever waits for a change hears of it, or of the end of its patience, or of the daemon's", async (context) => {
  const { keeper, run } = scene(context);
  let heard = 0;
  const wait = (): void => void keeper.change(1000).then(() => heard++);
  wait();
  await run(900);
  assert.equal(heard, 0);
  await run(200);
  assert.equal(heard, 1);
  wait();
  keeper.drain(undefined);
  await run(10);
  assert.equal(heard, 2);
  wait();
  keeper.close();
  await run(10);
  assert.equal(heard, 3);
});
