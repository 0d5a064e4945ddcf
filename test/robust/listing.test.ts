import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { Net } from "../support/net.ts";
import { Underlay } from "../support/underlay.ts";
import { until } from "../support/wait.ts";
import { Scene, SKIP } from "./scene.ts";

const ROUTES = 50_000;
/** KEEPALIVEs that are waited for: more than a hold time's worth. */
const BEATS = 5;

/** Long listings, read by one who is in no hurry and by one who asks again and again. */
describe("a long show route", { skip: SKIP }, () => {
  const net = new Net();
  let scene: Scene;
  before(async () => {
    scene = await Scene.open(net);
    const { node, neighbour } = scene;
    const config = scene
      .config()
      .replace("connectRetry: 1", "connectRetry: 1, holdTime: 3, keepalive: 1");
    scene.underlay = await Underlay.start(node, config);
    await neighbour.established();
    const prefixes = Array.from({ length: ROUTES }, (_, n) => `100.64.${n >> 8}.${n & 255}/32`);
    neighbour.announce(prefixes, "10.0.0.9");
    await until("all routes have come", async () =>
      (await scene.underlay.ask("show route count")).includes(`Total: ${ROUTES + 1} of`),
    );
  });
  after(() => net.close());

  async function asking(line: string): Promise<Socket> {
    const socket = connect(scene.underlay.socket);
    await once(socket, "connect");
    socket.setEncoding("latin1");
    socket.write(`${line}\n`);
    return socket;
  }

  it("holds up no keepalive, neither ours nor theirs, whoever reads it and how", async () => {
    const idle = await asking("show route all");
    const busy = await asking("show route all");
    let [read, answers] = [0, 0];
    busy.on("data", (text: string) => {
      if (!/\n0000 [^\n]*\n$/.test(text)) return;
      answers++;
      busy.write("show route all\n");
    });
    // The neighbour answers each of ours with one of its own: a late one would cost the session.
    const beats = (): number => scene.neighbour.heard("keepalive").length;
    const before = beats();
    await until("keepalives go on", () => {
      // A little of what has come, now and then.
      const chunk = idle.read(512) as string | null;
      read += chunk?.length ?? 0;
      return beats() >= before + BEATS && answers > 0;
    });
    busy.destroy();
    idle.destroy();
    assert.ok(read > 0 && read < ROUTES * 50, "the one in no hurry is still at it");
    assert.equal(scene.neighbour.sessions, 1);
    assert.deepEqual(scene.neighbour.heard("closed"), []);
  });
});
