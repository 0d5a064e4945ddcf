import { join } from "node:path";
import { runNow } from "../support/process.ts";

const root = join(import.meta.dirname, "../..");

/** The daemon as it is installed; build() makes it. */
export const BUILT_DAEMON = join(root, "dist/bin/underlayd.js");

/**
 * Builds underlay as it is installed. The sources would run as well, but what strips their types
 * stays in memory, once in each thread (measured: 56 MiB of the peak).
 */
export function build(): void {
  const built = runNow([process.execPath, join(root, ".config/build.js")]);
  if (built.code !== 0) throw new Error(`npm run build: ${built.stdout}${built.stderr}`);
}
