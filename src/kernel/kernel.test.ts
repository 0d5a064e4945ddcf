/** Batches against the real kernel, and the worker's life; each scenario in a namespace of its own. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { ROUTE_KIND } from "../fib/index.ts";
import { Kernel, hop, indexOf, routes, scenarios, sh, wire } from "./harness.test.ts";
import { isRefusal } from "./inquiry.ts";

const { ADD, REPLACE, DELETE } = ROUTE_KIND;

const quad = (w0: number) => ({ family: 0, w0, w1: 0, w2: 0, w3: 0 }) as const;

function shown(command: string): string[] {
  return sh(command)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** Interfaces by which 100 addresses of a /16 are reached. */
function waysInto(start: string): string[] {
  const asked = Array.from({ length: 100 }, (_, i) => `ip route get ${start}.${i}.${i}`).join("\n");
  return [...new Set([...sh(asked).matchAll(/ dev (\S+)/g)].map(([, name]) => name))].sort();
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

  "one route is read back, with its objects and neighbours; what is not there is an errno":
    async () => {
      const index = wire();
      sh("ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev u0 nud permanent");
      sh("ip route add 10.0.0.2/32 dev u0 mtu lock 1300");
      const kernel = await Kernel.start();
      const members = [
        { id: 11, weight: 1 },
        { id: 12, weight: 1 },
      ];
      await kernel.apply({
        before: [hop(11, 2, index), hop(12, 3, index), { kind: "nexthop-group", id: 20, members }],
        ...routes([
          { kind: ADD, w0: 0xac100200, length: 24, nexthopId: 20 },
          { kind: ADD, w0: 0xac100280, length: 25, nexthopId: 11 },
          { kind: ADD, w0: 0xac100400, length: 24, type: 6 },
        ]),
      });
      const ask = async (w0: number, length: number, objects: number[] = []) => {
        const addresses = [quad(w0), quad(w0 | (0xffffffff >>> length))];
        const prefix = { ...quad(w0), length };
        const neighbours = [{ interface: index, address: quad(0x0a000009) }];
        const report = await kernel.client.inquire(
          { addresses, prefix, objects, neighbours },
          10_000,
        );
        assert.ok(report);
        return report;
      };

      const group = await ask(0xac100200, 24, [999]);
      assert.ok(!isRefusal(group.match) && !isRefusal(group.path));
      const { nexthopId, metric, protocol, table } = group.match;
      assert.deepEqual(
        { nexthopId, metric, protocol, table },
        {
          ...{ nexthopId: 20, metric: 32, protocol: 186, table: 254 },
        },
      );
      assert.deepEqual(group.exact, group.match);
      assert.equal(group.path.hops[0].interface, index);
      const objects = group.objects.map(({ id, object }) => [
        id,
        isRefusal(object) && object.errno,
      ]);
      assert.deepEqual(objects, [
        [999, 2],
        [20, false],
        [11, false],
        [12, false],
      ]);
      const known = group.neighbours.find(({ address }) => address.w0 === 0x0a000002);
      assert.ok(known !== undefined && !isRefusal(known.entry));
      assert.deepEqual(Array.from(known.entry.mac), [2, 0, 0, 0, 0, 2]);
      assert.deepEqual(known.mtu, { mtu: 1300, locked: true });
      const unknown = group.neighbours.find(({ address }) => address.w0 === 0x0a000009);
      assert.deepEqual(unknown?.entry, { errno: 2 });

      const longer = await ask(0xac100280, 25);
      assert.equal(longer.exact?.nexthopId, 11);
      const shorter = await ask(0xac100200, 23);
      assert.equal(shorter.exact, undefined, "a /24 is not a /23");
      assert.deepEqual((await ask(0xac100400, 24)).match, { errno: 22 });
      assert.deepEqual((await ask(0xac100500, 24)).match, { errno: 101 });

      const everything = { addresses: [quad(0)], prefix: { ...quad(0), length: 0 } };
      const none = { ...everything, objects: [], neighbours: [] };
      await kernel.client.close();
      assert.equal(await kernel.client.inquire(none, 1000), undefined);
    },

  "the route that packets are under is found in whatever table it is, of both families":
    async () => {
      const index = wire();
      sh(`ip route add 172.16.1.0/24 via 10.0.0.2 table 100 && ip rule add to 172.16.0.0/16 table 100
        ip -6 route add fd01::/64 via fd00::2 table 100 && ip -6 rule add to fd01::/16 table 100`);
      const kernel = await Kernel.start();
      for (const [address, length] of [
        [quad(0xac100100), 24],
        [{ ...quad(0xfd010000), family: 1 }, 64],
      ] as const) {
        const inquiry = { addresses: [address], prefix: { ...address, length } };
        const report = await kernel.client.inquire(
          { ...inquiry, objects: [], neighbours: [] },
          10_000,
        );
        assert.ok(report !== undefined && !isRefusal(report.match) && !isRefusal(report.path));
        assert.equal(report.match.table, 100);
        assert.equal(report.match.prefix.length, length);
        assert.deepEqual(report.exact, report.match);
        assert.equal(report.path.hops[0].interface, index);
      }
      await kernel.client.close();
    },

  "packets that have gone by a link are counted in both directions": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    const ask = async () => {
      const all = await kernel.client.count(10_000);
      const link = all?.find((each) => each.index === index);
      assert.ok(link !== undefined);
      return link;
    };
    const before = await ask();
    sh("ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev u0");
    sh("ping -q -c 3 -i 0.05 -W 0.05 10.0.0.9 || true");
    const after = await ask();
    const sent = after.packetsSent - before.packetsSent;
    assert.ok(sent >= 3 && sent < 20, `${sent} packets sent`);
    assert.ok(after.packetsReceived - before.packetsReceived < 3);
    await kernel.client.close();
    assert.equal(await kernel.client.count(1000), undefined);
  },

  "an answer that came while this thread was busy counts, however late it is seen": async () => {
    const kernel = await Kernel.start();
    const prefix = { ...quad(0), length: 0 };
    const asked = { addresses: [quad(0)], prefix, objects: [], neighbours: [] };
    assert.ok((await kernel.client.inquire(asked, 10_000)) !== undefined);
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    const wasSeen = async (busy: number): Promise<boolean> => {
      // In this phase of the event loop: timers are due before anything is read.
      await new Promise((resolve) => setImmediate(resolve));
      const answer = kernel.client.inquire(asked, 1);
      Atomics.wait(nobody, 0, 0, busy);
      return (await answer) !== undefined;
    };
    // Until the worker has had time enough.
    let busy = 100;
    while (!(await wasSeen(busy))) assert.ok((busy *= 2) < 60_000, "never");
    await kernel.client.close();
  },

  "an inquiry does not wait for what has been submitted before it": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    const list = Array.from({ length: 50_000 }, (_, i) => {
      return { kind: ADD, w0: 0xac100000 + i, length: 32, nexthopId: 11 };
    });
    const batch = { id: 100, before: [hop(11, 2, index)], after: [], ...routes(list) };
    kernel.client.submit(batch);
    const prefix = { ...quad(0), length: 0 };
    const asked = { addresses: [quad(0)], prefix, objects: [], neighbours: [] };
    assert.ok((await kernel.client.inquire(asked, 60_000)) !== undefined);
    assert.equal(kernel.results.size, 0);
    await kernel.until("the batch is done", () => kernel.results.get(100));
    await kernel.client.close();
  },

  "an inquiry that fails is answered by silence, and the worker goes on": async () => {
    const kernel = await Kernel.start();
    const prefix = { ...quad(0), length: 0 };
    const none = { addresses: [], prefix, objects: [], neighbours: [] };
    assert.equal(await kernel.client.inquire(none, 10_000), undefined);
    const report = await kernel.client.inquire({ ...none, addresses: [quad(0)] }, 10_000);
    assert.ok(report !== undefined);
    await kernel.client.close();
  },

  "a question for which there is no socket left is not answered, and ends nothing": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    sh(`prlimit --pid ${process.pid} --nofile=256:`);
    const taken: number[] = [];
    assert.throws(() => {
      for (;;) taken.push(openSync("/dev/null", "r"));
    }, /EMFILE/);
    const inquiry = { addresses: [quad(0)], prefix: { ...quad(0), length: 0 } };
    const report = await kernel.client.inquire({ ...inquiry, objects: [], neighbours: [] }, 10_000);
    for (const descriptor of taken) closeSync(descriptor);
    assert.equal(report, undefined);
    assert.deepEqual((await kernel.apply({ before: [hop(11, 2, index)] })).errors, []);
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

  "proxy entries, sysctls, and a neighbour that learns of an address that moved": async () => {
    const index = wire();
    const host = spawn("unshare", ["--net", "sleep", "600"], { stdio: "ignore" });
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
    assert.deepEqual(await kernel.client.start(), {
      nexthopObjects: false,
      resilientGroups: false,
    });
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

  "a resilient group keeps its route when the link of all its members but one is gone":
    async () => {
      const index = wire();
      sh(`ip link add w0 type veth peer name w1 && ip link set w0 up && ip link set w1 up
        ip address add 10.0.1.1/24 dev w0`);
      const kernel = new Kernel();
      const { resilientGroups } = await kernel.client.start();
      if (!resilientGroups) return kernel.client.close();
      const members = [
        { id: 11, weight: 255 },
        { id: 12, weight: 1 },
      ];
      const gateway = quad(0x0a000102);
      const other = indexOf("w0");
      const result = await kernel.apply({
        before: [
          hop(11, 2, index),
          { kind: "nexthop", id: 12, family: 0, interface: other, gateway, onlink: false },
          { kind: "nexthop-group", id: 20, members, buckets: 64 },
        ],
        ...routes([{ kind: ADD, w0: 0xac100000, length: 16, nexthopId: 20 }]),
      });
      assert.deepEqual(result.errors, []);
      await kernel.dump();
      const group = await kernel.fact("nexthop", ({ id }) => id === 20);
      assert.deepEqual([group.members, group.buckets], [members, 64]);
      assert.deepEqual(waysInto("172.16"), ["u0"]);
      sh("ip link set u1 down");
      await kernel.fact("link", (fact) => fact.index === index && !fact.running);
      assert.deepEqual(waysInto("172.16"), ["w0"]);
      // The group is what is left of it, and it can be what it was once more.
      sh("ip link set u1 up");
      const again = await kernel.apply({
        before: [hop(11, 2, index), { kind: "nexthop-group", id: 20, members, buckets: 64 }],
      });
      assert.deepEqual(again.errors, []);
      assert.deepEqual(waysInto("172.16"), ["u0"]);
      await kernel.client.close();
    },

  "one blackhole object serves both families, and what is over it is found again by it":
    async () => {
      wire();
      const kernel = await Kernel.start();
      const result = await kernel.apply({
        before: [{ kind: "nexthop", id: 11, family: 1, interface: 0, onlink: false }],
        ...routes([
          { kind: ADD, w0: 0xc0000201, length: 32, nexthopId: 11 },
          { kind: ADD, family: 1, w0: 0x20010db8, length: 128, nexthopId: 11 },
        ]),
      });
      assert.deepEqual(result.errors, []);
      assert.deepEqual(shown("ip -N nexthop show; ip route show proto 186"), [
        "id 11 blackhole proto 186",
        "blackhole 192.0.2.1 nhid 11 dev lo metric 32",
      ]);
      assert.deepEqual(shown("ip -6 route show proto 186"), [
        "blackhole 2001:db8:: nhid 11 dev lo metric 32 pref medium",
      ]);
      await kernel.dump();
      assert.deepEqual(
        kernel.own.map(({ nexthopId, type }) => [nexthopId, type]),
        [
          [11, 6],
          [11, 6],
        ],
      );
      const [object] = kernel.facts.filter((fact) => fact.kind === "nexthop");
      assert.deepEqual([object.blackhole, object.interface, object.gateway], [true, 0, undefined]);
      await kernel.client.close();
    },

  "without nexthop objects a blackhole is a route of that type": async () => {
    wire();
    const kernel = await Kernel.start({ nexthopObjects: "off" });
    const { errors } = await kernel.apply({
      before: [{ kind: "nexthop", id: 11, family: 1, interface: 0, onlink: false }],
      ...routes([{ kind: ADD, w0: 0xc0000201, length: 32, nexthopId: 11 }]),
    });
    assert.deepEqual(errors, []);
    assert.deepEqual(shown("ip nexthop show; ip route show proto 186"), [
      "blackhole 192.0.2.1 metric 32",
    ]);
    await kernel.client.close();
  },

  "ours are found in every table, others' routes in those that are followed": async () => {
    wire();
    sh(`for t in 77 300; do
          ip route add 192.0.2.1/32 dev u0 table $t proto 186 metric 7
          ip route add 192.0.2.2/32 dev u0 table $t proto 4
        done`);
    const kernel = await Kernel.start({ tables: [77] });
    const others = (): unknown[] =>
      kernel.facts.flatMap((fact) =>
        fact.kind === "route" && fact.protocol === 4 ? [fact.table] : [],
      );
    await kernel.dump();
    assert.deepEqual(
      kernel.own.map(({ table, metric }) => [table, metric]).sort(([a], [b]) => a - b),
      [
        [77, 7],
        [300, 7],
      ],
    );
    assert.deepEqual(others(), [77]);
    kernel.facts.length = 0;
    kernel.client.follow([300]);
    kernel.client.dump(["routes"]);
    await kernel.apply({}); // answered after all that was asked before
    assert.deepEqual(others(), [300]);
    sh("ip route del 192.0.2.1/32 table 300; ip route del 192.0.2.2/32 table 77");
    sh("ip route del 192.0.2.2/32 table 300");
    await kernel.until("the last word", () => kernel.facts.some((fact) => "gone" in fact));
    const words = kernel.facts.filter(({ kind }) => kind === "own-route-gone");
    assert.deepEqual(
      words.map((fact) => "table" in fact && fact.table),
      [300],
    );
    assert.deepEqual(others(), [300, 300]);
    await kernel.client.close();
  },

  "many that ask for a dump before it begins get one": async () => {
    wire();
    const kernel = await Kernel.start();
    for (let i = 0; i < 5; i++) kernel.client.dump();
    kernel.client.dump(["links"]);
    await kernel.apply({}); // answered after all that was asked before
    const begun = (kind: string): number =>
      kernel.marks.filter((mark) => mark === `begin ${kind}`).length;
    assert.deepEqual([begun("links"), begun("routes"), begun("proxies")], [1, 1, 1]);
    await kernel.dump();
    assert.equal(begun("links"), 1, "one that has been answered can be asked for again");
    await kernel.client.close();
  },

  "events come between batches that leave no pause": async () => {
    const index = wire();
    const kernel = await Kernel.start();
    // The first takes a while, so that the others lie in the worker's queue when it takes the second.
    const list = Array.from({ length: 30_000 }, (_, i) => {
      return { kind: ADD, w0: 0xac100000 + i, length: 32, nexthopId: 11 };
    });
    const path = "net/ipv6/conf/u0/disable_ipv6"; // the kernel tells of each address that goes
    const order: string[] = [];
    kernel.onResult = ({ id }) => order.push(`result ${id}`);
    kernel.onFacts = (facts) => order.push(...facts.map(({ kind }) => kind));
    const batch = { before: [], after: [], ...routes([]) };
    kernel.client.submit({ ...batch, id: 1, before: [hop(11, 2, index)], ...routes(list) });
    kernel.client.submit({ ...batch, id: 2, before: [{ kind: "sysctl", path, value: "1" }] });
    for (let id = 3; id <= 9; id++) kernel.client.submit({ ...batch, id });
    await kernel.until("all answers", () => order.includes("result 9"));
    const before = order.slice(0, order.indexOf("result 9"));
    assert.ok(before.includes("address"), order.join());
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
