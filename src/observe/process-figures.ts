import type { ProcessView } from "../control/index.ts";

/** As of now. */
export function processFigures(): ProcessView {
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    resident: rss,
    heap: heapUsed,
    arrayBuffers,
    cpu: (user + system) / 1e6,
    loopActive: active / 1000,
    loopIdle: idle / 1000,
  };
}
