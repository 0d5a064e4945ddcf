import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { encodeKeepalive, frameMessage, MESSAGE } from "bgp-ts";

/**
 * The program behind {@link Neighbour}: `node neighbour-main.ts LISTEN_ADDRESS OPEN_IN_HEX`.
 *
 * Says a JSON line for each thing that happens. Sends what it reads from standard input, a line of
 * base64 at a time, on the latest connection.
 */

const [listen, open] = process.argv.slice(2);
let latest: Socket | undefined;
let connections = 0;

const say = (event: string, connection: number, more: object = {}): void =>
  void process.stdout.write(`${JSON.stringify({ event, connection, ...more })}\n`);

const server = createServer({ noDelay: true }, (socket) => {
  const connection = ++connections;
  latest = socket;
  say("connected", connection);
  socket.on("error", () => undefined);
  socket.on("close", () => say("closed", connection));
  socket.write(Buffer.from(open, "hex"));
  let pending = new Uint8Array(0);
  let established = false;
  socket.on("data", (chunk) => {
    const bytes = new Uint8Array(Buffer.concat([pending, chunk as Buffer]));
    let start = 0;
    for (;;) {
      const frame = frameMessage(bytes, start, bytes.length, 4096);
      if (frame.kind !== "message") break;
      const { type } = frame;
      if (type === MESSAGE.OPEN) socket.write(encodeKeepalive());
      if (type === MESSAGE.KEEPALIVE) {
        say(established ? "keepalive" : "established", connection);
        if (established) socket.write(encodeKeepalive());
        established = true;
      } else {
        const body = Buffer.from(bytes.slice(frame.start, frame.end)).toString("hex");
        say("message", connection, { type, body });
      }
      start += frame.total;
    }
    pending = bytes.slice(start);
  });
});
server.listen(179, listen, () => say("listening", 0));

for await (const line of createInterface({ input: process.stdin })) {
  latest?.write(Buffer.from(line, "base64"));
}
