import { readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../support/wait.ts";
import { NEEDS, type Bench } from "./bench.ts";
import { CLIENT } from "./crowd.ts";
import { Dialogue } from "./dialogue.ts";
import type { Holds } from "./loop-probe.ts";
import { isDaemon, withReflector } from "./reflector.ts";
import { NODES, type RouteSpec } from "./routes.ts";
import { announcements, mark, moves, hopOfMark, hopsAfter } from "./updates.ts";
import { usage } from "./usage.ts";
import type { Seen } from "./watcher.ts";

type Key = "cpu" | "late" | "kernel" | "waiting" | "held" | "worked" | "memory";

const ROUTES = 100_000;
const CLIENTS = 10;
const PODS: RouteSpec = { kind: "pods", size: ROUTES, nodes: NODES };
/** Seconds of churn; for underlay as many again, in which its event loop is watched. */
const MINUTE = 60;
/** Of the last moves, so many are looked for in the kernel. */
const LAST = 100;

const reach = [{ most: 100 }];

/**
 * Pods that move from node to node, each in an UPDATE of its own. They go into the kernel and to ten
 * clients.
 */
export const churn: Bench<Key> = {
  name: "churn",
  what: "N updates a second for a minute over 100,000 routes, to ten clients and the kernel",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: [1000, 10_000],
  unit: "updates a second",
  figures: {
    cpu: { title: "CPU of a core", unit: "%", reach: [{ most: 1.5, of: "bird" }] },
    // What is queued within the router, in time: a mark behind the minute's updates.
    late: { title: "mark behind the updates at the last client after", unit: "ms", reach },
    kernel: { title: "mark and last 100 updates in the kernel after", unit: "ms", reach },
    // What it does not read: updates that the sender could not get rid of when they were due.
    waiting: { title: "updates not taken in time, at most", unit: "", reach: [{ most: 1000 }] },
    held: {
      title: "event loop held in a second minute, at most",
      unit: "ms",
      worst: true,
      reach: [{ most: 10 }],
    },
    worked: { title: "its thread at work between two turns, at most", unit: "ms", worst: true },
    memory: { title: "peak memory", unit: "MiB" },
  },
  async run({ subject, size }) {
    if (!isDaemon(subject)) return {};
    const probe = join(import.meta.dirname, "loop-probe.ts");
    const settings = { holdTime: 240, clients: CLIENTS, routes: ROUTES, installs: true, probe };
    return withReflector(subject, settings, async (crowd, { pids }, dut) => {
      const [first, end] = [CLIENT, CLIENT + CLIENTS];
      const watcher = Dialogue.start<Seen>(dut, "watcher.ts", PODS);
      await watcher.event("ready");
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
      const hops = [...hopsAfter(size * MINUTE, ROUTES, LAST), hopOfMark(0)];
      watcher.say(`hops ${JSON.stringify(hops)}`);
      const [held, seen] = [await crowd.heard("held"), await watcher.event("seen")];
      if (!seen.reached) throw new Error("the kernel does not have the last updates");
      const figures = {
        cpu: (100 * 1000 * (cpu - before.cpu)) / (sent.at - begun.at),
        late: held.at - sent.at,
        kernel: seen.at - sent.at,
        waiting: sent.behind ?? 0,
        memory,
      };
      if (subject !== "underlay") return figures;
      process.kill(pids[0], "SIGUSR2");
      await crowd.pace(0, updates, size, MINUTE);
      await crowd.heard("sent");
      process.kill(pids[0], "SIGUSR2");
      return { ...figures, ...(await holds(join(dut.net.folder, "loop.json"))) };
    });
  },
};

/** What loop-probe.ts has written, once it has. */
function holds(file: string): Promise<Holds> {
  return until(
    "how long the event loop was held",
    () => JSON.parse(readFileSync(file, "utf8")) as Holds,
  );
}
