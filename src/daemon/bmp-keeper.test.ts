import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { test } from "node:test";
import { until } from "../../test/support/wait.ts";
import { BmpKeeper } from "./bmp-keeper.ts";
import { config } from "./fixture.test.ts";

test("a station hears what the node is called from now on, and its connection stays", async (t) => {
  let heard = "";
  let connections = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    connections++;
    sockets.push(socket);
    socket.on("data", (bytes) => (heard += bytes.toString("latin1")));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const station = `{ name: s, address: 127.0.0.1, port: ${port}, statistics: 0 }`;
  let running = config(`bmp: { stations: [${station}] }`);
  const keeper = new BmpKeeper({
    speaker: { monitor: () => ({ blocked() {}, drained() {}, close() {} }) as never },
    survey: { locRibSize: () => 0, *neighbours() {} },
    config: () => running,
    state: () => ({ version: "1", routerId: 7 }),
    clock: () => 0,
    wake: () => undefined,
    logger: { info: () => undefined, warn: () => undefined } as never,
  });
  t.after(() => {
    keeper.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const named = (name: string): void => {
    running = { ...running, node: { ...running.node, name } };
    keeper.update(running.bmp);
  };
  named("before");
  await until("it is introduced", () => heard.includes("before"));
  named("before");
  named("after");
  await until("the new name is told", () => heard.includes("after"));
  assert.equal(heard.split("before").length, 2, "said once");
  assert.equal(connections, 1);
});
