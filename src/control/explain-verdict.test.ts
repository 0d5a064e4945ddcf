// Each link broken alone: which it is, and what to do.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseAddress } from "../route/index.ts";
import {
  CANDIDATE,
  FIB,
  HOP,
  KERNEL,
  KERNEL_ROUTE,
  NEIGHBOUR,
  OWN,
  REJECTED,
  TOLD,
  explained,
  network,
} from "./explain-fixture.test.ts";
import { brokenLink } from "./explain-verdict.ts";
import type { Explanation } from "./explain-views.ts";

/** What is said first, and what link it is. */
function verdict(more: Partial<Explanation>): string {
  const found = brokenLink(explained(more));
  return found === undefined ? "whole" : `${found.link}: ${found.words}`;
}

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
function nextHop(reason: string): Partial<Explanation> {
  return {
    candidates: [{ ...CANDIDATE, best: false, used: false, reason: "next hop unreachable" }],
    nextHops: [{ ...HOP, used: false, reachable: false, reason }],
  };
}

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
      "no session to several",
      {
        candidates: [],
        neighbours: [DOWN, { ...DOWN, name: "tor-b", state: "Active", lastError: undefined }],
      },
      "session: nobody can announce 172.16.3.0/24: the session to tor-a is not up: Idle, hold timer expired; the session to tor-b is not up: Active",
    ],
    [
      "what is kept from a session that has ended",
      { candidates: [{ ...CANDIDATE, stale: true }], neighbours: [DOWN] },
      /^session: 172.16.3.0\/24 is what tor-a said before its session ended: /,
    ],
    [
      "what a neighbour that is back has not said again yet",
      { candidates: [{ ...CANDIDATE, stale: true }] },
      "whole",
    ],
    [
      "a neighbour that is disabled",
      { candidates: [], neighbours: [{ ...DOWN, enabled: false }] },
      /^session: .*the session to tor-a is disabled$/,
    ],
    [
      "a family that is not spoken",
      { candidates: [], neighbours: [{ ...DOWN, state: "Established" }] },
      /^session: .*the session to tor-a is up, and does not carry IPv4$/,
    ],
    [
      "a neighbour that is still talking",
      { candidates: [], neighbours: [{ ...NEIGHBOUR, endOfRib: false }] },
      /^announcement: nobody announces .* tor-a has not said yet/,
    ],
    [
      "nobody announces it",
      { candidates: [], neighbours: [NEIGHBOUR, { ...DOWN, name: "tor-b" }] },
      "announcement: no neighbour announces 172.16.3.0/24: tor-a has told all; the session to tor-b is not up: Idle, hold timer expired",
    ],
    [
      "an address of this node's own",
      {
        candidates: [],
        target: network("192.168.1.101/32"),
        network: network("192.168.1.101/32"),
        kernel: {
          ...KERNEL,
          match: { ...KERNEL_ROUTE, network: network("192.168.1.101/32"), local: true },
        },
      },
      "announcement: 192.168.1.101/32 is an address of this node itself, and nobody announces it",
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
    ["no FIB, and passed on", { fib: { ...FIB, install: false } }, "whole"],
    [
      "no FIB, and nobody is told but who said it",
      { fib: { ...FIB, install: false }, neighbours: [TOLD] },
      /^installation: .*kernel.install is off, and no other neighbour is told of it$/,
    ],
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
      "somebody has removed it from the kernel",
      {
        kernel: {
          ...KERNEL,
          exact: undefined,
          match: {
            ...KERNEL_ROUTE,
            network: network("0.0.0.0/0"),
            owner: "static",
            protocolNumber: 4,
          },
        },
      },
      'kernel: 172.16.3.0/24 is not in table 254, where it was put: packets to the address go by 0.0.0.0/0 of "static" (table 254, metric 32)',
    ],
    [
      "a table that a rule asks before",
      {
        kernel: {
          ...KERNEL,
          match: { ...KERNEL_ROUTE, network: network("0.0.0.0/0"), table: 100 },
        },
      },
      'lookup: packets to the address go by another route: 0.0.0.0/0 of "bgp" (table 100, metric 32)',
    ],
    [
      "a router that has not answered yet",
      {
        kernel: {
          ...KERNEL,
          neighbours: [{ ...KERNEL.neighbours[0], state: "INCOMPLETE", mac: "" }],
        },
      },
      "neighbour entry: 192.168.1.1 does not answer on eth0 (ARP or NDP: INCOMPLETE)",
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
      /^session: tor-a is not told .* not Established but Idle, hold timer expired \(nor is 1 other\)$/,
    ],
    [
      "a pod for which an aggregate stands",
      {
        candidates: [POD],
        own: { ...OWN, pod: "veth1" },
        neighbours: [{ ...NEIGHBOUR, reason: "an aggregate is announced in its place" }],
      },
      "whole",
    ],
    [
      "l2: a pod that nobody answers for",
      {
        candidates: [POD],
        own: {
          ...OWN,
          pod: "veth1",
          answering: { state: "missing", words: "not answered, eth0 is down" },
        },
        neighbours: [TOLD],
      },
      "answering: all neighbours are told, and ARP and NDP for 172.16.3.7/32 are not answered, eth0 is down",
    ],
    [
      "l2: a pod that is found by its router alone",
      {
        candidates: [POD],
        own: {
          ...OWN,
          pod: "veth1",
          answering: { state: "none", words: "not answered on eth0, it is in no subnet of eth0" },
        },
        neighbours: [TOLD],
      },
      "whole",
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

  const LOOKED_UP = { ...KERNEL_ROUTE, owner: "boot", protocolNumber: 3, metric: 0 };
  const advices: readonly (readonly [string, Partial<Explanation>, RegExp])[] = [
    [
      "a neighbour that is disabled",
      { candidates: [], neighbours: [{ ...DOWN, enabled: false }] },
      /^"underlayctl enable tor-a" /,
    ],
    [
      "a family that is not spoken",
      { candidates: [], neighbours: [{ ...DOWN, state: "Established" }] },
      /families of peer tor-a/,
    ],
    ["a link that is down", nextHop("interface eth0 is down"), /^Bring that link up/],
    ["its own address", nextHop("it is this node's own address"), /let tor-a announce itself/],
    [
      "a blackhole",
      nextHop("a blackhole route covers 192.168.1.1"),
      /"ip route show type blackhole"/,
    ],
    ["no way", nextHop("no route to 192.168.1.1"), /those by BGP do not count/],
    [
      "a better metric",
      { kernel: { ...KERNEL, match: LOOKED_UP } },
      /lower kernel.metric and restart\.$/,
    ],
    [
      "another table",
      { kernel: { ...KERNEL, match: { ...LOOKED_UP, table: 100 } } },
      /^Table 100 is asked before table 254: "ip rule" has the rule; .*"ip route show table 100 172.16.3.0\/24"/,
    ],
    [
      "an address of the node's",
      { kernel: { ...KERNEL, match: { ...LOOKED_UP, local: true } } },
      /"ip address show to 172.16.3.0\/24"/,
    ],
    [
      "a reflector's own route",
      { candidates: [{ ...REJECTED, reason: "ORIGINATOR_ID is this node's own 192.0.2.1" }] },
      /as it should be; unless another node has the same routerId\.$/,
    ],
    [
      "a route server",
      {
        candidates: [{ ...REJECTED, reason: "AS_PATH does not begin with the neighbour's AS 1" }],
      },
      /enforceFirstAs: false of peer tor-a/,
    ],
    [
      "a pod's interface",
      {
        candidates: [],
        own: {
          ...OWN,
          attached: true,
          podReason: "its route is on eth7, which pods.interfaces (veth*) does not match",
        },
      },
      /^Add the interface's name to pods.interfaces\.$/,
    ],
    [
      "what is under way",
      {
        candidates: [POD],
        own: { ...OWN, pod: "veth1" },
        neighbours: [{ ...NEIGHBOUR, telling: "waiting", reason: "filter out: rule 1" }],
      },
      /^It is under way: ask again\./,
    ],
  ];
  for (const [name, more, expected] of advices) {
    test(`what to do about ${name}`, () => {
      assert.match(brokenLink(explained(more))?.advice ?? "whole", expected);
    });
  }

  test("a router of the same link-local address on another link is another router", () => {
    const address = parseAddress("fe80::1") ?? assert.fail();
    const hops = [
      { ...HOP, address, gateway: address },
      { ...HOP, address, gateway: address, interface: "eth1", used: false },
    ];
    const entries = ["REACHABLE", "FAILED"].map((state, at) => ({
      ...KERNEL.neighbours[0],
      ...{ address, state, interface: `eth${at}` },
    }));
    const reading = { ...KERNEL, neighbours: entries };
    assert.equal(verdict({ nextHops: hops, kernel: reading }), "whole");
    const swapped = hops.map((hop) => ({ ...hop, used: !hop.used }));
    assert.equal(
      verdict({ nextHops: swapped, kernel: reading }),
      "neighbour entry: fe80::1 does not answer on eth1 (ARP or NDP: FAILED)",
    );
  });

  test("several announce it, and none of it is taken", () => {
    const candidates = [
      { ...REJECTED, reason: "filter from-tor: rule 2" },
      { ...REJECTED, from: "tor-b", reason: "martian" },
    ];
    assert.match(verdict({ candidates }), /rule 2; tor-b announces it too, rejected as well$/);
  });
});
