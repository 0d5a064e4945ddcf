import { setTimeout as pause } from "node:timers/promises";
import { NEEDS, tenth, type Bench, type DaemonName, type Values } from "./bench.ts";
import { receiver, router } from "./failover-scene.ts";
import { FibScene } from "./fib-scene.ts";
import { isGone, routesOf, type RouteSpec } from "./routes.ts";
import { NEIGHBOUR } from "./subjects.ts";
import { wallClock } from "./telling.ts";
import { astray, Traffic } from "./traffic.ts";

type Key = "reconciled" | "lost" | "session";

export const restart: Bench<Key> = {
  name: "restart",
  what: "kill -9 and a start with N routes in the kernel: lost packets; End-of-RIB to reconciled",
  needs: NEEDS,
  subjects: ["underlay", "bird", "frr"],
  variants: [""],
  sizes: tenth(1_000_000),
  unit: "routes",
  figures: {
    reconciled: { title: "End-of-RIB to reconciled", unit: "s", reach: [{ most: 3 }] },
    lost: { title: "lost packets", unit: "", worst: true, reach: [{ most: 0 }] },
    session: { title: "start to the session", unit: "s" },
  },
  run: async ({ subject, size }) => (subject === "c" ? {} : restartRun(subject, size)),
};

/** So few that the kernel's table of neighbours has room for all, and no packet waits for one. */
const NODES = 100;
/** Seconds. */
const RESTART_TIME = 120;

/**
 * While the daemon is away, a hundredth of the nodes have lost their pods and another hundredth have
 * moved: reconciled is when the kernel shows it. The End-of-RIB is there when the neighbour has given
 * it to its kernel, before the daemon has read most of what comes before it.
 */
async function restartRun(subject: DaemonName, size: number): Promise<Values<Key>> {
  const routes: RouteSpec = { kind: "pods", size, nodes: NODES };
  const setup = { neighbours: [NEIGHBOUR], gracefulRestart: true };
  const scene = await FibScene.open(routes, { restartTime: RESTART_TIME });
  try {
    const { dut, peer, net } = scene;
    const source = await net.host("source");
    await net.wire([dut, "eth1", "10.1.0.1/24"], [source, "eth0", "10.1.0.2/24"]);
    await source.ip("route", "add", "default", "via", "10.1.0.1");
    await router(dut);
    await receiver(peer);
    await scene.recount();
    const daemon = await scene.startDaemon(subject, setup);
    await scene.load();
    const traffic = await Traffic.start(source, [peer], lasting(routes));
    scene.say("prepare");
    await pause(3000);

    const from = wallClock();
    await daemon.kill();
    await scene.heard("closed");
    const again = wallClock();
    await scene.startDaemon(subject, { ...setup, isAgain: true });
    const established = wallClock();
    scene.say("later");
    const reconciled = await scene.until("later", await scene.heard("announced"));
    await pause(1000);
    const lost = astray(await traffic.end(), 0, from).length;
    return { reconciled, lost, session: (established - again) / 1000 };
  } finally {
    await scene.close();
  }
}

/** Addresses of the routes that are there before and after. */
function lasting(routes: RouteSpec): Uint32Array {
  const { addresses, sets } = routesOf(routes);
  return addresses.filter((_, i) => !isGone(sets[i]));
}
