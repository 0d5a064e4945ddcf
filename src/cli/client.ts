import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { ProtocolError, ReplyReader, type ReplyRow } from "./reply-reader.ts";

/** Something between us and the daemon; the message is for people. */
export class ClientError extends Error {}

const GREETING = 1;

const SILENT = "underlayd takes the connection and says nothing: is the process stopped, or busy?";

/** Milliseconds until a daemon that does not even greet counts as hanging. */
const PATIENCE = 10_000;

/**
 * Asks one question and gives the rows of the answer as they come, the last one too. Reading waits
 * for whoever takes the rows. `patience`: milliseconds until the greeting. Throws ClientError.
 */
export async function* ask(
  path: string,
  line: string,
  patience = PATIENCE,
): AsyncGenerator<ReplyRow> {
  const socket = await open(path);
  try {
    socket.setEncoding("utf8");
    socket.write(`${line}\n`);
    const reader = new ReplyReader();
    let greeted = false;
    // Later there is no limit: whoever reads the answer in a pager may take hours.
    socket.setTimeout(patience, () => socket.destroy(new ClientError(SILENT)));
    for await (const chunk of socket as AsyncIterable<string>) {
      for (const row of reader.read(chunk)) {
        if (!greeted && row.code === GREETING) {
          greeted = true;
          socket.setTimeout(0);
          continue;
        }
        yield row;
        if (row.last) return;
      }
    }
    throw new ClientError("underlayd closed the connection before its answer was complete");
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
