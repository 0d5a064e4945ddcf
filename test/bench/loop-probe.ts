import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isMainThread } from "node:worker_threads";

/** Milliseconds. */
export interface Holds {
  /** Longest time between two turns. */
  readonly held: number;
  /** Most that the thread itself worked between two turns; what is missing to the other it waited for a processor. */
  readonly worked: number;
}

/**
 * Loaded before the daemon's own program (node --import): from one SIGUSR2 to the next it notes how long
 * the event loop was held, and then writes {@link Holds} to loop.json beside the daemon's configuration.
 * Before the first it costs nothing; what it does is a timer of a millisecond.
 */
if (isMainThread) {
  const file = join(dirname(process.argv.at(-1)!), "loop.json");
  let holds: { held: number; worked: number } | undefined;
  let timer: NodeJS.Timeout | undefined;
  process.on("SIGUSR2", () => {
    if (holds !== undefined) {
      clearTimeout(timer);
      writeFileSync(file, JSON.stringify(holds satisfies Holds));
      holds = undefined;
      return;
    }
    const noted = (holds = { held: 0, worked: 0 });
    let [turn, work] = [performance.now(), workOfThread()];
    const look = (): void => {
      const [now, done] = [performance.now(), workOfThread()];
      noted.held = Math.max(noted.held, now - turn - 1);
      noted.worked = Math.max(noted.worked, done - work);
      [turn, work] = [now, done];
      timer = setTimeout(look, 1);
    };
    timer = setTimeout(look, 1);
  });
}

function workOfThread(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
