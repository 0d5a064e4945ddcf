import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { runNow } from "../support/process.ts";

const root = join(import.meta.dirname, "../..");

/** The daemon as it is installed; build() makes it. */
export const BUILT_DAEMON = join(root, "dist/daemon/main.js");

/**
 * Builds underlay as it is installed. The sources would run as well, but what strips their types
 * stays in memory, once in each thread (measured: 56 MiB of the peak).
 */
export function build(): void {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const built = runNow([process.execPath, compiler, "-b", join(root, "src/daemon")]);
  if (built.code !== 0) throw new Error(`tsc -b src/daemon: ${built.stdout}${built.stderr}`);
  // The workspaces' names lead to their sources; from inside dist they must lead to what was built.
  const modules = join(root, "dist/node_modules");
  mkdirSync(modules, { recursive: true });
  for (const name of ["bgp-ts", "rtnetlink-ts"]) {
    rmSync(join(modules, name), { force: true });
    symlinkSync(`../${name}`, join(modules, name));
  }
}
