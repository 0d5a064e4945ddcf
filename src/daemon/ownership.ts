import { type Server, createConnection, createServer } from "node:net";

/**
 * What two daemons must not share. Everything of ours in the kernel bears our protocol number: routes
 * do besides their table, but nexthop objects and proxy-neighbour entries have nothing else. A start
 * adopts what bears its number and sweeps what nobody wants of it, with `kernel.install: false` too.
 * So one number belongs to one daemon in a network namespace; another table alone does not part two.
 *
 * The lock is an abstract Unix socket: there is one space of such names in each network namespace
 * (unix(7), network_namespaces(7)), no file is left behind, and it goes with its process, however that
 * ends. Any process of the namespace may take the name first; it can then only keep this daemon from
 * starting, and the message says so.
 */
export class Ownership {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /**
   * Takes the number; rejects when somebody else has it. `introduction`: what somebody who comes too
   * late is told about this daemon, one line.
   */
  static async take(protocol: number, introduction: string): Promise<Ownership> {
    const name = `\0underlay/protocol/${protocol}`;
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.end(`${introduction}\n`, () => socket.destroy());
    });
    server.maxConnections = 16;
    try {
      await listening(server, name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      throw new Error(
        `kernel.protocol ${protocol} is taken in this network namespace by ${await holder(name)}: ` +
          "end that daemon, or give this one another kernel.protocol",
        { cause: error },
      );
    }
    server.on("error", () => undefined); // an accept that failed
    return new Ownership(server);
  }

  release(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function listening(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(name, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Milliseconds and characters that the holder has for its introduction. */
const PATIENCE = 2000;
const LONGEST = 300;

/** Who holds a name, by its own words; they are a stranger's. */
function holder(name: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = createConnection(name);
    const end = (): void => {
      clearTimeout(timer);
      socket.destroy();
      const words = text.replace(/[^\x20-\x7e]+/g, " ").trim();
      resolve(words === "" ? "a process that does not say who it is" : words.slice(0, LONGEST));
    };
    const timer = setTimeout(end, PATIENCE);
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length >= LONGEST) end();
    });
    socket.on("error", end);
    socket.on("close", end);
  });
}
