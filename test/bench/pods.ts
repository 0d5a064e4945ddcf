import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  GROUP,
  IPV4,
  MessageCursor,
  NetlinkWriter,
  NLM_F_CREATE,
  NLM_F_EXCL,
  RouteReader,
  RTM_NEWROUTE,
  RTN_UNICAST,
  writeRoute,
} from "rtnetlink-ts";
import { isSystemFault, NetlinkSocket, Poller } from "../../src/sysdep/index.ts";
import { say, wallClock } from "./telling.ts";

/**
 * Routes of pods, as a CNI plugin adds them and as they show in another node's kernel:
 *
 *   node pods.ts add INTERFACE COUNT INTERVAL     so many, milliseconds apart
 *   node pods.ts watch COUNT
 *
 * Says "ready", then, when it is done, when each was there, in milliseconds since 1970. "add" begins
 * with a line on its standard input.
 */

const FIRST_POD = 0xac100101; // 172.16.1.1
const TABLE = 254;
const BOOT = 3; // RTPROT_BOOT: what `ip route add` says

const [mode, ...words] = process.argv.slice(2);

function open(groups: readonly number[]): NetlinkSocket {
  const socket = NetlinkSocket.open({ groups });
  if (isSystemFault(socket)) throw new Error(socket.message);
  return socket;
}

async function add(link: string, count: number, interval: number): Promise<void> {
  const socket = open([]);
  const writer = new NetlinkWriter();
  const index = Number(readFileSync(`/sys/class/net/${link}/ifindex`, "latin1"));
  const template = { kind: "new", flags: NLM_F_CREATE | NLM_F_EXCL, protocol: BOOT } as const;
  say("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
  const times: number[] = [];
  const begun = wallClock();
  for (let i = 0; i < count; i++) {
    const wait = begun + i * interval - wallClock();
    if (wait > 0) await pause(wait);
    writer.clear();
    writeRoute(writer, template, i, {
      destination: { family: IPV4, w0: FIRST_POD + i, w1: 0, w2: 0, w3: 0 },
      ...{ length: 32, type: RTN_UNICAST, metric: 0, table: TABLE },
      hops: [{ interface: index, onlink: false, weight: 1 }],
    });
    times.push(wallClock()); // Before: the kernel tells of it while send() still works.
    socket.send(writer.bytes, writer.length);
  }
  say("done", { times });
}

function watch(count: number): void {
  const socket = open([GROUP.IPV4_ROUTE]);
  const poller = new Poller([socket.fd]);
  const bytes = new Uint8Array(65536);
  const cursor = new MessageCursor();
  const reader = new RouteReader();
  const times = new Map<number, number>();
  say("ready");
  while (times.size < count) {
    poller.wait(-1);
    const at = wallClock();
    for (let length = socket.receive(bytes); length > 0; length = socket.receive(bytes)) {
      cursor.reset(bytes, length);
      while (cursor.next()) {
        if (cursor.type !== RTM_NEWROUTE || !reader.read(bytes, cursor.start, cursor.end)) continue;
        const pod = reader.w0 - FIRST_POD;
        if (reader.length === 32 && pod >= 0 && pod < count && !times.has(pod)) times.set(pod, at);
      }
    }
  }
  say("done", { times: Array.from({ length: count }, (_, pod) => times.get(pod)) });
}

if (mode === "add") await add(words[0], Number(words[1]), Number(words[2]));
else watch(Number(words[0]));
process.exit(0);
