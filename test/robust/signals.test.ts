import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { after, describe, it } from "node:test";
import { lacking } from "../support/needs.ts";
import { ourRoutes } from "../support/kernel.ts";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";

const CONFIG = "node: { asn: 64512, routerId: 192.0.2.1 }";

describe("signals", { skip: lacking() }, () => {
  const net = new Net();
  after(() => net.close());

  it("SIGHUP while the daemon is starting counts as soon as it runs", async () => {
    const underlay = await Underlay.start(await net.host("node"), CONFIG);
    await underlay.logged("started");
    assert.equal(await underlay.end(), 0);
    assert.equal(existsSync(underlay.socket), false);

    const launched = underlay.launch();
    // It listens there first of all.
    await until("the socket is there", () => existsSync(underlay.socket), { interval: 0 });
    underlay.program.child.kill("SIGHUP");
    await launched;
    await underlay.logged("configured");
    assert.equal(await underlay.end(), 0);
  });

  it("SIGHUP before anything has been read counts too", async () => {
    const underlay = Underlay.at(await net.host("early"));
    underlay.write(CONFIG);
    // On a busy machine the daemon may be further when we see that it heeds the signal: once more.
    let isEarly = false;
    for (let i = 0; !isEarly && i < 20; i++) {
      const launched = underlay.launch();
      await until(
        "SIGHUP is listened for",
        () => underlay.program.ended === false && catches(underlay.program.pid, 1),
        { interval: 0 },
      );
      underlay.program.child.kill("SIGHUP");
      isEarly = !existsSync(underlay.socket);
      await launched;
      await underlay.logged("configured");
      assert.equal(await underlay.end(), 0);
    }
    assert.ok(isEarly, "long before it listens");
  });

  it("SIGTERM while the daemon is starting ends it and leaves no socket", async () => {
    const underlay = Underlay.at(await net.host("short"));
    underlay.write(CONFIG);
    const launched = underlay.launch().catch(() => undefined);
    await until("the socket is there", () => existsSync(underlay.socket), { interval: 0 });
    assert.equal(await underlay.end("SIGTERM"), 0);
    assert.equal(existsSync(underlay.socket), false);
    await launched;
  });

  it("down while the daemon is starting removes what an earlier run has left", async () => {
    const host = await net.host("removed");
    const blocks = "pods: { pool: [10.1.0.0/16], blocks: [10.1.1.0/24] }";
    const underlay = await Underlay.start(host, `${CONFIG}\n${blocks}`);
    await until("its block is there", async () => (await ourRoutes(host)).size === 1);
    assert.equal(await underlay.end("SIGKILL"), 128);
    // The socket of the killed one is still there: nobody answers on it.
    const launched = underlay.launch().catch(() => undefined);
    const client = await until(
      "it listens",
      () => connected(underlay.socket).catch(() => undefined),
      {
        interval: 0,
      },
    );
    client.on("error", () => undefined);
    client.write("down\n");
    await until("it has ended", () => underlay.program.ended);
    await launched;
    assert.equal(underlay.program.child.exitCode, 0);
    assert.equal((await ourRoutes(host)).size, 0);
    assert.equal(existsSync(underlay.socket), false);
  });

  it("configure while the daemon is starting is refused, and changes nothing", async () => {
    const underlay = await Underlay.start(await net.host("other"), CONFIG);
    await underlay.logged("started");
    assert.equal(await underlay.end(), 0);
    // On a busy machine the daemon may have started before the command is there: then once more.
    await until("a command that comes while it starts", async () => {
      const launched = underlay.launch();
      const client = await until("it listens", () => connected(underlay.socket), { interval: 0 });
      // It gets no further before the command waits in its socket.
      underlay.program.child.kill("SIGSTOP");
      client.write("configure\n");
      let answer = "";
      client.setEncoding("utf8").on("data", (text: string) => (answer += text));
      underlay.program.child.kill("SIGCONT");
      await until("an answer", () => /^(0003|8002) /m.test(answer));
      client.destroy();
      await launched;
      await underlay.logged("started");
      const refused = /still starting/.test(answer);
      assert.equal(
        underlay.log().some(({ event }) => event === "configured"),
        !refused,
      );
      assert.equal(await underlay.end(), 0);
      return refused;
    });
  });
});

/** Whether a process has a handler of its own for a signal. */
function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

async function connected(path: string): Promise<Socket> {
  const socket = connect(path);
  await once(socket, "connect");
  return socket;
}
