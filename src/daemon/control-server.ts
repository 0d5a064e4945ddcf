import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { ControlConnection, type ControlViews } from "../control/index.ts";
import { clock } from "./clock.ts";
import { makeFolder } from "./files.ts";

/** Milliseconds of a turn of the event loop that all clients together may take. */
const BUDGET = 4;

/** Milliseconds that clients have at the end to read what has been written to them. */
const FAREWELL = 500;

/** Clients at one time: each costs a file descriptor, and some memory when it asks and does not read. */
const MAXIMUM_CLIENTS = 256;

/** Milliseconds without reading after which a client may go, where others want its place. */
const STALLED = 1000;

/** Milliseconds without reading after which one goes whose reply keeps something large. */
const HELD = 300_000;

/** How long clients may be, in number and time; for tests. */
export interface ControlLimits {
  readonly clients?: number;
  readonly held?: number;
}

/** What goes wrong after it has begun to listen; it goes on. */
export interface ControlTroubles {
  /** With the socket: new clients may not be heard any more. */
  readonly onError: (error: Error) => void;
  /** With what a client says, or with an answer: the client is hung up on. */
  readonly onFault: (error: Error) => void;
}

/** A client, and what it talks to. */
interface Conversation {
  readonly socket: Socket;
  readonly connection: ControlConnection;
  /** Since when the client has not taken what is there for it; on performance.now(). */
  stalledAt: number | undefined;
  /** Until it has not for so long that what the reply keeps is taken away. */
  heldTimer: NodeJS.Timeout | undefined;
  /** Waits for its turn. */
  queued: boolean;
  /** The client has said all that it has to say. */
  ended: boolean;
}

/** Only bytes are moved here: what is asked and answered is the control room's. */
export class ControlServer {
  readonly #server: Server;
  readonly #path: string;
  readonly #views: ControlViews;
  readonly #troubles: ControlTroubles;
  readonly #limits: Required<ControlLimits>;
  /** Who was heard from last stands last. */
  readonly #clients = new Map<Socket, Conversation>();
  /** Those with something to do, in turn. */
  readonly #queue: Conversation[] = [];
  #isTurn = false;

