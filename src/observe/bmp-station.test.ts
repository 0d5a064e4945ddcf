import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { Address, IPV4 } from "../route/index.ts";
import { until } from "../../test/support/wait.ts";
import type { BmpSession, BmpSink, BmpSource } from "./bmp-source.ts";
import { type BmpEvent, BmpStation } from "./bmp-station.ts";

const SESSION: BmpSession = {
  name: "tor",
  asn: 64600,
  routerId: 1,
  endpoints: {
    local: new Address(IPV4, 0x7f000001),
    remote: new Address(IPV4, 0x7f000002),
    localPort: 179,
    remotePort: 40000,
  },
  opens: { sent: new Uint8Array(29), received: new Uint8Array(29) },
  fourOctetAs: true,
};

/** A speaker that has one session and counts what is done to its feeds. */
class Source implements BmpSource {
  sink: BmpSink | undefined;
  readonly calls: string[] = [];

  node(): ReturnType<BmpSource["node"]> {
    return { name: "node", description: "", asn: 1, routerId: 1, open: new Uint8Array(29) };
  }

  open(_tables: unknown, sink: BmpSink) {
    this.calls.push("open");
    this.sink = sink;
    sink.up(SESSION);
    return {
      blocked: () => void this.calls.push("blocked"),
      drained: () => void this.calls.push("drained"),
      close: () => void this.calls.push("close"),
    };
  }

  statistics() {
    return new Map([["tor", [{ type: 7, value: 1 }]]]);
  }
}

const UPDATE = new Uint8Array(4096).fill(0xff, 0, 16);
UPDATE.set([0x10, 0x00, 2], 16);

describe("a BMP station", () => {
  const sockets = new Set<Socket>();
  let server: Server;
  let station: BmpStation | undefined;
  const events: BmpEvent[] = [];

  afterEach(() => {
    station?.close();
    for (const socket of sockets) socket.destroy();
    server.close();
    events.length = 0;
  });

  async function listen(onSocket: (socket: Socket) => void): Promise<number> {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      onSocket(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  }

  function start(source: Source, port: number, patience = 60_000): BmpStation {
    return new BmpStation({
      settings: { host: "127.0.0.1", port, tables: ["adj-rib-in-pre"], statistics: 50 },
      source,
      onEvent: (event) => events.push(event),
      times: { firstRetry: 10, lastRetry: 20, patience },
    });
  }

  /** Types of the messages that have come. */
  function types(chunks: readonly Buffer[]): number[] {
    const all = Buffer.concat(chunks);
    const found: number[] = [];
    for (let at = 0; at + 6 <= all.length; at += all.readUInt32BE(at + 1)) found.push(all[at + 5]);
    return found;
  }

  it("hears Initiation first, sessions, reports, and Termination last", async () => {
    const chunks: Buffer[] = [];
    const port = await listen((socket) => socket.on("data", (chunk: Buffer) => chunks.push(chunk)));
    const source = new Source();
    station = start(source, port);
    await until("a report", () => types(chunks).includes(1));
    assert.deepEqual(types(chunks).slice(0, 3), [4, 3, 1]);
    station.close();
    await until("Termination", () => types(chunks).at(-1) === 5);
    assert.deepEqual(source.calls, ["open", "close"]);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ["up"],
    );
  });

  it("that comes back is told everything again; that is away is said once", async () => {
    let connections = 0;
    const port = await listen((socket) => {
      if (++connections < 3) socket.destroy();
    });
    const source = new Source();
    station = start(source, port);
    await until("a third connection", () => connections === 3 && source.calls.length === 5);
    assert.deepEqual(source.calls, ["open", "close", "open", "close", "open"]);
    server.close();
    for (const socket of sockets) socket.destroy();
    const failed = (): number => events.filter(({ kind }) => kind === "failed").length;
    await until("it is away", () => events.at(-1)?.kind === "down");
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(failed(), 0, "the loss has been said");
  });

  it("that was there for a while is tried again soon, without reports, too", async () => {
    let connections = 0;
    let last: Socket | undefined;
    const port = await listen((socket) => {
      if (++connections <= 9) socket.destroy();
      last = socket;
    });
    station = new BmpStation({
      settings: { host: "127.0.0.1", port, tables: ["adj-rib-in-pre"], statistics: 0 },
      source: new Source(),
      onEvent: (event) => events.push(event),
      times: { firstRetry: 2, lastRetry: 120_000, patience: 100 },
    });
    await until("a connection that lasts", () => connections === 10);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const lost = performance.now();
    last?.destroy();
    await until("another one", () => connections === 11);
    // Half a second at least, were the nine that did not last still counted.
    assert.ok(performance.now() - lost < 400, "it waits as long as after nine failures");
  });

  it("that reads nothing is told nothing more, and is given up", async () => {
    let isReading = false;
    let heard = 0;
    const port = await listen((socket) => {
      if (!isReading) socket.pause();
      socket.on("data", (chunk: Buffer) => (heard += chunk.length));
      if (!isReading) socket.pause();
    });
    const source = new Source();
    station = start(source, port, 300);
    await until("it is open", () => source.sink !== undefined);
    for (let turn = 0; !source.calls.includes("blocked"); turn++) {
      assert.ok(turn < 10_000, "it takes everything");
      for (let i = 0; i < 100; i++) {
        source.sink?.updates("adj-rib-in-pre", SESSION, UPDATE, true);
      }
      await new Promise(setImmediate);
    }
    isReading = true;
    await until("it is given up", () => events.some(({ kind }) => kind === "down"));
    assert.match(events.find(({ kind }) => kind === "down")?.text ?? "", /takes nothing/);
    await until("it is told everything again", () => heard > 0);
    assert.deepEqual(source.calls.slice(-3), ["blocked", "close", "open"]);
  });
});
