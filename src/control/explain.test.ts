import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ControlConnection } from "./index.ts";
import {
  CANDIDATE,
  FIB,
  KERNEL,
  KERNEL_ROUTE,
  REJECTED,
  TOLD,
  ask,
  explained,
  network,
  viewsOf,
} from "./explain-fixture.test.ts";
import { converse } from "./fixture.test.ts";

const TEXT = `1104-172.16.3.0/24, asked about by 172.16.3.7
 Announced by
   tor-a (192.168.1.1) since 21:22:06.73: the best
     import filter from-tor: accepted by filter from-tor: rule 1
     attributes, canonical (by type, AS numbers of 4 octets, without next hop):
       4001010040020602010000fc58
       BGP.origin: IGP
       BGP.as_path: 64600
       BGP.next_hop: 192.168.1.1
       BGP.community: (65000,100)
     changed on the way in:
       + BGP.local_pref: 200
 Next hops
   192.168.1.1: on the link, interface eth0, MTU 1500; neighbour entry REACHABLE, MAC 02:00:00:00:00:01
 Kernel
   ours is installed, in table 254, metric 32, protocol bgp, by nexthop object 1000001
   read back: 172.16.3.0/24 of "bgp", table 254, metric 32, nexthop object 1000001, via 192.168.1.1 on eth0
   a packet to the address: via 192.168.1.1 on eth0
   nexthop object 1000001 of "bgp": via 192.168.1.1 on eth0
 Told to
   tor-a: not told: the best path came from there (split horizon)
   tor-b: told: filter out: rule 2 (export filter out)
0100 No broken link: announced, accepted, chosen, in the kernel, and its next hop can be reached.
`;

describe("explain", () => {
  test("the whole way of a route, byte for byte", async () => {
    assert.equal(await ask("explain 172.16.3.7", viewsOf(explained())), TEXT);
  });

  test("nothing is sent before the kernel has answered, and other clients go on", () => {
    assert.equal(converse("explain 172.16.3.7\nshow status\n"), "");
  });

  test("commands behind it wait for it", async () => {
    const text = await ask("explain 172.16.3.0/24\nrestrict", viewsOf(explained()));
    assert.match(text, /^0100 .*\n0016 Access restricted\n$/m);
  });

  test("a client that goes while it waits is forgotten", async () => {
    let woken = 0;
    const connection = new ControlConnection(viewsOf(explained()), () => woken++);
    connection.receive("explain ::1\n");
    connection.pull();
    connection.pull();
    assert.equal(connection.waiting, true);
    connection.end();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(woken, 1);
    assert.equal(connection.pending, false);
  });

  test("other work gets its turn within the attributes of each candidate", async () => {
    const candidates = Array.from({ length: 64 }, (_, at) => ({ ...CANDIDATE, from: `n${at}` }));
    const found = explained({ candidates });
    const pauses = async (line: string): Promise<string[]> => {
      const ready = Promise.withResolvers<void>();
      const connection = new ControlConnection(viewsOf(found), ready.resolve);
      connection.receive(`${line}\n`);
      while (connection.pending) connection.pull();
      await ready.promise;
      const pieces: string[] = [];
      while (connection.pending) pieces.push(connection.pull(Infinity));
      return pieces;
    };
    for (const piece of await pauses("explain 172.16.3.7")) {
      assert.ok([...piece.matchAll(/BGP\.as_path|changed on the way/g)].length <= 1, piece);
    }
    const values = await pauses("underlay json explain 172.16.3.7");
    assert.ok(values.length > 2 * candidates.length);
  });

  test("what the daemon cannot answer is said", async () => {
    for (const line of ["explain 10.0.0.1", "underlay json explain 10.0.0.1"]) {
      assert.match(
        await ask(line, viewsOf(undefined)),
        /^8001 this cannot be explained: Error: broken on purpose$/m,
      );
    }
  });

  test("as JSON: the same, with the verdict", async () => {
    const views = viewsOf(explained({ fib: { ...FIB, state: "pending" } }));
    const text = await ask("underlay json explain 172.16.3.7", views);
    const value = JSON.parse(text.slice("1100-".length, text.indexOf("\n"))) as {
      network: string;
      target: string;
      broken: { link: string };
      candidates: { bytes: string; nextHop: string; since: string }[];
      kernel: { exact: { network: string; hops: { gateway: string }[] } };
    };
    assert.deepEqual([value.network, value.target], ["172.16.3.0/24", "172.16.3.7/32"]);
    assert.equal(value.candidates[0].bytes, "4001010040020602010000fc58");
    assert.equal(value.candidates[0].nextHop, "192.168.1.1");
    assert.equal(value.candidates[0].since, "2026-11-20T21:22:06.730Z");
    assert.equal(value.kernel.exact.network, "172.16.3.0/24");
    assert.equal(value.kernel.exact.hops[0].gateway, "192.168.1.1");
    assert.equal(value.broken.link, "installation");
    assert.match(text, /\n8100 Broken link \(installation\): .*\n$/);
  });

  test("what is no network and no address", () => {
    assert.equal(converse("explain nonsense\n"), "9001 syntax error, unexpected nonsense\n");
    assert.equal(converse("explain\n"), "9001 syntax error, unexpected END\n");
    assert.equal(converse("explain 10.0.0.1 all\n"), "9001 syntax error, unexpected all\n");
  });

  test("a reflector has passed it on", async () => {
    const views = viewsOf(explained({ fib: { ...FIB, install: false } }));
    assert.match(
      await ask("explain 172.16.3.7", views),
      /^0100 No broken link: .* passed on to tor-b; nothing is installed here \(kernel.install is off\)\.$/m,
    );
  });

  test("nodes that share an AS number: what to do about the loop that is none", async () => {
    const views = viewsOf(
      explained({
        candidates: [{ ...REJECTED, reason: "AS_PATH has this node's own AS 64512" }],
      }),
    );
    assert.match(
      await ask("explain 172.16.3.7", views),
      /as-override.*allowOwnAs of peer tor-a\. Until/m,
    );
  });

  test("packets may have another way meanwhile, and that is said", async () => {
    const broken = {
      candidates: [{ ...REJECTED, reason: "rule 2" }],
      covering: network("0.0.0.0/0"),
      kernel: undefined,
    };
    assert.match(
      await ask("explain 172.16.3.7", viewsOf(explained(broken))),
      /^8100 Broken link \(import\): .* Until then packets go by 0\.0\.0\.0\/0\.$/m,
    );
    const subnet = {
      ...{ ...KERNEL_ROUTE, network: network("172.16.0.0/16") },
      ...{ owner: "kernel", protocolNumber: 2 },
    };
    const kernel = { ...KERNEL, exact: undefined, match: subnet };
    assert.match(
      await ask("explain 172.16.3.7", viewsOf(explained({ ...broken, kernel }))),
      /^8100 .* Until then packets go by 172\.16\.0\.0\/16 of "kernel"\.$/m,
    );
  });

  test("thousands of neighbours of whom the same is true make one line", async () => {
    const neighbours = Array.from({ length: 3000 }, (_, at) => ({ ...TOLD, name: `n${at}` }));
    const text = await ask("explain 172.16.3.7", viewsOf(explained({ neighbours })));
    assert.match(text, /^ {3}n0, n1, n2, n3, n4, n5, n6, n7 and 2992 more: told: $/m);
  });
});
