import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { connect, createServer, type Server, Socket } from "node:net";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { until } from "../../test/support/wait.ts";
import { AgentXFrames } from "./agentx-frames.ts";
import { AgentXClient } from "./agentx.ts";
import type { Subagent } from "./library.ts";
import { Mib } from "./mib.ts";
import { loadNetSnmp, mibTypes } from "./net-snmp.ts";

/** A message of RFC 2741 §6.1. */
function message(
  type: number,
  packet: number,
  payload: Buffer = Buffer.alloc(0),
  session = 7,
): Buffer {
  const header = Buffer.from([1, type, 0x10, 0, ...Array<number>(16).fill(0)]);
  header.writeUInt32BE(session, 4);
  header.writeUInt32BE(packet, 12);
  header.writeUInt32BE(payload.length, 16);
  return Buffer.concat([header, payload]);
}

test("messages come out whole, however the stream is cut", () => {
  const all = [
    message(18, 1, Buffer.from("abcd")),
    message(5, 2),
    message(6, 3, Buffer.alloc(300, 1)),
  ];
  const stream = Buffer.concat(all);
  for (let size = 1; size <= stream.length; size++) {
    const frames = new AgentXFrames();
    const found: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size) {
      found.push(...(frames.add(stream.subarray(at, at + size)) ?? assert.fail("no AgentX")));
    }
    assert.deepEqual(found, all);
  }
});

test("what is no AgentX, or says that it is endless, is not waited for", () => {
  assert.equal(new AgentXFrames().add(Buffer.from("HTTP/1.1 400 Bad Request\r\n")), undefined);
  const endless = message(5, 1);
  endless.writeUInt32BE(0x7fffffff, 16);
  assert.equal(new AgentXFrames().add(endless), undefined);
  const little = message(5, 1);
  little[2] = 0;
  assert.equal(new AgentXFrames().add(little), undefined);
});

/** A master agent that answers as it is told to. */
function master(t: TestContext, answer: (type: number, packet: number) => Buffer | undefined) {
  const folder = mkdtempSync(join(tmpdir(), "underlay-agentx-"));
  const path = join(folder, "master");
  const sockets: Socket[] = [];
  const heard: number[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    const frames = new AgentXFrames();
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      for (const each of frames.add(bytes) ?? []) {
        heard.push(each[1]);
        const reply = answer(each[1], each.readUInt32BE(12));
        if (reply !== undefined) socket.write(reply);
      }
    });
  }).listen(path);
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return { path, heard, sockets };
}

/** A response: uptime, error, index. */
function response(packet: number, error = 0): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt16BE(error, 4);
  return message(18, packet, payload);
}

async function client(t: TestContext, path: string) {
  const library = await loadNetSnmp();
  const problems: (string | undefined)[] = [];
  const made = new AgentXClient({
    library,
    master: path,
    mib: new Mib(
      [{ oid: [1, 3, 9], type: "IpAddress", value: () => "10.200.0.255" }],
      mibTypes(library),
    ),
    regions: [
      [1, 3, 9],
      [1, 3, 10],
    ],
    refresh: () => Promise.resolve(),
    onProblem: (text) => problems.push(text),
    retryAfter: 10,
  });
  t.after(() => made.close());
  return { client: made, problems };
}

test("it opens, registers what it has, and answers as RFC 2741 has it", async (t) => {
  const { path, heard, sockets } = master(t, (_, packet) => response(packet));
  const { client: made, problems } = await client(t, path);
  await until("it is open", () => made.isOpen);
  assert.deepEqual(heard, [1, 3, 3], "Open, Register, Register");
  assert.deepEqual(problems, [undefined]);
  // Get 1.3.9.0, twice in one piece.
  const oid = Buffer.from([4, 0, 0, 0, ...[1, 3, 9, 0].flatMap((part) => [0, 0, 0, part])]);
  const get = message(5, 99, Buffer.concat([oid, Buffer.alloc(4)]));
  let answer = Buffer.alloc(0);
  sockets[0].on("data", (bytes: Buffer) => (answer = Buffer.concat([answer, bytes])));
  sockets[0].write(Buffer.concat([get, get]));
  const varbind = Buffer.concat([
    Buffer.from([0, 64, 0, 0]),
    oid,
    Buffer.from([0, 0, 0, 4, 10, 200, 0, 255]),
  ]);
  const expected = message(18, 99, Buffer.concat([Buffer.alloc(8), varbind]));
  await until("both are answered", () => answer.length >= 2 * expected.length);
  assert.deepEqual(answer, Buffer.concat([expected, expected]));
});

test("a master that refuses, that hangs up, and one that speaks something else are tried again", async (t) => {
  const duplicate = master(t, (type, packet) => response(packet, type === 3 ? 263 : 0));
  const refused = await client(t, duplicate.path);
  await until("twice", () => refused.problems.length >= 2);
  assert.match(
    String(refused.problems[0]),
    /it refuses to register 1\.3\.9: duplicateRegistration/,
  );
  assert.equal(refused.client.isOpen, false);

  const other = master(t, () => Buffer.from("220 mail.example.net ESMTP ready\r\n"));
  const mistaken = await client(t, other.path);
  await until("twice", () => mistaken.problems.length >= 2);
  assert.match(String(mistaken.problems[0]), /it does not speak AgentX; it is tried again/);

  const flighty = master(t, (_, packet) => response(packet));
  const left = await client(t, flighty.path);
  await until("it is open", () => left.client.isOpen);
  flighty.sockets[0].destroy();
  await until("it is open again", () => flighty.sockets.length > 1 && left.client.isOpen);
});

