import { setTimeout as pause } from "node:timers/promises";
import { NEEDS, type Bench } from "./bench.ts";
import { CLIENT } from "./crowd.ts";
import { isDaemon, withReflector } from "./reflector.ts";
import { announcements } from "./updates.ts";

/** Clients that are there already, the one whose routes they are among them. */
const OTHERS = 399;
/** Seconds. */
const HOLD_TIME = 9;
/** Milliseconds between two KEEPALIVEs, and for how long one may be under way on a busy machine. */
const KEEPALIVE = (HOLD_TIME / 3) * 1000;
const ALLOWANCE = 100;

export const reflectJoin: Bench<"time" | "silence"> = {
  name: "reflect-join",
  what: "a client joins a reflector with N routes and 399 clients: its first SYN to all in its hands",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: [10_000, 100_000],
  unit: "routes",
  figures: {
    time: { title: "time", unit: "s", reach: [{ most: 0.6, of: "frr" }], plot: true },
    // From shortly before it joins until everybody must have been heard once more.
    silence: {
      title: "longest silence at the others (KEEPALIVE each 3 s)",
      unit: "ms",
      worst: true,
      reach: [{ most: KEEPALIVE + ALLOWANCE }],
    },
  },
  async run({ subject, size }) {
    if (!isDaemon(subject)) return {};
    const settings = { holdTime: HOLD_TIME, clients: OTHERS + 1, routes: size };
    return withReflector(subject, settings, async (crowd) => {
      const joiner = CLIENT + OTHERS;
      await crowd.up(CLIENT, joiner);
      crowd.awaitRoutes(CLIENT + 1, joiner, size);
      await crowd.send(CLIENT, CLIENT + 1, crowd.file(announcements(size)));
      await crowd.heard("held");
      await pause(2 * KEEPALIVE); // Whatever the daemon still has to tidy up.
      await crowd.silence(CLIENT, joiner);
      await pause(100);
      crowd.awaitRoutes(joiner, joiner + 1, size);
      const { begun } = await crowd.up(joiner, joiner + 1);
      const held = await crowd.heard("held");
      await pause(KEEPALIVE + ALLOWANCE);
      return { time: (held.at - begun) / 1000, silence: await crowd.silence(CLIENT, joiner) };
    });
  },
};
