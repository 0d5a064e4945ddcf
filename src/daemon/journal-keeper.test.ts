import assert from "node:assert/strict";
import { test } from "node:test";
import { DISCARD, PrefixTable } from "../route/index.ts";
import type { RouteWatch } from "./flow.ts";
import { address, prefix } from "./fixture.test.ts";
import { JournalKeeper, type JournalRooms } from "./journal-keeper.ts";
import { Warnings } from "./warnings.ts";

function scene() {
  const prefixes = [new PrefixTable(0), new PrefixTable(1)] as const;
  const led = new Map<number, number>();
  let watch: RouteWatch | undefined;
  let now = 0;
  const warnings = new Warnings({ error: () => undefined } as never);
  const rooms: JournalRooms = {
    prefixes,
    fib: {
      leadsTo: (_, id) => led.get(id) ?? 0,
      nextHop: (id) => ({ address: address(`10.0.0.${id}`) }) as never,
    },
    flow: { watchRoutes: (given) => void (watch = given) },
    warnings,
    clock: () => now,
  };
  const keeper = new JournalKeeper(rooms);
  return {
    keeper,
    warnings,
    pass: (): void => void now++,
    isWatched: () => watch !== undefined,
    /** A route changes, and then the Fib knows. */
    route: (network: string, ...best: number[]): void => {
      const id = prefixes[0].internPrefix(prefix(network));
      watch?.(0, id, best);
      led.set(id, best.length === 0 ? 0 : best[0]);
    },
    lines: () =>
      [...keeper.happenings()].map(({ kind, subject, detail, count, things }) =>
        [kind, subject, detail, count, ...things].join(" ").replace(/ +/g, " "),
      ),
  };
}

test("nothing is noticed before it is wanted, and all forgotten when it is no more", () => {
  const { keeper, warnings, route, lines, isWatched } = scene();
  const down = { kind: "event", level: "warn", name: "session-down", text: "x" } as const;
  keeper.speaker(down);
  warnings.set("metrics", "no port");
  assert.ok(!isWatched());
  assert.deepEqual(lines(), []);
  keeper.keep(true);
  assert.ok(isWatched());
  route("10.1.0.0/16", 2);
  assert.equal(lines().length, 1);
  keeper.keep(true);
  assert.equal(lines().length, 1, "wanted again: as it was");
  keeper.keep(false);
  assert.ok(!isWatched());
  keeper.keep(true);
  assert.deepEqual(lines(), []);
});

test("networks appear, move and vanish by their first next hop", () => {
  const { keeper, route, lines, pass } = scene();
  keeper.keep(true);
  route("10.1.0.0/16", 2, 3);
  route("10.2.0.0/16", 2);
  pass();
  route("10.1.0.0/16", 2);
  pass();
  route("10.1.0.0/16", 3);
  pass();
  route("10.1.0.0/16");
  route("10.1.0.0/16");
  pass();
  route("10.3.0.0/16", DISCARD);
  assert.deepEqual(lines(), [
    "appeared 1 10.3.0.0/16",
    "vanished 10.0.0.3 1 10.1.0.0/16",
    "moved 10.0.0.3 10.0.0.2 1 10.1.0.0/16",
    "appeared 10.0.0.2 2 10.1.0.0/16 10.2.0.0/16",
  ]);
});

test("sessions, pods, own routes, warnings, configurations", () => {
  const { keeper, warnings, lines, pass } = scene();
  keeper.keep(true);
  const event = { kind: "event", neighbour: "tor" } as const;
  keeper.speaker({ ...event, level: "info", name: "session-up", text: "AS 64600, ipv4" });
  keeper.speaker({ ...event, level: "info", name: "end-of-rib-received", text: "ipv4" });
  keeper.speaker({ ...event, level: "warn", name: "malformed-update", text: "bad ORIGIN" });
  pass();
  keeper.fib({
    kind: "pod-found",
    prefix: prefix("10.1.1.2/32"),
    interface: "veth0",
    arrived: true,
  });
  keeper.fib({ kind: "pod-gone", prefix: prefix("10.1.1.2/32"), interface: "veth0" });
  keeper.fib({ kind: "own-route", prefix: prefix("10.1.1.0/24"), origin: "block", announce: true });
  keeper.fib({ kind: "sysctl-set", path: "x", from: "0", to: "1" });
  keeper.fib({ kind: "routes-failed", count: 7 });
  pass();
  keeper.configuration({ outcome: "applied", file: "a.yaml", lines: ["one", "two"] });
  keeper.configuration({ outcome: "refused", file: "a.yaml", lines: ["bad key"] });
  keeper.configuration({ outcome: "undone", file: "a.yaml", lines: [] });
  pass();
  warnings.set("metrics", "no port");
  warnings.set("metrics", "no port");
  warnings.clear("metrics");
  warnings.clear("metrics");
  assert.deepEqual(
    new Set(lines()),
    new Set([
      "session-up tor AS 64600, ipv4 1",
      "warning tor bad ORIGIN 1",
      "pod-found 1 10.1.1.2/32 on veth0",
      "pod-gone 1 10.1.1.2/32 on veth0",
      "announced block 1 10.1.1.0/24",
      'warning the kernel refused 7 routes more; "show route" says which and why 1',
      "configured a.yaml 2 one two",
      "warning a.yaml configuration refused: bad key 1",
      "undone a.yaml 1",
      "warning no port 1",
      "over no port 1",
    ]),
  );
});
