import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlConnection, type RouteQuery } from "../control/index.ts";
import type { KernelFact } from "../fib/index.ts";
import { type Family, IPV4, IPV6, formatPrefix } from "../route/index.ts";
import { address, config, prefix } from "./fixture.test.ts";
import { speakerConfig } from "./settings.ts";
import { PEERS, daemon } from "./views-fixture.test.ts";
import type { Views } from "./views.ts";

const ALL: RouteQuery = {
  family: undefined,
  network: undefined,
  covering: undefined,
  inside: undefined,
  protocol: undefined,
  primary: false,
  filtered: false,
  exported: undefined,
};

/** The networks that a query finds, and how often it paused. */
function find(views: Views, query: Partial<RouteQuery>): { found: string[]; pauses: number } {
  const found: string[] = [];
  let pauses = 0;
  for (const route of views.routes({ ...ALL, ...query })) {
    if (route === undefined) pauses++;
    else found.push(`${formatPrefix(route.network)} ${route.protocol}`);
  }
  return { found, pauses };
}

test("this node's own protocols: their routes are counted, and none as a neighbour's", () => {
  const { views, originate, settle, withdraw } = daemon(PEERS);
  originate("172.16.1.0/24", "block");
  for (const pod of ["172.16.1.1/32", "172.16.1.2/32", "fd00:1::1/128"]) originate(pod, "pod");
  withdraw("172.16.1.2/32");
  settle();
  const connection = new ControlConnection(views);
  connection.receive("show protocols all\n");
  let text = "";
  while (connection.pending) text += connection.pull();
  const routesOf = (name: string): string[] => {
    const own = text.slice(text.indexOf(`1002-${name} `));
    const end = own.indexOf("\n1002-", 1);
    return own.slice(0, end).match(/Channel \S+|State: .*|Routes: .*|BGP Next hop/g) ?? [];
  };
  const up = (family: number, counts: string): string[] => [
    `Channel ipv${family}`,
    "State:          UP",
    `Routes:         ${counts}`,
  ];
  const none = "0 imported, 0 exported, 0 preferred";
  const one = "1 imported, 0 exported, 1 preferred";
  assert.deepEqual(routesOf("pods"), [...up(4, one), ...up(6, one)]);
  assert.deepEqual(routesOf("blocks"), [...up(4, one), ...up(6, none)]);
  assert.deepEqual(routesOf("kernel1"), up(4, none));
  assert.deepEqual(routesOf("device1"), []);
});

test("show route filter: what a filter of the configuration would let in", () => {
  const { views, originate, settle } = daemon(`
filters:
  hosts:
    - { match: { prefix: ["172.16.0.0/12 ge 32"] }, then: accept }
    - { then: reject }
  blocks-too: [{ match: { source: [own-pods, own-blocks] }, then: accept }, { then: reject }]`);
  originate("172.16.1.0/24", "block");
  originate("172.16.1.1/32", "pod");
  settle();
  assert.deepEqual(find(views, { filter: "hosts" }).found, ["172.16.1.1/32 pods"]);
  assert.equal(find(views, { filter: "blocks-too" }).found.length, 2);
  const count = views.count({ ...ALL, filter: "hosts" });
  let step = count.next();
  while (step.done !== true) step = count.next();
  assert.deepEqual([step.value[0].found, step.value[0].routes], [1, 2]);
});

test("protocols come in the order of the file, after the node's own", () => {
  const { views } = daemon(PEERS);
  assert.deepEqual(
    [...views.protocols()].map(({ name, kind, state }) => `${name} ${kind} ${state}`),
    [
      "device1 Device up",
      "pods Direct up",
      "blocks Static up",
      "kernel1 Kernel up",
      "kernel2 Kernel up",
      "first BGP start",
      "nodes BGP start",
      "closed BGP down",
      "last BGP down",
    ],
  );
});

test("over one family there are the sessions over it only, and nobody else is looked at", () => {
  const { views, speaker } = daemon(`${PEERS}
  - { name: found, interface: eth7, asn: 64512 }`);
  const names = (family: Family): string[] =>
    [...views.over(family).protocolNames()]
      .filter(({ kind }) => kind === "BGP")
      .map(({ name, isRange }) => (isRange ? `${name} (range)` : name));
  speaker.survey.viewer = () => assert.fail("for names no views are made");
  assert.deepEqual(names(IPV4), ["first", "nodes (range)", "closed (range)"]);
  assert.deepEqual(names(IPV6), ["last", "found"]);
});

