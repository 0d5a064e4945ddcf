import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { address, attributes, Bench, source, type Receiver } from "./harness.test.ts";

const A = "10.1.0.1";
const B = "10.1.0.2";

function neighbours(bench: Bench, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const fields = { routerId: i + 1, address: address(`10.0.0.${i + 1}`) };
    return bench.rib.addSource(source(`n${i + 1}`, fields));
  });
}

function hosts(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `198.18.${i >> 8}.${i & 255}/32`);
}

/** What a receiver heard since the last call. */
function heard(receiver: Receiver): string[] {
  return receiver.log.splice(0);
}

test("members of a group get the same bytes, once encoded", () => {
  const bench = new Bench();
  const [from, ...members] = neighbours(bench, 4);
  for (const member of members) bench.join(member);
  bench.settle();
  for (const prefix of hosts(100)) bench.announce(from, prefix, attributes(A, [1]));
  bench.resolve();
  while (bench.rib.work(1000));
  const writes = bench.rib.take();
  deepEqual(
    writes.map((write) => write.members),
    [members],
  );
  // Header, two lengths, ORIGIN, AS_PATH, NEXT_HOP and LOCAL_PREF-less attributes, 100 times 5 octets.
  equal(writes[0].bytes.length, 19 + 4 + 4 + 9 + 7 + 500);
});

test("prefixes with the same attributes share an UPDATE, in whatever order they came", () => {
  const bench = new Bench();
  const [from, member] = neighbours(bench, 2);
  const receiver = bench.join(member);
  bench.settle();
  const sets = [attributes(A, [1]), attributes(B, [2]), attributes(A, [3])];
  hosts(300).forEach((prefix, i) => bench.announce(from, prefix, sets[i % 3]));
  receiver.messages = 0;
  bench.settle(10_000);
  equal(receiver.messages, 3);
  deepEqual(receiver.prefixes(), hosts(300).toSorted());
  deepEqual(receiver.routes.get("198.18.0.1/32")?.asPath, [{ type: 2, asns: [2] }]);
});

test("what differs makes another group", () => {
  const bench = new Bench();
  const ids = neighbours(bench, 6);
  bench.join(ids[0]);
  bench.join(ids[1]);
  bench.join(ids[2], { fourOctetAs: false });
  bench.join(ids[3], { maximumLength: 65535 });
  bench.join(ids[4], { families: [true, false] });
  bench.join(ids[5], { policy: { key: "nothing", evaluate: () => 0 } });
  const groups = bench.rib.groups().map((group) => group.members);
  deepEqual(groups, [[ids[0], ids[1]], [ids[2]], [ids[3]], [ids[4]], [ids[5]]]);
});

test("AS numbers are written as negotiated (RFC 6793)", () => {
  const bench = new Bench();
  const [from, old] = neighbours(bench, 2);
  const receiver = bench.join(old, { fourOctetAs: false });
  bench.announce(from, "192.0.2.0/24", attributes(A, [70000, 1]));
  bench.settle();
  // The receiver puts AS_PATH and AS4_PATH together again (§4.2.3).
  deepEqual(receiver.routes.get("192.0.2.0/24")?.asPath, [{ type: 2, asns: [70000, 1] }]);
});

test("a member hears of a family only if it has it", () => {
  const bench = new Bench();
  const [from, four, six] = neighbours(bench, 3);
  const one = bench.join(four, { families: [true, false] });
  const two = bench.join(six, { families: [false, true] });
  bench.announce(from, "192.0.2.0/24", attributes(A));
  bench.announce(from, "2001:db8::/32", attributes("2001:db8::1"));
  bench.settle();
  deepEqual(heard(one), ["+ 192.0.2.0/24", "end 0"]);
  deepEqual(heard(two), ["+ 2001:db8::/32", "end 1"]);
});

test("the policy decides what goes out and how; a change of its answer is a change", () => {
  const bench = new Bench();
  const [from, member] = neighbours(bench, 2);
  const evaluate = (set: number, _family: number, prefix: number): number => {
    const before = bench.attributes.get(set);
    if (before.med === 7 || bench.prefixes[0].lengthOf(prefix) === 32) return 0;
    return bench.attributes.intern({ ...before, med: undefined, localPref: 5 });
  };
  const receiver = bench.join(member, { policy: { key: "p", evaluate } });
  bench.announce(from, "192.0.2.0/24", attributes(A, [], { med: 6 }));
  bench.announce(from, "192.0.2.1/32", attributes(A, [], { med: 6 }));
  bench.settle();
  deepEqual(heard(receiver), ["+ 192.0.2.0/24", "end 0", "end 1"]);
  equal(receiver.routes.get("192.0.2.0/24")?.localPref, 5);
  bench.announce(from, "192.0.2.0/24", attributes(A, [], { med: 5 }));
  bench.settle();
  deepEqual(heard(receiver), [], "what goes out is the same");
  bench.announce(from, "192.0.2.0/24", attributes(A, [], { med: 7 }));
  bench.settle();
  deepEqual(heard(receiver), ["- 192.0.2.0/24"]);
  bench.rib.flushSource(from);
  bench.assertEmpty();
});

