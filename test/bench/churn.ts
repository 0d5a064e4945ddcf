import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { CLIENT } from "./crowd.ts";
import { isDaemon, withReflector } from "./reflector.ts";
import { announcements, mark, moves } from "./updates.ts";
import { usage } from "./usage.ts";

type Key = "cpu" | "late" | "waiting" | "held" | "memory";

const ROUTES = 100_000;
const CLIENTS = 10;
/** Seconds of churn, and of more churn while underlay's event loop is watched. */
const MINUTE = 60;
const WATCHED = 20;

/**
 * Pods that move from node to node, each in an UPDATE of its own. They go into the kernel and to ten
 * clients.
 */
export const churn: Bench<Key> = {
  name: "churn",
  what: "N updates a second for a minute over 100,000 routes, to ten clients and the kernel",
  needs: ["iproute2", "procps", "bird2", "frr", "build-essential"],
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: [1000, 10_000],
  unit: "updates a second",
  figures: {
    cpu: { title: "CPU of a core", unit: "%", reach: [{ most: 1.5, of: "bird" }] },
    // What is queued within the router, in time: the last update of the minute to the last client.
    late: { title: "last update at the clients after", unit: "ms", reach: [{ most: 100 }] },
    // What it does not read: updates that the sender could not get rid of when they were due.
    waiting: { title: "updates not taken in time, at most", unit: "", reach: [{ most: 1000 }] },
    held: { title: "event loop held, at most", unit: "ms", worst: true, reach: [{ most: 10 }] },
    memory: { title: "peak memory", unit: "MiB" },
  },
  async run({ subject, size }) {
    if (!isDaemon(subject)) return {};
    const probe = join(import.meta.dirname, "loop-probe.ts");
    const settings = { holdTime: 240, clients: CLIENTS, routes: ROUTES, installs: true, probe };
    return withReflector(subject, settings, async (crowd, { pids }, dut) => {
      const [first, end] = [CLIENT, CLIENT + CLIENTS];
      await crowd.up(0, 1);
      await crowd.up(first, end);
      crowd.awaitRoutes(first, end, ROUTES);
      await crowd.send(0, 1, crowd.file(announcements(ROUTES)));
      await crowd.heard("held");
      const updates = crowd.file(moves(ROUTES));
      const before = usage(pids);
      const begun = await crowd.pace(0, updates, size, MINUTE);
      const sent = await crowd.heard("sent");
      const { cpu, memory } = usage(pids);
      crowd.awaitRoutes(first, end, ROUTES, 1);
      await crowd.send(0, 1, crowd.file(mark(0)));
      const held = await crowd.heard("held");
      const figures = {
        cpu: (100 * 1000 * (cpu - before.cpu)) / (sent.at - begun.at),
        late: held.at - sent.at,
        waiting: sent.behind ?? 0,
        memory,
      };
      if (subject !== "underlay") return figures;
      process.kill(pids[0], "SIGUSR2");
      await crowd.pace(0, updates, size, WATCHED);
      await crowd.heard("sent");
      return { ...figures, held: longestHold(join(dut.net.folder, "loop.json")) };
    });
  },
};

function longestHold(file: string): number {
  return (JSON.parse(readFileSync(file, "utf8")) as { milliseconds: number }).milliseconds;
}
