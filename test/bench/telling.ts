import { createInterface } from "node:readline";

/** How the bench's helper programs talk: lines in, JSON lines out, each with its time. */

/** Milliseconds since 1970, with fractions: the same clock for all programs of a machine. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

export interface Told {
  readonly event: string;
  readonly at: number;
}

export function say(event: string, more: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ event, at: wallClock(), ...more })}\n`);
}

/** Whoever started the program ends it by closing its standard input. */
export function obey(order: (line: string) => void): void {
  const lines = createInterface({ input: process.stdin });
  lines.on("line", order);
  lines.on("close", () => process.exit(0));
}
