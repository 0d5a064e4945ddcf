/**
 * The daemon's only clock. Everything inside counts monotonic milliseconds, so that a stepped wall
 * clock ends no session; wall-clock times are made only for people, at the moment of showing.
 */
export const clock = (): number => performance.now();

/** Milliseconds that the two clocks may seem to drift apart, for they are read one after the other. */
const DRIFT = 50;

/**
 * Milliseconds since the epoch of moments on the monotonic clock: the same of a moment each time that it is
 * asked for, as long as nobody sets the clock.
 */
export function wallClock(wall: () => number, monotonic: () => number): (moment: number) => number {
  let ahead = wall() - monotonic();
  return (moment) => {
    const now = wall() - monotonic();
    if (Math.abs(now - ahead) > DRIFT) ahead = now;
    return ahead + moment;
  };
}

export const wallTime = wallClock(() => Date.now(), clock);

/** Milliseconds of a processor that the calling thread has had. */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
