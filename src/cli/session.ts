import { ClientError, Connection } from "./client.ts";
import type { ReplyRow } from "./reply-reader.ts";

/** Milliseconds between two attempts to find the daemon again. */
const AGAIN = 1000;

export interface SessionOptions {
  readonly path: string;
  readonly restricted: boolean;
  /** What the daemon says without being asked, and that it has gone or is back. */
  readonly say: (text: string) => void;
}

/** A conversation that outlives its connections: with the next daemon it goes on. */
export class Session {
  readonly #options: SessionOptions;
  #connection: Connection | undefined;
  #connecting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** Throws ClientError. */
  connect(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  /**
   * Ends the reply that is under way, where its reader takes no more, by ending the connection: there
   * is no other way in this protocol. The next question opens a new one. Throws ClientError.
   */
  async *ask(line: string, signal: AbortSignal): AsyncGenerator<ReplyRow> {
    if (this.#connection === undefined) await this.connect();
    const connection = this.#connection;
    if (connection === undefined) return;
    let isWhole = false;
    try {
      for await (const row of connection.ask(line, signal)) {
        isWhole = row.last;
        yield row;
      }
    } finally {
      // Ended by us or for us: said by who reads the reply, and no reason to look for a new daemon.
      if (!isWhole) this.#connection = undefined;
    }
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection?.close();
  }

  async #connect(): Promise<void> {
    const { path, restricted, say } = this.#options;
    clearTimeout(this.#timer);
    const connection = await Connection.open(path, { restricted, onNotice: say });
    this.#connection = connection;
    void connection.ended.then(() => this.#lost(connection));
  }

  /** Between two questions. */
  #lost(connection: Connection): void {
    if (this.#isClosed || this.#connection !== connection) return;
    this.#connection = undefined;
    this.#options.say("underlayd has gone; waiting for it to come back");
    this.#await();
  }

  #await(): void {
    this.#timer = setTimeout(() => {
      this.connect().then(
        () => this.#options.say("underlayd is back"),
        (error: unknown) => {
          if (!(error instanceof ClientError)) throw error;
          if (!this.#isClosed) this.#await();
        },
      );
    }, AGAIN);
  }
}