test("a neighbour out of a range comes right after its range", () => {
  const { views, speaker } = daemon(PEERS);
  const ends = { localPort: 179, remotePort: 40000, interface: 2 };
  const nextHopSelf = [address("10.1.0.1"), undefined] as const;
  const answer = speaker.accept(
    { local: address("10.1.0.1"), remote: address("10.1.0.9"), ...ends, nextHopSelf },
    0,
  );
  assert.equal(answer.kind, "accepted");
  const names = [...views.protocols()].map(({ name }) => name).slice(5);
  assert.deepEqual(names, ["first", "nodes", "nodes-10.1.0.9", "closed", "last"]);
  const [, range, dynamic] = [...views.protocols()].slice(5);
  assert.deepEqual(range.bgp?.dynamic, { count: 1, max: 5 });
  assert.equal(range.description, "others");
  assert.equal(dynamic.bgp?.passive, true);
});

const OWN = { l: "172.16.1.0/24", pod: "172.16.1.9/32", far: "172.16.2.1/32", six: "fd00::9/128" };

function withRoutes() {
  const made = daemon("");
  made.originate(OWN.l, "block");
  for (const pod of [OWN.pod, OWN.far, OWN.six]) made.originate(pod, "pod");
  made.settle();
  return made.views;
}

test("routes by family, network, the longest match, containment and protocol", () => {
  const views = withRoutes();
  const found = (query: Partial<RouteQuery>): string[] => find(views, query).found;
  const [block, pod, far, six] = [
    `${OWN.l} blocks`,
    `${OWN.pod} pods`,
    `${OWN.far} pods`,
    `${OWN.six} pods`,
  ];
  assert.deepEqual(found({}), [block, pod, far, six]);
  assert.deepEqual(found({ family: 1 }), [six]);
  assert.deepEqual(found({ network: prefix(OWN.l) }), [block]);
  assert.deepEqual(found({ network: prefix("172.16.1.0/25") }), []);
  assert.deepEqual(found({ covering: prefix("172.16.1.9/32") }), [pod]);
  assert.deepEqual(found({ covering: prefix("172.16.1.10/32") }), [block]);
  assert.deepEqual(found({ covering: prefix("172.16.1.8/31") }), [block]);
  assert.deepEqual(found({ covering: prefix("172.17.0.1/32") }), []);
  assert.deepEqual(found({ inside: prefix("172.16.1.0/24") }), [block, pod]);
  assert.deepEqual(found({ inside: prefix("fd00::/16") }), [six]);
  assert.deepEqual(found({ protocol: "pods", family: 0 }), [pod, far]);
  // All conditions that are there must hold.
  assert.deepEqual(found({ network: prefix(OWN.l), inside: prefix("172.16.2.0/24") }), []);
  assert.deepEqual(found({ network: prefix(OWN.l), covering: prefix("172.16.1.9/32") }), []);
  assert.deepEqual(found({ network: prefix(OWN.l), covering: prefix("172.16.1.1/32") }), [block]);
  assert.deepEqual(found({ covering: prefix(OWN.pod), protocol: "blocks" }), []);
});

test("a search that finds nothing pauses as often as one that finds everything", () => {
  const { views, originate, settle } = daemon("");
  for (let i = 0; i < 6400; i++) originate(`10.${i >> 8}.${i & 255}.1/32`, "pod");
  settle();
  assert.deepEqual(find(views, { inside: prefix("172.16.0.0/12") }), { found: [], pauses: 100 });
  assert.equal(find(views, {}).pauses, 100);
});

test("own routes look like those of their BIRD protocols", () => {
  const views = withRoutes();
  const [block, pod] = [...views.routes({ ...ALL, family: 0 })];
  assert.deepEqual([block?.type, block?.source, block?.preference], ["blackhole", "static", 200]);
  assert.deepEqual([pod?.type, pod?.source, pod?.preference], ["unicast", "device", 240]);
  assert.deepEqual([block?.primary, block?.attributes, block?.fib], [true, undefined, undefined]);
  assert.deepEqual(views.tableSize(0), { routes: 3, networks: 3 });
});

test("interfaces with what underlay uses them for", () => {
  const { views, fib } = daemon(
    'mode: l2\npods: { pool: [10.0.0.0/16], interfaces: ["veth*"], advertise: hosts, uplink: eth0 }',
  );
  const rest = { up: true, running: true, mtu: 1500, mac: new Uint8Array(6), linkKind: "" };
  const links: [number, string, number][] = [
    [4, "veth1", 3],
    [3, "cni0", 0],
    [2, "eth0", 0],
    [1, "lo", 0],
  ];
  for (const [index, name, master] of links) {
    const fact: KernelFact = { kind: "link", index, name, master, ...rest };
    fib.fact(fact, 0);
  }
  assert.deepEqual(
    [...views.interfaces()].map((link) => {
      const { index, name, master, loopback, pods, uplink } = link;
      return [index, name, master, loopback, pods, uplink];
    }),
    [
      [1, "lo", undefined, true, false, false],
      [2, "eth0", undefined, false, false, true],
      [3, "cni0", undefined, false, false, false],
      [4, "veth1", "cni0", false, true, false],
    ],
  );
});