/** A client on this socket, which a test holds in its hands. */
async function clientOn(socket: Socket): Promise<AgentXClient> {
  const library = await loadNetSnmp();
  const subagent = Object.assign(new EventEmitter(), { socket, open: () => undefined });
  return new AgentXClient({
    library: { ...library, createSubagent: () => subagent as unknown as Subagent },
    master: "",
    mib: new Mib([], mibTypes(library)),
    regions: [],
    refresh: () => Promise.resolve(),
    onProblem: () => undefined,
  });
}

/** In vain well before the system gives such a connection up. */
async function closes(client: AgentXClient): Promise<void> {
  let isClosed = false;
  void client.close().then(() => (isClosed = true));
  await until("it is closed", () => isClosed, { timeout: 20_000 });
}

test("it closes while it still connects to a master whose host never answers", async (t) => {
  const socket = new Socket();
  t.after(() => socket.destroy());
  // Neither connected nor refused.
  socket.connect({ host: "master.test", port: 705, lookup: () => undefined });
  await closes(await clientOn(socket));
});

test("it closes although the master takes nothing of what waits for it", async (t) => {
  const { path, sockets } = master(t, () => undefined);
  const socket = connect(path);
  t.after(() => socket.destroy());
  await until("it is connected", () => sockets.length === 1 && !socket.connecting);
  sockets[0].pause();
  socket.write(Buffer.alloc(1 << 24));
  await closes(await clientOn(socket));
});

test("a notification can be written after 497 days, when sysUpTime begins anew", async () => {
  const { AgentXPdu, ObjectType } = await loadNetSnmp();
  const bytes = Buffer.alloc(64);
  let at = 0;
  const buffer = {
    writeUInt8: (value: number) => void (at = bytes.writeUInt8(value, at)),
    writeUInt16BE: (value: number) => void (at = bytes.writeUInt16BE(value, at)),
    writeUInt32BE: (value: number) => void (at = bytes.writeUInt32BE(value, at)),
    writeBuffer: (part: Buffer) => void (at += part.copy(bytes, at)),
  };
  const varbind = { oid: "1.3.6.1.2.1.1.3.0", type: ObjectType.TimeTicks, value: 2 ** 32 + 7 };
  AgentXPdu.writeVarBind(buffer, varbind);
  assert.equal(bytes.readUInt32BE(at - 4), 7);
});

test("GetBulk is answered with one repetition, and one that asks for nothing is not the end", async (t) => {
  const { path, sockets } = master(t, (_, packet) => response(packet));
  const { client: made } = await client(t, path);
  await until("it is open", () => made.isOpen);
  const name = (...parts: number[]): number[] => parts.flatMap((part) => [0, 0, 0, part]);
  const repetitions = Buffer.from([0, 0, 0, 9]);
  const start = Buffer.from([4, 0, 0, 0, ...name(1, 3, 8, 0)]);
  let answer = Buffer.alloc(0);
  sockets[0].on("data", (bytes: Buffer) => (answer = Buffer.concat([answer, bytes])));
  sockets[0].write(message(7, 98, repetitions));
  sockets[0].write(message(7, 99, Buffer.concat([repetitions, start, Buffer.alloc(4)])));
  const found = Buffer.from([4, 0, 0, 0, ...name(1, 3, 9, 0)]);
  await until("the second is answered", () => answer.includes(found));
});

test("what may not be written is not, be it there or not; a region ends where it ends", async (t) => {
  const { path, sockets } = master(t, (_, packet) => response(packet));
  const { client: made } = await client(t, path);
  await until("it is open", () => made.isOpen);
  const name = (...parts: number[]): Buffer =>
    Buffer.from([parts.length, 0, 0, 0, ...parts.flatMap((part) => [0, 0, 0, part])]);
  const answers: Buffer[] = [];
  const frames = new AgentXFrames();
  sockets[0].on("data", (bytes: Buffer) => answers.push(...(frames.add(bytes) ?? [])));
  const asks = async (type: number, ...parts: Buffer[]): Promise<Buffer> => {
    const packet = 100 + answers.length;
    sockets[0].write(message(type, packet, Buffer.concat(parts)));
    return until("it is answered", () => answers.find((each) => each.readUInt32BE(12) === packet));
  };
  const [HEADER, TEST_SET, CLEANUP_SET, NOT_WRITABLE] = [20, 8, 11, 17];
  for (const oid of [name(1, 3, 9, 0), name(1, 3, 9, 7), name(1, 3, 10, 1)]) {
    const integer = [Buffer.from([0, 2, 0, 0]), oid, Buffer.from([0, 0, 0, 1])];
    const answer = await asks(TEST_SET, ...integer);
    const [error, index] = [HEADER + 4, HEADER + 6].map((at) => answer.readUInt16BE(at));
    assert.deepEqual([error, index], [NOT_WRITABLE, 1]);
    sockets[0].write(message(CLEANUP_SET, 1));
  }
  const typeOf = (answer: Buffer): number => answer.readUInt16BE(HEADER + 8);
  const [GET, GET_NEXT, NONE] = [5, 6, Buffer.alloc(4)];
  const [NO_OBJECT, NO_INSTANCE, END] = [128, 129, 130];
  assert.equal(typeOf(await asks(GET, name(1, 3, 9, 7), NONE)), NO_INSTANCE);
  assert.equal(typeOf(await asks(GET, name(1, 3, 10, 1), NONE)), NO_OBJECT);
  assert.equal(typeOf(await asks(GET_NEXT, name(1, 3, 8), name(1, 3, 9))), END);
  assert.equal(typeOf(await asks(GET_NEXT, name(1, 3, 8), name(1, 3, 10))), 64);
  assert.equal(typeOf(await asks(GET_NEXT, name(1, 3, 9, 0), NONE)), END);
});
