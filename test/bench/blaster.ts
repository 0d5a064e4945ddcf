import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import {
  encodeAttributes,
  encodeKeepalive,
  encodeOpen,
  frameMessage,
  IPV4,
  MESSAGE,
  UpdateWriter,
  type PathAttributes,
} from "bgp-ts";

/**
 * A neighbour that has prepared all its UPDATEs beforehand and writes them as fast as the other end
 * reads: what is measured is the other end. Runs in the peer's namespace as a program of its own:
 *
 *   node blaster.ts LISTEN_ADDRESS ASN PREFIXES NEXT_HOPS
 *
 * Says one JSON line for each thing that happened ({"event", "at": ms since the epoch}); obeys the
 * lines "announce", "withdraw" and "quit" on its standard input.
 */

const [listen, asnText, prefixText, nextHopText] = process.argv.slice(2);
const asn = Number(asnText);
const prefixes = Number(prefixText);
const nextHops = Number(nextHopText);
const FIRST_PREFIX = 0x64400000; // 100.64.0.0
const FIRST_NEXT_HOP = 0x0a000400; // 10.0.4.0, inside the segment's 10.0.0.0/16

const wallClock = (): number => performance.timeOrigin + performance.now();
const say = (event: string): void =>
  void process.stdout.write(`${JSON.stringify({ event, at: wallClock() })}\n`);

function bytesOf(address: number): Uint8Array {
  return Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);
}

/** Node by node: each of `nextHops` nodes announces its share of the prefixes, in order. */
function announcements(): Uint8Array {
  const writer = new UpdateWriter(4096);
  const share = Math.ceil(prefixes / nextHops);
  const attributes: PathAttributes = {
    origin: 0,
    asPath: [{ type: 2, asns: [asn] }],
    nextHop: undefined,
    atomicAggregate: false,
    unknown: [],
  };
  const encoded = encodeAttributes(attributes, { fourOctetAs: true });
  for (let node = 0, i = 0; node < nextHops && i < prefixes; node++) {
    writer.announce(IPV4, encoded, bytesOf(FIRST_NEXT_HOP + node), false);
    for (const end = Math.min(i + share, prefixes); i < end; i++) {
      writer.add(FIRST_PREFIX + i, 0, 0, 0, 32, 0);
    }
  }
  return writer.take();
}

function withdrawals(): Uint8Array {
  const writer = new UpdateWriter(4096);
  writer.withdraw(IPV4, false);
  for (let i = 0; i < prefixes; i++) writer.add(FIRST_PREFIX + i, 0, 0, 0, 32, 0);
  return writer.take();
}

const announce = announcements();
const withdraw = withdrawals();
const endOfRib = new UpdateWriter(4096);
endOfRib.endOfRib(IPV4);
const marker = endOfRib.take();

const server = createServer({ noDelay: true });
server.listen(179, listen);
await once(server, "listening");
say("listening");
const [socket] = (await once(server, "connection")) as [Socket];
socket.on("error", () => process.exit(0));
socket.on("close", () => process.exit(0));
socket.write(
  encodeOpen({
    asn,
    holdTime: 240,
    routerId: 0x0a000002,
    capabilities: [
      { kind: "multiprotocol", afi: 1, safi: 1 },
      { kind: "four-octet-as", asn },
    ],
  }),
);

let pending = new Uint8Array(0);
let established = false;
socket.on("data", (chunk: Buffer) => {
  const bytes = new Uint8Array(pending.length + chunk.length);
  bytes.set(pending);
  bytes.set(chunk, pending.length);
  let start = 0;
  for (;;) {
    const frame = frameMessage(bytes, start, bytes.length, 4096);
    if (frame.kind !== "message") break;
    if (frame.type === MESSAGE.OPEN) socket.write(encodeKeepalive());
    if (frame.type === MESSAGE.KEEPALIVE && !established) {
      established = true;
      say("established");
    }
    if (frame.type === MESSAGE.NOTIFICATION) say("notification");
    start = frame.total + start;
  }
  pending = bytes.slice(start);
});
const keepalives = setInterval(() => socket.write(encodeKeepalive()), 10_000);
keepalives.unref();

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "announce") {
    say("announcing");
    socket.write(announce);
    socket.write(marker, () => say("announced"));
  } else if (line === "withdraw") {
    say("withdrawing");
    socket.write(withdraw, () => say("withdrawn"));
  } else if (line === "quit") {
    process.exit(0);
  }
}
