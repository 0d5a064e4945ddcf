import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { ControlConnection, type ControlViews } from "../control/index.ts";

/** Only bytes are moved here: what is asked and answered is the control room's. */
export class ControlServer {
  readonly #server: Server;
  readonly #path: string;
  readonly #clients = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  /**
   * Listens at `path`, mode 0660. A socket that a killed daemon left behind is replaced; one that
   * somebody still answers on is an error, so that two daemons never share a node by accident.
   */
  static async open(
    path: string,
    views: ControlViews,
    onError: (error: Error) => void,
  ): Promise<ControlServer> {
    await mkdir(dirname(path), { recursive: true });
    await clear(path);
    // Half open: a client may say all it has to say, close its side, and read the answers.
    const server = createServer({ allowHalfOpen: true });
    const control = new ControlServer(server, path);
    server.on("connection", (socket) => control.#serve(socket, views));
    // Nobody else may connect between bind and chmod.
    const mask = process.umask(0o117);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, resolve);
      });
    } finally {
      process.umask(mask);
    }
    chmodSync(path, 0o660);
    server.on("error", onError);
    return control;
  }

  /** Ends all conversations and takes the socket away. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.destroySoon();
    const timer = setTimeout(() => {
      for (const client of this.#clients) client.destroy();
    }, 500);
    await closed;
    clearTimeout(timer);
    await clear(this.#path).catch(() => undefined);
  }

  #serve(socket: Socket, views: ControlViews): void {
    const connection = new ControlConnection(views);
    this.#clients.add(socket);
    socket.setEncoding("utf8");
    let scheduled = false;
    let ended = false;

    // One chunk a turn of the event loop: a long listing never holds up a session.
    const step = (): void => {
      scheduled = false;
      if (socket.destroyed) return;
      if (connection.pending) {
        const chunk = connection.pull();
        if (chunk !== "" && !socket.write(chunk)) return void socket.once("drain", schedule);
        schedule();
        return;
      }
      if (connection.closed || ended) socket.end();
      else if (!connection.full) socket.resume();
    };
    const schedule = (): void => {
      if (scheduled) return;
      scheduled = true;
      setImmediate(step);
    };

    socket.on("data", (text: string) => {
      connection.receive(text);
      if (connection.full) socket.pause();
      schedule();
    });
    socket.on("end", () => {
      ended = true;
      schedule();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      connection.end();
      this.#clients.delete(socket);
    });
    schedule();
  }
}

async function clear(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there and is no socket`);
  if (await answers(path)) throw new Error(`another daemon listens on ${path}`);
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", () => resolve(false));
  });
}
