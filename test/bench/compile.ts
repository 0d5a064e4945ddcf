import { join } from "node:path";
import { runNow } from "../support/process.ts";

/** Compiles one of the bench's C programs into a folder; its path there. */
export function compile(folder: string, source: string): string {
  const program = join(folder, source.replace(/\.c$/, ""));
  const file = join(import.meta.dirname, source);
  const done = runNow(["cc", "-O2", "-Wall", "-Wextra", "-o", program, file]);
  if (done.code !== 0) throw new Error(`cc ${source}: ${done.stderr}`);
  return program;
}
