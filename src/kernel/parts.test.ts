/** Parts of the worker that need no kernel, or a kernel in a state that is hard to come by. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { KernelFact } from "../fib/index.ts";
import { hasSoundResilientGroups } from "./capabilities.ts";
import { EventReader } from "./events.ts";
import { NexthopObjects, linkFact } from "./facts.ts";
import { scenarios, sh, wire } from "./harness.test.ts";
import type { FromWorker } from "./messages.ts";
import { Outbox } from "./outbox.ts";
import { Stale } from "./stale.ts";
import { readSysctl, writeSysctl } from "./sysctl.ts";

if (process.argv[2] !== "--scenario") {
  test("facts keep their place among the other messages", () => {
    const posted: string[] = [];
    const outbox = new Outbox((message) => posted.push(message.kind));
    const fact: KernelFact = { kind: "sysctl", path: "a", value: "1" };
    outbox.fact(fact);
    outbox.fact(fact);
    outbox.post({ kind: "overrun" });
    outbox.fact(fact);
    outbox.flush();
    outbox.flush();
    assert.deepEqual(posted, ["facts", "overrun", "facts"]);
  });

  test("resilient groups are used from Linux 5.16 on", () => {
    const names = ["5.15.0-119-generic", "5.9.1", "4.18.0-553.el8", "rubbish", ""];
    for (const name of names) assert.equal(hasSoundResilientGroups(name), false, name);
    for (const name of ["5.16.0", "6.1.0-18-amd64", "6.18.44", "10.0-rc1"]) {
      assert.equal(hasSoundResilientGroups(name), true, name);
    }
  });

  test("nexthop objects: groups of others, unknown ids, and what has been told of them", () => {
    const objects = new NexthopObjects();
    const single = (id: number): Extract<KernelFact, { kind: "nexthop" }> => ({
      kind: "nexthop",
      ...{ id, protocol: 4, family: 0, interface: id, onlink: false, blackhole: false },
    });
    objects.apply(single(1));
    objects.apply({ ...single(7), members: [1, 2, 8].map((id) => ({ id, weight: 1 })) });
    objects.apply({ ...single(8), members: [{ id: 1, weight: 1 }] }); // no groups of groups
    assert.deepEqual(objects.hops(7), [{ interface: 1, onlink: false }]);
    assert.deepEqual(objects.hops(99), []);
    assert.equal(objects.apply(single(2)), true, "a member that was asked for");
    assert.equal(objects.apply(single(3)), false);
    assert.equal(objects.hops(7).length, 2);
    objects.apply({ ...single(1), gone: true });
    assert.deepEqual(objects.hops(7), [{ interface: 2, onlink: false }]);
    assert.equal(objects.standOn(2), true);
    assert.equal(objects.standOn(9), false);
    objects.noteOwn(100, 9);
    assert.equal(objects.standOn(9), true);
    objects.forgetOwn(100);
    assert.equal(objects.standOn(9), false);
  });

  test("a bridge's word about its port, and an event without a name, are no link facts", () => {
    const link = {
      ...{ index: 3, name: "eth0", family: 7, hardware: 1, flags: 1, up: true, running: true },
      ...{ mtu: 1500, mac: new Uint8Array(6), master: 0, lower: 0, operationalState: 6, kind: "" },
    };
    assert.equal(linkFact(link, true), undefined);
    assert.equal(linkFact({ ...link, family: 0, name: "" }, false), undefined);
    assert.equal(linkFact({ ...link, family: 0 }, true)?.gone, true);
  });

  test("what goes stale is dumped at once, but routes not over and over", () => {
    const stale = new Stale();
    assert.equal(stale.wait(1000), -1);
    stale.add("routes");
    stale.add("routes");
    stale.add("nexthops");
    assert.equal(stale.wait(1000), 0);
    assert.deepEqual(stale.take(1000), ["nexthops", "routes"]);
    stale.dumped(["nexthops", "routes"], 1000, 1700);
    assert.deepEqual(stale.take(1700), []);
    stale.add("routes");
    assert.deepEqual([stale.wait(1700), stale.wait(2399.5)], [700, 1]);
    assert.deepEqual(stale.take(2399), []);
    stale.add("nexthops");
    assert.equal(stale.wait(2000), 0);
    assert.deepEqual(stale.take(2000), ["nexthops"], "these do not wait");
    stale.dumped(["nexthops"], 2000, 2300);
    assert.deepEqual(stale.take(2400), ["routes"]);
    assert.equal(stale.wait(2400), -1);
  });

  test("a sysctl path does not lead out of /proc/sys", () => {
    for (const path of ["../version", "net/../../version", "/etc/passwd", "", "net//ipv4", "a\0"]) {
      assert.equal(readSysctl(path), undefined, path);
      assert.equal(writeSysctl(path, "1")?.errno, 22, path);
    }
    assert.match(readSysctl("kernel/ostype") ?? "", /^Linux$/);
  });
}

await scenarios(import.meta.filename, {
  "an interface with dots in its name has its own sysctls": () => {
    sh("ip link add u0.7.a type veth peer name u1");
    const path = "net/ipv4/conf/u0.7.a/send_redirects";
    assert.equal(writeSysctl(path, "0"), undefined);
    assert.equal(readSysctl(path), "0");
    assert.equal(readSysctl("net/ipv4/conf/u1/send_redirects"), "1");
    assert.equal(readSysctl("net/ipv4/conf/u0/7/a/send_redirects"), undefined);
    return Promise.resolve();
  },

  "where /proc/sys is read-only, what else is mounted of it is written": () => {
    const folder = mkdtempSync(join(tmpdir(), "underlay-sysctl-"));
    const script = `set -e
      mount --make-rprivate / && mkdir "$1/net" && mount --bind /proc/sys/net "$1/net"
      mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
      shift && exec "$@"`;
    const code = `
      const { readSysctl, writeSysctl } = await import(${JSON.stringify(join(import.meta.dirname, "sysctl.ts"))});
      const [path, second] = ["net/ipv4/conf/lo/send_redirects", process.argv[1]];
      const before = readSysctl(path); // A namespace begins with what the machine has.
      const other = before === "1" ? "0" : "1";
      const refused = [writeSysctl(path, other), readSysctl(path) === before];
      const written = [writeSysctl(path, other, second), readSysctl(path) === other];
      console.log(JSON.stringify([...refused, ...written, writeSysctl("net/none", "0", second)]));`;
    const words = [process.execPath, "--input-type=module", "-e", code, folder];
    try {
      const said = execFileSync("unshare", ["--mount", "sh", "-c", script, "sh", folder, ...words]);
      assert.deepEqual(JSON.parse(said.toString()), [
        {
          errno: 30,
          message: "/proc/sys/net/ipv4/conf/lo/send_redirects: read-only file system (EROFS)",
        },
        true,
        null,
        true,
        { errno: 2, message: "/proc/sys/net/none: does not exist (ENOENT)" },
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
    return Promise.resolve();
  },

  "events that were lost are told as an overrun, and those after it come": async () => {
    wire();
    const posted: FromWorker[] = [];
    const outbox = new Outbox((message) => posted.push(message));
    const events = new EventReader({
      ...{ tables: new Set([254]), protocol: 186, ownPort: 1, receiveBuffer: 4096 },
      ...{ outbox, objects: new NexthopObjects() },
    });
    sh("for i in $(seq 50); do ip route add 192.0.2.$i/32 dev u0; done");
    events.drain();
    events.drain();
    assert.ok(posted.some((message) => message.kind === "overrun"));
    posted.length = 0;
    sh("ip route del 192.0.2.1/32");
    events.drain();
    assert.deepEqual(
      posted.map((message) => message.kind),
      ["facts"],
    );
    events.close();
  },

  "an overrun is told when nothing is dropped any more": async () => {
    wire();
    const posted: FromWorker[] = [];
    const outbox = new Outbox((message) => posted.push(message));
    // Room for many more events than are read in one go; the kernel drops until all have been read.
    const events = new EventReader({
      ...{ tables: new Set([254]), protocol: 186, ownPort: 1, receiveBuffer: 1 << 20 },
      ...{ outbox, objects: new NexthopObjects() },
    });
    sh("seq 5000 | sed 's|.*|route add 192.0.2.1 dev u0 metric &|' | ip -batch -");
    const overrun = (): boolean => posted.some(({ kind }) => kind === "overrun");
    let drains = 0;
    for (; !overrun(); drains++) events.drain();
    assert.ok(drains > 1);
    posted.length = 0;
    sh("ip route add 192.0.2.1/32 dev u0"); // what a dump would have begun too early to see
    events.drain();
    const facts = posted.flatMap((message) => (message.kind === "facts" ? message.facts : []));
    assert.equal(facts.filter((fact) => fact.kind === "route").length, 1);
    events.close();
  },
});
