import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, type ConnectionOwner } from "./connection.ts";

/** Bytes, of a chunk that is not short. */
const LONG = 5000;
/** Others that wait at most. */
const PIECES = 16;

class Owner implements ConnectionOwner {
  readonly heard: string[] = [];
  arrived(): void {
    this.heard.push("arrived");
  }
  stalled(): void {
    this.heard.push("stalled");
  }
  progressed(): void {
    this.heard.push("progressed");
  }
  flowing(): void {
    this.heard.push("flowing");
  }
  blocked(): void {
    this.heard.push("blocked");
  }
  drained(): void {
    this.heard.push("drained");
  }
  gone(): void {
    this.heard.push("gone");
  }
}

/** The accepted end as a Connection, and the plain socket at the other end. */
async function pair(t: TestContext): Promise<{ ours: Connection; theirs: Socket; owner: Owner }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const theirs = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.after(() => theirs.destroy());
  const [socket] = (await once(server, "connection")) as [Socket];
  t.after(() => socket.destroy());
  const owner = new Owner();
  const ours = new Connection(1, socket, owner);
  ours.open();
  return { ours, theirs, owner };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await sleep(2);
}

test("a connection that ended with input unread is gone once it is closed", async (t) => {
  const { ours, theirs, owner } = await pair(t);
  theirs.write(Uint8Array.of(1, 2, 3));
  await until(() => ours.hasInput);
  theirs.resetAndDestroy();
  ours.socket.resume();
  await until(() => ours.socket.closed);
  assert.deepEqual(owner.heard, ["arrived"], "its input comes first");
  ours.close(true);
  assert.deepEqual(owner.heard, ["arrived", "gone"]);
  ours.close(true);
  assert.deepEqual(owner.heard, ["arrived", "gone"], "once");
});

for (const [how, end] of [
  ["FIN", (socket: Socket) => socket.end()],
  ["RST", (socket: Socket) => socket.resetAndDestroy()],
] as const) {
  test(`a neighbour's ${how} is told before the socket has been closed`, async (t) => {
    const { ours, theirs, owner } = await pair(t);
    ours.socket.prependListener("close", () => owner.heard.push("close"));
    end(theirs);
    await until(() => owner.heard.length === 2);
    assert.deepEqual(owner.heard, ["gone", "close"]);
  });
}

test("what the neighbour said before its RST is read also when a write meets the RST first", async (t) => {
  const { ours, theirs, owner } = await pair(t);
  theirs.write(new Uint8Array(LONG));
  await until(() => ours.hasInput);
  // Nothing is read any more until that is taken; loopback has delivered when the write is done.
  await new Promise((resolve) => theirs.write(Uint8Array.of(4, 5), resolve));
  theirs.resetAndDestroy();
  await until(() => {
    ours.write(new Uint8Array(19));
    return ours.socket.closed;
  });
  const bytes: number[] = [];
  while (ours.hasInput) {
    assert.ok(!owner.heard.includes("gone"), "its input comes first");
    ours.feed(1000, (chunk, start, end) => void bytes.push(...chunk.subarray(start, end)));
  }
  assert.equal(bytes.length, LONG + 2);
  assert.deepEqual(bytes.slice(-2), [4, 5]);
  assert.equal(owner.heard.at(-1), "gone");
});

test("short pieces of input do not stop the reading until many wait; a long one does", async (t) => {
  const { ours, theirs, owner } = await pair(t);
  for (let piece = 1; piece <= PIECES; piece++) {
    assert.equal(ours.isPaused, false);
    theirs.write(Uint8Array.of(piece));
    await until(() => owner.heard.length === piece);
  }
  const fed: number[] = [];
  ours.feed(PIECES - 1, (chunk, start, end) => void fed.push(...chunk.subarray(start, end)));
  assert.deepEqual(fed, [...Array(PIECES).keys()].slice(1), "many at once");
  assert.ok(ours.isPaused && ours.socket.isPaused(), "one waits still");
  ours.feed(LONG, () => undefined);
  assert.ok(!ours.isPaused && !ours.socket.isPaused());
  theirs.write(new Uint8Array(LONG));
  await until(() => ours.hasInput);
  assert.ok(ours.isPaused && ours.socket.isPaused());
});

test("what the kernel takes at once is no stall", async (t) => {
  const { ours, theirs, owner } = await pair(t);
  ours.write(new Uint8Array(19));
  const [chunk] = (await once(theirs, "data")) as [Uint8Array];
  assert.equal(chunk.length, 19);
  assert.deepEqual(owner.heard, []);
});

test("what the neighbour said before its FIN is read first, and the end told once", async (t) => {
  const { ours, theirs, owner } = await pair(t);
  theirs.end(Uint8Array.of(1, 2, 3));
  await until(() => ours.socket.closed);
  assert.ok(!owner.heard.includes("gone"), "its input comes first");
  const bytes: number[] = [];
  ours.feed(1000, (chunk, start, end) => void bytes.push(...chunk.subarray(start, end)));
  assert.deepEqual(bytes, [1, 2, 3]);
  assert.deepEqual(owner.heard, ["arrived", "gone"]);
});

test("single bytes without end: some pieces wait here, and TCP holds back the rest", async (t) => {
  const { ours, theirs, owner } = await pair(t);
  for (let i = 0; i < 200; i++) {
    await new Promise((resolve) => theirs.write(Uint8Array.of(i), resolve));
    await sleep(0);
  }
  assert.deepEqual(owner.heard, Array(PIECES).fill("arrived"));
  const bytes: number[] = [];
  while (bytes.length < 200) {
    await until(() => ours.hasInput);
    ours.feed(1000, (chunk, start, end) => void bytes.push(...chunk.subarray(start, end)));
  }
  assert.deepEqual(bytes, [...Array(200).keys()]);
});
