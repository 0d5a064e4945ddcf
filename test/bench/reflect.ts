import { setTimeout as pause } from "node:timers/promises";
import { Net } from "../support/net.ts";
import { NEEDS, type Bench, type Figure, type Values } from "./bench.ts";
import { CLIENT, Crowd, ROUTER, SEGMENT } from "./crowd.ts";
import { isDaemon, SETTLING, withReflector } from "./reflector.ts";
import { announcements } from "./updates.ts";
import { usage } from "./usage.ts";

type Key = "time" | "cpu" | "memory";

const OTHERS: Readonly<Record<string, number>> = { "50 clients": 50, "400 clients": 400 };
const time: Figure = {
  title: "time",
  unit: "s",
  reach: [
    { most: 0.6, of: "frr" },
    { most: 0.15, of: "bird" },
  ],
  plot: true,
};

/**
 * One client of a reflector announces all, the others are to hold it. "c" is what the crowd itself can
 * take: a program that sends each of them what a reflector would.
 */
export const reflect: Bench<Key> = {
  name: "reflect",
  what: "a reflector, N routes of one client to others: first UPDATE in to the last client holding all",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr", "c"],
  variants: Object.keys(OTHERS),
  sizes: [10_000, 100_000],
  unit: "routes",
  figures: {
    time,
    cpu: { title: "CPU", unit: "s" },
    memory: { title: "peak memory", unit: "MiB" },
  },
  async run({ subject, variant, size }) {
    const others = OTHERS[variant];
    if (!isDaemon(subject)) return ceiling(others, size);
    const settings = { holdTime: 240, clients: others + 1, routes: size };
    return withReflector(subject, settings, async (crowd, { pids }) => {
      const [first, end] = [CLIENT + 1, CLIENT + settings.clients];
      await crowd.up(CLIENT, end);
      await pause(SETTLING);
      const idle = usage(pids);
      crowd.awaitRoutes(first, end, size);
      const begun = await crowd.send(CLIENT, first, crowd.file(announcements(size)));
      const held = await crowd.heard("held");
      const { cpu, memory } = usage(pids);
      return { time: (held.at - begun.at) / 1000, cpu: cpu - idle.cpu, memory };
    });
  },
};

/** A crowd that is sent all by another crowd. */
async function ceiling(others: number, size: number): Promise<Values<Key>> {
  const net = new Net();
  try {
    const router = await net.host("router");
    const clients = await net.host("clients");
    await net.wire(
      [router, "eth0", `${ROUTER}/${SEGMENT}`],
      [clients, "eth0", `10.1.0.2/${SEGMENT}`],
    );
    const settings = { clients: others, holdTime: 240, routes: size };
    const end = CLIENT + others;
    const source = await Crowd.start(router, { ...settings, listens: true });
    const sink = await Crowd.start(clients, settings);
    await Promise.all([source.up(CLIENT, end), sink.up(CLIENT, end)]);
    sink.awaitRoutes(CLIENT, end, size);
    const begun = await source.send(CLIENT, end, source.file(announcements(size)));
    const held = await sink.heard("held");
    return { time: (held.at - begun.at) / 1000 };
  } finally {
    await net.close();
  }
}
