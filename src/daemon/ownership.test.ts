import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { Ownership } from "./ownership.ts";

// The machine's own network namespace: numbers that no daemon has, and no other run of this test.
const NUMBER = 100_000 + process.pid;

test("a number has one owner; whoever comes too late is told who, and what to do", async () => {
  const first = await Ownership.take(NUMBER, "underlayd (process 77, control socket /x)");
  await assert.rejects(Ownership.take(NUMBER, "me"), {
    message:
      `kernel.protocol ${NUMBER} is taken in this network namespace by underlayd (process 77, ` +
      "control socket /x): end that daemon, or give this one another kernel.protocol",
  });
  const other = await Ownership.take(NUMBER + 1, "beside it");
  await other.release();
  await first.release();
  const second = await Ownership.take(NUMBER, "the next");
  await second.release();
});

test("a stranger that holds the name says what he likes: one line of it is shown", async (t) => {
  for (const [said, shown] of [
    ["", "a process that does not say who it is"],
    ["\u001b[2Jred\nlines\n", "[2Jred lines"],
    ["x".repeat(100_000), "x".repeat(300)],
  ]) {
    const stranger = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.end(said);
    });
    stranger.listen(`\0underlay/protocol/${NUMBER}`);
    await once(stranger, "listening");
    t.after(() => stranger.close());
    await assert.rejects(Ownership.take(NUMBER, "me"), ({ message }: Error) => {
      assert.ok(message.includes(` by ${shown}: end that daemon`), message);
      return true;
    });
    stranger.close();
    await once(stranger, "close");
  }
});

test("one that says nothing is waited for no longer than it takes", async (t) => {
  const stranger = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => undefined);
    t.after(() => socket.destroy());
  });
  stranger.listen(`\0underlay/protocol/${NUMBER}`);
  await once(stranger, "listening");
  t.after(() => stranger.close());
  await assert.rejects(Ownership.take(NUMBER, "me"), /by a process that does not say who it is:/);
});
