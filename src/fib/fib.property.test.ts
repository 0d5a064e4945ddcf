import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Harness } from "./harness.test.ts";
import { hopText } from "./kernel-model.test.ts";

const RUNS = Number(process.env["FIB_RUNS"] ?? 300);

/** Three links of two families; next hops on each, one behind a static route, one nowhere. */
const LINKS = [1, 2, 3] as const;
const HOPS = [
  ...LINKS.flatMap((i) => [`10.0.${i}.2`, `10.0.${i}.3`, `fd00:${i}::2`, `fe80::${i}%${i}`]),
  "192.0.2.1",
  "203.0.113.1",
  "10.0.1.1",
  "blackhole",
];
const PREFIXES = [
  ...[1, 2, 3, 4, 5, 6].map((i) => `198.51.${i}.0/24`),
  "2001:db8:1::/48",
  "2001:db8:2::/48",
  "fd00:2::/64",
];
const STATIC = "192.0.2.0/24";
/** Tables and metrics of single routes; 0: as all others. */
const PLACES = [
  { table: 0, metric: 0 },
  { table: 0, metric: 0 },
  { table: 0, metric: 300 },
  { table: 100, metric: 0 },
  { table: 100, metric: 7 },
];

function placeOf(harness: Harness, { table, metric }: { table: number; metric: number }) {
  const { settings } = harness;
  return { table: table || settings.table, metric: metric || settings.metric };
}

/** What the kernel can do. */
const KINDS = {
  "resilient groups": { nexthopObjects: true, resilientGroups: true },
  "nexthop objects": { nexthopObjects: true, resilientGroups: false },
  "plain routes": { nexthopObjects: false, resilientGroups: false },
} as const;
type Kind = keyof typeof KINDS;

type Step =
  | { kind: "want"; prefix: number; best: number[]; backup: number; place: number }
  | { kind: "link"; link: number; state: number }
  | { kind: "address"; link: number; add: boolean }
  | {
      kind: "foreign";
      prefix: number;
      add: boolean;
      replace: boolean;
      prepend: boolean;
      place: number;
    }
  | { kind: "static"; add: boolean; link: number }
  | { kind: "nexthop-gone" | "own-gone"; pick: number }
  | { kind: "errors"; errno: number; count: number }
  | {
      kind:
        | "take"
        | "work"
        | "deliver"
        | "overrun"
        | "restart"
        | "restart-other"
        | "restart-groups"
        | "restart-metric"
        | "sweep"
        | "drain";
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("want" as const),
      prefix: fc.nat(PREFIXES.length - 1),
      best: fc.array(fc.nat(HOPS.length - 1), { maxLength: 3 }),
      backup: fc.integer({ min: -3, max: HOPS.length - 1 }),
      place: fc.nat(PLACES.length - 1),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("link" as const),
      link: fc.constantFrom(...LINKS),
      state: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("address" as const),
      link: fc.constantFrom(...LINKS),
      add: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("foreign" as const),
      // Not the connected one: that would lead the next hops in it elsewhere.
      prefix: fc.nat(PREFIXES.length - 2),
      add: fc.boolean(),
      replace: fc.boolean(),
      prepend: fc.boolean(),
      place: fc.nat(PLACES.length - 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("static" as const),
      add: fc.boolean(),
      link: fc.constantFrom(...LINKS),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("nexthop-gone" as const, "own-gone" as const),
      pick: fc.nat(20),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("errors" as const),
      errno: fc.constantFrom(12, 105, 22, 2, 100, 1),
      count: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom("take" as const, "work" as const, "deliver" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom("overrun" as const, "restart" as const, "drain" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "restart-other" as const,
        "restart-groups" as const,
        "restart-metric" as const,
        "sweep" as const,
      ),
    }),
  },
);

function start(kind: Kind): Harness {
  const harness = new Harness({ ...KINDS[kind], tables: [100] });
  for (const i of LINKS) {
    harness.kernel.addLink(i, `eth${i}`, [`10.0.${i}.1/24`, `fd00:${i}::1/64`, `fe80::ff:${i}/64`]);
  }
  harness.kernel.dump();
  return harness;
}

