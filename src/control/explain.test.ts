import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ControlConnection, type Explanation } from "./index.ts";
import {
  CANDIDATE,
  FIB,
  HOP,
  KERNEL,
  KERNEL_ROUTE,
  NEIGHBOUR,
  OWN,
  explained,
  network,
} from "./explain-fixture.test.ts";
import { brokenLink } from "./explain-verdict.ts";
import { FixedViews, converse } from "./fixture.test.ts";

/** All that a connection answers when it may wait for what it asks. */
async function ask(line: string, views: FixedViews): Promise<string> {
  let wake = (): void => undefined;
  const connection = new ControlConnection(views, () => wake());
  connection.receive(`${line}\n`);
  let text = "";
  for (;;) {
    while (connection.pending) text += connection.pull();
    if (!connection.waiting) return text.slice(text.indexOf("\n") + 1);
    await new Promise<void>((resolve) => (wake = resolve));
  }
}

function viewsOf(explanation: Explanation | undefined): FixedViews {
  const views = new FixedViews();
  views.explanation = explanation;
  return views;
}

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

  test("what the daemon cannot answer is said", async () => {
    for (const line of ["explain 10.0.0.1", "underlay json explain 10.0.0.1"]) {
      assert.match(
        await ask(line, viewsOf(undefined)),
        /^8001 this cannot be explained: Error: broken on purpose$/m,
      );
    }
  });

  test("as JSON: the same, with the verdict", async () => {
    const views = viewsOf(explained({ fib: { ...FIB, install: false } }));
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
});

/** What is said first, and what link it is. */
function verdict(more: Partial<Explanation>): string {
  const found = brokenLink(explained(more));
  return found === undefined ? "whole" : `${found.link}: ${found.words}`;
}

const REJECTED = { ...CANDIDATE, accepted: false, best: false, used: false };
const DOWN = {
  ...NEIGHBOUR,
  speaks: false,
  endOfRib: false,
  state: "Idle",
  lastError: "hold timer expired",
};
const POD = {
  ...CANDIDATE,
  from: "this node's pod",
  kind: "pod" as const,
  address: undefined,
  importFilter: undefined,
  rule: undefined,
};
const TOLD = { ...NEIGHBOUR, telling: "told" as const, reason: "" };

