import { once } from "node:events";
import { type Socket, connect } from "node:net";
import {
  COMPLETE,
  FIRST_ERROR,
  ProtocolError,
  ReplyReader,
  type ReplyRow,
} from "./reply-reader.ts";

/** Something between us and the daemon; the message is for people. */
export class ClientError extends Error {}

const GREETING = 1;
const RESTRICTED = 16;

const SILENT = "underlayd takes the connection and says nothing: is the process stopped, or busy?";

const CUT_OFF = "underlayd closed the connection before its answer was complete";

const LINE_END = "a command is one line: there is a line end in one of its words";

const UNFINISHED =
  "underlayd ended without a word on what is left: look for its routes in the kernel, and in its log";

/** Where the daemon listens, where nobody says otherwise. */
export const DEFAULT_SOCKET = "/run/underlay/underlay.ctl";

/** Milliseconds until a daemon that does not even greet counts as hanging. */
const PATIENCE = 10_000;

/** Milliseconds after which whoever waits for a daemon's end hears that it is not forgotten. */
const SLOW_END = 2000;

/**
 * Asks one question and gives the rows of the answer as they come, the last one too. Reading waits
 * for whoever takes the rows. `patience`: milliseconds until the greeting; `signal`: ends it at once.
 * Throws ClientError.
 */
export async function* ask(
  path: string,
  line: string,
  { signal, ...options }: ConnectionOptions & { readonly signal?: AbortSignal } = {},
): AsyncGenerator<ReplyRow> {
  const connection = await Connection.open(path, options);
  try {
    yield* connection.ask(line, signal);
  } finally {
    connection.close();
  }
}

/**
 * The same for the command that ends the daemon: the last row comes when the daemon has ended and
 * has said that nothing of its is left in the kernel, and nothing less is an answer. `onSlow` is
 * called when that takes its time.
 */
export async function* askToEnd(
  path: string,
  line: string,
  onSlow: () => void,
): AsyncGenerator<ReplyRow> {
  let notice = "";
  const connection = await Connection.open(path, { onNotice: (text) => (notice = text) });
  let code = 0;
  try {
    for await (const row of connection.ask(line)) {
      const isRefused = row.code >= FIRST_ERROR;
      yield row.last && !isRefused ? { ...row, last: false } : row;
      if (row.last && isRefused) return;
      code = row.code;
    }
    const timer = setTimeout(onSlow, SLOW_END);
    // It has been told to end: how the connection ends does not matter then, but what it has said.
    await connection.ended;
    clearTimeout(timer);
  } finally {
    connection.close();
  }
  if (notice !== COMPLETE) throw new ClientError(notice || UNFINISHED);
  yield { code, text: COMPLETE, last: true };
}

export interface ConnectionOptions {
  /** Milliseconds until the greeting. */
  readonly patience?: number;
  /** Nothing may be changed by it. */
  readonly restricted?: boolean;
  /** What the daemon says without being asked. */
  readonly onNotice?: (text: string) => void;
}

/** A connection for one question after the other. */
export class Connection {
  /** When it is over, however. */
  readonly ended: Promise<void>;
  readonly #path: string;
  readonly #socket: Socket;
  readonly #rows: AsyncGenerator<ReplyRow>;
  /**
   * One row is always waited for, also between two replies: how else would anybody hear that the
   * daemon has gone, or says something by itself?
   */
  #next: Promise<IteratorResult<ReplyRow, void>>;

  private constructor(path: string, socket: Socket, options: ConnectionOptions) {
    this.#path = path;
    this.#socket = socket;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    this.#rows = this.#read(options);
    this.#next = this.#pull();
  }

  /** Throws ClientError. */
  static async open(path: string, options: ConnectionOptions = {}): Promise<Connection> {
    try {
      const socket = connect(path);
      await once(socket, "connect");
      const connection = new Connection(path, socket, options);
      if (options.restricted === true) await connection.#restrict();
      return connection;
    } catch (error) {
      throw describe(error, path);
    }
  }

  /**
   * The rows of the reply; whoever takes no more of them takes the connection with it, as does the
   * signal. Throws ClientError.
   */
  async *ask(line: string, signal?: AbortSignal): AsyncGenerator<ReplyRow> {
    // What is behind a line end would be a command of its own.
    if (/[\r\n]/.test(line)) throw new ClientError(LINE_END);
    const abort = (): void => this.close();
    let isWhole = false;
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    this.#socket.write(`${line}\n`);
    try {
      for (;;) {
        const step = await this.#next;
        if (step.done === true) throw new ClientError(CUT_OFF);
        this.#next = this.#pull();
        isWhole = step.value.last;
        yield step.value;
        if (isWhole) return;
      }
    } finally {
      signal?.removeEventListener("abort", abort);
      if (!isWhole) this.close();
    }
  }

  close(): void {
    this.#socket.destroy();
  }

  async #restrict(): Promise<void> {
    for await (const { code, text } of this.ask("restrict")) {
      if (code !== RESTRICTED)
        throw new ClientError(`the daemon does not restrict access: ${text}`);
    }
  }

  #pull(): Promise<IteratorResult<ReplyRow, void>> {
    const next = this.#rows.next();
    next.catch(() => undefined); // The next question is told.
    return next;
  }

  /** All rows that come until the connection is closed, but for the greeting. */
  async *#read({ patience = PATIENCE, onNotice }: ConnectionOptions): AsyncGenerator<ReplyRow> {
    const reader = new ReplyReader(onNotice);
    const socket = this.#socket;
    socket.setEncoding("utf8");
    let greeted = false;
    // Later there is no limit: whoever reads the answer in a pager may take hours.
    socket.setTimeout(patience, () => socket.destroy(new ClientError(SILENT)));
    try {
      for await (const chunk of socket as AsyncIterable<string>) {
        for (const row of reader.read(chunk)) {
          if (!greeted && row.code === GREETING) {
            greeted = true;
            socket.setTimeout(0);
          } else {
            yield row;
          }
        }
      }
    } catch (error) {
      throw describe(error, this.#path);
    } finally {
      socket.destroy();
    }
  }
}

function describe(error: unknown, path: string): Error {
  if (error instanceof ClientError) return error;
  if (error instanceof ProtocolError) {
    return new ClientError(`what listens on ${path} is no underlayd: it sent ${error.message}`);
  }
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return new ClientError(
        `there is no socket ${path}: is underlayd running? (Another socket: --socket PATH)`,
      );
    case "ECONNREFUSED":
      return new ClientError(`nobody listens on ${path}: underlayd is not running`);
    case "EACCES":
    case "EPERM":
      return new ClientError(
        `no permission for ${path}: be root, or in the group that the socket belongs to`,
      );
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return new ClientError("underlayd went away before its answer was complete");
    default:
      return new ClientError(`${path}: ${(error as Error).message}`);
  }
}
