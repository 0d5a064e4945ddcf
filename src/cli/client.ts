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

const SILENT = "underlayd takes the connection and says nothing: is the process stopped, or busy?";

const CUT_OFF = "underlayd closed the connection before its answer was complete";

const UNFINISHED =
  "underlayd ended without a word on what is left: look for its routes in the kernel, and in its log";

/** Milliseconds until a daemon that does not even greet counts as hanging. */
const PATIENCE = 10_000;

/** Milliseconds after which whoever waits for a daemon's end hears that it is not forgotten. */
const SLOW_END = 2000;

/**
 * Asks one question and gives the rows of the answer as they come, the last one too. Reading waits
 * for whoever takes the rows. `patience`: milliseconds until the greeting. Throws ClientError.
 */
export async function* ask(
  path: string,
  line: string,
  patience = PATIENCE,
): AsyncGenerator<ReplyRow> {
  for await (const row of converse(path, line, patience, new ReplyReader())) {
    yield row;
    if (row.last) return;
  }
  throw new ClientError(CUT_OFF);
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
  const reader = new ReplyReader();
  let timer: NodeJS.Timeout | undefined;
  let code: number | undefined;
  try {
    for await (const row of converse(path, line, PATIENCE, reader)) {
      const isRefused = row.code >= FIRST_ERROR;
      yield row.last && !isRefused ? { ...row, last: false } : row;
      if (!row.last) continue;
      if (isRefused) return;
      code = row.code;
      timer = setTimeout(onSlow, SLOW_END);
    }
  } catch (error) {
    // It has been told to end: how the connection ends does not matter then, but what it has said.
    if (code === undefined) throw error;
  } finally {
    clearTimeout(timer);
  }
  if (code === undefined) throw new ClientError(CUT_OFF);
  if (reader.notice !== COMPLETE) throw new ClientError(reader.notice || UNFINISHED);
  yield { code, text: COMPLETE, last: true };
}

/** All rows that come until the connection is closed. */
async function* converse(
  path: string,
  line: string,
  patience: number,
  reader: ReplyReader,
): AsyncGenerator<ReplyRow> {
  const socket = await open(path);
  try {
    socket.setEncoding("utf8");
    socket.write(`${line}\n`);
    let greeted = false;
    // Later there is no limit: whoever reads the answer in a pager may take hours.
    socket.setTimeout(patience, () => socket.destroy(new ClientError(SILENT)));
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
    throw describe(error, path);
  } finally {
    socket.destroy();
  }
}

async function open(path: string): Promise<Socket> {
  try {
    const socket = connect(path);
    await once(socket, "connect");
    return socket;
  } catch (error) {
    throw describe(error, path);
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
      return new ClientError("underlayd went away before its answer was complete");
    default:
      return new ClientError(`${path}: ${(error as Error).message}`);
  }
}