test("a listing pauses by paths, of which a network may have hundreds", () => {
  const { views, speaker, originate, settle } = daemon("pods: { pool: [172.16.0.0/12] }");
  for (let i = 0; i < 50; i++) originate(`172.16.1.${i}/32`, "pod");
  settle();
  const paths = speaker.survey.paths.bind(speaker.survey);
  speaker.survey.paths = (family, id) =>
    paths(family, id).flatMap((path) => Array.from({ length: 40 }, () => path));
  let [count, longest, all] = [0, 0, 0];
  for (const route of views.routes({ ...ALL, family: 0 })) {
    count = route === undefined ? 0 : count + 1;
    longest = Math.max(longest, count);
    if (route !== undefined) all++;
  }
  assert.equal(all, 50 * 40);
  assert.ok(longest < 64 + 40);
});

test("the status, as a client reads it", () => {
  const { views } = daemon("pods: { pool: [172.16.0.0/12], blocks: [172.16.1.0/24] }");
  const step = views.status().next();
  assert.ok(step.done);
  const status = step.value;
  assert.deepEqual(status.recovery, { waitingFor: 2, remaining: 4000, total: 120_000 });
  assert.deepEqual(status.adopted, { routes: 7, stale: 0 });
  // Nothing has been read from the kernel: nothing is known to be wrong.
  assert.deepEqual(status.sysctls, []);
  const client = new ControlConnection(views);
  client.receive("show status\n");
  let text = "";
  while (client.pending) text += client.pull();
  assert.match(text, /underlay 1\.2\.3, AS 64512, mode l3\n/);
  assert.match(text, /Local pods: 0, blocks 172\.16\.1\.0\/24\n/);
  assert.match(text, /Warning: look at this\n/);
  assert.match(text, /\n0013 Daemon is up and running\n$/);
});

test("a listing that pauses between two routes of a network: the second is as it was, though it is gone", () => {
  const { views, speaker, originate, settle } = daemon(
    "static: [{ prefix: 172.16.1.1/32, med: 7 }]",
  );
  originate("172.16.1.1/32", "pod");
  settle();
  const routes = [];
  for (const route of views.routes(ALL)) {
    routes.push(route);
    speaker.configure(speakerConfig(config(""), 0x0a000001), 0);
    settle();
  }
  assert.deepEqual(routes.map((route) => route?.protocol).sort(), ["pods", "static1"]);
  const meds = routes.flatMap((route) => route?.attributes?.med ?? []);
  assert.deepEqual(meds, [7]);
});

test("a long listing while networks come and go: who stays is there once, and that it was so is said", () => {
  const { views, speaker, originate, settle, withdraw } = daemon("");
  const pod = (n: number): string => `172.16.${n >> 8}.${n & 255}/32`;
  const all = Array.from({ length: 9000 }, (_, n) => pod(n));
  for (const each of all) originate(each, "pod");
  settle();
  const listing = (during: () => void): string => {
    const connection = new ControlConnection(views);
    connection.receive("show route\n");
    let text = "";
    for (let pulls = 0; connection.pending; pulls++) {
      text += connection.pull(1024);
      if (pulls === 100) during();
    }
    return text;
  };
  const networks = (text: string): string[] => text.match(/172\.[0-9./]+/g) ?? [];

  const calm = listing(() => undefined);
  assert.deepEqual(networks(calm).sort(), [...all].sort());
  assert.match(calm, /\n0000 \n$/);

  // Some that were shown and some that were not go, one of these comes again, others are new.
  const [shown, coming, back] = [pod(3), pod(8990), pod(8991)];
  const text = listing(() => {
    assert.ok(speaker.survey.networkChanges > 0);
    for (const each of [shown, coming, back]) withdraw(each);
    settle();
    for (const each of ["172.17.0.1/32", "172.17.0.2/32", back]) originate(each, "pod");
    settle();
  });
  const found = networks(text);
  const stays = all.filter((each) => ![shown, coming, back].includes(each));
  const times = new Map<string, number>();
  for (const each of found) times.set(each, (times.get(each) ?? 0) + 1);
  for (const each of stays) assert.equal(times.get(each), 1, each);
  assert.ok(found.includes(shown) && !found.includes(coming));
  assert.match(
    text,
    /\n0000 6 networks came or went meanwhile: these may be missing, or there twice\n$/,
  );
});
