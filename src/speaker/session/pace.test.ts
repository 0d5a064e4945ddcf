// Five hundred neighbours of one speaker, under a virtual clock.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "./pace.ts";
import { KEEPALIVE, peerOpen, SETTINGS } from "./script.test.ts";
import { Session } from "./session.ts";
import { randomFrom } from "./world.test.ts";

test("ten at once, then one every ten milliseconds, and the queue is forgotten when it is empty", () => {
  const pace = new Pace();
  const turns = Array.from({ length: 15 }, () => pace.turn(1000));
  assert.deepEqual(turns.slice(0, 10), new Array(10).fill(1000));
  assert.deepEqual(turns.slice(10), [1010, 1020, 1030, 1040, 1050]);
  assert.equal(pace.turn(1060), 1060);
  assert.deepEqual(
    Array.from({ length: 11 }, () => pace.turn(9000)),
    [...new Array<number>(10).fill(9000), 9010],
  );
});

const NEIGHBOURS = 500;

class Rack {
  readonly sessions: Session[] = [];
  /** When each attempt to connect was made. */
  attempts: number[] = [];
  now = 0;

  constructor() {
    const pace = new Pace();
    const random = randomFrom(1);
    for (let i = 0; i < NEIGHBOURS; i++) this.sessions.push(new Session(SETTINGS, random, pace));
  }

  each(what: (session: Session, connection: number) => void): void {
    this.sessions.forEach((session, index) => {
      what(session, index);
      for (const { kind } of session.take()) if (kind === "connect") this.attempts.push(this.now);
    });
  }

  /** Runs until so many attempts have been made. */
  runUntil(attempts: number): void {
    while (this.attempts.length < attempts) {
      this.now = Math.min(...this.sessions.map((session) => session.nextDeadline()));
      assert.notEqual(this.now, Infinity);
      this.each((session) => {
        if (session.nextDeadline() <= this.now) session.expire(this.now);
      });
    }
  }

  /** The most attempts in one second. */
  busiest(): number {
    return Math.max(
      ...this.attempts.map((at) => this.attempts.filter((t) => t >= at && t < at + 1000).length),
    );
  }
}

test("after a failure of all at once, 500 neighbours are connected to over five seconds", () => {
  const rack = new Rack();
  rack.each((session) => session.start(0));
  rack.runUntil(NEIGHBOURS);
  rack.each((session, connection) => {
    session.connected(connection, rack.now, { incoming: false });
    for (const message of [peerOpen(), KEEPALIVE]) {
      session.receive(connection, message, 0, message.length, rack.now);
    }
    assert.equal(session.state, "Established");
  });
  assert.ok(rack.busiest() <= 110, `at the start: ${rack.busiest()} in a second`);

  rack.attempts = [];
  const failure = rack.now;
  rack.each((session, connection) => session.disconnected(connection, rack.now, "ECONNRESET"));
  rack.runUntil(NEIGHBOURS);
  assert.ok(rack.busiest() <= 110, `after the failure: ${rack.busiest()} in a second`);
  assert.ok(rack.now - failure < 8000, "nobody waits for long");
});

test("one neighbour alone does not wait for its turn", () => {
  const rack = new Rack();
  rack.each((session) => session.start(0));
  rack.runUntil(NEIGHBOURS);
  rack.attempts = [];
  const [session] = rack.sessions;
  rack.now = 60_000;
  session.connectFailed(rack.now, "ECONNREFUSED");
  const rest = session.nextDeadline() - rack.now;
  assert.ok(rest >= 1500 && rest <= 2000);
  session.expire(session.nextDeadline());
  assert.ok(session.take().some(({ kind }) => kind === "connect"));
});
