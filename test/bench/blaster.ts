import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import {
  encodeAttributes,
  encodeKeepalive,
  encodeOpen,
  frameMessage,
  IPV4,
  MESSAGE,
  UpdateWriter,
} from "bgp-ts";
import { attributesOf, bytesOf, FIRST_NODE, routesOf, type RouteSpec } from "./routes.ts";
import { obey, say, type Told } from "./telling.ts";

/**
 * A neighbour that has prepared all its UPDATEs beforehand and writes them as fast as the other end
 * reads: what is measured is the other end. Runs in the peer's namespace as a program of its own;
 * its one argument is a BlasterSpec as JSON.
 *
 * Tells what happened ({@link BlasterEvent}); obeys "await session", "announce", "prepare" and "later"
 * (announce, as it is later on), "withdraw" and "close" (the session's end, without a word).
 */
export interface BlasterSpec extends RouteSpec {
  readonly listen: string;
  readonly asn: number;
  readonly routerId: number;
  /** Given: the next hop of all routes, instead of the nodes. Host order. */
  readonly nextHop?: number;
  /** How many times more often than needed its AS stands in the path. */
  readonly prepend?: number;
  /** Seconds to wait for a neighbour that restarts (RFC 4724); otherwise nothing is said of it. */
  readonly restartTime?: number;
}

export type BlasterEvent =
  | "listening"
  | "established"
  /** The answer to "await session": there is one now. */
  | "in session"
  | "announcing"
  /** All bytes, the End-of-RIB as well, are in the kernel's hands. */
  | "announced"
  | "withdrawing"
  | "withdrawn"
  | "closing"
  | "closed"
  | "notification";

/** `octets`: of what was announced. */
export interface BlasterTold extends Told {
  readonly octets: number;
}

const spec = JSON.parse(process.argv[2]) as BlasterSpec;
const { listen, asn, kind } = spec;

function announcements(isLater: boolean): Uint8Array {
  const writer = new UpdateWriter(4096);
  const { addresses, lengths, hops, sets } = routesOf({ ...spec, isLater });
  for (let i = 0; i < sets.length; i++) {
    if (i === 0 || sets[i] !== sets[i - 1]) {
      const attributes = attributesOf(kind, sets[i], asn);
      const path = new Array<number>(spec.prepend ?? 0).fill(asn);
      const asPath = [{ type: 2, asns: [...path, ...attributes.asPath[0].asns] }] as const;
      const encoded = encodeAttributes({ ...attributes, asPath }, { fourOctetAs: true });
      writer.announce(IPV4, encoded, bytesOf(spec.nextHop ?? FIRST_NODE + hops[i]), false);
    }
    writer.add(addresses[i], 0, 0, 0, lengths[i], 0);
  }
  writer.endOfRib(IPV4);
  return writer.take();
}

function withdrawals(): Uint8Array {
  const writer = new UpdateWriter(4096);
  const { addresses, lengths } = routesOf(spec);
  writer.withdraw(IPV4, false);
  for (let i = 0; i < lengths.length; i++) writer.add(addresses[i], 0, 0, 0, lengths[i], 0);
  return writer.take();
}

const open = encodeOpen({
  asn,
  holdTime: 240,
  routerId: spec.routerId,
  capabilities: [
    { kind: "multiprotocol", afi: 1, safi: 1 },
    { kind: "four-octet-as", asn },
    ...(spec.restartTime === undefined
      ? []
      : [
          {
            kind: "graceful-restart",
            ...{ restarting: false, notification: false, time: spec.restartTime },
            families: [{ afi: 1, safi: 1, forwarding: true }],
          } as const,
        ]),
  ],
});

const announce = announcements(false);
const withdraw = withdrawals();
/** Made when it is asked for: most benches never do, and time is short only between two words. */
let later: Uint8Array | undefined;
let socket: Socket | undefined;
/** Of the latest connection. */
let established = false;
let isAwaited = false;

function answer(): void {
  if (!established || !isAwaited) return;
  isAwaited = false;
  say("in session" satisfies BlasterEvent);
}

/** One connection after the other: who is measured may start again. */
function take(connection: Socket): void {
  socket = connection;
  established = false;
  connection.on("error", () => undefined);
  connection.on("close", () => {
    if (connection === socket) established = false;
    say("closed" satisfies BlasterEvent);
  });
  connection.write(open);
  let pending = new Uint8Array(0);
  connection.on("data", (chunk: Buffer) => {
    const bytes = new Uint8Array(pending.length + chunk.length);
    bytes.set(pending);
    bytes.set(chunk, pending.length);
    let start = 0;
    for (;;) {
      const frame = frameMessage(bytes, start, bytes.length, 4096);
      if (frame.kind !== "message") break;
      if (frame.type === MESSAGE.OPEN) connection.write(encodeKeepalive());
      if (frame.type === MESSAGE.KEEPALIVE && !established) {
        established = true;
        say("established" satisfies BlasterEvent);
        answer();
      }
      if (frame.type === MESSAGE.NOTIFICATION) say("notification" satisfies BlasterEvent);
      start = frame.total + start;
    }
    pending = bytes.slice(start);
  });
}

function write(bytes: Uint8Array, before: BlasterEvent, after: BlasterEvent): void {
  say(before);
  socket?.write(bytes, () => say(after, { octets: bytes.length }));
}

setInterval(() => socket?.write(encodeKeepalive()), 10_000);
const server = createServer({ noDelay: true }, take);
server.listen(179, listen);
await once(server, "listening");
say("listening" satisfies BlasterEvent);

obey((order) => {
  if (order === "await session") {
    isAwaited = true;
    answer();
  }
  if (order === "announce") write(announce, "announcing", "announced");
  if (order === "prepare") later = announcements(true);
  if (order === "later") write((later ??= announcements(true)), "announcing", "announced");
  if (order === "withdraw") write(withdraw, "withdrawing", "withdrawn");
  if (order === "close") {
    say("closing" satisfies BlasterEvent);
    socket?.destroy();
  }
});
