import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded before the daemon's own program (node --import): from one SIGUSR2 to the next it notes how long
 * the event loop was held at most, and then writes that to loop.json beside the daemon's configuration.
 * Before the first it costs nothing: what it does is a timer of a millisecond.
 */
if (isMainThread) {
  const file = join(dirname(process.argv.at(-1)!), "loop.json");
  const delays = monitorEventLoopDelay({ resolution: 1 });
  process.on("SIGUSR2", () => {
    if (delays.enable()) return;
    delays.disable();
    writeFileSync(file, JSON.stringify({ milliseconds: Math.max(0, delays.max / 1e6 - 1) }));
  });
}
