// A socket with a ControlConnection behind it, for tests that need real clients.
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControlConnection, type ControlViews } from "./index.ts";

export interface TestServer {
  readonly path: string;
  close(): Promise<void>;
}

/** Serves the views on a socket in a folder of its own, as the daemon does. */
export async function serve(views: ControlViews): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), "underlay-control-"));
  const path = join(folder, "test.ctl");
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new ControlConnection(views, () => step());
    clients.add(socket);
    socket.setEncoding("utf8");
    const step = (): void => {
      if (socket.destroyed) return;
      if (connection.waiting) return;
      if (!connection.pending) {
        if (connection.closed || socket.readableEnded) socket.end();
        return;
      }
      if (socket.write(connection.pull())) setImmediate(step);
      else socket.once("drain", step);
    };
    socket.on("data", (text: string) => {
      const idle = !connection.pending;
      connection.receive(text);
      if (idle) step();
    });
    socket.on("end", step);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      connection.end();
      clients.delete(socket);
    });
    step();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    close: async () => {
      for (const client of clients) client.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}
