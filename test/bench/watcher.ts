import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
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

/**
 * Sees when N /32s are in the kernel's FIB, or all gone, by asking the kernel: look-ups of prefixes
 * spread over the whole range (each costs a microsecond), and only when all answer as wanted the
 * kernel's own count, which walks the table. So the daemon that is measured is not slowed by it.
 *
 *   node watcher.ts ROUTES        standard input: "present" or "absent"
 *
 * Says one line when it has counted what is there already, then one line an answer.
 */

const FIRST_PREFIX = 0x64400000; // 100.64.0.0, as in the blaster
const SAMPLES = 500;
const RTM_F_FIB_MATCH = 0x2000;
const routes = Number(process.argv[2]);
const base = count();
const wallClock = (): number => performance.timeOrigin + performance.now();

const opened = NetlinkSocket.open();
if (isSystemFault(opened)) throw new Error(opened.message);
const socket = opened;
const writer = new NetlinkWriter();
const answer = new Uint8Array(32768);
const cursor = new MessageCursor();
const reader = new RouteReader();

/** Whether the /32 itself is what the kernel would use for its address. */
function present(address: number): boolean {
  writer.clear();
  writer.begin(RTM_GETROUTE, 0, 1);
  for (const byte of [2, 32, 0, 0, 0, 0, 0, 0]) writer.u8(byte);
  writer.u32(RTM_F_FIB_MATCH);
  writer.attributeWords(RTA_DST, true, address, 0, 0, 0);
  writer.end();
  socket.send(writer.bytes, writer.length);
  const length = socket.receive(answer);
  if (length <= 0) return false;
  cursor.reset(answer, length);
  if (!cursor.next() || cursor.type !== RTM_NEWROUTE) return false;
  return (
    reader.read(answer, cursor.start, cursor.end) && reader.family === IPV4 && reader.length === 32
  );
}

/** Prefixes in the main table (with "local" merged into it, as long as there are no rules). */
function count(): number {
  const text = readFileSync("/proc/net/fib_triestat", "latin1");
  return Math.max(0, ...[...text.matchAll(/Prefixes:\s+(\d+)/g)].map((match) => Number(match[1])));
}

async function watch(wanted: boolean): Promise<void> {
  const deadline = wallClock() + 270_000;
  const step = (routes - 1) / (SAMPLES - 1);
  const left = new Set(
    Array.from({ length: SAMPLES }, (_, i) => FIRST_PREFIX + Math.round(i * step)),
  );
  for (;;) {
    for (const address of left) {
      if (present(address) !== wanted) break;
      left.delete(address);
    }
    const late = wallClock() > deadline;
    if (left.size === 0 || late) {
      const at = wallClock();
      const found = count() - base;
      const reached = wanted ? found >= routes : found <= 0;
      if (reached || late) {
        process.stdout.write(`${JSON.stringify({ count: found, at, reached })}\n`);
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

process.stdout.write(`${JSON.stringify({ count: 0, at: wallClock(), reached: false })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "present" || line === "absent") await watch(line === "present");
}
