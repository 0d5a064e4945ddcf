import { setTimeout as pause } from "node:timers/promises";
import { NEEDS, type Bench } from "./bench.ts";
import { CLIENT } from "./crowd.ts";
import { isDaemon, SETTLING, withReflector } from "./reflector.ts";
import { announcements, joined, mark } from "./updates.ts";
import { usage } from "./usage.ts";

const FEEDERS = 50;

/**
 * A mark behind each neighbour's routes says when they have been worked off: one client, who is told
 * the best of all, has heard all marks and holds all routes.
 */
export const many: Bench<"time" | "cpu" | "memory"> = {
  name: "many",
  what: "50 neighbours with the same N routes each: first UPDATE in to the last path decided",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: [10_000, 100_000],
  unit: "routes each",
  figures: {
    time: { title: "time", unit: "s", reach: [{ most: 1, of: "bird" }], plot: true },
    cpu: { title: "CPU", unit: "s" },
    memory: { title: "peak memory", unit: "MiB", reach: [{ most: 1, of: "frr" }] },
  },
  async run({ subject, size }) {
    if (!isDaemon(subject)) return {};
    const settings = { holdTime: 240, clients: 1, routes: size };
    return withReflector(subject, settings, async (crowd, { pids }) => {
      await crowd.up(0, FEEDERS);
      await crowd.up(CLIENT, CLIENT + 1);
      await pause(SETTLING);
      const idle = usage(pids);
      crowd.awaitRoutes(CLIENT, CLIENT + 1, size, FEEDERS);
      const said = Array.from({ length: FEEDERS }, (_, feeder) =>
        crowd.file(joined(announcements(size, feeder + 1), mark(feeder))),
      );
      const begun = await crowd.send(0, 1, said[0]);
      for (let i = 1; i < FEEDERS; i++) await crowd.send(i, i + 1, said[i]);
      const held = await crowd.heard("held");
      const { cpu, memory } = usage(pids);
      return { time: (held.at - begun.at) / 1000, cpu: cpu - idle.cpu, memory };
    });
  },
};
