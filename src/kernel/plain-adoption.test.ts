/** What an earlier run has left, as the worker tells it where it works with plain routes. */
import assert from "node:assert/strict";
import { FIRST_OBJECT, ROUTE_KIND } from "../fib/index.ts";
import type { NexthopFact } from "../fib/index.ts";
import { Kernel, routes, scenarios, sh, wire } from "./harness.test.ts";

const virtual = (kernel: Kernel): Map<number, NexthopFact> => {
  const found = new Map<number, NexthopFact>();
  for (const fact of kernel.facts) {
    if (fact.kind === "nexthop" && fact.virtual === true) found.set(fact.id, fact);
  }
  return found;
};

await scenarios(import.meta.filename, {
  "the first dump names what plain routes carry, and a batch can speak of it": async () => {
    wire();
    sh(`ip route add 172.16.1.0/24 via 10.0.0.2 proto 186 metric 32
        ip route add 172.16.2.0/24 via 10.0.0.2 proto 186 metric 32
        ip route add 172.16.3.0/24 proto 186 metric 32 nexthop via 10.0.0.3 nexthop via 10.0.0.2
        ip route add 172.16.4.0/24 via inet6 fd00::2 dev u0 proto 186 metric 32
        ip route add 172.16.5.0/24 via 192.0.2.1 dev u0 onlink proto 186 metric 32
        ip route add 172.16.6.0/24 proto 186 metric 32 \\
          nexthop via 10.0.0.2 weight 2 nexthop via 10.0.0.3
        ip route add 172.16.7.0/24 dev u0 proto 186 metric 32
        ip route add blackhole 172.16.8.0/24 proto 186 metric 32
        ip nexthop add id ${FIRST_OBJECT + 1} via 10.0.0.9 dev u0 proto 186
        ip route add 172.16.9.0/24 nhid ${FIRST_OBJECT + 1} proto 186 metric 32
        ip -6 route add fd01::/64 proto 186 metric 32 \\
          nexthop via fd00::2 dev u0 nexthop via fd00::3 dev u0`);
    const kernel = await Kernel.start({ nexthopObjects: "off" });
    await kernel.dump();
    const objects = virtual(kernel);
    const text = (id: number): string => {
      const fact = objects.get(id);
      if (fact === undefined) return String(id);
      if (fact.members !== undefined) return fact.members.map((member) => text(member.id)).join();
      const { w0 = 0, w3 = 0 } = fact.gateway ?? {};
      return `${(w0 >>> 0).toString(16)}:${w3}${fact.onlink ? " onlink" : ""}`;
    };
    const told = kernel.own.map(({ w0, nexthopId }) => `${w0.toString(16)} ${text(nexthopId)}`);
    assert.deepEqual(told.sort(), [
      "ac100100 a000002:0",
      "ac100200 a000002:0",
      "ac100300 a000002:0,a000003:0",
      "ac100400 fd000000:2",
      "ac100500 c0000201:0 onlink",
      "ac100600 0",
      "ac100700 0",
      "ac100800 0",
      `ac100900 ${FIRST_OBJECT + 1}`,
      "fd010000 fd000000:2,fd000000:3",
    ]);
    assert.ok(!objects.has(FIRST_OBJECT + 1), "an id that the kernel has is not given");
    const [one] = kernel.own;
    const result = await kernel.apply({
      ...routes([{ kind: ROUTE_KIND.ADD, w0: 0xac100a00, length: 24, nexthopId: one.nexthopId }]),
      after: [
        { kind: "nexthop-delete", id: one.nexthopId },
        { kind: "nexthop-delete", id: FIRST_OBJECT + 1 },
      ],
    });
    assert.deepEqual(result.errors, []);
    assert.match(sh("ip route show 172.16.10.0/24"), /via 10\.0\.0\.2 dev u0/);
    assert.equal(sh("ip nexthop show").trim(), "", "what is not the worker's is the kernel's");
    kernel.own.length = 0;
    kernel.facts.length = 0;
    await kernel.dump();
    assert.deepEqual(new Set(kernel.own.map(({ nexthopId }) => nexthopId)), new Set([0]));
    assert.equal(virtual(kernel).size, 0, "later, ids are the Fib's to give");
    await kernel.client.close();
  },
});