  private constructor(
    server: Server,
    path: string,
    views: ControlViews,
    troubles: ControlTroubles,
    limits: ControlLimits,
  ) {
    this.#limits = { clients: MAXIMUM_CLIENTS, held: HELD, ...limits };
    this.#server = server;
    this.#path = path;
    this.#views = views;
    this.#troubles = troubles;
    server.on("connection", (socket) => this.#serve(socket));
  }

  /**
   * Listens at `path`, mode 0660. A socket that a killed daemon left behind is replaced; one that
   * somebody still answers on is an error, so that two daemons never share a node by accident.
   */
  static async open(
    path: string,
    views: ControlViews,
    troubles: ControlTroubles,
    limits: ControlLimits = {},
  ): Promise<ControlServer> {
    await makeFolder(dirname(path));
    await clear(path);
    // Half open: a client may say all it has to say, close its side, and read the answers.
    const server = createServer({ allowHalfOpen: true });
    const control = new ControlServer(server, path, views, troubles, limits);
    await listen(server, path);
    server.on("error", troubles.onError);
    return control;
  }

  /**
   * Ends all conversations and takes the socket away. `farewell`: what those hear who have told the
   * daemon to end.
   */
  async close(farewell?: string): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const { socket, connection } of this.#clients.values()) {
      const word = farewell === undefined ? "" : connection.farewell(farewell);
      if (word !== "" && socket.writable) socket.write(word);
      socket.destroySoon();
    }
    const timer = setTimeout(() => {
      for (const client of this.#clients.keys()) client.destroy();
    }, FAREWELL);
    await closed;
    clearTimeout(timer);
    await clear(this.#path).catch(() => undefined);
  }

  #serve(socket: Socket): void {
    if (!this.#makeRoom()) {
      socket.destroy();
      return;
    }
    const connection = new ControlConnection(
      this.#views,
      () => this.#enqueue(conversation),
      () => this.#endHolder(),
    );
    const conversation: Conversation = {
      ...{ socket, connection, queued: false, ended: false },
      ...{ stalledAt: undefined, heldTimer: undefined },
    };
    const proceed = (): void => this.#enqueue(conversation);
    this.#clients.set(socket, conversation);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      this.#clients.delete(socket);
      this.#clients.set(socket, conversation);
      this.#attempt(conversation, () => connection.receive(text));
      if (connection.full) socket.pause();
      proceed();
    });
    socket.on("end", () => {
      conversation.ended = true;
      proceed();
    });
    socket.on("drain", () => {
      conversation.stalledAt = undefined;
      clearTimeout(conversation.heldTimer);
      proceed();
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(conversation.heldTimer);
      this.#clients.delete(socket);
      this.#attempt(conversation, () => connection.end());
    });
    proceed();
  }

  /**
   * One more may come; for that, the one goes that has been silent for longest, or else that has not read
   * for longest. False: all are busy.
   */
  #makeRoom(): boolean {
    if (this.#clients.size < this.#limits.clients) return true;
    const all = [...this.#clients.values()];
    const idle = all.find(({ connection }) => !connection.pending && !connection.waiting);
    const leaving = idle ?? this.#mostStalled(all);
    if (leaving === undefined) return false;
    this.#clients.delete(leaving.socket);
    leaving.socket.destroy();
    return true;
  }

  #mostStalled(all: readonly Conversation[]): Conversation | undefined {
    let most: Conversation | undefined;
    let since = clock() - STALLED;
    for (const each of all) {
      if (each.stalledAt === undefined || each.stalledAt > since) continue;
      most = each;
      since = each.stalledAt;
    }
    return most;
  }

  /** Who keeps something large and has not read for longest goes at once; false: all read on. */
  #endHolder(): boolean {
    const holders = [...this.#clients.values()].filter(({ connection }) => connection.holding);
    const leaving = this.#mostStalled(holders);
    if (leaving === undefined) return false;
    this.#attempt(leaving, () => leaving.connection.end());
    leaving.socket.destroy();
    return true;
  }

  /** The client does not take what is there for it. */
  #stalls(conversation: Conversation): void {
    const { socket, connection } = conversation;
    conversation.stalledAt = clock();
    const release = (): void => {
      if (connection.holding) socket.destroy();
    };
    conversation.heldTimer = setTimeout(release, this.#limits.held).unref();
  }

  #enqueue(conversation: Conversation): void {
    if (conversation.queued) return;
    conversation.queued = true;
    if (this.#queue.push(conversation) === 1 && !this.#isTurn) setImmediate(this.#turn);
  }

  /**
   * A chunk for each client in turn, over and over as far as the time goes: neither a long listing nor a
   * crowd of clients holds up a session, and none of them waits for the next turn while there is time.
   */
  readonly #turn = (): void => {
    this.#isTurn = true;
    const until = clock() + BUDGET;
    let next = 0;
    while (next < this.#queue.length && clock() < until) {
      const conversation = this.#queue[next++];
      conversation.queued = false;
      this.#attempt(conversation, () => this.#step(conversation));
    }
    this.#isTurn = false;
    this.#queue.splice(0, next);
    if (this.#queue.length > 0) setImmediate(this.#turn);
  };

  /**
   * A fault in what is done for a client is ours, and no reason to end what the others, and the sessions,
   * live by.
   */
  #attempt({ socket }: Conversation, what: () => void): void {
    try {
      what();
    } catch (error) {
      socket.destroy();
      this.#troubles.onFault(error as Error);
    }
  }

  #step(conversation: Conversation): void {
    const { socket, connection, ended } = conversation;
    // A client that does not read is not written to, whatever else it asks: "drain" goes on.
    if (socket.destroyed || socket.writableEnded || socket.writableNeedDrain) return;
    if (connection.pending) {
      const chunk = connection.pull();
      if (chunk !== "" && !socket.write(chunk)) this.#stalls(conversation);
      this.#enqueue(conversation);
    } else if (connection.waiting) {
      return; // It says when it goes on.
    } else if (connection.closed) {
      socket.destroySoon();
    } else if (ended) {
      socket.end();
    } else if (!connection.full) {
      socket.resume();
    }
  }
}

/** Nobody but the owner and the group may connect, not even between bind and chmod. */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      try {
        chmodSync(path, 0o660);
        resolve();
      } catch (error) {
        server.close();
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    const mask = process.umask(0o117);
    try {
      server.listen(path); // binds before it returns
    } finally {
      process.umask(mask);
    }
  });
}

async function clear(path: string): Promise<void> {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there and is no socket`);
  if (await answers(path)) throw new Error(`another daemon listens on ${path}`);
  unlinkSync(path);
}

/** Only a refusal says that nobody is there; one that is too busy to answer (EAGAIN) is. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}