test("attributes that leave no room, or have no next hop, are withdrawn (RFC 8654 §4)", () => {
  const PREFIXES = ["192.0.2.0/24", "203.0.113.0/24"];
  const communities = Array.from({ length: 1020 }, (_, i) => i);
  for (const paths of [
    [0, 0],
    [2, 2],
  ] as const) {
    const bench = new Bench();
    const [from, member, other] = neighbours(bench, 3);
    const receiver = bench.join(member, { paths });
    const wide = bench.join(other, { paths, maximumLength: 65535 });
    const told = () =>
      PREFIXES.filter((each) => bench.rib.exported(member, 0, bench.prefix(each).id) !== 0);
    bench.announce(from, PREFIXES[0], attributes(A));
    bench.announce(0, PREFIXES[1], attributes(A));
    bench.settle();
    equal(receiver.routes.size, 2);
    deepEqual(told(), PREFIXES);
    bench.announce(from, PREFIXES[0], attributes(A, [], { communities }));
    bench.announce(0, PREFIXES[1], { ...attributes(A), nextHop: undefined });
    bench.settle();
    equal(receiver.routes.size, 0);
    deepEqual(told(), [], "nor does the table say that they were told");
    equal(wide.routes.size, 1);
    bench.announce(from, PREFIXES[0], attributes(A, [], { communities: communities.slice(9) }));
    bench.settle();
    deepEqual(told(), [PREFIXES[0]]);
    equal(receiver.routes.size, 1);
  }
});

test("AS4_PATH counts towards the room of who knows two octets only", () => {
  const bench = new Bench();
  const [from, member, other] = neighbours(bench, 3);
  const [two, four] = [bench.join(member, { fourOctetAs: false }), bench.join(other)];
  const told = (id: number) => bench.rib.exported(id, 0, bench.prefix("192.0.2.0/24").id) !== 0;
  for (const [count, fits] of [
    [660, true],
    [690, false],
  ] as const) {
    const path = Array.from({ length: count }, (_, i) => 70_000 + i);
    bench.announce(from, "192.0.2.0/24", attributes(A, path));
    bench.settle();
    equal(told(member), fits);
    equal(two.routes.size, fits ? 1 : 0);
    ok(told(other));
    equal(four.routes.size, 1);
  }
});