function run(harness: Harness, one: Step): void {
  const { kernel } = harness;
  switch (one.kind) {
    case "want": {
      const best = one.best.map((at) => HOPS[at]);
      const backup = one.backup < 0 ? "" : HOPS[one.backup];
      // Where packets end, they end: nothing is beside it, and it is no backup.
      const ends = best.includes("blackhole");
      const isSpare = !ends && backup !== "blackhole";
      const { table, metric } = PLACES[one.place];
      const hops = ends ? ["blackhole"] : best;
      harness.want(PREFIXES[one.prefix], hops, isSpare ? backup : "", table, metric);
      return;
    }
    case "link":
      kernel.setLink(one.link, one.state !== 0, one.state > 1);
      return;
    case "address":
      if (one.add) kernel.addAddress(one.link, `10.0.${one.link}.1`, 24);
      else kernel.removeAddress(one.link, `10.0.${one.link}.1`);
      return;
    case "foreign": {
      const text = PREFIXES[one.prefix];
      const { table, metric } = placeOf(harness, PLACES[one.place]);
      if (one.add && kernel.links.get(1)?.up === true) {
        const how = { replace: one.replace, prepend: one.prepend };
        const options = { ...how, table, epoch: harness.batches };
        // What is not known yet cannot be spared, so nothing is on its way to the kernel now.
        harness.drain();
        kernel.addForeign(text, metric, [{ interface: 1 }], options);
        while (harness.deliver());
      } else {
        kernel.removeForeign(text, metric, table);
      }
      return;
    }
    case "static": {
      const gateway = kernel.address(`10.0.${one.link}.9`);
      if (one.add && kernel.links.get(one.link)?.up === true && hasIPv4(harness, one.link)) {
        kernel.addForeign(STATIC, 5, [{ interface: one.link, gateway }]);
      } else {
        kernel.removeForeign(STATIC, 5);
      }
      return;
    }
    case "nexthop-gone": {
      const ids = [...kernel.nexthops.keys()];
      if (ids.length > 0) kernel.deleteNexthop(ids[one.pick % ids.length]);
      return;
    }
    case "own-gone":
      kernel.deleteOwnRoute(PREFIXES[one.pick % PREFIXES.length]);
      return;
    case "errors": {
      let left = one.count;
      kernel.inject = () => (left-- > 0 ? one.errno : 0);
      return;
    }
    case "overrun":
      // What was on its way from the event socket is lost; the answers are not.
      kernel.messages.splice(
        0,
        Infinity,
        ...kernel.messages.filter(
          (one) => one.kind !== "fact" || one.dumped || one.fact.kind === "sysctl",
        ),
      );
      kernel.messages.push({ kind: "overrun" });
      kernel.dump();
      return;
    case "restart":
      harness.restart();
      harness.resend();
      return;
    case "restart-other":
      // From nexthop objects to plain routes, or the other way.
      harness.restart({ nexthopObjects: !harness.settings.nexthopObjects });
      harness.resend();
      return;
    case "restart-groups":
      // From groups by hash to resilient ones, or the other way: another release of the kernel.
      harness.restart({ resilientGroups: !harness.settings.resilientGroups });
      harness.resend();
      return;
    case "restart-metric":
      // What the run before has left is in another place than all is to be.
      harness.restart({ metric: harness.settings.metric === 32 ? 33 : 32 });
      harness.resend();
      return;
    case "sweep":
      harness.fib.startSweep();
      return;
    case "drain":
      harness.drain();
      return;
    default:
      harness[one.kind]();
  }
}

function hasIPv4({ kernel }: Harness, index: number): boolean {
  return kernel.links.get(index)?.addresses.some(({ address }) => address.family === 0) === true;
}

/** By the model's own state: where packets for a next hop go, "" nowhere. */
function expectedHop(harness: Harness, hop: string): string {
  const { kernel } = harness;
  const usable = (index: number): boolean => kernel.links.get(index)?.running === true;
  if (hop === "blackhole") return hopText(0, undefined);
  if (hop === "10.0.1.1" || hop === "203.0.113.1") return "";
  if (hop === "192.0.2.1") {
    const [route] = kernel.routes.get(STATIC) ?? [];
    const [via] = route?.hops ?? [];
    return via !== undefined && usable(via.interface) ? hopText(via.interface, via.gateway) : "";
  }
  const [text, scope] = hop.split("%");
  const index = Number(scope ?? (hop.startsWith("10.") ? hop.split(".")[2] : hop[5]));
  const near = text.includes(":") || hasIPv4(harness, index);
  return near && usable(index) ? hopText(index, kernel.address(text)) : "";
}

function expectedPaths(harness: Harness, prefix: string): string[] {
  const wish = harness.wanted.get(prefix);
  if (wish === undefined) return [];
  const hops = [...new Set(wish.best)];
  const backup = wish.backup === "" || hops.includes(wish.backup) ? [] : [wish.backup];
  if (prefix.includes(":") && [...hops, ...backup].some((hop) => hop.includes("."))) return [];
  const alive = (list: string[]): string[] =>
    list.map((hop) => expectedHop(harness, hop)).filter((text) => text !== "");
  const best = alive(hops);
  return (best.length > 0 ? best : alive(backup)).sort();
}

