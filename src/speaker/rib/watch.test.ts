// Watchers: what they are told is what is in the tables, whatever has happened.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatPrefix, IPV4 } from "../../route/index.ts";
import { attributes, Bench, Receiver, source } from "./harness.test.ts";
import { LOCAL_SOURCE, type PathTable, type Watch } from "./index.ts";

const TABLES: readonly PathTable[] = ["received", "accepted", "best"];
const PREFIXES = ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/25", "fd00:1::/64"];
const TERMS = { maximumLength: 4096, addPath: [true, true] as const };

/** What a station makes of it: a table for each session, forgotten with it. */
class Station {
  readonly watch: Watch;
  readonly #told = new Map<string, Receiver>();

  constructor(bench: Bench) {
    this.watch = bench.rib.watch(TABLES);
    this.watch.up(LOCAL_SOURCE, { ...TERMS, addPath: [false, false] }, false, true);
  }

  work(): void {
    while (this.watch.work(7, (table, from, bytes) => this.#of(table, from).receive(bytes)));
  }

  down(from: number): void {
    this.watch.down(from);
    for (const table of TABLES) this.#told.delete(`${table} ${from}`);
  }

  table(table: PathTable, from: number): string[] {
    return [...this.#of(table, from).routes].map(([key, { med }]) => `${key} ${med}`).sort();
  }

  log(table: PathTable, from: number): readonly string[] {
    return this.#of(table, from).log;
  }

  #of(table: PathTable, from: number): Receiver {
    const key = `${table} ${from}`;
    const several: readonly [number, number] = from === LOCAL_SOURCE ? [0, 0] : [1, 1];
    const known =
      this.#told.get(key) ??
      new Receiver({
        policy: { key: "", evaluate: () => 0 },
        families: [true, true],
        fourOctetAs: true,
        extendedNextHop: true,
        maximumLength: 4096,
        paths: several,
        sendBack: true,
      });
    this.#told.set(key, known);
    return known;
  }
}

/** The same, read from the RIB itself. */
function truth(bench: Bench, table: PathTable, from: number): string[] {
  const lines: string[] = [];
  for (const prefixes of bench.prefixes) {
    for (let id = 0; id < prefixes.limit; id++) {
      if (!prefixes.has(id)) continue;
      const text = formatPrefix(prefixes.prefix(id));
      for (const path of bench.rib.paths(prefixes.family, id)) {
        const set = table === "received" ? path.received : path.accepted;
        const isOf = table === "best" ? path.reason === "best" : path.source === from;
        if (!isOf || set === 0) continue;
        const key = table === "best" ? text : `${text} #${path.pathId}`;
        lines.push(`${key} ${bench.attributes.get(set).med}`);
      }
    }
  }
  return lines.sort();
}

const step = fc.record({
  kind: fc.constantFrom("announce", "announce", "withdraw", "down", "up", "work", "watch", "flush"),
  from: fc.integer({ min: 0, max: 1 }),
  prefix: fc.constantFrom(...PREFIXES),
  pathId: fc.integer({ min: 0, max: 2 }),
  med: fc.integer({ min: 1, max: 3 }),
  rejected: fc.boolean(),
});

describe("a watcher", () => {
  it("is told what is there, after any changes, sessions and pauses, and holds nothing at the end", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new Bench();
        const sources = ["a", "b"].map((name) => bench.rib.addSource(source(name)));
        const isUp = [true, true];
        let station = new Station(bench);
        for (const from of sources) station.watch.up(from, TERMS, false, true);
        for (const { kind, from, prefix, pathId, med, rejected } of steps) {
          const id = sources[from];
          if (kind === "announce") {
            const hop = prefix.includes(":") ? "fd00::2" : "10.9.9.9";
            const fields = attributes(hop, [65001], { med });
            bench.announce(id, prefix, fields, rejected ? null : undefined, pathId);
          } else if (kind === "withdraw") bench.withdraw(id, prefix, pathId);
          else if (kind === "flush") bench.rib.flushSource(id);
          else if (kind === "down") {
            if (isUp[from]) station.down(id);
            isUp[from] = false;
          } else if (kind === "up") {
            if (!isUp[from]) station.watch.up(id, TERMS, true, true);
            isUp[from] = true;
          } else if (kind === "work") {
            bench.settle();
            station.work();
          } else {
            station.watch.close();
            while (station.watch.clear(3) === 0);
            station = new Station(bench);
            sources.forEach((each, i) => {
              if (isUp[i]) station.watch.up(each, TERMS, false, true);
            });
          }
        }
        bench.settle();
        station.work();
        assert.deepEqual(station.table("best", LOCAL_SOURCE), truth(bench, "best", LOCAL_SOURCE));
        sources.forEach((id, i) => {
          for (const table of ["received", "accepted"] as const) {
            const expected = isUp[i] ? truth(bench, table, id) : [];
            assert.deepEqual(station.table(table, id), expected, `${table} of ${i}`);
            if (!isUp[i]) continue;
            const ends = station.log(table, id).filter((line) => line === `end ${IPV4}`);
            assert.equal(ends.length, 1, "End-of-RIB, once");
          }
        });
        for (const id of sources) bench.rib.flushSource(id);
        bench.settle();
        station.watch.close();
        while (station.watch.clear(3) === 0);
        bench.assertEmpty();
      }),
    );
  });
});