test("a new member hears the table, then End-of-RIB, then changes; the others nothing of it", () => {
  const bench = new Bench();
  const [from, first, second, third] = neighbours(bench, 4);
  const old = bench.join(first);
  for (const prefix of hosts(5000)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  equal(old.routes.size, 5000);
  heard(old);
  const fresh = bench.join(second);
  equal(bench.rib.member(second)?.state, "catching up");
  bench.rib.work(1000);
  const late = bench.join(third); // In the middle of the walk
  bench.settle();
  equal(bench.rib.member(second)?.state, "in step");
  for (const receiver of [fresh, late]) {
    equal(receiver.routes.size, 5000);
    equal(receiver.log.at(-1), "end 0");
    equal(receiver.log.length, 5002, "each prefix once, and two ends");
  }
  deepEqual(heard(old), []);
  bench.announce(from, "192.0.2.0/24", attributes(A));
  bench.settle();
  for (const receiver of [old, fresh, late]) equal(receiver.log.pop(), "+ 192.0.2.0/24");
});

test("a walk that a member joined in the middle comes round to there, and ends", () => {
  const bench = new Bench();
  const [from, first, second, third] = neighbours(bench, 4);
  bench.join(first);
  for (const prefix of hosts(50)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  const receivers = [bench.join(second)];
  bench.rib.work(8);
  receivers.push(bench.join(third));
  bench.settle(); // One stretch from the beginning, past where the third joined, to the end
  for (const receiver of receivers) equal(receiver.routes.size, 50);
  equal(bench.rib.member(third)?.state, "in step");
});

test("members that join together share the encoding of the table", () => {
  const bench = new Bench();
  const [from, first, ...others] = neighbours(bench, 12);
  bench.join(first);
  for (const prefix of hosts(3000)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  for (const member of others) bench.join(member);
  while (bench.rib.work(1000));
  const writes = bench.rib.take();
  ok(writes.length <= 3000 / 1000 + 4, `${writes.length} writes`);
  for (const { members } of writes) deepEqual(members, others);
});

test("End-of-RIB comes at once where there is nothing to say (RFC 4724 §2)", () => {
  const bench = new Bench();
  const [one, two] = neighbours(bench, 2);
  const first = bench.join(one);
  ok(bench.rib.work(1000) || bench.deliver() > 0);
  bench.settle();
  deepEqual(heard(first), ["end 0", "end 1"]);
  const second = bench.join(two);
  bench.settle();
  deepEqual(heard(second), ["end 0", "end 1"]);
  deepEqual(heard(first), []);
});

test("a blocked member gets nothing, holds nobody back, and then what is still true", () => {
  const bench = new Bench();
  const [from, slow, quick] = neighbours(bench, 3);
  const one = bench.join(slow);
  const two = bench.join(quick);
  bench.announce(from, "192.0.2.0/24", attributes(A));
  bench.announce(from, "192.0.2.1/32", attributes(A));
  bench.settle();
  bench.rib.blocked(slow);
  heard(one);
  for (let i = 0; i < 5; i++) {
    bench.announce(from, "192.0.2.0/24", attributes(i % 2 === 0 ? A : B, [i + 1]));
    bench.settle();
  }
  bench.withdraw(from, "192.0.2.1/32");
  bench.settle();
  deepEqual(heard(one), []);
  equal(two.log.filter((line) => line === "+ 192.0.2.0/24").length, 6);
  deepEqual(bench.rib.member(slow)?.behind, [2, 0]);
  equal(bench.rib.member(slow)?.state, "blocked");

  bench.rib.drained(slow);
  bench.settle();
  deepEqual(heard(one), ["- 192.0.2.1/32", "+ 192.0.2.0/24"]);
  deepEqual(one.routes, two.routes);
  equal(bench.rib.member(slow)?.state, "in step");
  bench.rib.flushSource(from);
  bench.assertEmpty();
});

test("a member may block in the middle of the table, and again while it catches up", () => {
  const bench = new Bench();
  const [from, first, slow] = neighbours(bench, 3);
  bench.join(first);
  for (const prefix of hosts(4000)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  const receiver = bench.join(slow);
  bench.rib.work(1000);
  bench.deliver();
  ok(receiver.routes.size > 0 && receiver.routes.size < 4000);
  bench.rib.blocked(slow);
  bench.settle();
  const before = receiver.routes.size;
  bench.rib.drained(slow);
  bench.rib.work(1000);
  bench.rib.blocked(slow);
  bench.settle();
  ok(receiver.routes.size > before && receiver.routes.size < 4000);
  ok(!receiver.log.includes("end 0"));
  bench.rib.drained(slow);
  bench.settle();
  equal(receiver.routes.size, 4000);
  equal(receiver.log.at(-1), "end 0");
  equal(receiver.log.length, 4002, "each prefix once, and two ends");
});

test("a member that asks for the table again and again gets one begin, all of it, one end", () => {
  const bench = new Bench();
  const [from, slow] = neighbours(bench, 2);
  const receiver = bench.join(slow);
  for (const prefix of hosts(100)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  for (const isBlocked of [true, false]) {
    receiver.log.length = 0;
    if (isBlocked) bench.rib.blocked(slow);
    for (let i = 0; i < 1000; i++) bench.rib.refresh(slow, 0, true);
    const marks = bench.rib.take();
    equal(marks.length, 1, "what it does not read is not heaped up");
    bench.settle();
    bench.rib.drained(slow);
    bench.settle();
    equal(receiver.log.filter((line) => line.startsWith("+")).length, 100);
    equal(receiver.log.filter((line) => line.startsWith("refresh")).length, 1, "the end");
  }
  bench.leave(slow);
});

test("the begin of a refresh does not outlive the session", () => {
  const bench = new Bench();
  const [from, asker] = neighbours(bench, 2);
  bench.join(asker);
  bench.announce(from, "10.0.0.1/32", attributes(A));
  bench.settle();
  bench.rib.refresh(asker, 0, true);
  bench.leave(asker);
  deepEqual(bench.rib.take(), []);
});

test("asking for a large table costs a blocked member's group no time", () => {
  const bench = new Bench();
  const [from, slow] = neighbours(bench, 2);
  bench.join(slow);
  for (const prefix of hosts(20_000)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  bench.rib.blocked(slow);
  bench.rib.refresh(slow, 0, false);
  deepEqual(bench.rib.member(slow)?.behind, [0, 0], "nothing is marked at once");
  bench.rib.drained(slow);
  bench.rib.work(1000);
  const marked = bench.rib.member(slow)?.behind[0] ?? 0;
  ok(marked > 0 && marked < 20_000, `${marked} in a slice`);
  bench.settle();
  equal(bench.rib.member(slow)?.state, "in step");
  bench.leave(slow);
});

test("a member may block in a walk that it joined in the middle", () => {
  const bench = new Bench();
  const [from, first, second, third] = neighbours(bench, 4);
  bench.join(first);
  for (const prefix of hosts(300)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  for (const slices of [0, 1, 2, 3]) {
    bench.join(second);
    bench.rib.work(100);
    const receiver = bench.join(third);
    for (let i = 0; i < slices; i++) bench.rib.work(70);
    bench.deliver();
    bench.rib.blocked(third);
    bench.rib.drained(third);
    bench.settle();
    equal(receiver.routes.size, 300);
    bench.leave(second);
    bench.leave(third);
  }
});

test("a blocked member may leave, and everything that was kept for it with it", () => {
  const bench = new Bench();
  const [from, slow, other] = neighbours(bench, 3);
  bench.join(slow);
  bench.join(other);
  for (const prefix of hosts(100)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  bench.rib.blocked(slow);
  bench.rib.flushSource(from);
  bench.settle();
  equal(bench.prefixes[0].size, 100, "the member still has to hear of them");
  bench.leave(slow);
  equal(bench.prefixes[0].size, 100, "they are not given back at once");
  ok(bench.rib.work(10), "but in slices");
  ok(bench.prefixes[0].size < 100 && bench.prefixes[0].size > 0);
  bench.assertEmpty();
});

test("the last member of a group takes its tables with it", () => {
  const bench = new Bench();
  const [from, only] = neighbours(bench, 2);
  const receiver = bench.join(only);
  for (const prefix of hosts(1000)) bench.announce(from, prefix, attributes(A));
  bench.settle();
  bench.leave(only);
  ok(bench.rib.work(10), "1000 prefixes are not given back at once");
  equal(bench.rib.groups().length, 0);
  const again = bench.join(only); // A new group, while the old one is being cleared
  bench.settle();
  deepEqual(again.routes, receiver.routes);
  equal(again.log.length, 1002);
  bench.leave(only);
  bench.rib.flushSource(from);
  bench.assertEmpty();
});

test("a route refresh sends the table again (RFC 2918)", () => {
  const bench = new Bench();
  const [from, one, two] = neighbours(bench, 3);
  const asking = bench.join(one);
  const other = bench.join(two);
  bench.announce(from, "192.0.2.0/24", attributes(A));
  bench.announce(from, "2001:db8::/32", attributes("2001:db8::1"));
  bench.settle();
  heard(asking);
  heard(other);
  bench.rib.refresh(one, 0, false);
  bench.settle();
  deepEqual(heard(asking), ["+ 192.0.2.0/24"]);
  bench.rib.refresh(one, 1, true);
  bench.settle();
  deepEqual(heard(asking), ["refresh 1 1", "+ 2001:db8::/32", "refresh 2 1"]);
  deepEqual(heard(other), []);
});

test("before End-of-RIB a refresh has no marks (RFC 7313 §4.1)", () => {
  const bench = new Bench();
  const [from, one] = neighbours(bench, 2);
  bench.announce(from, "192.0.2.0/24", attributes(A));
  bench.settle();
  const receiver = bench.join(one);
  bench.rib.refresh(one, 0, true);
  bench.settle();
  const log = heard(receiver);
  deepEqual(
    log.filter((line) => line.startsWith("refresh")),
    [],
  );
  equal(log.indexOf("+ 192.0.2.0/24") < log.indexOf("end 0"), true);
  bench.rib.refresh(one, 0, true);
  bench.settle();
  deepEqual(heard(receiver), ["refresh 1 0", "+ 192.0.2.0/24", "refresh 2 0"]);
});

test("a blocked member's refresh ends when it has everything (RFC 7313 §4)", () => {
  const bench = new Bench();
  const [from, one] = neighbours(bench, 2);
  const receiver = bench.join(one);
  bench.announce(from, "192.0.2.0/24", attributes(A));
  bench.settle();
  heard(receiver);
  bench.rib.blocked(one);
  bench.rib.refresh(one, 0, true);
  bench.settle();
  deepEqual(heard(receiver), ["refresh 1 0"]);
  bench.rib.drained(one);
  bench.settle();
  deepEqual(heard(receiver), ["+ 192.0.2.0/24", "refresh 2 0"]);
});

test("a next hop of the other family is only sent where RFC 8950 was negotiated", () => {
  const bench = new Bench();
  const [from, plain, extended] = neighbours(bench, 3);
  const one = bench.join(plain);
  const two = bench.join(extended, { extendedNextHop: true });
  bench.announce(from, "192.0.2.0/24", attributes("2001:db8::1"));
  bench.announce(from, "2001:db8::/32", attributes(A));
  bench.settle();
  deepEqual(one.prefixes(), []);
  deepEqual(two.prefixes(), ["192.0.2.0/24"]);
});
