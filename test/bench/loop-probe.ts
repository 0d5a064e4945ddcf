import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

/**
 * Loaded before the daemon's own program (node --import): from a SIGUSR2 on it writes, once a second,
 * how long the event loop was held at most to loop.json beside the daemon's configuration. Before that
 * it costs nothing: what it does is a timer of a millisecond.
 */
if (isMainThread) {
  const file = join(dirname(process.argv.at(-1)!), "loop.json");
  process.on("SIGUSR2", () => {
    const delays = monitorEventLoopDelay({ resolution: 1 });
    delays.enable();
    setInterval(() => {
      writeFileSync(file, JSON.stringify({ milliseconds: Math.max(0, delays.max / 1e6 - 1) }));
    }, 1000).unref();
  });
}
