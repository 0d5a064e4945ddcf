import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { converse } from "../control/fixture.test.ts";
import { painter } from "./colours.ts";
import { ReplyReader, ROW } from "./reply-reader.ts";
import { Value, parseRow } from "./tables.ts";
import { type Sample, type SessionRates, chosen, ratesOf } from "./top-rates.ts";
import { headLines, keyLine, sessionLines, short } from "./top-view.ts";

const PLAIN = painter(false);

interface Counters {
  readonly now?: number;
  readonly startedAt?: string;
  readonly cpu?: number;
  readonly operations?: number;
  readonly updates?: number;
  readonly octets?: number;
}

function sample(counters: Counters, ...names: string[]): Sample {
  const { now = 0, startedAt = "2026-01-01T00:00:00.000Z", cpu = 0, operations = 0 } = counters;
  const daemon = {
    ...{ now: new Date(now).toISOString(), startedAt, hostname: "node1", version: "1.2.3" },
    process: { cpu, loopActive: cpu / 2, resident: 5e7 },
    kernel: { installed: [3, 4], routeOperations: operations, otherOperations: 1 },
  };
  const sessions = names.map((name) => ({
    ...{ name, state: "Established", since: startedAt },
    received: { updates: counters.updates ?? 0, octets: counters.octets ?? 0 },
    sent: { updates: 7, octets: 70 },
    queued: { octets: 5, prefixes: 6 },
  }));
  return [daemon, ...sessions].map((value) => new Value(value));
}

describe("rates", () => {
  test("are differences over the daemon's own time", () => {
    const before = sample({ now: 1000, updates: 10, octets: 1000 }, "a");
    const after = sample({ now: 3000, cpu: 0.5, operations: 300, updates: 30, octets: 1500 }, "a");
    const { daemon, sessions } = ratesOf(before, after);
    assert.deepEqual([daemon.cpu, daemon.busy, daemon.kernel.operations], [25, 12.5, 150]);
    assert.equal(daemon.kernel.installed, 7);
    const [{ updatesIn, updatesOut, octetsIn, octetsOut, unsent, queued }] = sessions;
    assert.deepEqual([updatesIn, updatesOut, octetsIn, octetsOut], [10, 0, 250, 0]);
    assert.deepEqual([unsent, queued], [5, 6]);
  });

  test("there are none at first, after a restart, and for who is new", () => {
    const before = sample({ now: 1000, updates: 10 }, "a");
    assert.equal(ratesOf(undefined, before).sessions[0].updatesIn, undefined);
    const other = sample({ now: 2000, startedAt: "2026-02-02T00:00:00.000Z", updates: 30 }, "a");
    assert.equal(ratesOf(before, other).daemon.cpu, undefined);
    assert.equal(ratesOf(before, other).sessions[0].updatesIn, undefined);
    const more = ratesOf(before, sample({ now: 2000, updates: 30 }, "a", "b")).sessions;
    assert.deepEqual([more[0].updatesIn, more[1].updatesIn], [20, undefined]);
  });

  test("what begins anew with a session does not fall below nothing", () => {
    const before = sample({ now: 1000, octets: 5000 }, "a");
    const { sessions } = ratesOf(before, sample({ now: 2000, octets: 10 }, "a"));
    assert.equal(sessions[0].octetsIn, 0);
  });

  test("of what the daemon really answers; nonsense is nothing", () => {
    const rows = [...new ReplyReader().read(converse("underlay json show load\n"))];
    const values = rows
      .filter(({ code }) => code === ROW)
      .map(({ text }) => new Value(parseRow(text)));
    const { daemon, sessions } = ratesOf(undefined, values);
    assert.deepEqual(daemon.delay, { p50: 0.1, p99: 2.5, max: 7.25, over: 1003 });
    assert.deepEqual([daemon.kernel.installed, daemon.kernel.queued, daemon.pods], [5, 7, 2]);
    assert.deepEqual([sessions[0].accepted, sessions[0].unsent, sessions[0].queued], [6, 90, 12]);
    assert.deepEqual(ratesOf(undefined, []).sessions, []);
  });
});

function session(name: string, more: Partial<SessionRates>): SessionRates {
  const rates = { updatesIn: 0, updatesOut: 0, octetsIn: 0, octetsOut: 0 };
  return {
    ...{ name, state: "Established", since: "2026-01-01T00:00:00.000Z", address: "10.0.0.2" },
    ...{ asn: 64600, description: "", lastError: "", accepted: 0, announced: 0, unsent: 0 },
    ...{ queued: 0, ...rates, ...more },
  };
}

const SESSIONS = [
  session("node10", { accepted: 5 }),
  session("node9", { updatesOut: 3 }),
  session("tor", {
    state: "Idle",
    description: "rack 7",
    lastError: "no route to host",
    octetsIn: 9,
  }),
];

describe("sessions", () => {
  const names = (order: Parameters<typeof chosen>[1], filter = ""): string[] =>
    chosen(SESSIONS, order, filter).map(({ name }) => name);

  test("sorted, by name where alike and numbers as such; filtered by what is shown", () => {
    assert.deepEqual(names("r"), ["node9", "node10", "tor"]);
    assert.deepEqual(names("b"), ["tor", "node9", "node10"]);
    assert.deepEqual(names("a"), ["node10", "node9", "tor"]);
    assert.deepEqual(names("s"), ["tor", "node9", "node10"]);
    assert.deepEqual(names("n"), ["node9", "node10", "tor"]);
    assert.deepEqual(names("n", "RACK"), ["tor"]);
    assert.deepEqual(names("n", "nobody"), []);
  });
});

describe("what is shown", () => {
  const at = "2026-01-01T01:02:03.000Z";
  const { daemon } = ratesOf(sample({ now: 0 }), sample({ now: 1000, cpu: 0.1 }));

  test("fits a terminal of 80 columns, and uses a wider one", () => {
    for (const columns of [80, 200]) {
      const rows = sessionLines(SESSIONS, at, columns, PLAIN);
      const lines = [...headLines(daemon, SESSIONS, PLAIN), keyLine("r", false, PLAIN), ...rows];
      const widest = Math.max(...lines.map((line) => line.length));
      assert.ok(widest <= columns, `${widest}:\n${lines.join("\n")}`);
      assert.equal(rows[0].includes("ADDRESS"), columns === 200);
      assert.match(rows[0], /^NAME +STATE .*UPD\/S IN +OUT .*UNSENT +QUEUED/);
    }
  });

  test("with what is not known yet, and nobody to show", () => {
    const [, load] = headLines(ratesOf(undefined, sample({})).daemon, [], PLAIN);
    assert.equal(load, "CPU ...   memory 50MB   loop busy ...   late ...");
    assert.match(sessionLines([], at, 80, PLAIN).join("\n"), /^NAME +STATE/);
  });

  test("short numbers", () => {
    const cases = {
      "0": 0,
      "0.1": 0.13,
      "7.5": 7.5,
      "10": 9.96,
      "120": 120,
      "1k": 999.6,
      "1.2k": 1234,
    };
    for (const [text, value] of Object.entries(cases)) assert.equal(short(value), text);
    assert.deepEqual([short(34_400), short(1e6), short(undefined)], ["34k", "1M", "..."]);
  });
});