describe("the first broken link", () => {
  const cases: readonly (readonly [string, Partial<Explanation>, string | RegExp])[] = [
    ["nothing", {}, "whole"],
    [
      "no neighbour at all",
      { candidates: [], neighbours: [] },
      "session: nobody can announce 172.16.3.0/24: there is no neighbour",
    ],
    [
      "no session",
      { candidates: [], neighbours: [DOWN] },
      "session: nobody can announce 172.16.3.0/24: the session to tor-a is not up: Idle, hold timer expired",
    ],
    [
      "a neighbour that is disabled",
      { candidates: [], neighbours: [{ ...DOWN, enabled: false }] },
      /^session: .*it is disabled$/,
    ],
    [
      "a family that is not spoken",
      { candidates: [], neighbours: [{ ...DOWN, state: "Established" }] },
      /^session: .*it does not speak the family$/,
    ],
    [
      "a neighbour that is still talking",
      { candidates: [], neighbours: [{ ...NEIGHBOUR, endOfRib: false }] },
      /^announcement: nobody announces .* tor-a has not said yet/,
    ],
    [
      "nobody announces it",
      { candidates: [], neighbours: [NEIGHBOUR, { ...DOWN, name: "tor-b" }] },
      "announcement: no neighbour announces 172.16.3.0/24: tor-a has told all; tor-b cannot: Idle, hold timer expired",
    ],
    [
      "kept away by a limit",
      { candidates: [], neighbours: [{ ...NEIGHBOUR, blocked: 7 }] },
      /^limit: .* 7 prefixes of tor-a were not taken for its limit$/,
    ],
    [
      "rejected by a limit",
      { candidates: [{ ...REJECTED, reason: "more prefixes than maxPrefixes allows" }] },
      /^limit: tor-a announces 172.16.3.0\/24, beyond its limit/,
    ],
    [
      "rejected by a rule",
      { candidates: [{ ...REJECTED, reason: "filter from-tor: rule 2" }] },
      "import: tor-a announces 172.16.3.0/24, and it is rejected (import filter from-tor): filter from-tor: rule 2",
    ],
    [
      "a martian",
      {
        candidates: [
          { ...REJECTED, importFilter: undefined, reason: "martian: inside 127.0.0.0/8" },
        ],
      },
      "import: tor-a announces 172.16.3.0/24, and it is rejected: martian: inside 127.0.0.0/8",
    ],
    [
      "inside the own block",
      { candidates: [{ ...REJECTED, reason: "inside this node's own block 172.16.3.0/24" }] },
      /^import: .*own block/,
    ],
    [
      "no next hop",
      {
        candidates: [{ ...CANDIDATE, best: false, used: false, reason: "next hop unreachable" }],
        nextHops: [{ ...HOP, used: false, reachable: false, reason: "no route to 192.168.1.1" }],
      },
      "next hop: the next hop 192.168.1.1 that tor-a gives cannot be reached: no route to 192.168.1.1",
    ],
    [
      "a next hop that has just died",
      { nextHops: [{ ...HOP, reachable: false, reason: "interface eth0 is down" }] },
      /^next hop: .*interface eth0 is down$/,
    ],
    [
      "not decided yet",
      { candidates: [{ ...CANDIDATE, best: false, used: false, reason: "undecided" }] },
      /^decision: /,
    ],
    ["no FIB", { fib: { ...FIB, install: false } }, /^installation: .*kernel.install is off$/],
    ["under way", { fib: { ...FIB, state: "pending" } }, /^installation: .*on its way/],
    [
      "unresolved",
      { fib: { ...FIB, state: "unresolved", reason: "an IPv6 route cannot use an IPv4 next hop" } },
      /^next hop: .*cannot use an IPv4 next hop$/,
    ],
    [
      "a foreign route in the way",
      { fib: { ...FIB, state: "failed", reason: "EEXIST: in the way", owner: "static" } },
      'kernel: a route of "static" is in the way of 172.16.3.0/24: EEXIST: in the way',
    ],
    [
      "refused",
      { fib: { ...FIB, state: "failed", reason: "ENOMEM: the kernel is out of memory" } },
      "kernel: the kernel refuses 172.16.3.0/24: ENOMEM: the kernel is out of memory",
    ],
    [
      "a kernel that is silent",
      { kernel: undefined },
      /^unanswered: all above is as the daemon has it; whether the kernel holds \S+ is not known/,
    ],
    [
      "a nexthop object that is gone",
      {
        kernel: {
          ...KERNEL,
          objects: [{ id: 1000001, kind: "missing", owner: "", members: [], hop: undefined }],
        },
      },
      /^kernel: the kernel has no nexthop object 1000001/,
    ],
    [
      "a table that nobody looks into",
      {
        fib: { ...FIB, table: 100 },
        kernel: { ...KERNEL, match: { refusal: "none", text: "the kernel has no route to it" } },
      },
      /^lookup: 172.16.3.0\/24 is installed in table 100, .*the kernel has no route to it$/,
    ],
    [
      "somebody else's longer route",
      {
        kernel: {
          ...KERNEL,
          match: {
            ...KERNEL_ROUTE,
            network: network("172.16.3.7/32"),
            owner: "static",
            protocolNumber: 4,
          },
        },
      },
      'lookup: packets to the address go by another route: 172.16.3.7/32 of "static" (table 254, metric 32)',
    ],
    [
      "somebody else's better metric",
      {
        kernel: {
          ...KERNEL,
          match: { ...KERNEL_ROUTE, owner: "boot", protocolNumber: 3, metric: 0 },
        },
      },
      /^lookup: .* 172.16.3.0\/24 of "boot" \(table 254, metric 0\)$/,
    ],
    [
      "a longer route under the first address of a network is none",
      {
        isAddress: false,
        kernel: { ...KERNEL, match: { ...KERNEL_ROUTE, network: network("172.16.3.0/25") } },
      },
      "whole",
    ],
    [
      "a blackhole that is meant",
      {
        fib: { ...FIB, blackhole: true },
        nextHops: [],
        candidates: [{ ...CANDIDATE, handling: { ...CANDIDATE.handling, blackhole: true } }],
        kernel: { ...KERNEL, match: { refusal: "blackhole", text: "dropped" } },
      },
      "whole",
    ],
    [
      "a blackhole, whose next hop need not answer and may be narrow",
      {
        fib: { ...FIB, blackhole: true },
        nextHops: [{ ...HOP, mtu: 576 }],
        candidates: [{ ...CANDIDATE, handling: { ...CANDIDATE.handling, blackhole: true } }],
        kernel: {
          ...KERNEL,
          match: { refusal: "blackhole", text: "dropped" },
          neighbours: [{ ...KERNEL.neighbours[0], state: "FAILED", mac: "" }],
        },
      },
      "whole",
    ],
    [
      "a router that does not answer",
      {
        kernel: { ...KERNEL, neighbours: [{ ...KERNEL.neighbours[0], state: "FAILED", mac: "" }] },
      },
      "neighbour entry: 192.168.1.1 does not answer on eth0 (ARP or NDP: FAILED)",
    ],
    [
      "a narrow link",
      { nextHops: [{ ...HOP, mtu: 1400 }] },
      "mtu: eth0 takes packets of 1400 bytes, and pods send 1500",
    ],
    [
      "a narrow way",
      { kernel: { ...KERNEL, path: { ...KERNEL_ROUTE, mtu: { mtu: 1300, locked: false } } } },
      "mtu: the kernel has learnt that packets there may have 1300 bytes, and pods send 1500",
    ],
    [
      "a way narrowed by hand",
      { kernel: { ...KERNEL, path: { ...KERNEL_ROUTE, mtu: { mtu: 1300, locked: true } } } },
      /^mtu: the kernel was told/,
    ],
    [
      "no pods, no question of MTU",
      { podMtu: undefined, nextHops: [{ ...HOP, mtu: 576 }] },
      "whole",
    ],
    [
      "a pod that is not there",
      { candidates: [], own: { ...OWN, block: network("172.16.3.0/24") } },
      /^pod: no pod of this node has 172.16.3.7\/32: the kernel has no route/,
    ],
    [
      "a pod on an interface of another name",
      { candidates: [], own: { ...OWN, attached: true, podReason: "its route is on eth7" } },
      "pod: no pod of this node has 172.16.3.7/32: its route is on eth7",
    ],
    [
      "a pod outside the pool",
      {
        candidates: [],
        own: { ...OWN, attached: true, inPool: false, podReason: "outside pods.pool" },
      },
      "pool: no pod of this node has 172.16.3.7/32: outside pods.pool",
    ],
    [
      "a pod outside the pool, under a neighbour's default route",
      {
        network: network("0.0.0.0/0"),
        own: { ...OWN, attached: true, inPool: false, podReason: "outside pods.pool" },
      },
      "pool: no pod of this node has 172.16.3.7/32: outside pods.pool",
    ],
    [
      "a pod without a route of its own",
      { candidates: [], own: { ...OWN, pod: "veth1", block: network("172.16.3.0/24") } },
      /^block: the pod 172.16.3.7\/32 is found on veth1, and goes by its block/,
    ],
    [
      "a block without its blackhole",
      { candidates: [], own: { ...OWN, block: network("172.16.3.0/24"), withheld: "EEXIST" } },
      "block: 172.16.3.7/32 is not announced: EEXIST",
    ],
    [
      "a block that is not advertised",
      {
        candidates: [],
        isAddress: false,
        target: network("172.16.3.0/24"),
        own: { ...OWN, advertise: "hosts", block: network("172.16.3.0/24") },
      },
      "block: the block 172.16.3.0/24 is not announced: pods.advertise is hosts",
    ],
    [
      "an address of the block that no pod has",
      {
        candidates: [{ ...POD, kind: "block", from: "this node's block" }],
        own: { ...OWN, block: network("172.16.3.0/24"), podReason: "its route is on eth7" },
      },
      /^pod: packets to 172.16.3.7 come to this node by its block 172.16.3.0\/24, and no pod has it/,
    ],
    [
      "outside the pool",
      {
        candidates: [{ ...POD, kind: "block", from: "this node's block" }],
        own: { ...OWN, inPool: false, podReason: "outside pods.pool" },
      },
      /^pool: .*outside pods.pool$/,
    ],
    [
      "a pod that everybody hears of",
      { candidates: [POD], own: { ...OWN, pod: "veth1" }, neighbours: [TOLD] },
      "whole",
    ],
    [
      "a pod kept back by an export filter",
      {
        candidates: [POD],
        own: { ...OWN, pod: "veth1" },
        neighbours: [
          TOLD,
          { ...NEIGHBOUR, name: "tor-b", reason: "filter out: rule 1", exportFilter: "out" },
        ],
      },
      "export: tor-b is not told of 172.16.3.0/24: filter out: rule 1",
    ],
    [
      "a pod of which several do not hear, for their sessions",
      {
        candidates: [POD],
        own: { ...OWN, pod: "veth1" },
        neighbours: [
          { ...DOWN, reason: "its session is not Established but Idle" },
          { ...DOWN, name: "tor-b" },
        ],
      },
      /^session: tor-a is not told .* not Established but Idle, hold timer expired \(nor are 1 others\)$/,
    ],
    [
      "a pod, and nobody to tell",
      { candidates: [POD], own: { ...OWN, pod: "veth1" }, neighbours: [] },
      "export: there is no neighbour that could be told",
    ],
  ];
  for (const [name, more, expected] of cases) {
    test(name, () => {
      if (typeof expected === "string") assert.equal(verdict(more), expected);
      else assert.match(verdict(more), expected);
    });
  }

  test("nodes that share an AS number: what to do about the loop that is none", async () => {
    const views = viewsOf(
      explained({
        candidates: [{ ...REJECTED, reason: "AS_PATH has this node's own AS 64512" }],
      }),
    );
    assert.match(
      await ask("explain 172.16.3.7", views),
      /as-override.*allowOwnAs of peer tor-a\.$/m,
    );
  });

  test("packets may have another way meanwhile, and that is said", async () => {
    const views = viewsOf(
      explained({
        candidates: [{ ...REJECTED, reason: "rule 2" }],
        covering: network("0.0.0.0/0"),
      }),
    );
    const text = await ask("explain 172.16.3.7", views);
    assert.match(
      text,
      /^8100 Broken link \(import\): .* Until then packets go by 0\.0\.0\.0\/0\.$/m,
    );
  });

  test("thousands of neighbours of whom the same is true make one line", async () => {
    const neighbours = Array.from({ length: 3000 }, (_, at) => ({ ...TOLD, name: `n${at}` }));
    const text = await ask("explain 172.16.3.7", viewsOf(explained({ neighbours })));
    assert.match(text, /^ {3}n0, n1, n2, n3, n4, n5, n6, n7 and 2992 more: told: $/m);
  });
});
