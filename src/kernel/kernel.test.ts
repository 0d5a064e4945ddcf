/** The whole room against the real kernel, each scenario in a namespace of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { ROUTE_KIND } from "../fib/index.ts";
import { Kernel, hop, indexOf, routes, scenarios, sh, wire } from "./harness.test.ts";

const { ADD, REPLACE, DELETE } = ROUTE_KIND;

const quad = (w0: number) => ({ family: 0, w0, w1: 0, w2: 0, w3: 0 }) as const;

function shown(command: string): string[] {
  return sh(command)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

await scenarios(import.meta.filename, {
  "a batch: nexthops, a group, routes of both families, and all of it gone again": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    const members = [
      { id: 11, weight: 1 },
      { id: 12, weight: 3 },
    ];
    const gateway = { family: 1, w0: 0xfd000000, w1: 0, w2: 0, w3: 2 } as const;
    const result = await kernel.apply({
      before: [
        hop(11, 2, index),
        hop(12, 3, index),
        { kind: "nexthop", id: 13, family: 1, interface: index, gateway, onlink: false },
        { kind: "nexthop-group", id: 20, members },
      ],
      ...routes([
        { kind: ADD, w0: 0xac100101, length: 32, nexthopId: 11 },
        { kind: ADD, w0: 0xac100200, length: 24, nexthopId: 20 },
        { kind: ADD, w0: 0xfd010000, family: 1, length: 64, nexthopId: 13 },
        { kind: ADD, w0: 0xac100300, length: 24, nexthopId: 13 }, // RFC 8950
        { kind: ADD, w0: 0xac100400, length: 24, type: 6 },
        { kind: ADD, w0: 0xac100500, length: 24, nexthopId: 11, table: 1000 },
      ]),
    });
    assert.deepEqual(result.errors, []);
    assert.deepEqual(shown("ip route show proto 186 && ip -6 route show proto 186"), [
      "172.16.1.1 nhid 11 via 10.0.0.2 dev u0 metric 32",
      "172.16.2.0/24 nhid 20 metric 32",
      "nexthop via 10.0.0.2 dev u0 weight 1",
      "nexthop via 10.0.0.3 dev u0 weight 3",
      "172.16.3.0/24 nhid 13 via inet6 fd00::2 dev u0 metric 32",
      "blackhole 172.16.4.0/24 metric 32",
      "fd01::/64 nhid 13 via fd00::2 dev u0 metric 32 pref medium",
    ]);
    assert.equal(shown("ip route show table 1000 proto 186").length, 1);

    const away = await kernel.apply({
      before: [{ kind: "nexthop-group", id: 20, members: [{ id: 12, weight: 1 }] }],
      ...routes([
        { kind: REPLACE, w0: 0xac100101, length: 32, nexthopId: 20 },
        { kind: DELETE, w0: 0xac100200, length: 24 },
        { kind: DELETE, w0: 0xfd010000, family: 1, length: 64 },
        { kind: DELETE, w0: 0xac100300, length: 24 },
        { kind: DELETE, w0: 0xac100400, length: 24 },
        { kind: DELETE, w0: 0xac100500, length: 24, table: 1000 },
      ]),
      after: [
        { kind: "nexthop-delete", id: 11 },
        { kind: "nexthop-delete", id: 13 },
      ],
    });
    assert.deepEqual(away.errors, []);
    assert.deepEqual(
      shown("ip route show table all proto 186 && ip nexthop show | cut -d' ' -f2"),
      ["172.16.1.1 nhid 20 via 10.0.0.3 dev u0 metric 32", "12", "20"],
    );
    await kernel.client.close();
  },

  "each failure is told of the operation or route that it belongs to": async () => {
    const index = wire();
    sh("ip route add 172.16.9.0/24 via 10.0.0.9 metric 32 proto static");
    const kernel = await Kernel.start();
    const result = await kernel.apply({
      before: [hop(11, 2, index), hop(12, 2, 4711), hop(13, 3, index)],
      ...routes([
        { kind: ADD, w0: 0xac100100, length: 24, nexthopId: 11 },
        { kind: ADD, w0: 0xac100200, length: 24, nexthopId: 99 },
        { kind: ADD, w0: 0xac100900, length: 24, nexthopId: 11 },
        { kind: DELETE, w0: 0xac100300, length: 24 },
        { kind: DELETE, w0: 0xac100900, length: 24 }, // the static one is not ours to delete
        { kind: ADD, w0: 0xac100400, length: 24, nexthopId: 13 },
      ]),
      after: [
        { kind: "nexthop-delete", id: 77 },
        { kind: "nexthop-delete", id: 13 },
      ],
    });
    assert.deepEqual(
      result.errors.map(({ index: at, errno }) => [at, errno]),
      [
        [1, 22], // EINVAL
        [4, 22],
        [5, 17], // EEXIST
        [6, 3], // ESRCH
        [7, 3],
        [9, 2], // ENOENT
      ],
    );
    assert.equal(result.errors[0].message, "Invalid device index");
    assert.equal(result.errors[1].message, "Nexthop id does not exist");
    assert.equal(result.errors[2].message, "exists already (EEXIST)");
    assert.deepEqual(shown("ip route show 172.16.9.0/24"), [
      "172.16.9.0/24 via 10.0.0.9 dev u0 proto static metric 32",
    ]);
    await kernel.client.close();
  },

  "a flood of failures loses no answer": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    const count = 5000;
    // Every third has a nexthop that is there; all others fail.
    const list = Array.from({ length: count }, (_, i) => ({
      kind: ADD,
      w0: 0xac100000 + i,
      length: 32,
      nexthopId: i % 3 === 0 ? 11 : 99,
    }));
    const result = await kernel.apply({ before: [hop(11, 2, index)], ...routes(list) });
    assert.deepEqual(
      result.errors.map((error) => error.index),
      list.flatMap((route, i) => (route.nexthopId === 99 ? [i + 1] : [])),
    );
    assert.ok(result.errors.every((error) => error.errno === 22));
    const installed = sh("ip route show proto 186 | wc -l").trim();
    assert.equal(Number(installed), list.length - result.errors.length);
    await kernel.client.close();
  },

  "a dump tells everything once, ours packed and others' as facts": async () => {
    const index = wire();
    sh(`ip nexthop add id 5 via 10.0.0.5 dev u0 && ip nexthop add id 6 via 10.0.0.6 dev u0
        ip nexthop add id 7 group 5/6
        ip route add 192.0.2.0/24 nhid 7 proto static
        ip route add 198.51.100.0/24 via 10.0.0.8 dev u0 onlink metric 7
        ip neigh add proxy 10.0.0.77 dev u0 protocol 186
        ip -6 route add blackhole fd01::/64 proto 186 metric 32 table 1000
        for i in 1 2 3; do ip route add 172.16.$i.0/24 nhid 7 proto 186 metric 32 table 1000; done`);
    const kernel = await Kernel.start({ table: 1000 });
    await kernel.dump();
    assert.deepEqual(kernel.marks, [
      ...["begin links", "end links", "begin addresses", "end addresses"],
      ...["begin nexthops", "end nexthops", "begin routes", "begin own-routes"],
      ...["end routes", "end own-routes", "begin proxies", "end proxies"],
    ]);
    const link = await kernel.fact("link", (fact) => fact.index === index);
    assert.deepEqual(link, {
      kind: "link",
      index,
      name: "u0",
      up: true,
      running: true,
      mtu: 1500,
      mac: Uint8Array.from([2, 0, 0, 0, 0, 1]),
      master: 0,
      linkKind: "veth",
    });
    const address = await kernel.fact("address", (fact) => fact.address.w0 === 0x0a000001);
    assert.deepEqual(address, {
      kind: "address",
      interface: index,
      address: quad(0x0a000001),
      length: 24,
    });
    const overGroup = await kernel.fact("route", (fact) => fact.prefix.w0 === 0xc0000200);
    assert.deepEqual(overGroup.hops, [
      { interface: index, gateway: quad(0x0a000005), onlink: false },
      { interface: index, gateway: quad(0x0a000006), onlink: false },
    ]);
    assert.equal(overGroup.protocol, 4);
    const plain = await kernel.fact("route", (fact) => fact.prefix.w0 === 0xc6336400);
    assert.deepEqual(plain.hops, [{ interface: index, gateway: quad(0x0a000008), onlink: true }]);
    assert.equal(plain.metric, 7);
    const group = await kernel.fact("nexthop", (fact) => fact.id === 7);
    assert.deepEqual(group.members, [
      { id: 5, weight: 1 },
      { id: 6, weight: 1 },
    ]);
    const proxy = await kernel.fact("proxy");
    assert.deepEqual(proxy, {
      kind: "proxy",
      address: quad(0x0a00004d),
      interface: index,
      protocol: 186,
    });
    assert.deepEqual(
      kernel.own.map(({ w0, length, type, nexthopId, metric }) => [
        w0,
        length,
        type,
        nexthopId,
        metric,
      ]),
      [
        [0xac100100, 24, 1, 7, 32],
        [0xac100200, 24, 1, 7, 32],
        [0xac100300, 24, 1, 7, 32],
        [0xfd010000, 64, 6, 0, 32],
      ],
    );
    const ours = kernel.facts.filter((fact) => fact.kind === "route" && fact.protocol === 186);
    assert.deepEqual(ours, []);
    await kernel.client.close();
  },

  "dumps of a table that is not there are empty": async () => {
    wire();
    const kernel = await Kernel.start({ table: 4242 });
    await kernel.dump();
    assert.deepEqual(kernel.own, []);
    assert.deepEqual(kernel.errors, []);
    await kernel.client.close();
  },

  "what others do comes as facts, what we do does not": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    await kernel.apply({
      before: [hop(11, 2, index)],
      ...routes([
        { kind: ADD, w0: 0xac100100, length: 24, nexthopId: 11 },
        { kind: ADD, w0: 0xac100200, length: 24, nexthopId: 11 },
      ]),
    });
    sh("ip route add 192.0.2.0/24 via 10.0.0.2");
    const added = await kernel.fact("route", (fact) => fact.prefix.w0 === 0xc0000200);
    assert.deepEqual(added.hops, [{ interface: index, gateway: quad(0x0a000002), onlink: false }]);
    assert.equal(kernel.facts.indexOf(added), 0, "no echo of our own before it");

    sh("ip route replace 192.0.2.0/24 via 10.0.0.3");
    await kernel.fact("route", (fact) => fact.replace === true);
    sh("ip route del 192.0.2.0/24");
    await kernel.fact("route", (fact) => fact.gone === true);

    sh("ip route del 172.16.1.0/24 proto 186");
    const gone = await kernel.fact("own-route-gone");
    assert.deepEqual(gone.prefix, { ...quad(0xac100100), length: 24 });
    assert.equal(gone.metric, 32);
    sh("ip route replace blackhole 172.16.2.0/24 proto 186 metric 32");
    await kernel.until("our route, changed", () => kernel.own.find((own) => own.type === 6));

    sh("ip address add 192.0.2.9/32 dev u0 && ip address del 192.0.2.9/32 dev u0");
    await kernel.fact("address", (fact) => fact.gone === true);
    sh("ip link set u0 down");
    await kernel.fact("link", (fact) => fact.name === "u0" && !fact.up);
    sh("ip link del u0");
    await kernel.fact("link", (fact) => fact.index === index && fact.gone === true);
    await kernel.client.close();
  },

  "nexthop objects that go with their link's carrier": async () => {
    const index = wire();
    sh("ip link add v0 type veth peer name v1; ip link set v0 up; ip link set v1 up");
    const kernel = await Kernel.start();
    const gateway = quad(0x0a000063);
    const other = { ...hop(12, 2, indexOf("v0")), gateway, onlink: true };
    await kernel.apply({ before: [hop(11, 2, index), other] });
    sh("ip link set u1 down"); // u0 is up, without carrier
    await kernel.until("a dump of the nexthops", () => kernel.marks.includes("end nexthops"));
    const left = kernel.facts.filter((fact) => fact.kind === "nexthop");
    assert.deepEqual(
      left.map(({ id }) => id),
      [12],
    );
    assert.deepEqual(kernel.marks, ["begin nexthops", "end nexthops"]);
    await kernel.client.close();
  },

  "a bridge's word about its port is not the port's end": async () => {
    wire();
    sh("ip link add br0 type bridge && ip link set br0 up");
    const bridge = indexOf("br0");
    const kernel = await Kernel.start();
    sh("ip link set u0 master br0");
    await kernel.fact("link", (fact) => fact.name === "u0" && fact.master === bridge);
    sh("ip link set u0 nomaster && ip link set br0 down");
    await kernel.fact("link", (fact) => fact.name === "br0" && !fact.up);
    assert.ok(!kernel.facts.some((fact) => fact.kind === "link" && fact.gone === true));
    await kernel.client.close();
  },

  "when somebody's nexthop object changes, the routes over it are told again": async () => {
    const index = wire();
    // As FRR does: only the object changes, and the kernel says nothing of the route.
    sh(`sysctl -qw net.ipv4.nexthop_compat_mode=0
        ip nexthop add id 5 via 10.0.0.5 dev u0 && ip route add 192.0.2.0/24 nhid 5`);
    const kernel = await Kernel.start();
    await kernel.dump();
    kernel.facts.length = 0;
    sh("ip nexthop replace id 5 via 10.0.0.6 dev u0");
    const route = await kernel.fact("route", (fact) => fact.prefix.w0 === 0xc0000200);
    assert.deepEqual(route.hops, [{ interface: index, gateway: quad(0x0a000006), onlink: false }]);
    assert.ok(kernel.marks.includes("end routes"));
    await kernel.client.close();
  },

  "proxy entries, sysctls, and a neighbour that learns of an address that moved": async () => {
    const index = wire();
    const host = spawn("unshare", ["--net", "sleep", "60"], { stdio: "ignore" });
    const there = `nsenter --net=/proc/${host.pid}/ns/net`;
    try {
      const kernel = await Kernel.start();
      await kernel.until("the other namespace", () => {
        return sh(`readlink /proc/${host.pid}/ns/net`) !== sh("readlink /proc/self/ns/net");
      });
      sh(`ip link set u1 netns ${host.pid}
          ${there} sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
          ${there} ip link set u1 up && ${there} ip address add 10.0.0.2/24 dev u1
          ${there} ip address add fd00::2/64 dev u1 nodad
          ${there} ip neigh add 10.0.0.77 lladdr 02:00:00:00:00:99 dev u1 nud stale
          ${there} ip neigh add fd00::77 lladdr 02:00:00:00:00:99 dev u1 nud stale`);
      const pod6 = { family: 1, w0: 0xfd000000, w1: 0, w2: 0, w3: 0x77 } as const;
      await kernel.until("a usable link-local address", () => {
        return !sh("ip -6 address show dev u0 scope link").includes("tentative");
      });
      const mac = Uint8Array.from([2, 0, 0, 0, 0, 1]);
      const announce = { kind: "announce-address", interface: index, mac } as const;
      const result = await kernel.apply({
        before: [
          { kind: "sysctl", path: "net/ipv4/ip_forward", value: "1" },
          { kind: "proxy-add", address: quad(0x0a00004d), interface: index },
          { kind: "proxy-add", address: quad(0x0a00004e), interface: index },
          { kind: "proxy-add", address: pod6, interface: index },
        ],
        after: [
          { kind: "proxy-delete", address: quad(0x0a00004e), interface: index },
          { ...announce, address: quad(0x0a00004d) },
          { ...announce, address: pod6 },
          { kind: "read-sysctl", path: "net/ipv4/ip_forward" },
          { kind: "read-sysctl", path: "net/ipv4/conf/no such interface/rp_filter" },
          { kind: "sysctl", path: "net/ipv4/no_such_thing", value: "1" },
          { kind: "sysctl", path: "../../tmp/x", value: "1" },
          { ...announce, address: quad(0x0a00004d), mac: new Uint8Array(0) },
        ],
      });
      assert.deepEqual(
        result.errors.map(({ index: at, errno }) => [at, errno]),
        [
          [9, 2],
          [10, 22],
          [11, 22],
        ],
      );
      assert.match(result.errors[0].message, /no_such_thing: does not exist \(ENOENT\)/);
      assert.deepEqual(shown("ip -N neigh show proxy"), [
        "10.0.0.77 dev u0 proxy proto 186",
        "fd00::77 dev u0 proxy proto 186",
      ]);
      for (const pod of ["10.0.0.77", "fd00::77"]) {
        await kernel.until(`${pod} at its new place`, () => {
          return sh(`${there} ip neigh show ${pod}`).includes("02:00:00:00:00:01");
        });
      }
      const sysctls = kernel.facts.filter((fact) => fact.kind === "sysctl");
      assert.deepEqual(sysctls, [
        { kind: "sysctl", path: "net/ipv4/ip_forward", value: "1" },
        {
          kind: "sysctl",
          path: "net/ipv4/conf/no such interface/rp_filter",
          value: undefined,
        },
      ]);
      await kernel.client.close();
    } finally {
      host.kill();
    }
  },

  "without nexthop objects the same batches give plain routes": async () => {
    const index = wire();
    const kernel = new Kernel({ nexthopObjects: "off" });
    assert.deepEqual(await kernel.client.start(), { nexthopObjects: false });
    const result = await kernel.apply({
      before: [
        hop(11, 2, index),
        hop(12, 3, index),
        {
          kind: "nexthop-group",
          id: 20,
          members: [
            { id: 11, weight: 1 },
            { id: 12, weight: 2 },
          ],
        },
      ],
      ...routes([
        { kind: ADD, w0: 0xac100100, length: 24, nexthopId: 11 },
        { kind: ADD, w0: 0xac100200, length: 24, nexthopId: 20 },
        { kind: ADD, w0: 0xac100300, length: 24, nexthopId: 99 },
        { kind: ADD, w0: 0xac100400, length: 24, type: 6 },
      ]),
    });
    assert.deepEqual(result.errors, [{ index: 5, errno: 2, message: "nexthop 99 is not there" }]);
    assert.deepEqual(shown("ip route show proto 186; ip nexthop show"), [
      "172.16.1.0/24 via 10.0.0.2 dev u0 metric 32",
      "172.16.2.0/24 metric 32",
      "nexthop via 10.0.0.2 dev u0 weight 1",
      "nexthop via 10.0.0.3 dev u0 weight 2",
      "blackhole 172.16.4.0/24 metric 32",
    ]);
    await kernel.apply({
      before: [{ kind: "nexthop-group", id: 20, members: [{ id: 12, weight: 1 }] }],
      ...routes([{ kind: REPLACE, w0: 0xac100200, length: 24, nexthopId: 20 }]),
    });
    assert.deepEqual(shown("ip -N route show 172.16.2.0/24"), [
      "172.16.2.0/24 via 10.0.0.3 dev u0 proto 186 metric 32",
    ]);
    await kernel.client.close();
  },

  "close() comes after the batches before it, and frees the process": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    const list = Array.from({ length: 2000 }, (_, i) => {
      return { kind: ADD, w0: 0xac100000 + i, length: 32, nexthopId: 11 };
    });
    const result = kernel.apply({ before: [hop(11, 2, index)], ...routes(list) });
    await kernel.client.close();
    assert.deepEqual((await result).errors, []);
    assert.equal(sh("ip route show proto 186 | wc -l").trim(), "2000");
    assert.deepEqual(kernel.errors, []);
    kernel.client.dump(); // of a closed client: nothing happens
  },

  "a worker that dies is reported": async () => {
    wire();
    const kernel = await Kernel.start();
    // Our own mistake, of a kind that must not pass silently.
    const nonsense = routes([{ kind: 9, w0: 0xac100000, length: 24 }]);
    kernel.client.submit({ id: 1, before: [], ...nonsense, after: [] });
    await kernel.until("the error", () => kernel.errors[0]);
    assert.equal(kernel.errors.length, 1);
    assert.match(kernel.errors[0].message, /no such route kind: 9/);
    await kernel.client.close();
  },

  "process.exit() does not wait for a worker that waits": async () => {
    await Kernel.start();
    setTimeout(() => process.exit(0), 10);
  },
});