function check(harness: Harness): void {
  const { kernel } = harness;
  assert.deepEqual(kernel.violations, []);
  assert.deepEqual(harness.violations, []);
  for (const prefix of PREFIXES) {
    const list = kernel.routes.get(prefix) ?? [];
    const { table, metric } = placeOf(harness, harness.wanted.get(prefix) ?? PLACES[0]);
    const here = list.filter((route) => route.table === table);
    const rival = here.some((route) => route.protocol !== 186 && route.metric === metric);
    const connected = here.some((route) => route.protocol === 2 && route.metric > metric);
    const owns = list.filter(({ protocol }) => protocol === 186);
    const own = here.find((route) => route.protocol === 186 && route.metric === metric);
    const isBlocked = list.some(({ protocol }) => protocol === 4);
    if (!isBlocked) assert.equal(owns.length, own === undefined ? 0 : 1, `${prefix} twice`);
    // Behind a route that was put before it ours may lie on, without effect.
    const paths = own === undefined || rival ? [] : kernel.pathsOf(own);
    const expected = rival || connected ? [] : expectedPaths(harness, prefix);
    const view = JSON.stringify(harness.id(prefix) < 0 ? "" : harness.status(prefix));
    assert.deepEqual(paths, expected, `${prefix} ${view}`);
    if (expected.length > 0) assert.equal(harness.status(prefix).status, "installed", prefix);
  }
  checkObjects(harness);
}

/**
 * Without a word to the Fib a link goes: routes whose only living ways were over it, and whose backup
 * is over another, go by the backup already.
 */
function checkStandby(harness: Harness): void {
  const { kernel } = harness;
  for (const index of LINKS) {
    const before = new Map(PREFIXES.map((prefix) => [prefix, expectedPaths(harness, prefix)]));
    if (kernel.links.get(index)?.running !== true) continue;
    kernel.setLink(index, true, false);
    for (const [prefix, was] of before) {
      const own = kernel.ownRoute(prefix);
      const isHit = was.length > 0 && was.every((path) => path.startsWith(`${index} `));
      const expected = expectedPaths(harness, prefix);
      if (!isHit || expected.length === 0) continue;
      const isOverruled = harness.status(prefix).status !== "installed";
      if (!isOverruled)
        assert.deepEqual(own && kernel.pathsOf(own), expected, `${prefix} without ${index}`);
    }
    kernel.setLink(index, true, true);
    harness.quiesce();
  }
}

/** Every object is used by a route or a group, or is the living next hop of a wanted route. */
function checkObjects({ kernel, fib }: Harness): void {
  const used = new Set(kernel.ownRoutes().map((route) => route.nexthop));
  for (const list of fib.pathLists()) if (list.kernelId !== 0) used.add(list.kernelId);
  for (const { members = [] } of kernel.nexthops.values())
    for (const { id } of members) used.add(id);
  for (const list of fib.pathLists()) {
    for (const hop of [...list.best, list.backup]) used.add(fib.nextHop(hop)?.kernelId ?? 0);
  }
  for (const id of kernel.nexthops.keys()) assert.ok(used.has(id), `nexthop ${id} is not used`);
}

/** Down takes all of ours away, and says so neither before nor never. */
function checkEnd(harness: Harness): void {
  const { fib, kernel } = harness;
  fib.removeAll();
  for (let i = 0; i < 1000 && !fib.idle; i++) {
    if (harness.take() || harness.deliver()) continue;
    harness.advance(70_000);
  }
  assert.deepEqual([fib.idle, fib.inKernel()], [true, 0]);
  assert.deepEqual([kernel.ownRoutes().length, kernel.nexthops.size], [0, 0]);
}

for (const kind of ["resilient groups", "nexthop objects", "plain routes"] as const) {
  test(`whatever happens, the kernel holds in the end what is wanted (${kind})`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const harness = start(kind);
        harness.drain();
        for (const one of steps) run(harness, one);
        harness.kernel.inject = () => 0;
        harness.drain();
        harness.fib.startSweep();
        harness.quiesce();
        check(harness);
        if (harness.settings.nexthopObjects && harness.settings.resilientGroups) {
          checkStandby(harness);
          check(harness);
        }
        checkEnd(harness);
      }),
      { numRuns: RUNS },
    );
  });
}
