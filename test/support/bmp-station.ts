import { createServer } from "node:net";
import type { Host } from "./net.ts";
import type { Running } from "./process.ts";
import { until } from "./wait.ts";

/** A message as it came: what RFC 7854 §4.1 and §4.2 say of it, and the octets behind that. */
export interface BmpMessage {
  /** Counts connections, from 1. */
  readonly connection: number;
  readonly type: number;
  /** Of the types that have a per-peer header. */
  readonly peerType: number;
  readonly flags: number;
  /** The last four octets of the peer's address. */
  readonly peer: string;
  /** Hexadecimal. */
  readonly body: string;
}

export const TYPES = {
  routeMonitoring: 0,
  statistics: 1,
  peerDown: 2,
  peerUp: 3,
  initiation: 4,
  termination: 5,
} as const;

const HEADER = 6;
const PEER_HEADER = 42;

/** A monitoring station on a host: a program of its own, which writes down what it is told. */
export class BmpStation {
  readonly program: Running;

  private constructor(program: Running) {
    this.program = program;
  }

  static async start(host: Host, port: number): Promise<BmpStation> {
    const program = host.start([process.execPath, import.meta.filename, String(port)]);
    await until("the station listens", () => program.output.includes("listening"));
    return new BmpStation(program);
  }

  messages(): BmpMessage[] {
    return this.program.lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as BmpMessage);
  }

  /** Waits for a message. */
  heard(what: string, match: (message: BmpMessage) => boolean): Promise<BmpMessage> {
    return until(`the station hears ${what}`, () => this.messages().find(match), {
      detail: () => this.program.output.slice(-5000),
    });
  }
}

function serve(port: number): void {
  let connections = 0;
  const server = createServer((socket) => {
    const connection = ++connections;
    let rest = Buffer.alloc(0);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= HEADER && rest.length >= rest.readUInt32BE(1)) {
        const length = rest.readUInt32BE(1);
        if (rest[0] !== 3 || length < HEADER) throw new Error(`no BMP: ${rest.toString("hex")}`);
        process.stdout.write(`${JSON.stringify(read(connection, rest.subarray(0, length)))}\n`);
        rest = rest.subarray(length);
      }
    });
  });
  server.listen(port, "::", () => process.stdout.write("listening\n"));
}

function read(connection: number, bytes: Buffer): BmpMessage {
  const type = bytes[5];
  const hasPeer = type !== TYPES.initiation && type !== TYPES.termination;
  const at = hasPeer ? HEADER + PEER_HEADER : HEADER;
  return {
    connection,
    type,
    peerType: hasPeer ? bytes[HEADER] : -1,
    flags: hasPeer ? bytes[HEADER + 1] : -1,
    peer: hasPeer ? [...bytes.subarray(HEADER + 22, HEADER + 26)].join(".") : "",
    body: bytes.subarray(at).toString("hex"),
  };
}

if (process.argv[1] === import.meta.filename) serve(Number(process.argv[2]));
