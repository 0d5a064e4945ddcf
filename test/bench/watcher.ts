import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/**
 * Counts the IPv4 routes of the namespace that it runs in, from the kernel's own counter, and says
 * when a wanted number is reached. It asks nobody else, so no daemon is slowed by it more than
 * another, and it costs a fraction of a millisecond a look.
 *
 * Standard input: "until N" (at least N prefixes) or "below N". Answers {"count", "at"} lines.
 */

const wallClock = (): number => performance.timeOrigin + performance.now();

/** Prefixes in the main table (with "local" and "main" merged the kernel has a single trie). */
function count(): number {
  let most = 0;
  for (const match of readFileSync("/proc/net/fib_triestat", "latin1").matchAll(
    /Prefixes:\s+(\d+)/g,
  )) {
    most = Math.max(most, Number(match[1]));
  }
  return most;
}

async function wait(enough: (count: number) => boolean): Promise<void> {
  const deadline = wallClock() + 280_000;
  for (;;) {
    const now = count();
    if (enough(now) || wallClock() > deadline) {
      process.stdout.write(
        `${JSON.stringify({ count: now, at: wallClock(), reached: enough(now) })}\n`,
      );
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const [verb, number] = line.split(" ");
  if (verb === "until") await wait((n) => n >= Number(number));
  else if (verb === "below") await wait((n) => n < Number(number));
}
