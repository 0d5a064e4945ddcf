import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  IPV4,
  MessageCursor,
  NetlinkWriter,
  RouteReader,
  RTA_DST,
  RTM_GETROUTE,
  RTM_NEWROUTE,
} from "rtnetlink-ts";
import { isSystemFault, NetlinkSocket } from "../../src/sysdep/index.ts";
import { FIRST_NODE, isGone, isMoved, laterHop, routesOf, type RouteSpec } from "./routes.ts";
import { obey, say, wallClock, type Told } from "./telling.ts";
import type { Hop } from "./updates.ts";

/**
 * Sees when all routes are in the kernel's FIB, or all gone, by asking the kernel: look-ups of some
 * hundred of them (each costs a microsecond), and only when all answer as wanted the kernel's own
 * count, which walks the table. So the daemon that is measured is not slowed by it.
 *
 * Its one argument is a RouteSpec as JSON. Tells "ready" when it has counted what is there already,
 * also when told to "recount"; obeys "present", "absent", "later" (see RouteSpec), "via ADDRESS" (a
 * number: all ways lead over it) and "hops JSON" (a list of {@link Hop}, whatever else there is), and
 * tells {@link Seen} when that is so.
 */
export interface Seen extends Told {
  readonly count: number;
  readonly reached: boolean;
}

const SAMPLES = 500;
const LIMIT = 270_000; // milliseconds
const RTM_F_FIB_MATCH = 0x2000;

const spec = JSON.parse(process.argv[2]) as RouteSpec;
const routes = routesOf(spec);
let base = count();

const opened = NetlinkSocket.open();
if (isSystemFault(opened)) throw new Error(opened.message);
const socket = opened;
const writer = new NetlinkWriter();
const answer = new Uint8Array(32768);
const cursor = new MessageCursor();
const reader = new RouteReader();

/** The kernel's answer on an address: the route that it has (match), or the way it would go. */
function ask(address: number, flags: number): MessageCursor | undefined {
  writer.clear();
  writer.begin(RTM_GETROUTE, 0, 1);
  for (const byte of [2, 32, 0, 0, 0, 0, 0, 0]) writer.u8(byte);
  writer.u32(flags);
  writer.attributeWords(RTA_DST, true, address, 0, 0, 0);
  writer.end();
  socket.send(writer.bytes, writer.length);
  const length = socket.receive(answer);
  if (length <= 0) return undefined;
  cursor.reset(answer, length);
  return cursor.next() && cursor.type === RTM_NEWROUTE ? cursor : undefined;
}

/** Whether the prefix itself is what the kernel would use for its first address. */
function isPresent(i: number): boolean {
  const found = ask(routes.addresses[i], RTM_F_FIB_MATCH);
  if (found === undefined || !reader.read(answer, found.start, found.end)) return false;
  return reader.family === IPV4 && reader.length === routes.lengths[i];
}

const isAbsent = (i: number): boolean => !isPresent(i);

/** The address of the next hop on the way to an address; 0: there is none. */
function gateway(address: number): number {
  const found = ask(address, 0);
  if (found === undefined || !reader.read(answer, found.start, found.end)) return 0;
  return reader.hops()[0]?.gateway?.w0 ?? 0;
}

/** Whether the way to the prefix is over the node that it has moved to. */
const hasMoved = (i: number): boolean =>
  gateway(routes.addresses[i]) === FIRST_NODE + laterHop(routes.hops[i], spec.nodes);

/** Prefixes in the main table (with "local" merged into it, as long as there are no rules). */
function count(): number {
  const text = readFileSync("/proc/net/fib_triestat", "latin1");
  return Math.max(0, ...[...text.matchAll(/Prefixes:\s+(\d+)/g)].map((match) => Number(match[1])));
}

/** Of the longest prefixes, so that no other can answer for them; spread, the last one among them. */
function samples(among: (set: number) => boolean): Set<number> {
  const { lengths, sets } = routes;
  const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
  const found = [...lengths.keys()].filter((i) => lengths[i] === longest && among(sets[i]));
  const step = Math.max(1, (found.length - 1) / (SAMPLES - 1));
  const wanted = Math.min(SAMPLES, found.length);
  return new Set(Array.from({ length: wanted }, (_, n) => found[Math.round(n * step)]));
}

interface Condition {
  readonly left: Set<number>;
  readonly holds: (i: number) => boolean;
}

async function watch(conditions: readonly Condition[], total?: number): Promise<void> {
  const deadline = wallClock() + LIMIT;
  for (;;) {
    for (const { left, holds } of conditions) {
      for (const i of left) {
        if (!holds(i)) break;
        left.delete(i);
      }
    }
    const late = wallClock() > deadline;
    if (late || conditions.every(({ left }) => left.size === 0)) {
      const at = wallClock();
      const found = count() - base;
      const reached = !late && found === (total ?? found);
      if (reached || late) {
        say("seen", { at, count: found, reached });
        return;
      }
    }
    await pause(2);
  }
}

const any = (): boolean => true;
const total = routes.lengths.length;
// Found beforehand: among a million it takes a tenth of a second, and one of the machine's cores, which
// the daemon may need in the very moment of the order.
const spread = samples(any);
const moved = samples(isMoved);
const gone = samples(isGone);
const lasting = routes.sets.filter((set) => !isGone(set)).length;

obey((order) => {
  if (order === "recount") {
    base = count();
    say("ready");
  }
  const all = new Set(spread);
  if (order === "present") void watch([{ left: all, holds: isPresent }], total);
  if (order === "absent") void watch([{ left: all, holds: isAbsent }], 0);
  if (order === "later") {
    const there = { left: new Set(moved), holds: hasMoved };
    void watch([there, { left: new Set(gone), holds: isAbsent }], lasting);
  }
  const via = /^via (\d+)$/.exec(order);
  if (via !== null)
    void watch(
      [{ left: all, holds: (i) => gateway(routes.addresses[i]) === Number(via[1]) }],
      total,
    );
  if (order.startsWith("hops ")) {
    const hops = new Map(JSON.parse(order.slice(5)) as Hop[]);
    void watch([{ left: new Set(hops.keys()), holds: (to) => gateway(to) === hops.get(to) }]);
  }
});
say("ready");
