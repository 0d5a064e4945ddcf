/**
 * The daemon's only clock. Everything inside counts monotonic milliseconds, so that a stepped wall
 * clock ends no session; wall-clock times are made only for people, at the moment of showing.
 */
export const clock = (): number => performance.now();

/** Milliseconds since the epoch of a moment on the monotonic clock. */
export const wallTime = (moment: number): number => Date.now() - (performance.now() - moment);

/** Milliseconds of a processor that the calling thread has had. */
export function threadTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
