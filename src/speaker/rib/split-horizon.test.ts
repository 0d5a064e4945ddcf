import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { address, attributes, Bench, source, type Receiver } from "./harness.test.ts";
import type { GroupSettings } from "./index.ts";

const A = "10.1.0.1";
const B = "10.1.0.2";

function neighbours(bench: Bench, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fields = { routerId: i + 1, address: address(`10.0.0.${i + 1}`) };
    return bench.rib.addSource(source(`n${i + 1}`, fields));
  });
}

/** What a receiver heard since the last call. */
function heard(receiver: Receiver): string[] {
  return receiver.log.splice(0);
}

const EXTERNAL: Partial<GroupSettings> = { sendBack: false };

test("what a member of an external group sent goes to all but that member", () => {
  const bench = new Bench();
  const [one, two, three] = neighbours(bench, 3);
  const receivers = [one, two, three].map((member) => bench.join(member, EXTERNAL));
  bench.announce(one, "192.0.2.0/24", attributes(A));
  bench.announce(two, "192.0.2.1/32", attributes(A));
  bench.settle();
  deepEqual(
    receivers.map((receiver) => receiver.prefixes()),
    [["192.0.2.1/32"], ["192.0.2.0/24"], ["192.0.2.0/24", "192.0.2.1/32"]],
  );
  const { family, id } = bench.prefix("192.0.2.0/24");
  equal(bench.rib.exported(one, family, id), 0);
  ok(bench.rib.exported(two, family, id) > 0);
  for (const receiver of receivers) heard(receiver);
  bench.announce(one, "192.0.2.0/24", attributes(B));
  bench.settle();
  deepEqual(receivers.map(heard), [[], ["+ 192.0.2.0/24"], ["+ 192.0.2.0/24"]]);
  bench.withdraw(one, "192.0.2.0/24");
  bench.settle();
  deepEqual(receivers.map(heard), [[], ["- 192.0.2.0/24"], ["- 192.0.2.0/24"]]);
});

test("when the best path moves from one member to another, each hears what is new to it", () => {
  for (const hasSameAttributes of [false, true]) {
    const bench = new Bench();
    const [one, two, three] = neighbours(bench, 3);
    const receivers = [one, two, three].map((member) => bench.join(member, EXTERNAL));
    bench.announce(two, "192.0.2.0/24", attributes(A));
    bench.settle();
    for (const receiver of receivers) heard(receiver);
    // The lower router id wins.
    bench.announce(one, "192.0.2.0/24", attributes(hasSameAttributes ? A : B));
    bench.settle();
    const third = hasSameAttributes ? [] : ["+ 192.0.2.0/24"];
    deepEqual(receivers.map(heard), [["- 192.0.2.0/24"], ["+ 192.0.2.0/24"], third]);
    bench.withdraw(one, "192.0.2.0/24");
    bench.settle();
    deepEqual(receivers.map(heard), [["+ 192.0.2.0/24"], ["- 192.0.2.0/24"], third]);
    for (const receiver of receivers) equal(receiver.spurious, 0);
  }
});

test("a member of an internal group gets its own route back (RFC 4456 §8)", () => {
  const bench = new Bench();
  const [one, two] = neighbours(bench, 2);
  const receivers = [one, two].map((member) => bench.join(member));
  bench.announce(one, "192.0.2.0/24", attributes(A));
  bench.settle();
  for (const receiver of receivers) deepEqual(receiver.prefixes(), ["192.0.2.0/24"]);
});

test("members of an external group that join late, or drain, are not sent their own routes", () => {
  const bench = new Bench();
  const [one, two] = neighbours(bench, 2);
  bench.announce(one, "192.0.2.0/24", attributes(A));
  bench.announce(two, "192.0.2.1/32", attributes(A));
  const first = bench.join(two, EXTERNAL);
  bench.settle();
  const late = bench.join(one, EXTERNAL);
  bench.settle();
  deepEqual(heard(late), ["+ 192.0.2.1/32", "end 0", "end 1"]);
  bench.rib.blocked(one);
  bench.rib.refresh(one, 0, false);
  bench.rib.drained(one);
  bench.settle();
  deepEqual(heard(late), ["+ 192.0.2.1/32"]);
  deepEqual(first.prefixes(), ["192.0.2.0/24"]);
});
