import { createConnection, createServer } from "node:net";

/**
 * A TCP transfer, measured by the receiver. Run inside the two pods:
 *
 *   node transfer.ts serve ADDRESS PORT         says "listening", then how much came and how fast
 *   node transfer.ts send ADDRESS PORT BYTES
 */

const [role, address, port, size] = process.argv.slice(2);

if (role === "serve") {
  const server = createServer((socket) => {
    const start = performance.now();
    let bytes = 0;
    socket.on("data", (chunk) => (bytes += chunk.length));
    socket.on("end", () => {
      const seconds = (performance.now() - start) / 1000;
      const rate = (bytes * 8) / seconds / 1e6;
      const from = socket.remoteAddress;
      console.log(JSON.stringify({ bytes, seconds, megabits: Math.round(rate), from }));
      socket.end();
      server.close();
    });
  });
  server.listen(Number(port), address, () => console.log("listening"));
} else {
  const socket = createConnection({ host: address, port: Number(port) });
  const chunk = Buffer.alloc(1 << 18);
  let left = Number(size);
  const more = (): void => {
    while (left > 0) {
      const part = left >= chunk.length ? chunk : chunk.subarray(0, left);
      left -= part.length;
      if (!socket.write(part)) return void socket.once("drain", more);
    }
    socket.end();
  };
  socket.on("connect", more);
  socket.on("error", (error) => {
    console.error(error.message);
    process.exit(1);
  });
}
