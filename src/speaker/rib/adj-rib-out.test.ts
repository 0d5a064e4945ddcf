import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { address, attributes, Bench, source } from "./harness.test.ts";
import type { ExportPolicy } from "./index.ts";

const NEAR = "10.1.0.1";
const FAR = "10.1.0.2";

test("a group lacks a next hop for as long as there are routes that want one", () => {
  for (const paths of [
    [0, 0],
    [Infinity, 2],
  ] as const) {
    const bench = new Bench();
    const [from, member] = [1, 2].map((routerId) =>
      bench.rib.addSource(
        source(`n${routerId}`, { routerId, address: address(`10.0.0.${routerId}`) }),
      ),
    );
    /** Routes by way of FAR would go out with a next hop that there is not. */
    const policy: ExportPolicy & { lacksNextHop: boolean } = {
      key: "lacking",
      lacksNextHop: false,
      evaluate(set) {
        const hop = bench.nextHops.get(bench.attributes.nextHop(set)).address;
        this.lacksNextHop = hop.w0 === address(FAR).w0;
        return this.lacksNextHop ? 0 : set;
      },
    };
    bench.join(member, { policy, paths });
    const lacks = () => bench.rib.member(member)?.lacksNextHop;
    const announce = (text: string, hop: string): void => {
      bench.announce(from, text, attributes(hop));
      bench.settle();
    };
    announce("192.0.2.0/24", NEAR);
    deepEqual(lacks(), [false, false]);
    equal(bench.rib.lacks, 0);
    announce("198.51.100.0/24", FAR);
    announce("203.0.113.0/24", FAR);
    announce("192.0.2.0/24", NEAR);
    deepEqual(lacks(), [true, false]);
    equal(bench.rib.lacks, 1, "it is news once");
    announce("198.51.100.0/24", NEAR);
    deepEqual(lacks(), [true, false]);
    bench.withdraw(from, "203.0.113.0/24");
    bench.settle();
    deepEqual(lacks(), [false, false], "the last one is gone");
    announce("203.0.113.0/24", FAR);
    deepEqual(lacks(), [true, false]);
    equal(bench.rib.lacks, 2);
    bench.leave(member);
    bench.rib.flushSource(from);
    bench.settle();
    bench.assertEmpty();
  }
});
