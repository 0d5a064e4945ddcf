import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LogSink } from "./log-sink.ts";

function fileIn(t: TestContext): { path: string; descriptor: number } {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  const path = join(folder, "log");
  const descriptor = openSync(path, "a");
  t.after(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  return { path, descriptor };
}

/** A pipe that does not block at either end; `read` takes what is in it. */
function openPipe(t: TestContext): { reader: number; writer: number; read: () => string } {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  t.after(() => {
    closeSync(writer);
    rmSync(folder, { recursive: true });
  });
  const buffer = Buffer.alloc(1 << 20);
  const read = (): string => {
    try {
      return buffer.toString("utf8", 0, readSync(reader, buffer));
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "EAGAIN");
      return "";
    }
  };
  return { reader, writer, read };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

/** The thread pool writes when it can: a busy machine takes its time. */
async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (!condition()) {
    assert.ok(performance.now() < end, `waited in vain: ${what}`);
    await turn();
  }
}

const holds = (path: string, text: string): Promise<void> =>
  until(`the file has ${text.slice(0, 40)}`, () => readFileSync(path, "utf8") === text);
const never = (): void => assert.fail("nothing was lost");

test("lines are written in order, also when many wait", async (t) => {
  const { path, descriptor } = fileIn(t);
  const sink = new LogSink(descriptor, {
    limit: 1e6,
    retryAfter: 1,
    onRecovered: never,
    onReleased: never,
  });
  const lines = Array.from({ length: 2000 }, (_, i) => `line ${i} ü\n`);
  for (const line of lines.slice(0, 1000)) sink.write(line);
  await new Promise((resolve) => setImmediate(resolve));
  for (const line of lines.slice(1000)) sink.write(line);
  await holds(path, lines.join(""));
});

test("flush writes at once what waits", (t) => {
  const { path, descriptor } = fileIn(t);
  const sink = new LogSink(descriptor, {
    limit: 1000,
    retryAfter: 1,
    onRecovered: never,
    onReleased: never,
  });
  sink.write("a\n");
  sink.write("b\n");
  sink.flush();
  assert.equal(readFileSync(path, "utf8"), "a\nb\n");
  sink.flush();
  assert.equal(readFileSync(path, "utf8"), "a\nb\n");
});

test("a full disk is survived; with room again all that waited is written, what is lost is told", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "log");
  const descriptor = openSync("/dev/full", "w");
  const sink = new LogSink(descriptor, {
    limit: 200,
    retryAfter: 5,
    onRecovered: (dropped, error): void => sink.write(`${dropped} ${error}\n`),
    onReleased: never,
  });
  const line = (digit: string): string => `${digit.repeat(79)}\n`;
  for (const digit of "1234") sink.write(line(digit));
  await until("the disk is full", () => sink.problem?.includes("ENOSPC") === true);
  assert.match(
    String(sink.problem),
    /^the log cannot be written: ENOSPC.*; 2 lines are lost so far$/,
  );
  closeSync(descriptor);
  // The same number again, with a file behind it.
  assert.equal(openSync(path, "a"), descriptor);
  t.after(() => closeSync(descriptor));
  await until("what is lost is told", () => /ENOSPC.*\n$/.test(readFileSync(path, "utf8")));
  const text = readFileSync(path, "utf8");
  assert.equal(text.slice(0, 160), line("1") + line("2"));
  assert.match(text.slice(160), /^2 ENOSPC: .*\n$/);
  assert.equal(sink.problem, undefined);
  sink.write(line("5"));
  await holds(path, text + line("5"));
});

test("a pipe that nobody reads: the bound holds, and what is lost is told when it is read", async (t) => {
  const { reader, writer, read } = openPipe(t);
  t.after(() => closeSync(reader));
  let told: [number, string | undefined] | undefined;
  const sink = new LogSink(writer, {
    limit: 200_000,
    retryAfter: 1,
    onRecovered: (dropped, error) => {
      assert.equal(told, undefined);
      told = [dropped, error];
      sink.write("recovered\n");
    },
    onReleased: never,
  });
  const line = `${"x".repeat(999)}\n`;
  for (let i = 0; i < 500; i++) {
    sink.write(line);
    if (i % 100 === 0) await turn();
  }
  assert.equal(told, undefined);
  let received = "";
  await until("all is read", () => (received += read()).endsWith("recovered\n"));
  const [dropped, error] = told ?? [0];
  assert.equal(error, undefined);
  assert.ok(dropped > 200, `${dropped} lines are lost`);
  // Every line either arrived whole or was counted.
  assert.equal(received, `${line.repeat(500 - dropped)}recovered\n`);
});

test("a closed pipe: all further lines are dropped in silence", async (t) => {
  const { reader, writer } = openPipe(t);
  const sink = new LogSink(writer, {
    limit: 100,
    retryAfter: 1,
    onRecovered: never,
    onReleased: never,
  });
  closeSync(reader);
  await until("nobody reads", () => {
    sink.write("0123456789\n");
    return sink.problem?.startsWith("nobody reads the log any more") === true;
  });
  sink.flush();
});

test("another file: what waits goes there, and the old one is let go", async (t) => {
  const [first, second] = [fileIn(t), fileIn(t)];
  const released: number[] = [];
  const sink = new LogSink(first.descriptor, {
    limit: 1e6,
    retryAfter: 1,
    onRecovered: never,
    onReleased: (descriptor) => released.push(descriptor),
  });
  sink.write("one\n");
  await holds(first.path, "one\n");
  sink.write("two\n");
  // The thread pool has it now.
  await new Promise((resolve) => setImmediate(resolve));
  sink.switchTo(second.descriptor);
  sink.write("three\n");
  await holds(second.path, "three\n");
  assert.equal(readFileSync(first.path, "utf8"), "one\ntwo\n");
  assert.deepEqual(released, [first.descriptor]);
  sink.switchTo(first.descriptor);
  sink.write("four\n");
  await holds(first.path, "one\ntwo\nfour\n");
  assert.deepEqual(released, [first.descriptor, second.descriptor]);
});

test("another file is the cure for a full disk, and for a reader that has gone", async (t) => {
  const { path, descriptor } = fileIn(t);
  const full = openSync("/dev/full", "w");
  const recovered: (string | undefined)[] = [];
  const sink = new LogSink(full, {
    limit: 1e6,
    retryAfter: 1,
    onRecovered: (_dropped, error) => recovered.push(error),
    onReleased: closeSync,
  });
  sink.write("whole\n");
  await until("the disk is full", () => sink.problem !== undefined);
  sink.switchTo(descriptor);
  await holds(path, "whole\n");
  await until("that is over", () => sink.problem === undefined);
  assert.equal(recovered.length, 1);

  const pipe = openPipe(t);
  const other = new LogSink(pipe.writer, {
    limit: 10,
    retryAfter: 1,
    onRecovered: never,
    onReleased: () => undefined,
  });
  closeSync(pipe.reader);
  other.write("0123456\n");
  await until("nobody reads", () => other.problem !== undefined);
  other.switchTo(descriptor);
  other.write("again\n");
  await holds(path, "whole\nagain\n");
  assert.equal(other.problem, undefined);
});
