import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, mkdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openLog } from "./log.ts";

test("JSON lines with the level's name, the event, the node and the time", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "log");
  const log = await openLog({ level: "info", file }, "node1");
  log.logger.info({ event: "started", peers: 2 }, "it runs");
  log.logger.debug({ event: "hidden" }, "not at this level");
  log.setLevel("debug");
  log.logger.debug({ event: "shown" }, "now it is");
  log.flush();
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const [first, second, ...rest] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const { time, ...started } = first;
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(started, {
    level: "info",
    node: "node1",
    event: "started",
    peers: 2,
    message: "it runs",
  });
  assert.deepEqual([second["level"], second["event"]], ["debug", "shown"]);
  assert.deepEqual(rest, []);
});

/** Runs a module's text in a process of its own. */
const run = (text: string): string[] => [
  "--input-type=module",
  "--disable-warning=ExperimentalWarning",
  "-e",
  `import { openLog } from ${JSON.stringify(new URL("log.ts", import.meta.url).href)};\n${text}`,
];

test("a file that cannot be opened: said, and the log goes to standard output", () => {
  const text = `
    const log = await openLog({ level: "info", file: "/nowhere/underlay.log" }, "n");
    log.logger.info({ event: "next" }, "goes on");
    log.flush();`;
  const { stdout, status } = spawnSync(process.execPath, run(text), { encoding: "utf8" });
  assert.equal(status, 0);
  const [failed, next] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(failed["event"], "log-failed");
  assert.equal(
    failed["message"],
    "log.file /nowhere/underlay.log: No such file or directory; the log goes to standard output",
  );
  assert.equal(next["event"], "next");
});

test("whoever reads the log goes away: the process lives", async () => {
  const text = `
    const log = await openLog({ level: "info", file: undefined }, "n");
    let count = 0;
    const timer = setInterval(() => {
      log.logger.info({ event: "line" }, "again");
      if (++count < 50) return;
      clearInterval(timer);
      log.flush();
      process.exit(7);
    }, 5);`;
  const child = spawn(process.execPath, run(text), { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.once("data", () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.once("exit", resolve));
  assert.equal(code, 7);
});

test("lines written just before the end of the process are not lost", () => {
  const text = `
    const log = await openLog({ level: "info", file: undefined }, "n");
    log.logger.info({ event: "first" }, "x");
    await new Promise((resolve) => setImmediate(resolve)); // it is being written now
    log.logger.info({ event: "second" }, "x");
    log.flush();
    process.exit(0);`;
  const { stdout } = spawnSync(process.execPath, run(text), { encoding: "utf8" });
  const events = stdout.match(/"event":"\w+"/g) ?? [];
  assert.deepEqual(events.sort(), ['"event":"first"', '"event":"second"']);
});

test("reopened, it goes on in a new file of the same name; what cannot be opened changes nothing", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "log");
  const log = await openLog({ level: "info", file }, "n");
  const events = (path: string): string[] =>
    [...readFileSync(path, "utf8").matchAll(/"event":"([\w-]+)"/g)].map(([, event]) => event);
  log.logger.info({ event: "one" }, "x");
  log.flush();
  renameSync(file, `${file}.1`);
  log.reopen();
  log.logger.info({ event: "two" }, "x");
  log.flush();
  assert.deepEqual([events(`${file}.1`), events(file)], [["one"], ["two"]]);
  assert.deepEqual(log.problems(), []);

  renameSync(file, `${file}.2`);
  mkdirSync(file);
  log.reopen();
  log.logger.info({ event: "three" }, "x");
  log.flush();
  assert.deepEqual(events(`${file}.2`), ["two", "log-failed", "three"]);
  assert.match(log.problems().join(), /^log\.file .*EISDIR.*; the log goes where it went before$/);
  rmdirSync(file);
  log.reopen();
  assert.deepEqual(log.problems(), []);
});

test("on a terminal nothing steers it but the log's own colours", () => {
  const text = `
    const log = await openLog({ level: "info" }, "n");
    log.logger.info({ event: "e", of: "a\\x1b]0;x\\x07\\x9bb" }, "c\\x1b[2J\\x9b\\r\\\\u001bd");
    log.flush();`;
  const command = [process.execPath, ...run(text)].map((word) => `'${word}'`).join(" ");
  const { stdout } = spawnSync("script", ["-qec", command, "/dev/null"], { encoding: "utf8" });
  const plain = stdout.replaceAll(/\x1b\[\d*m/g, "");
  assert.match(plain, /INFO: c\?\[2J\?\?\\u001bd \{"of":"a\?\]0;x\?\?b"\}/);
  assert.doesNotMatch(plain, /[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
});

test("who listens hears classes of lines, whatever is written to the file", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "log");
  const log = await openLog({ level: "warn", file }, "n");
  const heard: string[] = [];
  const stop = log.listen(new Set(["info", "trace", "remote", "auth", "bug"]), (text) => {
    heard.push(text);
  });
  log.logger.debug({ event: "x" }, "debug");
  log.logger.info({ event: "x" }, "info");
  log.logger.warn({ event: "x" }, "warning");
  log.logger.warn({ event: "malformed-update" }, "remote");
  log.logger.warn({ event: "session-down", cause: "notification" }, "remote too");
  log.logger.info({ event: "x", cause: "authentication-timeout" }, "auth");
  log.logger.error({ event: "bfd-thread-died" }, "bug");
  log.tracer.trace({ event: "x" }, "traced");
  assert.deepEqual(heard, ["info", "remote", "remote too", "auth", "bug", "traced"]);
  const debugging: string[] = [];
  const stopDebugging = log.listen(new Set(["debug"]), (text) => debugging.push(text));
  log.logger.debug({ event: "x" }, "debug");
  assert.deepEqual(debugging, ["debug"]);
  stop();
  stopDebugging();
  assert.equal(log.logger.isLevelEnabled("info"), false, "nobody wants it: it costs nothing");
  log.logger.error({ event: "x" }, "error");
  log.flush();
  const written = readFileSync(file, "utf8").trimEnd().split("\n");
  const messages = written.map((line) => (JSON.parse(line) as { message: string }).message);
  assert.deepEqual(messages, ["warning", "remote", "remote too", "bug", "traced", "error"]);
  assert.match(written[4], /"level":"trace"/);
});

test("who listens for classes that are not by level hears them whatever the log leaves out", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "underlay-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const log = await openLog({ level: "fatal", file: join(folder, "log") }, "n");
  for (const [name, write] of [
    ["bug", () => log.logger.error({ event: "rehearsal-failed" }, "a fault")],
    ["remote", () => log.logger.info({ event: "x", cause: "notification" }, "a fault")],
    ["auth", () => log.logger.info({ event: "x", cause: "authentication-timeout" }, "a fault")],
  ] as const) {
    const heard: string[] = [];
    const stop = log.listen(new Set([name]), (text) => heard.push(text));
    write();
    stop();
    write();
    assert.deepEqual(heard, ["a fault"], name);
  }
});
