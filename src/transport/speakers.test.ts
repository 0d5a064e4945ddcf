// Two real speakers over loopback TCP: MD5, GTSM, some thousand routes.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { AttributeTable, NextHopTable, PrefixTable } from "../route/index.ts";
import { Address, parseAddress, Speaker } from "../speaker/index.ts";
import type { NeighbourConfig } from "../speaker/index.ts";
import { Transport } from "./transport.ts";

/** Other than 179, so that no privilege is needed; far from the ephemeral ports. */
const PORT = 20_000;
const KEY = new TextEncoder().encode("correct horse");

function address(text: string): Address {
  const parsed = parseAddress(text);
  assert.ok(parsed);
  return parsed;
}

class Daemon {
  readonly prefixes = [new PrefixTable(0), new PrefixTable(1)] as const;
  readonly routes = new Map<string, number>();
  readonly speaker: Speaker;
  readonly transport: Transport;
  readonly own: Address;
  readonly events: string[] = [];

  constructor(t: TestContext, own: string, asn: number, other: NeighbourConfig, port: number) {
    const nextHops = new NextHopTable();
    const tables = { prefixes: this.prefixes, nextHops, attributes: new AttributeTable(nextHops) };
    this.own = address(own);
    this.speaker = new Speaker({ tables, random: Math.random });
    this.transport = new Transport({
      speaker: this.speaker,
      clock: () => performance.now(),
      // Loopback addresses are no next hops.
      localAddresses: () => ({ interface: 1, ipv4: new Address(0, 0xc0000200 + (asn % 256)) }),
      onEvent: ({ name }) => this.events.push(name),
      isConnected: () => true,
      link: () => undefined,
      onPath: () => undefined,
      slice: (until) => this.#slice(until),
    });
    const settings = { port, families: [true, false] as const, source: this.own, ...other };
    const neighbours = [settings];
    this.speaker.configure({ asn, routerId: asn, neighbours, martians: [] }, performance.now());
    t.after(() => this.transport.close());
  }

  async start(port: number): Promise<void> {
    await this.transport.listen({ addresses: [this.own], port });
    this.transport.wake();
  }

  originate(count: number): void {
    for (let i = 0; i < count; i++) {
      this.speaker.originate(
        0,
        this.prefixes[0].intern(0x0b000000 + i, 0, 0, 0, 32),
        "pod",
        performance.now(),
      );
    }
    this.transport.wake();
  }

  withdraw(count: number): void {
    for (let i = 0; i < count; i++) {
      this.speaker.withdrawOwn(
        0,
        this.prefixes[0].find(0x0b000000 + i, 0, 0, 0, 32),
        performance.now(),
      );
    }
    this.transport.wake();
  }

  get state(): string {
    return [...this.speaker.survey.neighbours(performance.now())][0].state;
  }

  get lastError(): string {
    return [...this.speaker.survey.neighbours(performance.now())][0].lastError?.text ?? "";
  }

  #slice(until: number): boolean {
    let more = true;
    while (more && performance.now() < until) {
      more = this.speaker.work(256, performance.now());
      for (const id of this.speaker.takeNextHopInterest().wanted) {
        this.speaker.setNextHop(id, { reachable: true, metric: 0 });
        more = true;
      }
      this.speaker.takeRouteChanges((family, prefix, best) => {
        const text = this.prefixes[family].format(prefix);
        if (best.length === 0) this.routes.delete(text);
        else this.routes.set(text, best[0]);
      }, 256);
    }
    return more || this.speaker.hasRouteChanges;
  }
}

async function until(what: () => boolean, why: string): Promise<void> {
  for (const end = performance.now() + 60_000; !what(); await sleep(2)) {
    assert.ok(performance.now() < end, `waited in vain: ${why}`);
  }
}

let port = PORT;

async function pair(
  t: TestContext,
  [a, b]: readonly [string, string],
  more: Partial<NeighbourConfig>,
): Promise<[Daemon, Daemon]> {
  port++;
  const left = new Daemon(
    t,
    a,
    65001,
    { name: "b", address: address(b), asn: 65002, ...more },
    port,
  );
  const right = new Daemon(
    t,
    b,
    65002,
    { name: "a", address: address(a), asn: 65001, ...more },
    port,
  );
  await left.start(port);
  await right.start(port);
  return [left, right];
}

/** Of this process alone: a process id has 22 bits at most, and there are 24 behind 127. */
const [LEFT, RIGHT] = [64, 128].map((top) => {
  const { pid } = process;
  return `127.${top + (pid >>> 16)}.${(pid >>> 8) & 255}.${pid & 255}`;
});
const IPV4 = [LEFT, RIGHT] as const;

test("a session with MD5 and GTSM comes up, carries routes and their withdrawal", async (t) => {
  const [left, right] = await pair(t, IPV4, { key: KEY, ttlSecurity: 1 });
  await until(() => left.state === "Established" && right.state === "Established", "the session");
  left.originate(5000);
  await until(() => right.routes.size === 5000, "all routes");
  left.withdraw(5000);
  await until(() => right.routes.size === 0, "all gone");
});

test("GTSM on one side only: the side that has it says so", async (t) => {
  const [left, right] = await pair(t, IPV4, { holdTime: 3 });
  left.speaker.configure(
    {
      asn: 65001,
      routerId: 65001,
      neighbours: [
        { name: "b", address: right.own, asn: 65002, port, passive: true, ttlSecurity: 1 },
      ],
    },
    performance.now(),
  );
  left.transport.wake();
  // Whether the neighbour's OPEN was quicker than the setting or not.
  await until(() => /TTL 255, as ttlSecurity wants/.test(left.lastError), "the reason");
  assert.notEqual(left.state, "Established");
});

test("different passwords: no session, and no harm", async (t) => {
  const [left, right] = await pair(t, IPV4, { key: KEY, connectRetry: 1 });
  right.speaker.configure(
    {
      asn: 65002,
      routerId: 65002,
      neighbours: [
        { name: "a", address: left.own, asn: 65001, key: Uint8Array.of(1), port, connectRetry: 1 },
      ],
    },
    performance.now(),
  );
  right.transport.updateKeys();
  right.transport.wake();
  for (const one of [left, right]) {
    await until(() => one.lastError.startsWith("no answer to the SYN"), "a SYN without an answer");
  }
  assert.notEqual(right.state, "Established");
  assert.notEqual(left.state, "Established");
});

test("stopping: the neighbour hears the Cease", async (t) => {
  const [left, right] = await pair(t, IPV4, {});
  await until(() => left.state === "Established" && right.state === "Established", "the session");
  right.speaker.stop(performance.now(), "shutdown");
  await right.transport.close();
  await until(() => left.events.includes("session-down"), "the end");
  const view = [...left.speaker.survey.neighbours(performance.now())][0];
  assert.match(view.lastError?.text ?? "", /Cease\/Administrative Shutdown/);
});
