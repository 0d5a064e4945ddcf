/** Dumps and events of the real kernel, each scenario in a namespace of its own. */
import assert from "node:assert/strict";
import { ROUTE_KIND } from "../fib/index.ts";
import { Kernel, hop, indexOf, routes, scenarios, sh, wire } from "./harness.test.ts";

const { ADD } = ROUTE_KIND;

const quad = (w0: number) => ({ family: 0, w0, w1: 0, w2: 0, w3: 0 }) as const;

await scenarios(import.meta.filename, {
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

  "an IPv6 route that goes is told with the hops that go": async () => {
    const index = wire();
    sh(`ip link add v0 type veth peer name v1 && ip link set v0 up
        ip -6 route add fd02::/64 metric 256 dev u0 && ip -6 route append fd02::/64 metric 256 dev v0
        ip -6 route add fd01::/64 nexthop via fd00::2 nexthop via fd00::3`);
    const kernel = await Kernel.start();
    const gateway = { family: 1, w0: 0xfd000000, w1: 0, w2: 0, w3: 3 } as const;
    sh("ip -6 route del fd01::/64 via fd00::3 && ip -6 route del fd02::/64 dev v0");
    const gone = async (w0: number) => {
      return (await kernel.fact("route", (fact) => fact.gone === true && fact.prefix.w0 === w0))
        .hops;
    };
    assert.deepEqual(await gone(0xfd010000), [{ interface: index, gateway, onlink: false }]);
    assert.deepEqual(await gone(0xfd020000), [{ interface: indexOf("v0"), onlink: false }]);
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

    // A change during a dump that takes a while: the next has to wait for its time, and then comes
    // without anything else happening.
    const list = Array.from({ length: 30_000 }, (_, i) => {
      return { kind: ADD, w0: 0xac100000 + i, length: 32, nexthopId: 11 };
    });
    await kernel.apply({ before: [hop(11, 2, index)], ...routes(list) });
    await kernel.until("no more events of new addresses", () => {
      return !sh("ip -6 address show scope link").includes("tentative");
    });
    kernel.marks.length = 0;
    sh("ip nexthop replace id 5 via 10.0.0.8 dev u0");
    await kernel.until("another dump", () => kernel.marks.includes("begin routes"));
    sh("ip nexthop replace id 5 via 10.0.0.7 dev u0");
    await kernel.fact("route", (fact) => fact.hops[0]?.gateway?.w0 === 0x0a000007);
    await kernel.client.close();
  },
});
